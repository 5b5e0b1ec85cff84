/**
 * The Restricted flags that the data plane reads: an LRU of Device records in front of the store, and in front of that an
 * index of the Devices that may be Restricted.
 *
 * While the index is there, a Device that is not in it is answered as clear without its record. Without it absences are kept
 * like records, because most Devices have no flag. Who holds what: the cache holds records, the `Lease`
 * how old they are, the `LoadQueue` what is on its way from the store, the `FlagFeed` tells what has changed. What is
 * promised: `read` never throws and never waits longer than the look-up deadline; a record that changed is not answered
 * once the feed has told of it, not even to a message that was already waiting; what is not known is `unknown`.
 */
import { LRUCache } from 'lru-cache'
import { type DeviceRecord, type FlagReading, type Instant, isRestricted } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { Clock } from '../observe/clock.ts'
import { type Scheduler, within } from '../observe/scheduler.ts'
import type { DeviceRecords } from '../store/store.ts'
import { Breaker } from './breaker.ts'
import type { CacheFreshness } from './cache-freshness.ts'
import type { FlagIndex } from './flag-index.ts'
import { DEFAULT_FLAG_LIMITS } from './flag-limits.ts'
import { type Batch, type LoadCounts, LoadQueue } from './load-queue.ts'

export interface FlagCacheOptions {
  readonly records: DeviceRecords
  readonly freshness: CacheFreshness
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** What the time is at least, while the `now` of a question is what it is at most; `now` when absent. */
  readonly atLeast?: (() => Instant) | undefined
  /** Absent: every Device is asked of the store. */
  readonly index?: FlagIndex | undefined
  /** Whether it matters if the inventory knows a Device, which the index cannot tell; never when absent. */
  readonly asksInventory?: (() => boolean) | undefined
  /** Records kept; as in `DEFAULT_FLAG_LIMITS` when absent. */
  readonly maxEntries?: number
  /** How long a reading may wait for the store before it is `unknown`; as in `DEFAULT_FLAG_LIMITS` when absent. */
  readonly lookupTimeoutMs?: number
  /** Keys in one question to the store; 1,000 when absent. */
  readonly batchLimit?: number
  /** Questions to the store at a time; 4 when absent. */
  readonly maxLoads?: number
  /** While the store does not answer, how often one look-up tries it; 1,000 when absent. */
  readonly probeEveryMs?: number
  /** Told of each look-up that the store failed, at most about once per `probeEveryMs` and question under way. */
  readonly onStoreFailure?: (error: unknown) => void
}

/** Totals since the start, and what is kept now. */
export interface FlagCacheCounts extends LoadCounts {
  readonly entries: number
  /** Devices answered from memory. */
  readonly hits: number
  readonly misses: number
  /** Devices answered `unknown`. */
  readonly unknowns: number
  /** Changes told by the feed. */
  readonly invalidations: number
}

const UNKNOWN: FlagReading = { state: 'unknown' }

/** One message's Devices on the way to their readings. */
interface LookUp {
  readonly keys: readonly DeviceKey[]
  /** By place in `keys`; undefined while, or because, it is not known. */
  readonly records: (DeviceRecord | undefined)[]
  /** By place in `keys`: what will bring the record. */
  readonly batches: (Batch | undefined)[]
  /** The cache's generation that `records` are known to be current in. */
  generation: number
  /** Whether the index may stand for records. */
  readonly isFresh: boolean
  isOver: boolean
}

export class FlagCache {
  readonly #resident: LRUCache<DeviceKey, DeviceRecord>
  readonly #freshness: CacheFreshness
  readonly #index: FlagIndex | undefined
  readonly #asksInventory: () => boolean
  readonly #atLeast: (() => Instant) | undefined
  readonly #queue: LoadQueue
  readonly #scheduler: Scheduler
  readonly #lookupTimeoutMs: number
  #generation = 0
  #counts = { hits: 0, misses: 0, unknowns: 0, invalidations: 0 }

