/**
 * What ties one gateway to its store: the flags it follows, the reports it makes, the events it delivers. Put together
 * here, once, for `serve` and `demo`.
 */
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
import { SeenFile } from '../flags/seen-file.ts'
import { StoreLease } from '../flags/store-lease.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { ObservedMessage } from '../gateway/observed-events.ts'
import { systemClock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import { RareLine, reasonOf } from '../observe/rare-line.ts'
import { Repeated } from '../observe/repeated.ts'
import { systemScheduler } from '../observe/scheduler.ts'
import { restrictionService } from '../restrictions/restriction-service.ts'
import type { SqlStore } from '../store/sql/sql-store.ts'
import { rulesAndParties } from './rules-and-parties.ts'
import { openStoreOfService, type ServiceStore } from './store-driver.ts'
import { nameInStore, nameOnDisk, namesOfFormerWorkers, ONLY_SEAT, type Seat } from './workers/seat.ts'

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
  readonly #storeLease: StoreLease
  /** Told of every message that was decided on. */
  readonly swaps: SwapFollower
  readonly #followingSwaps: Repeated
  /** Its own, and any that workers have left which this gateway does not have any more. */
  #spools!: Spools
  #reporter: GatewayReporter | undefined

  private constructor(options: FollowingOptions, opened: ServiceStore) {
    this.#options = options
    this.#opened = opened
    this.store = opened.store
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
    const { config, log } = options
    const opened = await openStoreOfService(config.store, log, { statementTimeoutMs: STATEMENT_TIMEOUT_MS })
    const { store } = opened
    try {
      const following = new Following(options, opened)
      following.#spools = await openSpools(options, store, following)
      return following
    } catch (error) {
      await store.close()
      throw error
    }
  }

  /** Begins to report and to follow; settles after the first try of both. The gateway's address is its name. */
  async start(gateway: Gateway): Promise<void> {
    this.#watch(gateway.metrics)
    this.#reporter = this.#reporterOf(gateway)
    await this.#reporter.start()
    await this.flags.start()
    await this.#followingSwaps.start()
  }

  /** The store has taken these events; what they announced is let go of as soon as what they changed is applied here. */
  taken(events: readonly TrafficEvent[]): void {
    this.swaps.taken(events)
    this.#followingSwaps.wake()
  }

  /** The same database, by other hosts or credentials. */
  reconnect(settings: StoreSettings): void {
    this.#opened.reconnect(settings)
  }

  #watch(metrics: Metrics): void {
    metrics.watch('duisgate_event_backlog_bytes', [], () => backlogBytes(this.#spools))
    metrics.watch('duisgate_announced_devices', [], () => this.flags.announced.size)
    metrics.watch('duisgate_announced_incomplete', [], () => (this.flags.announced.isComplete ? 0 : 1))
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
  }

  #swapFollower(): SwapFollower {
    return new SwapFollower({
      announced: this.flags.announced,
      clock: systemClock,
      unanswered: (...asked) => this.store.read((view) => awaitedSwaps(view, ...asked)),
      catchUp: () => this.flags.catchUp(),
      hasBacklog: () => backlogBytes(this.#spools) > 0,
    })
  }

  #liveFlags(): LiveFlags {
    const { config, log, acceptsStoreReset } = this.#options
    const { index, maxIndexed, ...limits } = config.flags
    const memory = this.#memory()
    const memoryFailures = new RareLine(systemClock)
    return new LiveFlags(this.store, {
      ...limits,
      index: index ? this.#indexSettings(maxIndexed) : undefined,
      storeLease: this.#storeLease,
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

  /** A worker that has followed nothing yet goes by what the first one has. */
  #memory(): SeenFile {
    const { config, seat } = this.#options
    const fileOf = (one: Seat) => join(config.journal.folder, `${nameOnDisk('flags', one)}.seen`)
    return new SeenFile(fileOf(seat), fileOf(ONLY_SEAT))
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
      store: this.store,
      storeLease: this.#storeLease,
      clock: systemClock,
      scheduler: systemScheduler,
      leaseMs: config.flags.maxStalenessMs,
      tell: () => this.#tell(gateway),
      onCounted: () => void this.flags.catchUp(),
      onFailure: (error) =>
        log.warn({ err: error }, 'the store takes no reports; flags are stale past the lease'),
    })
  }

  async #tell(gateway: Gateway) {
    const { state, sequence } = this.flags.status()
    const isFollowing = state === 'in-step' || state === 'behind'
    return {
      sequence: isFollowing ? sequence : 0,
      state,
      tableRevision: this.#options.table().revision,
      counts: countsOf(gateway.metrics),
    }
  }
}

type Spools = readonly [own: EventSpool<TrafficEvent>, ...leftBehind: EventSpool<TrafficEvent>[]]

function backlogBytes(spools: Spools): number {
  return spools.reduce((sum, spool) => sum + spool.backlogBytes, 0)
}

/** Its own, and those that are left behind. */
async function openSpools(
  options: FollowingOptions,
  store: SqlStore,
  following: Pick<Following, 'swaps' | 'taken'>,
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
  following: Pick<Following, 'swaps' | 'taken'>,
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
    deliver: async (events) => {
      if (await store.mayTakeEvents()) for (const event of events) await restrictions.takeTrafficEvent(event)
      else await store.leaveEvents(events)
      following.taken(events)
    },
  })
}

/** Verdicts, and the two faults that must never happen. */
function countsOf(metrics: Metrics): Record<string, number> {
  return {
    ...metrics.totals('duisgate_messages_total', 'verdict'),
    restrictedButForwarded: metrics.total('duisgate_restricted_but_forwarded_total'),
    neverBlockButStopped: metrics.total('duisgate_never_block_but_stopped_total'),
  }
}
