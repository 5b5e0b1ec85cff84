/** Rolls the decision journal up again and again, for as long as a process stays up. */
import type { Logger } from '../observe/log.ts'
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
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(options: RollingUpOptions) {
    this.#options = options
  }

  /** Runs at once, then `everyMs` after the end of each run. */
  start(): void {
    this.#running = this.#runOnce().finally(() => {
      if (!this.#stopped.signal.aborted) this.#timer = setTimeout(() => this.start(), this.#options.everyMs)
    })
  }

  /** Settles when the batch under way is kept. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    clearTimeout(this.#timer)
    await this.#running
  }

  async #runOnce(): Promise<void> {
    const { open, log } = this.#options
    try {
      this.#rollUp ??= open()
      const done = await this.#rollUp.run(this.#stopped.signal)
      if (done.files > 0) log.debug({ ...done }, 'the journal is rolled up')
      if (done.unreadable > 0) log.warn({ ...done }, 'the journal has lines that are no whole record')
    } catch (error) {
      log.warn({ err: error }, 'the journal could not be rolled up; it is tried again')
    }
  }
}
