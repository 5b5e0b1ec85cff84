/**
 * A log line for a fault that comes back with every message: written at once, then at most once in a while with how often it
 * came meanwhile, so that a full disk or a store that is away leaves the log readable.
 */
import type { Clock } from './clock.ts'

export class RareLine {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #everyMs: number
  #writtenMs = Number.NEGATIVE_INFINITY
  #times = 0

  /** `everyMs`: between two lines; a minute when absent. */
  constructor(clock: Pick<Clock, 'monotonicMs'>, everyMs = 60_000) {
    this.#clock = clock
    this.#everyMs = everyMs
  }

  /** Calls `write` when it is time; `times`: how often it came since the last line, this time included. */
  note(write: (times: number) => void): void {
    this.#times++
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#writtenMs < this.#everyMs) return
    this.#writtenMs = nowMs
    write(this.#times)
    this.#times = 0
  }
}

/** What a fault says, without the stack: where a system call failed is known. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
