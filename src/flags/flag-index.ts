/**
 * The resident index of Devices that may be Restricted: what is not in it is clear, with no question to the store.
 *
 * It holds every Device with a flag that is not over, flags that begin later included, and may hold others. So "not in it"
 * is an answer, and "in it" only means: ask for the record. It is filled page by page from the store while changes that the
 * feed tells go in beside; once a poll that began after the last page has found nothing left to apply, it answers. A change
 * goes in before the feed's position moves on, so that no change that counts as applied is missing from it.
 *
 * Whenever anything may have changed, or it is full, it is dropped, and loaded anew after the next poll. Without it the
 * cache and the store answer as if it had never been there.
 */

import { randomInt } from 'node:crypto'
import { type DeviceRecord, hasEnded, type Instant, instantOf } from '../core/device/device.ts'
import { DAY_MS } from '../core/device/durations.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { Clock } from '../observe/clock.ts'
import { type Scheduler, within } from '../observe/scheduler.ts'
import type { FlaggedKeys, FlaggedPage } from '../store/store.ts'
import { DEFAULT_FLAG_LIMITS } from './flag-limits.ts'
import { RestrictedIndex } from './restricted-index.ts'

/** What an operator decides of the index. */
export interface FlagIndexSettings {
  readonly source: FlaggedKeys
  /** With more flags than this in the store there is no index; the default of `FlagLimits` when absent. */
  readonly maxIndexed?: number
  /** Told when there are too many; once, until the store changes as a whole. */
  readonly onTooMany?: (maxIndexed: number) => void
  /** Told of a load that failed; it is tried again. */
  readonly onFailure?: (error: unknown) => void
}

export interface FlagIndexOptions extends FlagIndexSettings {
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Sequence number of the last change applied. */
  readonly sequence: () => number
  /** Polls once more; whether there was nothing left to apply. Never rejects. */
  readonly catchUp: () => Promise<boolean>
}

/**
 * - `loading`: being filled, or waiting to be.
 * - `loaded`: it answers.
 * - `too-many`: more flags than `maxIndexed`; the store answers.
 */
export type FlagIndexState = 'loading' | 'loaded' | 'too-many'

export interface FlagIndexStatus {
  readonly state: FlagIndexState
  /** Devices in it; 0 unless it is loaded. */
  readonly devices: number
  readonly bytes: number
}

/** Flags looked at in one question, and about the keys put in between two turns of the event loop. */
const PAGE = 500

const PAGE_TIMEOUT_MS = 2_000
const RETRY_MS = 1_000

/** A flag counts as not over for so long after its end: a clock that is put back by less opens no gap. */
const KEPT_AFTER_END_MS = DAY_MS

/** One try to fill an index. */
interface Load {
  /** Keys on their way into the index. */
  readonly chunks: BigUint64Array[]
  /** Keys that the store gave. */
  flagged: number
  /** Keys in all chunks so far. */
  taken: number
}

export class FlagIndex {
  readonly #options: FlagIndexOptions
  readonly #maxIndexed: number
  #answering: RestrictedIndex | undefined
  #load: Load | undefined
  #hasTooMany = false
  #nextTryAtMs = Number.NEGATIVE_INFINITY

  constructor(options: FlagIndexOptions) {
    this.#options = options
    this.#maxIndexed = options.maxIndexed ?? DEFAULT_FLAG_LIMITS.maxIndexed
  }

  /** Whether the Device is known to have no flag that is in force, or will be, by every change applied so far. */
  isClear(key: DeviceKey): boolean {
    return this.#answering !== undefined && !this.#answering.has(key)
  }

  /** Sequence number of the last change that `isClear` goes by. */
  get sequence(): number {
    return this.#options.sequence()
  }

  /** These Devices have changed. To be called before the change counts as applied. */
  changed(keys: readonly DeviceKey[]): void {
    if (this.#load) take(this.#load, keys)
    if (this.#answering && !keys.every((key) => this.#answering?.add(key))) this.#answering = undefined
  }

  /** The record that the store gave of a Device, unless it has changed since: one without a flag goes out of the index. */
  seen({ key, restriction, version }: DeviceRecord): void {
    const isOver = restriction === undefined || hasEnded(restriction, this.#keptSince())
    if (isOver && version <= this.sequence) this.#answering?.remove(key)
  }

  /** Anything may have changed. */
  drop(): void {
    this.#answering = undefined
    this.#load = undefined
    this.#hasTooMany = false
  }

  /** The feed is in step: loads the index unless it is there, or under way, or not to be loaded. */
  wake(): void {
    if (this.#answering || this.#load || this.#hasTooMany) return
    if (this.#options.clock.monotonicMs() < this.#nextTryAtMs) return
    void this.#loadAnew()
  }

  status(): FlagIndexStatus {
    const { size: devices = 0, bytes = 0 } = this.#answering ?? {}
    return { state: this.#state(), devices, bytes }
  }

  #state(): FlagIndexState {
    if (this.#answering) return 'loaded'
    return this.#hasTooMany ? 'too-many' : 'loading'
  }

  async #loadAnew(): Promise<void> {
    const load: Load = { chunks: [], flagged: 0, taken: 0 }
    this.#load = load
    this.#nextTryAtMs = this.#options.clock.monotonicMs() + RETRY_MS
    try {
      if (await this.#readPages(load)) await this.#fill(load)
    } catch (error) {
      this.#options.onFailure?.(error)
    }
    if (this.#load === load) this.#load = undefined
  }

  /** False when the load is over: dropped, or too many. */
  async #readPages(load: Load): Promise<boolean> {
    const since = this.#keptSince()
    let after: DeviceKey | undefined
    do {
      const page = await this.#page(since, after)
      if (this.#load !== load) return false
      take(load, page.keys)
      load.flagged += page.keys.length
      if (load.flagged > this.#maxIndexed) return this.#giveUp()
      after = page.next
      await this.#nextTurn()
    } while (after !== undefined)
    return true
  }

  #page(since: Instant, after: DeviceKey | undefined): Promise<FlaggedPage> {
    const { scheduler, source } = this.#options
    return within(scheduler, PAGE_TIMEOUT_MS, source.flaggedKeys(since, PAGE, after))
  }

  #giveUp(): false {
    this.#hasTooMany = true
    this.#options.onTooMany?.(this.#maxIndexed)
    return false
  }

  /** Puts an index in place once it has all keys and every change that the pages may show. */
  async #fill(load: Load): Promise<void> {
    const index = new RestrictedIndex(load.taken, randomInt(2 ** 32))
    while (load.chunks.length > 0) {
      if (!putInto(index, load.chunks.splice(0, 1))) return
      await this.#nextTurn()
    }
    const isInStep = await this.#options.catchUp()
    // From here to the end in one go: a change told in between would be in neither.
    if (this.#load === load && isInStep && putInto(index, load.chunks)) this.#answering = index
  }

  #nextTurn(): Promise<void> {
    return new Promise((resolve) => this.#options.scheduler.soon(resolve))
  }

  /** What ended before counts as over. */
  #keptSince(): Instant {
    return instantOf(this.#options.clock.now() - KEPT_AFTER_END_MS)
  }
}

function take(load: Load, keys: readonly DeviceKey[]): void {
  if (keys.length === 0) return
  load.chunks.push(BigUint64Array.from(keys))
  load.taken += keys.length
}

/** False when there is no room for all. */
function putInto(index: RestrictedIndex, chunks: readonly BigUint64Array[]): boolean {
  return chunks.every((chunk) => chunk.every((key) => index.add(key as DeviceKey)))
}
