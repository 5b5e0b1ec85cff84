/** Rolls the decision journal up again and again, for as long as a process stays up. */
import type { Logger } from '../observe/log.ts'
import { Repeated } from '../observe/repeated.ts'
import type { RollUp } from '../reports/roll-up.ts'

export interface RollingUpOptions {
  /** Made anew for each try, until the store is there. */
  readonly open: () => RollUp
  readonly everyMs: number
  readonly log: Logger
}

export class RollingUp {
  readonly #options: RollingUpOptions
  readonly #stopped = new AbortController()
  #rollUp: RollUp | undefined
  readonly #repeated: Repeated
  /** When the last run began that went to the end. */
  #doneMs = Number.NEGATIVE_INFINITY

  constructor(options: RollingUpOptions) {
    this.#options = options
    this.#repeated = new Repeated({ work: () => this.#runOnce(), everyMs: options.everyMs })
  }

  /** Runs at once, then `everyMs` after the end of each run. */
  start(): void {
    void this.#repeated.start()
  }

  /** Settles when the batch under way is kept. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#repeated.stop()
  }

  /** Milliseconds since the journal was last rolled up to its end; infinite before the first time. */
  get ageMs(): number {
    return performance.now() - this.#doneMs
  }

  /** Bytes that the journal has gained since; not a number while nobody knows. */
  async behindBytes(): Promise<number> {
    return this.#rollUp?.behindBytes() ?? Number.NaN
  }

  async #runOnce(): Promise<void> {
    const { open, log } = this.#options
    const beganMs = performance.now()
    try {
      this.#rollUp ??= open()
      const done = await this.#rollUp.run(this.#stopped.signal)
      if (!this.#stopped.signal.aborted) this.#doneMs = beganMs
      if (done.files > 0) log.debug({ ...done }, 'the journal is rolled up')
      if (done.unreadable > 0) log.warn({ ...done }, 'the journal has lines that are no whole record')
    } catch (error) {
      log.warn({ err: error }, 'the journal could not be rolled up; it is tried again')
    }
  }
}