  constructor(options: FlagCacheOptions) {
    const { records, clock, scheduler, onStoreFailure = () => {} } = options
    const { maxEntries, lookupTimeoutMs } = { ...DEFAULT_FLAG_LIMITS, ...options }
    this.#resident = new LRUCache({ max: maxEntries })
    this.#freshness = options.freshness
    this.#index = options.index
    this.#atLeast = options.atLeast
    this.#asksInventory = options.asksInventory ?? (() => false)
    this.#scheduler = scheduler
    this.#lookupTimeoutMs = lookupTimeoutMs
    this.#queue = new LoadQueue({
      records,
      scheduler,
      breaker: new Breaker(clock, options.probeEveryMs ?? 1_000),
      batchLimit: options.batchLimit ?? 1_000,
      maxLoads: options.maxLoads ?? 4,
      timeoutMs: lookupTimeoutMs,
      onLoaded: (record) => this.#keep(record),
      onFailure: onStoreFailure,
    })
  }

  /**
   * One reading for each key, in the order asked, with effective times as of `now`. An array at once when every key is
   * clear by the index, resident, or cannot be had; else a promise of it, which never rejects.
   */
  read(keys: readonly DeviceKey[], now: Instant): FlagReading[] | Promise<FlagReading[]> {
    const ageMs = this.#freshness.ageMs()
    if (ageMs === undefined) return this.#allUnknown(keys)
    const isStale = this.#freshness.isPast(ageMs)
    const index = isStale || this.#asksInventory() ? undefined : this.#index
    let clear: FlagReading | undefined
    const readings: FlagReading[] = []
    for (const key of keys) {
      if (index?.isClear(key)) {
        clear ??= clearReading(index, ageMs, isStale)
        readings.push(clear)
        continue
      }
      const record = this.#resident.get(key)
      if (record === undefined) return this.#readThrough(keys, now, !isStale)
      readings.push(this.#readingOf(record, now, ageMs, isStale))
    }
    this.#counts.hits += keys.length
    return readings
  }

  /** What is known of all these Devices without asking the store, and without a trace; undefined when one is missing. */
  atHand(keys: readonly DeviceKey[], now: Instant): FlagReading[] | undefined {
    const ageMs = this.#freshness.ageMs()
    if (ageMs === undefined) return undefined
    const isStale = this.#freshness.isPast(ageMs)
    const readings: FlagReading[] = []
    for (const key of keys) {
      const record = this.#clearByIndex(key, !isStale) ?? this.#resident.peek(key)
      if (record === undefined) return undefined
      readings.push(this.#readingOf(record, now, ageMs, isStale))
    }
    return readings
  }

  /** These Devices have changed in the store: what is held of them, or on its way, is not answered any more. */
  invalidate(keys: readonly DeviceKey[]): void {
    if (keys.length === 0) return
    this.#generation++
    this.#counts.invalidations += keys.length
    this.#index?.changed(keys)
    for (const key of keys) {
      this.#resident.delete(key)
      this.#queue.overtake(key)
    }
  }

  /** Anything may have changed. */
  empty(): void {
    this.#generation++
    this.#index?.drop()
    this.#resident.clear()
    this.#queue.overtakeAll()
  }

  /** Grows whenever something that was read may have changed. */
  get generation(): number {
    return this.#generation
  }

  get counts(): FlagCacheCounts {
    return { ...this.#counts, ...this.#queue.counts, entries: this.#resident.size }
  }

  #readThrough(
    keys: readonly DeviceKey[],
    now: Instant,
    isFresh: boolean,
  ): FlagReading[] | Promise<FlagReading[]> {
    const lookUp: LookUp = {
      keys,
      records: keys.map((key) => this.#clearByIndex(key, isFresh) ?? this.#resident.get(key)),
      batches: [],
      generation: this.#generation,
      isFresh,
      isOver: false,
    }
    const misses = lookUp.records.filter((record) => record === undefined).length
    this.#counts.misses += misses
    this.#counts.hits += keys.length - misses
    return this.#askForMissing(lookUp) ? this.#readLater(lookUp, now) : this.#readingsOf(lookUp, now)
  }

  /** Whether there is anything to wait for. */
  #askForMissing({ keys, records, batches }: LookUp): boolean {
    let isWaiting = false
    for (const [index, key] of keys.entries()) {
      if (records[index]) continue
      batches[index] = this.#queue.join(key)
      isWaiting ||= batches[index] !== undefined
    }
    return isWaiting
  }

  async #readLater(lookUp: LookUp, now: Instant): Promise<FlagReading[]> {
    // Too late is an answer of its own here: what is missing by then is unknown.
    await within(this.#scheduler, this.#lookupTimeoutMs, this.#settle(lookUp)).catch(() => {})
    lookUp.isOver = true
    takeLoaded(lookUp)
    this.#dropChanged(lookUp)
    return this.#readingsOf(lookUp, now)
  }

  /** Waits for what is missing; again, when changes arrived in the meantime and made something missing. */
  async #settle(lookUp: LookUp): Promise<void> {
    do {
      await Promise.all(new Set(lookUp.batches.map((batch) => batch?.settled)))
      if (lookUp.isOver) return
      takeLoaded(lookUp)
    } while (this.#dropChanged(lookUp) && this.#askForMissing(lookUp))
  }

  /** Replaces what changed while the message waited by what is resident now; whether there was any change. */
  #dropChanged(lookUp: LookUp): boolean {
    if (lookUp.generation === this.#generation) return false
    lookUp.generation = this.#generation
    const { keys, records, isFresh } = lookUp
    for (const [place, key] of keys.entries())
      records[place] = this.#clearByIndex(key, isFresh) ?? this.#resident.peek(key)
    return true
  }

  /** Where the store did not tell, the index does: past the lease it is no worse than what the cache holds. */
  #readingsOf({ keys, records }: LookUp, now: Instant): FlagReading[] {
    const ageMs = this.#freshness.ageMs()
    if (ageMs === undefined) return this.#allUnknown(keys)
    const isStale = this.#freshness.isPast(ageMs)
    return keys.map((key, place) => {
      const record = records[place] ?? this.#clearByIndex(key, true)
      if (record) return this.#readingOf(record, now, ageMs, isStale)
      this.#counts.unknowns++
      return UNKNOWN
    })
  }

  /** The record of a Device that the index knows to be clear, as far as the index goes. */
  #clearByIndex(key: DeviceKey, isFresh: boolean): DeviceRecord | undefined {
    if (!isFresh || this.#asksInventory() || !this.#index?.isClear(key)) return undefined
    return { key, type: undefined, restriction: undefined, version: this.#index.sequence }
  }

  #keep(record: DeviceRecord): void {
    this.#resident.set(record.key, record)
    this.#index?.seen(record)
  }

  #readingOf(record: DeviceRecord, now: Instant, ageMs: number, isStale: boolean): FlagReading {
    const state = isRestricted(record, now, this.#atLeast?.()) ? 'restricted' : 'clear'
    const { type, version, restriction, isUnlisted } = record
    const reading = { state, type, version, ageMs, isStale, since: restriction?.from } as const
    return isUnlisted ? { ...reading, isUnlisted } : reading
  }

  #allUnknown(asked: readonly unknown[]): FlagReading[] {
    this.#counts.unknowns += asked.length
    return asked.map(() => UNKNOWN)
  }
}

function takeLoaded({ keys, records, batches }: LookUp): void {
  for (const [index, key] of keys.entries()) records[index] ??= batches[index]?.records?.get(key)
  batches.length = 0
}

/** The type is not known: `decide` lets a fresh clear Device pass whatever its type. */
function clearReading(index: FlagIndex, ageMs: number, isStale: boolean): FlagReading {
  return { state: 'clear', type: undefined, version: index.sequence, ageMs, isStale }
}
