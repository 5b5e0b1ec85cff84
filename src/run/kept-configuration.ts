/**
 * The configuration of a running process, read again on SIGHUP: a bad one is refused and the last good one stays.
 *
 * What a process takes over while it runs is its own affair; this finds out what differs, and tells of settings that count
 * only after a restart.
 */
import type { Config } from '../config/config.ts'
import { differingSettings } from '../config/differing.ts'
import type { ConfigResult } from '../config/read-config.ts'
import type { Logger } from '../observe/log.ts'

/** Where a setting that was changed counts: in this process at once, in another one, or after a restart of this one. */
export type Counts = 'here' | 'elsewhere' | 'after-restart'

export interface KeptConfigurationOptions {
  /** What the process was started with. */
  readonly config: Config
  /** Reads all sources again. */
  readonly read: () => Promise<ConfigResult>
  /** Of a setting that `next` has another value of. */
  readonly countsOf: (key: string, next: Config) => Counts
  /** Takes settings over that count here; what it throws makes the configuration a bad one. */
  readonly take: (config: Config) => Promise<void> | void
  readonly log: Logger
}

export class KeptConfiguration {
  readonly #options: KeptConfigurationOptions
  #latest: Config
  #isReadGood = true

  constructor(options: KeptConfigurationOptions) {
    this.#options = options
    this.#latest = options.config
  }

  /** Whether the last reading was good. */
  get isReadGood(): boolean {
    return this.#isReadGood
  }

  /** Reads it again and says in the log what came of it. Never throws. */
  async reload(): Promise<void> {
    const { countsOf, take, log } = this.#options
    try {
      const next = await this.#read()
      const here = differingSettings(this.#latest, next).filter((key) => countsOf(key, next) === 'here')
      if (here.length > 0) await take(next)
      this.#latest = next
      this.#isReadGood = true
      this.#tell(here, next)
    } catch (cause) {
      this.#isReadGood = false
      const problem = cause instanceof Error ? cause.message : String(cause)
      log.error({ problem }, 'a bad configuration was refused; the last good one stays')
    }
  }

  async #read(): Promise<Config> {
    const result = await this.#options.read()
    if (result.ok) return result.config
    throw new Error(result.problems.map(({ where, text }) => `${where}: ${text}`).join('; '))
  }

  #tell(here: readonly string[], next: Config): void {
    const { config, countsOf, log } = this.#options
    const waiting = differingSettings(config, next).filter((key) => countsOf(key, next) === 'after-restart')
    if (here.length > 0) log.info({ settings: here }, 'changed settings are in force')
    if (waiting.length > 0) log.warn({ settings: waiting }, 'changed settings count after a restart')
  }
}
