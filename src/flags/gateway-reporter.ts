/**
 * Tells the store of one gateway: what it has applied, so that the store knows when a change is in force everywhere, and
 * that it is there at all, so that the store waits for it.
 *
 * Two calls. `reportGateway` has it all, one after the other: at once after a catch-up that applied something, else every
 * second. `keepGatewayLive` is light and sent four times in a lease, also while another call has got no answer: a stuck
 * connection must not make the gateway look dead. Either renews `StoreLease`; docs/consistency.md has the reasoning.
 */

import type { Clock } from '../observe/clock.ts'
import { Repeated } from '../observe/repeated.ts'
import { type Scheduler, within } from '../observe/scheduler.ts'
import type { ControlStore, GatewayReport } from '../store/control-store.ts'
import type { StoreLease } from './store-lease.ts'

export interface GatewayReporterOptions {
  readonly id: string
  readonly store: Pick<ControlStore, 'reportGateway' | 'keepGatewayLive'>
  readonly storeLease: StoreLease
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** What is told, without the ID. */
  readonly tell: () => Promise<Omit<GatewayReport, 'id'>>
  /** The gateway's lease: the trust of its `standing`. */
  readonly leaseMs: number
  /** Time between full reports when nothing was applied; 1,000 when absent. */
  readonly reportEveryMs?: number
  /** Told when the store counts this gateway again after it did not, or for the first time. */
  readonly onCounted?: () => void
  /** Told of the first call that fails after one that did not. */
  readonly onFailure?: (error: unknown) => void
}

/**
 * The store waits for a silent gateway three times as long as that gateway trusts itself: a jump of the store's clock
 * that the store does not notice is at most half of that, and a lease is still left.
 */
const LIVE_LEASES = 3

const BEATS_IN_A_LEASE = 4

/** Calls without an answer after which no more are sent: each may hold a connection. */
const MAX_BEATS = 3

export class GatewayReporter {
  readonly #options: GatewayReporterOptions
  readonly #liveWithinMs: number
  #reports: Promise<void> = Promise.resolve()
  /** A report that was asked for and has not begun. */
  #nextReport: Promise<void> | undefined
  /** What the store was last told that is worth telling at once. */
  #told = { sequence: -1, state: '', tableRevision: '' }
  #beatsUnderWay = 0
  readonly #repeated: Repeated[] = []
  #isFailing = false
  #isStopped = false

  constructor(options: GatewayReporterOptions) {
    this.#options = options
    this.#liveWithinMs = options.leaseMs * LIVE_LEASES
  }

  /** Begins; settles after the first report, whether or not the store took it. */
  async start(): Promise<void> {
    const { leaseMs, reportEveryMs = 1_000 } = this.#options
    await this.#reportNow()
    this.#repeat(reportEveryMs, () => this.#reportNow())
    this.#repeat(leaseMs / BEATS_IN_A_LEASE, () => this.#beat())
  }

  /** Something may have been applied: reports at once when it was. Never rejects. */
  async wake(): Promise<void> {
    if (await this.#hasNews()) await this.#reportNow()
  }

  /** Tells the store not to wait for this gateway any more; to be called when it decides on nothing any more. */
  async stop(): Promise<void> {
    this.#isStopped = true
    for (const repeated of this.#repeated) void repeated.stop()
    await this.#reports
    await this.#within(this.#sayGoodbye()).catch(() => {})
  }

  /** What cannot be told is news as well: the report says why. */
  async #hasNews(): Promise<boolean> {
    try {
      const { sequence, state, tableRevision } = await this.#options.tell()
      const { sequence: before, state: stood, tableRevision: ran } = this.#told
      return sequence !== before || state !== stood || tableRevision !== ran
    } catch {
      return true
    }
  }

  #repeat(everyMs: number, work: () => Promise<void>): void {
    if (this.#isStopped) return
    const repeated = new Repeated({ work, everyMs, scheduler: this.#options.scheduler })
    this.#repeated.push(repeated)
    repeated.startLater()
  }

  #reportNow(): Promise<void> {
    this.#nextReport ??= this.#reports.then(() => {
      this.#nextReport = undefined
      return this.#isStopped ? undefined : this.#count(() => this.#report())
    })
    this.#reports = this.#nextReport
    return this.#nextReport
  }

  async #report(): Promise<void> {
    const { id, store, tell } = this.#options
    const told = await tell()
    await this.#within(store.reportGateway({ id, ...told }, this.#liveWithinMs))
    this.#told = told
  }

  async #beat(): Promise<void> {
    const { id, store, storeLease } = this.#options
    if (!storeLease.hasBegun || this.#beatsUnderWay >= MAX_BEATS) return
    await this.#count(async () => {
      const beating = store.keepGatewayLive(id, this.#liveWithinMs)
      this.#beatsUnderWay++
      void beating.catch(() => {}).finally(() => this.#beatsUnderWay--)
      const isKnown = await this.#within(beating)
      if (!isKnown) throw new Error(`the store does not know the gateway ${id}`)
    })
  }

  /** Runs a call to the store; when the store took it, this gateway is counted. */
  async #count(call: () => Promise<void>): Promise<void> {
    const { clock, storeLease, onCounted, onFailure } = this.#options
    const sentAtMs = clock.monotonicMs()
    const held = storeLease.holds
    try {
      await call()
      storeLease.taken(sentAtMs, clock.monotonicMs())
      this.#isFailing = false
      if (!held) onCounted?.()
    } catch (error) {
      if (!this.#isFailing) onFailure?.(error)
      this.#isFailing = true
    }
  }

  async #sayGoodbye(): Promise<void> {
    const { id, store, tell } = this.#options
    await store.reportGateway({ id, ...(await tell()), state: 'stopped' }, 0)
  }

  /** A call has as long as the lease: later, its answer would be worth nothing. */
  #within<T>(call: Promise<T>): Promise<T> {
    return within(this.#options.scheduler, this.#options.leaseMs, call)
  }
}
