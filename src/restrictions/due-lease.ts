/**
 * Which of several control planes on one store does what comes due: the one that holds a lease in the store. It keeps the
 * lease from one run to the next; when it stops it gives it back, and when it dies another takes over once it has run out.
 *
 * The lease only keeps work from being done twice over. What is done is right without it: each step is judged anew in its
 * own transaction, so of two that try the same one, one finds it done.
 */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import process from 'node:process'
import type { Clock } from '../observe/clock.ts'
import type { Leases } from '../store/leases.ts'

const NAME = 'due-jobs'

/** A lease runs for so many of the times between two runs: a late run or a lost one does not pass the work on. */
const RUNS = 3

export interface DueLeaseOptions {
  /** Throws StoreUnavailable while there is no store. */
  readonly leases: () => Leases
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** Time between two runs. */
  readonly everyMs: number
  /** Told at first, and whenever the work has come to this process or has gone from it to another. */
  readonly onChange?: (isOurs: boolean) => void
}

export class DueLease {
  readonly #options: DueLeaseOptions
  readonly #holder = `${hostname()}:${process.pid}:${randomBytes(6).toString('base64url')}`
  /** Undefined until the store was asked. */
  #isOurs: boolean | undefined
  #renewAtMs = Number.NEGATIVE_INFINITY

  constructor(options: DueLeaseOptions) {
    this.#options = options
  }

  /** Whether this process is the one. Asks the store when that was found out more than a third of the lease ago. */
  async isOurs(): Promise<boolean> {
    const { clock, everyMs, leases } = this.#options
    const askedAtMs = clock.monotonicMs()
    if (this.#isOurs && askedAtMs < this.#renewAtMs) return true
    const isOurs = await leases().holdLease(NAME, this.#holder, RUNS * everyMs)
    this.#renewAtMs = askedAtMs + everyMs
    this.#become(isOurs)
    return isOurs
  }

  /** Lets another take over at once. */
  async release(): Promise<void> {
    if (!this.#isOurs) return
    this.#isOurs = false
    await this.#options.leases().releaseLease(NAME, this.#holder)
  }

  #become(isOurs: boolean): void {
    if (isOurs === this.#isOurs) return
    this.#isOurs = isOurs
    this.#options.onChange?.(isOurs)
  }
}
