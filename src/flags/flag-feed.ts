/**
 * Keeps the flag cache in step with the store: asks again and again what has changed since, tells the cache, and renews
 * the lease each time there is nothing left to tell.
 *
 * Each question begins one change before what was applied, so that every answer also shows whether the store still has
 * the history that the cache was built from. A store that has not (wiped, restored from a backup, rewritten) is refused:
 * to read it as "nothing is Restricted" would let consumption data through. Only an operator ends that.
 */
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { Clock } from '../observe/clock.ts'
import type { DeviceChange, DeviceRecords } from '../store/store.ts'
import type { Lease } from './lease.ts'
import { type Scheduler, within } from './scheduler.ts'

/** What the feed tells. */
export interface ChangeListener {
  invalidate(keys: readonly DeviceKey[]): void
  empty(): void
}

export interface FlagFeedOptions {
  readonly records: DeviceRecords
  readonly cache: ChangeListener
  readonly lease: Lease
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Pause between two polls; 250 when absent. */
  readonly pollMs?: number
  /** Time one question to the store has; 1,000 when absent. */
  readonly pollTimeoutMs?: number
  /** Further behind than this, the cache is emptied instead of going through every change; 100,000 when absent. */
  readonly maxCatchUp?: number
  /** Told of the first poll that fails after one that did not. */
  readonly onStoreFailure?: (error: unknown) => void
  /** The alarm: the store lost or changed its history, and no flag is read from it until an operator accepts that. */
  readonly onRefused?: (reason: string) => void
}

/**
 * - `starting`: not yet in step for the first time; every flag is unknown.
 * - `in-step`: within the lease.
 * - `behind`: past the lease; what is read is stale.
 * - `refused`: the store went back in time; every flag is unknown until an operator acts.
 */
export type FeedState = 'starting' | 'in-step' | 'behind' | 'refused'

export interface FeedStatus {
  readonly state: FeedState
  /** Sequence number of the last change applied; 0 before the first. */
  readonly sequence: number
  /** Milliseconds since the cache was last known in step; undefined while starting or refused. */
  readonly ageMs: number | undefined
  /** Why the store is refused. */
  readonly refusal: string | undefined
}

/** Changes asked for at a time. */
const PAGE = 1_000

export class FlagFeed {
  readonly #options: FlagFeedOptions
  /** The last change applied, as the store told it; undefined while the store has none. */
  #anchor: DeviceChange | undefined
  #hasJoined = false
  #refusal: string | undefined
  #polls: Promise<void> = Promise.resolve()
  #cancelPoll: (() => void) | undefined
  #isFailing = false
  #isStopped = false

  constructor(options: FlagFeedOptions) {
    this.#options = options
  }

  /** Polls now and then every `pollMs` until stopped; settles after the first poll. To be called once. */
  start(): Promise<void> {
    const first = this.catchUp()
    void first.then(() => this.#pollLater())
    return first
  }

  /** Done when no question to the store is under way. */
  stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelPoll?.()
    return this.#polls
  }

  /**
   * Polls once, after any poll under way, whose question may be older. When it is done and the state is `in-step`, every
   * change that the store had when it was called is in force. Never rejects.
   */
  catchUp(): Promise<void> {
    this.#polls = this.#polls.then(() => this.#poll())
    return this.#polls
  }

  /** An operator has seen that the store lost its history and wants it used as it is now. Else it does nothing. */
  acceptReset(): void {
    if (this.#refusal === undefined) return
    this.#refusal = undefined
    this.#anchor = undefined
    this.#hasJoined = false
  }

  status(): FeedStatus {
    const ageMs = this.#options.lease.ageMs()
    return { state: this.#state(ageMs), sequence: this.#anchor?.sequence ?? 0, ageMs, refusal: this.#refusal }
  }

  #state(ageMs: number | undefined): FeedState {
    if (this.#refusal !== undefined) return 'refused'
    if (ageMs === undefined) return 'starting'
    return this.#options.lease.isPast(ageMs) ? 'behind' : 'in-step'
  }

  #pollLater(): void {
    if (this.#isStopped) return
    this.#cancelPoll = this.#options.scheduler.after(this.#options.pollMs ?? 250, () => void this.start())
  }

  async #poll(): Promise<void> {
    if (this.#refusal !== undefined || this.#isStopped) return
    try {
      if (!this.#hasJoined) await this.#join()
      while (await this.#applyPage()) if (await this.#isFarBehind()) await this.#join()
      this.#isFailing = false
    } catch (error) {
      if (error instanceof HistoryLost) this.#refuse(error.message)
      else this.#noteFailure(error)
    }
  }

  #noteFailure(error: unknown): void {
    if (!this.#isFailing) this.#options.onStoreFailure?.(error)
    this.#isFailing = true
  }

  /** Starts over from where the store is, with an empty cache. */
  async #join(): Promise<void> {
    const position = await this.#ask((records) => records.position())
    const anchor = position > 0 ? await this.#changeAt(position) : undefined
    this.#options.cache.empty()
    this.#anchor = anchor
    this.#hasJoined = true
  }

  async #changeAt(sequence: number): Promise<DeviceChange> {
    const [change] = await this.#ask((records) => records.changedSince(sequence - 1, 1))
    if (change?.sequence !== sequence) throw new HistoryLost(`change ${sequence} is missing in the store`)
    return change
  }

  /** Whether there may be more. */
  async #applyPage(): Promise<boolean> {
    const askedAtMs = this.#options.clock.monotonicMs()
    const anchor = this.#anchor
    const page = await this.#ask((records) => records.changedSince((anchor?.sequence ?? 1) - 1, PAGE))
    checkHistory(page, anchor)
    this.#tellCache(page.slice(anchor ? 1 : 0))
    this.#anchor = page.at(-1) ?? anchor
    if (page.length >= PAGE) return true
    this.#options.lease.renew(askedAtMs)
    return false
  }

  #tellCache(changes: readonly DeviceChange[]): void {
    const keys = changes.map((change) => change.key).filter((key) => key !== undefined)
    if (keys.length < changes.length) this.#options.cache.empty()
    else this.#options.cache.invalidate(keys)
  }

  async #isFarBehind(): Promise<boolean> {
    const position = await this.#ask((records) => records.position())
    return position - (this.#anchor?.sequence ?? 0) > (this.#options.maxCatchUp ?? 100_000)
  }

  #ask<T>(question: (records: DeviceRecords) => Promise<T>): Promise<T> {
    const { records, scheduler, pollTimeoutMs = 1_000 } = this.#options
    return within(scheduler, pollTimeoutMs, question(records))
  }

  #refuse(reason: string): void {
    this.#refusal = reason
    this.#options.lease.end()
    this.#options.cache.empty()
    this.#options.onRefused?.(reason)
  }
}

class HistoryLost extends Error {}

/** Throws HistoryLost unless the page begins with the anchor, or with change 1 without one, and has no gaps. */
function checkHistory(page: readonly DeviceChange[], anchor: DeviceChange | undefined): void {
  const first = anchor?.sequence ?? 1
  for (const [index, { sequence }] of page.entries())
    if (sequence !== first + index) throw new HistoryLost(`change ${first + index} is missing in the store`)
  if (anchor && !isSameChange(page[0], anchor))
    throw new HistoryLost(`change ${first}, applied before, is not in the store any more`)
}

function isSameChange(one: DeviceChange | undefined, other: DeviceChange): boolean {
  return one !== undefined && one.key === other.key && one.recordedAt === other.recordedAt
}
