/**
 * The flag cache, its index and its feed, put together: what the composition root opens and the gateway reads.
 */
import type { FlagReading, Instant } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import { type Clock, systemClock } from '../observe/clock.ts'
import { type Scheduler, systemScheduler } from '../observe/scheduler.ts'
import type { DeviceRecords } from '../store/store.ts'
import { AnnouncedDevices } from './announced-devices.ts'
import { CacheFreshness } from './cache-freshness.ts'
import { FlagCache, type FlagCacheCounts, type FlagCacheOptions } from './flag-cache.ts'
import { type FeedStatus, FlagFeed, type FlagFeedOptions } from './flag-feed.ts'
import { FlagIndex, type FlagIndexSettings, type FlagIndexStatus } from './flag-index.ts'
import { DEFAULT_FLAG_LIMITS } from './flag-limits.ts'
import type { StoreLease } from './store-lease.ts'

type Wiring = 'records' | 'cache' | 'index' | 'freshness' | 'clock' | 'scheduler' | 'atLeast'

export interface LiveFlagsOptions extends Omit<FlagCacheOptions, Wiring>, Omit<FlagFeedOptions, Wiring> {
  /** How old a reading may be before it is stale; as in `DEFAULT_FLAG_LIMITS` when absent. */
  readonly maxStalenessMs?: number
  /** Whether the store waits for this gateway; absent where nobody is told that a change is in force. */
  readonly storeLease?: StoreLease
  /** The resident index of Devices that may be Restricted; absent: none is kept. */
  readonly index?: FlagIndexSettings | undefined
  readonly clock?: Clock
  readonly scheduler?: Scheduler
}

/** For readiness and metrics. */
export interface LiveFlagsStatus extends FeedStatus, FlagCacheCounts {
  /** Absent where no index is kept. */
  readonly index: FlagIndexStatus | undefined
}

export class LiveFlags {
  /** Devices that are unknown although the store has no flag of them. */
  readonly announced = new AnnouncedDevices()
  readonly #cache: FlagCache
  readonly #index: FlagIndex | undefined
  readonly #feed: FlagFeed
  readonly #onInStep: (() => void) | undefined

  constructor(records: DeviceRecords, options: LiveFlagsOptions = {}) {
    const { clock = systemClock, scheduler = systemScheduler } = options
    const { maxStalenessMs } = { ...DEFAULT_FLAG_LIMITS, ...options }
    const freshness = new CacheFreshness(clock, maxStalenessMs, options.storeLease)
    this.#index = options.index && this.#indexOf(options.index, clock, scheduler)
    const parts = { records, freshness, clock, scheduler }
    const storeTime = options.time?.storeTime
    const atLeast = storeTime && (() => storeTime.atLeast())
    this.#cache = new FlagCache({ ...options, ...parts, atLeast, index: this.#index })
    this.#feed = new FlagFeed({ ...options, ...parts, cache: this.#cache, onInStep: () => this.#inStep() })
    this.#onInStep = options.onInStep
    options.epochs?.onLater(() => this.#startOver(options.storeLease))
  }

  /** See `FlagCache.read`; what is announced and has no flag is unknown. */
  read(keys: readonly DeviceKey[], now: Instant): FlagReading[] | Promise<FlagReading[]> {
    const readings = this.#cache.read(keys, now)
    return readings instanceof Promise
      ? readings.then((loaded) => this.announced.mask(keys, loaded))
      : this.announced.mask(keys, readings)
  }

  /** See `FlagCache.atHand`. */
  atHand(keys: readonly DeviceKey[], now: Instant): FlagReading[] | undefined {
    const readings = this.#cache.atHand(keys, now)
    return readings && this.announced.mask(keys, readings)
  }

  /** See `FlagCache.generation`; it grows as well whenever a Device is announced, or resolved. */
  get generation(): number {
    return this.#cache.generation + this.announced.generation
  }

  /** Begins to follow the store; settles after the first try, whether or not it succeeded. */
  start(): Promise<void> {
    return this.#feed.start()
  }

  /** See `FlagFeed.catchUp`. */
  catchUp(): Promise<boolean> {
    return this.#feed.catchUp()
  }

  /** See `FlagFeed.acceptReset`. */
  acceptReset(): void {
    this.#feed.acceptReset()
  }

  /** Ready once in step with the store; not while starting or refused, when every flag is unknown. */
  get isReady(): boolean {
    const { state } = this.#feed.status()
    return state === 'in-step' || state === 'behind'
  }

  /** Number of the last change that is applied here. */
  get sequence(): number {
    return this.#feed.sequence
  }

  status(): LiveFlagsStatus {
    return { ...this.#feed.status(), ...this.#cache.counts, index: this.#index?.status() }
  }

  /** Stops following the store; does not close it. */
  stop(): Promise<void> {
    return this.#feed.stop()
  }

  #indexOf(settings: FlagIndexSettings, clock: Clock, scheduler: Scheduler): FlagIndex {
    return new FlagIndex({
      ...settings,
      clock,
      scheduler,
      sequence: () => this.#feed.sequence,
      catchUp: () => this.#feed.catchUp(),
    })
  }

  /** Another server is the primary now: what was read from the one before may not be there, and nobody waits for this gateway. */
  #startOver(storeLease: StoreLease | undefined): void {
    storeLease?.lose()
    this.#cache.empty()
    void this.#feed.catchUp()
  }

  #inStep(): void {
    this.#index?.wake()
    this.#onInStep?.()
  }
}
