/**
 * What ties one gateway to its store: the flags it follows, the reports it makes, the events it delivers. Put together
 * here, once, for `serve` and `demo`.
 */
import { randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { StoreSettings } from '../config/store.ts'
import type { Table } from '../core/policy/table.ts'
import type { TrafficEvent } from '../core/restriction/restriction.ts'
import { awaitedSwaps } from '../events/awaited-swaps.ts'
import { EventSpool } from '../events/event-spool.ts'
import { SwapFollower } from '../events/swap-follower.ts'
import { trafficEventsOf } from '../events/traffic-events.ts'
import type { FlagIndexSettings } from '../flags/flag-index.ts'
import { GatewayReporter } from '../flags/gateway-reporter.ts'
import { LiveFlags } from '../flags/live-flags.ts'
import { StoreLease } from '../flags/store-lease.ts'
import { StoreTime } from '../flags/store-time.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { ObservedMessage } from '../gateway/observed-events.ts'
import type { FolderLock } from '../journal/folder-lock.ts'
import { systemClock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import { RareLine, reasonOf } from '../observe/rare-line.ts'
import { Repeated } from '../observe/repeated.ts'
import { systemScheduler } from '../observe/scheduler.ts'
import { restrictionService } from '../restrictions/restriction-service.ts'
import type { ClockSkew } from '../store/control-store.ts'
import type { Epoch, EpochWatch } from '../store/epoch.ts'
import type { SqlStore } from '../store/sql/sql-store.ts'
import { adviseOnName, epochsSeen, lockFolder, memoryOf } from './gateway-place.ts'
import { reportedCounts } from './reported-counts.ts'
import { rulesAndParties } from './rules-and-parties.ts'
import { openStoreOfService, type ServiceStore } from './store-driver.ts'
import { nameInStore, nameOnDisk, namesOfFormerWorkers, type Seat } from './workers/seat.ts'

export interface FollowingOptions {
  readonly config: Config
  readonly seat: Seat
  readonly log: Logger
  /** The table in force. */
  readonly table: () => Table
  /** The operator wants the store used as it is, whatever was applied before. */
  readonly acceptsStoreReset: boolean
}

/** How often the store is asked which requests wait for their answer. */
const FOLLOW_SWAPS_MS = 1_000

/** A gateway's calls wait no longer for a store: each holds a connection meanwhile. */
const STATEMENT_TIMEOUT_MS = 2_000

export class Following {
  readonly store: SqlStore
  readonly flags: LiveFlags
  readonly #opened: ServiceStore
  readonly #options: FollowingOptions
  /** The store's clock: messages and flags go by it. */
  readonly time = new StoreTime(systemClock)
  readonly #storeLease: StoreLease
  readonly #lock: FolderLock
  readonly #epochs: EpochWatch
  /** Told of every message that was decided on. */
  readonly swaps: SwapFollower
  readonly #followingSwaps: Repeated
  /** Its own, and any that workers have left which this gateway does not have any more. */
  #spools!: Spools
  #reporter: GatewayReporter | undefined
  /** Absent before the gateway is there, when there is nothing to lose. */
  #metrics: Metrics | undefined

  private constructor(options: FollowingOptions, opened: ServiceStore, lock: FolderLock, epochs: EpochWatch) {
    this.#options = options
    this.#opened = opened
    this.store = opened.store
    this.#lock = lock
    this.#epochs = epochs
    this.#storeLease = new StoreLease(systemClock, options.config.flags.maxStalenessMs)
    this.flags = this.#liveFlags()
    this.swaps = this.#swapFollower()
    this.#followingSwaps = new Repeated({
      work: () => this.swaps.follow().catch(() => undefined),
      everyMs: FOLLOW_SWAPS_MS,
      scheduler: systemScheduler,
    })
  }

  /** Opens what is on this machine and tries the store; follows nothing yet. */
  static async open(options: FollowingOptions): Promise<Following> {
    const { config, log, seat } = options
    const lock = lockFolder(config.journal.folder, nameOnDisk('gateway', seat))
    const epochs = await epochsSeen(options)
    let store: SqlStore | undefined
    try {
      const settings = { statementTimeoutMs: STATEMENT_TIMEOUT_MS, epochs }
      const opened = await openStoreOfService(config.store, log, settings)
      store = opened.store
      const following = new Following(options, opened, lock, epochs)
      following.#spools = await openSpools(options, store, following)
      return following
    } catch (error) {
      await store?.close()
      lock.release()
      throw error
    }
  }

  /**
   * Begins to report and to follow; settles after the first try of both. The gateway's address is its name. Throws a
   * ConfigurationFault when another process has that name.
   */
  async start(gateway: Gateway): Promise<void> {
    this.#watch(gateway.metrics)
    this.#reporter = this.#reporterOf(gateway)
    this.#epochs.onLater((epoch) => this.#primaryChanged(epoch))
    await this.#reporter.start().catch(adviseOnName)
    await this.flags.start()
    await this.#followingSwaps.start()
  }

  /** The store has taken these events; what they announced is let go of as soon as what they changed is applied here. */
  taken(events: readonly TrafficEvent[]): void {
    this.swaps.taken(events)
    this.#followingSwaps.wake()
  }

  /** So many events were given up. */
  lost(events: number): void {
    this.#metrics?.count('duisgate_events_lost_total', [], events)
    this.#options.log.error({ events }, 'observed events are lost: neither disk nor store took them')
  }

  /** The same database, by other hosts or credentials. */
  reconnect(settings: StoreSettings): void {
    this.#opened.reconnect(settings)
  }

  #watch(metrics: Metrics): void {
    this.#metrics = metrics
    metrics.watch('duisgate_event_backlog_bytes', [], () => backlogBytes(this.#spools))
    metrics.watch('duisgate_announced_devices', [], () => this.flags.announced.size)
    metrics.watch('duisgate_announced_incomplete', [], () => (this.flags.announced.isComplete ? 0 : 1))
    metrics.watch('duisgate_store_epoch', [], () => this.#epochs.latest?.number ?? 0)
    metrics.watch('duisgate_gateway_counted', [], () => (this.#storeLease.holds ? 1 : 0))
    metrics.watch('duisgate_gateway_name_taken', [], () => (this.#reporter?.isNameTaken ? 1 : 0))
    metrics.watch('duisgate_clock_skew_seconds', [], () => (this.#skew()?.skewMs ?? Number.NaN) / 1_000)
    const index = () => this.flags.status().index
    metrics.watch('duisgate_flag_index_loaded', [], () => (index()?.state === 'loaded' ? 1 : 0))
    metrics.watch('duisgate_flag_index_devices', [], () => index()?.devices ?? 0)
    metrics.watch('duisgate_flag_index_bytes', [], () => index()?.bytes ?? 0)
  }

  /** Another table is in force here: the store is told at once. */
  tableSwitched(): void {
    void this.#reporter?.wake()
  }

  /** Keeps what was observed in a message; on disk or with the store once settled. */
  async keep(seen: ObservedMessage): Promise<void> {
    const [own] = this.#spools
    const events = trafficEventsOf(seen)
    this.swaps.keeping(events)
    try {
      await Promise.all(events.map((event) => own.keep(event)))
    } catch (error) {
      this.swaps.lost(events)
      throw error
    }
  }

  /** To be called when the gateway decides on nothing any more. */
  async stop(): Promise<void> {
    await Promise.all(this.#spools.map((spool) => spool.close()))
    await this.#followingSwaps.stop()
    await this.flags.stop()
    await this.#reporter?.stop()
    await this.store.close()
    this.#lock.release()
  }

  /** The flags have let go of everything by now. */
  #primaryChanged(epoch: Epoch): void {
    this.#options.log.warn({ epoch }, 'another server is the primary of the store; flags are followed anew')
    void this.#reporter?.wake()
  }

  #swapFollower(): SwapFollower {
    return new SwapFollower({
      announced: this.flags.announced,
      clock: this.time,
      unanswered: (...asked) => this.store.read((view) => awaitedSwaps(view, ...asked)),
      catchUp: () => this.flags.catchUp(),
      hasBacklog: () => backlogBytes(this.#spools) > 0,
    })
  }

  #liveFlags(): LiveFlags {
    const { config, log, acceptsStoreReset } = this.#options
    const { index, maxIndexed, ...limits } = config.flags
    const memory = memoryOf(this.#options)
    const memoryFailures = new RareLine(systemClock)
    return new LiveFlags(this.store, {
      ...limits,
      index: index ? this.#indexSettings(maxIndexed) : undefined,
      storeLease: this.#storeLease,
      clock: this.time,
      time: { source: this.store, storeTime: this.time },
      epochs: this.#epochs,
      asksInventory: () => this.#options.table().defersUnlisted,
      listen: this.store.listen,
      history: { identity: this.store, memory, acceptsReset: acceptsStoreReset },
      onInStep: () => this.#inStep(),
      onStoreFailure: (error) =>
        log.warn({ err: error }, 'the store does not answer; flags act by onUnknown and onStale'),
      onStoreBack: () => log.info('the store answers again; flags are followed'),
      onMemoryFailure: (error) =>
        memoryFailures.note((times) =>
          log.error({ reason: reasonOf(error), times }, 'what was applied cannot be kept for a restart'),
        ),
      onRefused: (reason) =>
        log.error({ reason }, 'the store went back in time and is not read; see docs/flags.md'),
    })
  }

  #inStep(): void {
    void this.#reporter?.wake()
    if (!this.swaps.hasFollowed) this.#followingSwaps.wake()
  }

  #indexSettings(maxIndexed: number): FlagIndexSettings {
    const { log } = this.#options
    return {
      source: this.store,
      maxIndexed,
      onTooMany: () =>
        log.error(
          { maxIndexed },
          'there are more flags than flags.maxIndexed: every Device is asked of the store',
        ),
      onFailure: (error) =>
        log.warn({ err: error }, 'the index of flags cannot be loaded; it is tried again'),
    }
  }

  #reporterOf(gateway: Gateway): GatewayReporter {
    const { config, seat, log } = this.#options
    return new GatewayReporter({
      id: nameInStore(config.gatewayId ?? `${hostname()}:${gateway.ports.southbound}`, seat),
      instance: { id: instanceId(), host: hostname(), pid: process.pid, place: this.#lock.place },
      store: this.store,
      storeLease: this.#storeLease,
      clock: systemClock,
      scheduler: systemScheduler,
      leaseMs: config.flags.maxStalenessMs,
      tell: () => this.#tell(gateway),
      onCounted: () => void this.flags.catchUp(),
      onNameTaken: (error) =>
        log.error({ holder: error.holder }, `${error.message}; this gateway is not waited for`),
      onFailure: (error) =>
        log.warn({ err: error }, 'the store takes no reports; flags are stale past the lease'),
    })
  }

  #skew(): ClockSkew | undefined {
    return this.time.skew(this.#options.config.flags.maxClockBehindMs)
  }

  async #tell(gateway: Gateway) {
    const { state, sequence, epoch } = this.flags.status()
    const isFollowing = state === 'in-step' || state === 'behind'
    return {
      sequence: isFollowing ? sequence : 0,
      state,
      epoch,
      clock: this.#skew(),
      tableRevision: this.#options.table().revision,
      counts: reportedCounts(gateway.metrics),
    }
  }
}

/** By a clock that never goes back while the kernel runs, so that of one place the later sorts after the earlier. */
function instanceId(): string {
  return `${String(process.hrtime.bigint()).padStart(20, '0')}-${randomUUID()}`
}

type SpoolsOwner = Pick<Following, 'swaps' | 'taken' | 'lost'>
type Spools = readonly [own: EventSpool<TrafficEvent>, ...leftBehind: EventSpool<TrafficEvent>[]]

function backlogBytes(spools: Spools): number {
  return spools.reduce((sum, spool) => sum + spool.backlogBytes, 0)
}

/** Its own, and those that are left behind. */
async function openSpools(
  options: FollowingOptions,
  store: SqlStore,
  following: SpoolsOwner,
): Promise<Spools> {
  const { config, seat } = options
  const own = await openSpool(options, store, following, nameOnDisk('events', seat))
  if (seat.number > 1) return [own]
  const left = namesOfFormerWorkers('events', await readdir(config.journal.folder), seat)
  return [own, ...(await Promise.all(left.map((name) => openSpool(options, store, following, name))))]
}

function openSpool(
  { config, log, table }: FollowingOptions,
  store: SqlStore,
  following: SpoolsOwner,
  name: string,
): Promise<EventSpool<TrafficEvent>> {
  const restrictions = restrictionService({ ...rulesAndParties(config), store, table })
  const diskFailures = new RareLine(systemClock)
  return EventSpool.open<TrafficEvent>({
    folder: join(config.journal.folder, name),
    after: (delayMs, work) => systemScheduler.after(delayMs, work),
    onFailure: (error) => log.warn({ err: error }, 'the store takes no events; they are kept until it does'),
    onDiskFailure: (error) =>
      diskFailures.note((times) =>
        log.error(
          { reason: reasonOf(error), times },
          'the disk takes no events; they go to the store at once',
        ),
      ),
    onFound: (events) => following.swaps.keeping(events),
    onLost: (count) => following.lost(count),
    deliver: async (events) => {
      if (await store.mayTakeEvents()) for (const event of events) await restrictions.takeTrafficEvent(event)
      else await store.leaveEvents(events)
      following.taken(events)
    },
  })
}
