/**
 * What a command sees of the world outside: where it writes, what it reads, where it stands.
 *
 * `main.ts` makes the real one from `process`. Exit codes: 0 ok, 1 the answer is no, 2 a fault of usage or configuration,
 * 3 a failure.
 */
import type { Signals } from '../run/running.ts'

export interface Terminal extends Signals {
  /** One line of data, on standard output. */
  print(line: string): void
  /** One line for the person watching, on standard error. */
  note(line: string): void
  /** Overwrites the last line of standard error; only where `isInteractive`. */
  overwrite(line: string): void
  /** Whether standard error is a terminal. */
  readonly isInteractive: boolean
  /** Whether standard output shows colours. */
  readonly hasColours: boolean
  readonly standardInput: AsyncIterable<Uint8Array>
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly workingFolder: string
  /** Sets the exit code; the process ends once nothing is left to do. */
  exitWith(code: ExitCode): void
  /** Calls `handler` when the process that started this one, over a channel to it, is gone. Never where there is none. */
  onParentGone(handler: () => void): void
}

export const EXIT = { ok: 0, no: 1, usage: 2, failure: 3 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A planned end of a command: one clear line (or several) on standard error, and the exit code. */
export class CommandError extends Error {
  readonly exitCode: ExitCode
  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CommandError'
    this.exitCode = exitCode
  }
}

/** A fault of usage or configuration: exit code 2. */
export function usageError(message: string): CommandError {
  return new CommandError(EXIT.usage, message)
}
