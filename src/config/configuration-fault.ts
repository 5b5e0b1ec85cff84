/**
 * A fault of the configuration, told to whoever starts a process: which setting or file, what is wrong, what to do.
 *
 * The command line makes exit code 2 of it. `countOf` and `errorCode` are the pieces that such sentences share.
 */
import type { Config } from './config.ts'
import type { ConfigResult } from './read-config.ts'

/** `message` is one clear sentence, or several lines with one problem each. */
export class ConfigurationFault extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigurationFault'
  }
}

/** The configuration; throws a ConfigurationFault that lists all its problems. */
export function configOrFault(result: ConfigResult): Config {
  if (result.ok) return result.config
  const lines = result.problems.map((problem) => `  ${problem.where}: ${problem.text}`)
  throw new ConfigurationFault(
    `the configuration has ${countOf(lines.length, 'problem')}:\n${lines.join('\n')}`,
  )
}

/** `1 problem`, `2 problems`. */
export function countOf(count: number, noun: string): string {
  return `${count.toLocaleString('en-GB')} ${noun}${count === 1 ? '' : 's'}`
}

/** `ENOENT` and alike; the message where an error has no code. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
