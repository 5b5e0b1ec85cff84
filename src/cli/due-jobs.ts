/**
 * Does again and again what has come due: clears after N days, hand-overs, members that the inventory has gained.
 *
 * Several control planes on one store need no lock: every step is a transaction of its own in which it is judged anew, so
 * of two that try the same one finds it done.
 */
import type { Logger } from '../observe/log.ts'
import type { JobsDone } from '../restrictions/due-jobs.ts'

export interface DueJobsOptions {
  readonly run: () => Promise<JobsDone>
  readonly everyMs: number
  readonly log: Logger
}

export class DueJobs {
  readonly #options: DueJobsOptions
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(options: DueJobsOptions) {
    this.#options = options
  }

  /** Runs at once, then `everyMs` after the end of each run. */
  start(): void {
    this.#running = this.#runOnce().finally(() => {
      if (!this.#isStopped) this.#timer = setTimeout(() => this.start(), this.#options.everyMs)
    })
  }

  /** Settles when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#running
  }

  async #runOnce(): Promise<void> {
    const { run, log } = this.#options
    try {
      const done = await run()
      if (Object.values(done).some((count) => count > 0)) log.info({ ...done }, 'what was due is done')
    } catch (error) {
      log.warn({ err: error }, 'what is due could not be done; it is tried again')
    }
  }
}
