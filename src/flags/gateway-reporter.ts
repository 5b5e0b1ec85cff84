/**
 * Tells the store of one gateway: what it has applied, so that the store knows when a change is in force everywhere, and
 * that it is there at all, so that the store waits for it.
 *
 * Two calls. `reportGateway` has it all, one after the other: at once after a catch-up that applied something, else every
 * second. `keepGatewayLive` is light and sent four times in a lease, also while another call has got no answer: a stuck
 * connection must not make the gateway look dead. Either renews `StoreLease`; docs/consistency.md has the reasoning.
 *
 * A name is one instance's. While another has it and is live, this gateway is not waited for and knows it: it does not start, or,
 * where it was running, trusts nothing and goes on asking.
 */

import type { Clock } from '../observe/clock.ts'
import { Repeated } from '../observe/repeated.ts'
import { type Scheduler, within } from '../observe/scheduler.ts'
import type { ControlStore, GatewayInstance, GatewayReport, PlaceHolder } from '../store/control-store.ts'
import type { StoreLease } from './store-lease.ts'

/** Another process reports under this gateway's name. */
export class NameTaken extends Error {
  readonly code = 'NAME_TAKEN'
  readonly holder: PlaceHolder
  constructor(id: string, holder: PlaceHolder) {
    const { host, pid, since } = holder
    const who = host === '' ? 'a gateway of an earlier release' : `process ${pid} on ${host}`
    super(`${who} reports to the store as "${id}", since ${new Date(since).toISOString()}`)
    this.name = 'NameTaken'
    this.holder = holder
  }
}

export interface GatewayReporterOptions {
  readonly id: string
  /** This process; absent: whoever reports under the name. */
  readonly instance?: GatewayInstance
  readonly store: Pick<ControlStore, 'reportGateway' | 'keepGatewayLive'>
  readonly storeLease: StoreLease
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** What is told, without who tells it. */
  readonly tell: () => Promise<Omit<GatewayReport, 'id' | 'instance'>>
  /** The gateway's lease: the trust of its `standing`. */
  readonly leaseMs: number
  /** Time between full reports when nothing was applied; 1,000 when absent. */
  readonly reportEveryMs?: number
  /** Told when the store counts this gateway again after it did not, or for the first time. */
  readonly onCounted?: () => void
  /** Told that another process has the name, once until the store takes a report again. */
  readonly onNameTaken?: (error: NameTaken) => void
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
  #told: Pick<GatewayReport, 'sequence' | 'state' | 'tableRevision' | 'epoch'> = {
    ...{ sequence: -1, state: '', tableRevision: '' },
  }
  #beatsUnderWay = 0
  readonly #repeated: Repeated[] = []
  #isFailing = false
  #isStopped = false
  /** Who has the name; undefined while it is this gateway's, as far as it knows. */
  #nameTaken: NameTaken | undefined

  constructor(options: GatewayReporterOptions) {
    this.#options = options
    this.#liveWithinMs = options.leaseMs * LIVE_LEASES
  }

  /**
   * Begins; settles after the first report, whether or not the store took it. While another process has the name it asks
   * again until that is known to live, and throws NameTaken, or has not reported for its time.
   */
  async start(): Promise<void> {
    const { leaseMs, reportEveryMs = 1_000 } = this.#options
    await this.#takeName()
    this.#repeat(reportEveryMs, () => this.#reportNow())
    this.#repeat(leaseMs / BEATS_IN_A_LEASE, () => this.#beat())
  }

  /** Whether another process has the name. */
  get isNameTaken(): boolean {
    return this.#nameTaken !== undefined
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

  async #takeName(): Promise<void> {
    const { leaseMs, scheduler } = this.#options
    await this.#reportNow()
    const first = this.#nameTaken?.holder
    while (first && this.#nameTaken && !this.#isStopped) {
      if (this.#nameTaken.holder.seenAt > first.seenAt) throw this.#nameTaken
      await new Promise<void>((resolve) => scheduler.after(leaseMs / BEATS_IN_A_LEASE, resolve))
      await this.#reportNow()
    }
  }

  /** What cannot be told is news as well: the report says why. */
  async #hasNews(): Promise<boolean> {
    try {
      const { sequence, state, tableRevision, epoch } = await this.#options.tell()
      const before = this.#told
      const isSame = sequence === before.sequence && state === before.state && epoch === before.epoch
      return !isSame || tableRevision !== before.tableRevision
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
    const { id, store } = this.#options
    const told = await this.#tell()
    const outcome = await this.#within(store.reportGateway(told, this.#liveWithinMs))
    if (outcome.kind === 'refused') throw new NameTaken(id, outcome.holder)
    this.#nameTaken = undefined
    this.#told = told
  }

  async #tell(): Promise<GatewayReport> {
    const { id, instance, tell } = this.#options
    return { id, ...(instance && { instance }), ...(await tell()) }
  }

  async #beat(): Promise<void> {
    const { id, instance, store, storeLease } = this.#options
    if (!storeLease.hasBegun || this.#beatsUnderWay >= MAX_BEATS) return
    await this.#count(async () => {
      const beating = store.keepGatewayLive(id, this.#liveWithinMs, instance?.id)
      this.#beatsUnderWay++
      void beating.catch(() => {}).finally(() => this.#beatsUnderWay--)
      const isKnown = await this.#within(beating)
      if (isKnown) return
      // A report tells who has the name, or takes it again.
      storeLease.lose()
      void this.#reportNow()
      throw new Error(`the store does not know the gateway ${id}`)
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
      if (error instanceof NameTaken) this.#loseName(error)
      else if (!this.#isFailing) onFailure?.(error)
      this.#isFailing = true
    }
  }

  #loseName(error: NameTaken): void {
    this.#options.storeLease.lose()
    if (!this.#nameTaken) this.#options.onNameTaken?.(error)
    this.#nameTaken = error
  }

  async #sayGoodbye(): Promise<void> {
    await this.#options.store.reportGateway({ ...(await this.#tell()), state: 'stopped' }, 0)
  }

  /** A call has as long as the lease: later, its answer would be worth nothing. */
  #within<T>(call: Promise<T>): Promise<T> {
    return within(this.#options.scheduler, this.#options.leaseMs, call)
  }
}
