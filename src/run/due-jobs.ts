/**
 * Does again and again what has come due: clears after N days, hand-overs, members that the inventory has gained, answers
 * that are kept no longer. Of several control planes on one store, the one that holds a lease in the store does it. It keeps
 * the lease from one run to the next; when it stops it gives it back, and when it dies another takes over once it has run out.
 *
 * The lease only keeps work from being done twice over. What is done is right without it: each step is judged anew in its
 * own transaction, so of two that try the same one, one finds it done.
 */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import process from 'node:process'
import { systemClock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import { Repeated } from '../observe/repeated.ts'
import type { JobsDone, MayGoOn } from '../restrictions/due-jobs.ts'
import type { Leases } from '../store/leases.ts'

export interface DueJobsOptions {
  readonly run: (mayGoOn: MayGoOn) => Promise<JobsDone>
  readonly leases: Leases
  readonly everyMs: number
  readonly log: Logger
}

const LEASE = 'due-jobs'

/** The lease runs for so many of the times between two runs: a late run or a lost one does not pass the work on. */
const RUNS = 3

export class DueJobs {
  readonly #options: DueJobsOptions
  readonly #holder = `${hostname()}:${process.pid}:${randomBytes(6).toString('base64url')}`
  readonly #repeated: Repeated
  #isStopped = false
  /** Undefined until the store was asked. */
  #isOurs: boolean | undefined
  #renewAtMs = Number.NEGATIVE_INFINITY

  constructor(options: DueJobsOptions) {
    this.#options = options
    this.#repeated = new Repeated({ work: () => this.#runOnce(), everyMs: options.everyMs })
  }

  /** Runs at once, then `everyMs` after the end of each run. */
  start(): void {
    void this.#repeated.start()
  }

  /** Settles when nothing is under way any more. Another control plane can take over then. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#repeated.stop()
    if (!this.#isOurs) return
    const released = this.#options.leases.releaseLease(LEASE, this.#holder)
    await released.catch((error) => this.#warn(error, 'the lease could not be given back'))
  }

  async #runOnce(): Promise<void> {
    const { run, log } = this.#options
    try {
      if (!(await this.#holdsLease())) return
      const done = await run(async () => !this.#isStopped && (await this.#holdsLease()))
      if (Object.values(done).some((count) => count > 0)) log.info({ ...done }, 'what was due is done')
    } catch (error) {
      this.#warn(error, 'what is due could not be done; it is tried again')
    }
  }

  /** Asks the store when it last said so more than a third of the lease ago. */
  async #holdsLease(): Promise<boolean> {
    const { leases, everyMs, log } = this.#options
    const askedAtMs = systemClock.monotonicMs()
    if (this.#isOurs && askedAtMs < this.#renewAtMs) return true
    const isOurs = await leases.holdLease(LEASE, this.#holder, RUNS * everyMs)
    this.#renewAtMs = askedAtMs + everyMs
    if (isOurs !== this.#isOurs)
      log.info(isOurs ? 'what comes due is done here' : 'what comes due is done by another control plane')
    this.#isOurs = isOurs
    return isOurs
  }

  #warn(error: unknown, text: string): void {
    this.#options.log.warn({ err: error }, text)
  }
}
