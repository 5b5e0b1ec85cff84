/**
 * Does again and again what has come due: clears after N days, hand-overs, members that the inventory has gained, answers
 * that are kept no longer. Of several control planes on one store, the one that holds the lease does it.
 */
import { systemClock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import { Repeated } from '../observe/repeated.ts'
import type { JobsDone, MayGoOn } from '../restrictions/due-jobs.ts'
import { DueLease } from '../restrictions/due-lease.ts'
import type { Leases } from '../store/leases.ts'

export interface DueJobsOptions {
  readonly run: (mayGoOn: MayGoOn) => Promise<JobsDone>
  /** Throws StoreUnavailable while there is no store. */
  readonly leases: () => Leases
  readonly everyMs: number
  readonly log: Logger
}

export class DueJobs {
  readonly #options: DueJobsOptions
  readonly #lease: DueLease
  readonly #repeated: Repeated
  #isStopped = false

  constructor(options: DueJobsOptions) {
    const { leases, everyMs, log } = options
    this.#options = options
    this.#repeated = new Repeated({ work: () => this.#runOnce(), everyMs })
    this.#lease = new DueLease({
      ...{ leases, everyMs, clock: systemClock },
      onChange: (isOurs) =>
        log.info(isOurs ? 'what comes due is done here' : 'what comes due is done by another control plane'),
    })
  }

  /** Runs at once, then `everyMs` after the end of each run. */
  start(): void {
    void this.#repeated.start()
  }

  /** Settles when nothing is under way any more. Another control plane can take over then. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#repeated.stop()
    await this.#lease.release().catch((error) => this.#warn(error, 'the lease could not be given back'))
  }

  async #runOnce(): Promise<void> {
    const { run, log } = this.#options
    try {
      if (!(await this.#lease.isOurs())) return
      const done = await run(() => this.#mayGoOn())
      if (Object.values(done).some((count) => count > 0)) log.info({ ...done }, 'what was due is done')
    } catch (error) {
      this.#warn(error, 'what is due could not be done; it is tried again')
    }
  }

  async #mayGoOn(): Promise<boolean> {
    return !this.#isStopped && (await this.#lease.isOurs())
  }

  #warn(error: unknown, text: string): void {
    this.#options.log.warn({ err: error }, text)
  }
}
