/**
 * Keeps the flag cache in step with the store: asks again and again what has changed since, tells the cache, and renews
 * the lease each time there is nothing left to tell. Where the store can wake it, it asks sooner; polling goes on.
 *
 * Each question begins one change before what was applied, so that every answer also shows whether the store still has
 * the history that the cache was built from. A store that has not (wiped, restored from a backup, rewritten) is refused:
 * to read it as "nothing is Restricted" would let consumption data through. Only an operator ends that.
 */
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { Clock } from '../observe/clock.ts'
import { Repeated } from '../observe/repeated.ts'
import { type Scheduler, within } from '../observe/scheduler.ts'
import { type Epoch, type EpochWatch, OtherPrimary } from '../store/epoch.ts'
import type { DeviceChange, DeviceRecords, StoreIdentity, TimeOfStore } from '../store/store.ts'
import type { CacheFreshness } from './cache-freshness.ts'
import { DEFAULT_FLAG_LIMITS } from './flag-limits.ts'
import { checkHistory, HistoryLost } from './history.ts'
import { isSamePosition, type PositionMemory, type SeenPosition } from './seen-file.ts'
import type { StoreTime } from './store-time.ts'

/** What the feed tells. */
interface ChangeListener {
  invalidate(keys: readonly DeviceKey[]): void
  empty(): void
}

/** What outlives a restart of the gateway. */
export interface FeedHistory {
  readonly identity: StoreIdentity
  readonly memory: PositionMemory
  /** An operator wants the store used as it is, whatever this gateway applied before. */
  readonly acceptsReset?: boolean
}

/** Where the store's clock is read, and what is made of it. */
interface FeedTime {
  readonly source: TimeOfStore
  readonly storeTime: StoreTime
}

export interface FlagFeedOptions {
  readonly records: DeviceRecords
  readonly cache: ChangeListener
  readonly freshness: CacheFreshness
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Pause between two polls; as in `DEFAULT_FLAG_LIMITS` when absent. */
  readonly pollMs?: number
  /** Time one question to the store has; 1,000 when absent. */
  readonly pollTimeoutMs?: number
  /** Further behind than this, the cache is emptied instead of going through every change; 100,000 when absent. */
  readonly maxCatchUp?: number
  /** Calls back soon after a change; see `ControlStore.listen`. Absent: the store is only polled. */
  readonly listen?: ((onChange: () => void) => Promise<() => Promise<void>>) | undefined
  /** Absent: the first store that answers after a start is believed. */
  readonly history?: FeedHistory
  /** Absent: flags go by the time that each question gives. */
  readonly time?: FeedTime | undefined
  /** What this process has seen of primaries; absent for a store that has none. */
  readonly epochs?: EpochWatch | undefined
  /** Told after each poll that found nothing left to apply. */
  readonly onInStep?: () => void
  /** Told of the first poll that fails after one that did not. */
  readonly onStoreFailure?: (error: unknown) => void
  /** Told of the first poll that goes well after one that failed. */
  readonly onStoreBack?: () => void
  /** Told when the position could not be kept; after a restart the gateway would notice less of a store gone back. */
  readonly onMemoryFailure?: (error: unknown) => void
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
  /** Milliseconds since the cache was last known in step, and the store to wait for this gateway; undefined while starting or refused. */
  readonly ageMs: number | undefined
  /** `id` of the epoch in which it was last found in step; undefined before, and where the store has none. */
  readonly epoch: string | undefined
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
  #acceptsReset: boolean
  #storeId = ''
  /** The epoch in which the store was recognised, and the one in which the cache was last in step. */
  #recognisedIn: Epoch | undefined
  #inStepIn: Epoch | undefined
  /** What is kept across restarts; undefined before anything was. */
  #kept: SeenPosition | undefined
  #keeping: Promise<void> = Promise.resolve()
  #keepsSoon = false
  #refusal: string | undefined
  #polls: Promise<unknown> = Promise.resolve()
  /** A poll that was asked for and has not begun. */
  #nextPoll: Promise<boolean> | undefined
  readonly #polling: Repeated
  #listening: Promise<() => Promise<void>> | undefined
  #isFailing = false
  #isStopped = false

  constructor(options: FlagFeedOptions) {
    this.#options = options
    this.#acceptsReset = options.history?.acceptsReset ?? false
    const { scheduler, pollMs: everyMs = DEFAULT_FLAG_LIMITS.pollMs } = options
    this.#polling = new Repeated({ work: () => this.#pollOnce(), everyMs, scheduler })
  }

  /** Polls now, whenever the store wakes it, and every `pollMs` until stopped; settles after the first poll. */
  start(): Promise<void> {
    this.#listening = this.#options.listen?.(() => void this.catchUp())
    return this.#polling.start()
  }

  /** Done when no question to the store is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true
    const stopped = this.#polling.stop()
    const stopListening = await this.#listening
    await stopListening?.()
    await stopped
    await this.#polls
    await this.#keeping
  }

  /**
   * Polls once, after any poll under way, whose question may be older. True when nothing was left to apply: every change
   * that the store had when it was called is then applied. Never rejects.
   */
  catchUp(): Promise<boolean> {
    this.#nextPoll ??= this.#polls.then(() => {
      this.#nextPoll = undefined
      return this.#poll()
    })
    this.#polls = this.#nextPoll
    return this.#nextPoll
  }

  /** An operator has seen that the store lost its history and wants it used as it is now. Else it does nothing. */
  acceptReset(): void {
    if (this.#refusal === undefined) return
    this.#refusal = undefined
    this.#options.epochs?.forget()
    this.#anchor = undefined
    this.#hasJoined = false
    this.#acceptsReset = true
  }

  /** Sequence number of the last change applied; 0 before the first. */
  get sequence(): number {
    return this.#anchor?.sequence ?? 0
  }

  status(): FeedStatus {
    const { freshness } = this.#options
    const { sequence } = this
    const ageMs = freshness.trustedAgeMs()
    return {
      state: this.#state(freshness.ageMs()),
      sequence,
      ageMs,
      epoch: this.#inStepIn?.id,
      refusal: this.#refusal,
    }
  }

  #state(ageMs: number | undefined): FeedState {
    if (this.#refusal !== undefined) return 'refused'
    if (ageMs === undefined) return 'starting'
    return this.#options.freshness.isPast(ageMs) ? 'behind' : 'in-step'
  }

  async #pollOnce(): Promise<void> {
    await this.catchUp()
  }

  /** Whether nothing was left to apply in the end. */
  async #poll(): Promise<boolean> {
    if (this.#refusal !== undefined || this.#isStopped) return false
    try {
      if (!this.#hasJoined || this.#isFailing || this.#isNewEpoch) await this.#recognise()
      await this.#readClock()
      if (!this.#hasJoined) await this.#join()
      while (await this.#applyPage()) if (await this.#isFarBehind()) await this.#join()
      this.#noteSuccess()
    } catch (error) {
      const reason = refusalOf(error)
      if (reason !== undefined) this.#refuse(reason)
      else this.#noteFailure(error)
      return false
    }
    this.#rememberSoon()
    this.#options.onInStep?.()
    return true
  }

  get #isNewEpoch(): boolean {
    return this.#recognisedIn !== this.#options.epochs?.latest
  }

  async #readClock(): Promise<void> {
    const { time, clock } = this.#options
    if (!time) return
    const sentAtMs = clock.monotonicMs()
    const shown = await this.#within(time.source.now())
    time.storeTime.read(shown, sentAtMs, clock.monotonicMs())
  }

  #noteSuccess(): void {
    if (this.#isFailing) this.#options.onStoreBack?.()
    this.#isFailing = false
  }

  #noteFailure(error: unknown): void {
    if (!this.#isFailing) this.#options.onStoreFailure?.(error)
    this.#isFailing = true
  }

  /** Makes sure that the store is the one that was followed before, before a restart as well. */
  async #recognise(): Promise<void> {
    const { history } = this.#options
    this.#recognisedIn = this.#options.epochs?.latest
    if (!history) return
    const storeId = await this.#within(history.identity.storeId())
    if (this.#hasJoined && storeId !== this.#storeId) throw anotherStore()
    if (!this.#hasJoined && !this.#acceptsReset) await this.#compareWithMemory(history, storeId)
    this.#storeId = storeId
  }

  async #compareWithMemory({ memory }: FeedHistory, storeId: string): Promise<void> {
    const seen = await memory.read()
    if (!seen) return
    if (seen.storeId !== storeId) throw anotherStore()
    const { change } = seen
    if (change) checkHistory(await this.#ask((from) => from.changedSince(change.sequence - 1, 1)), change)
  }

  /** Starts over from where the store is, with an empty cache. */
  async #join(): Promise<void> {
    const position = await this.#ask((records) => records.position())
    const anchor = position > 0 ? await this.#changeAt(position) : undefined
    this.#options.cache.empty()
    this.#moveTo(anchor)
    this.#hasJoined = true
    this.#acceptsReset = false
  }

  async #changeAt(sequence: number): Promise<DeviceChange> {
    const [change] = await this.#ask((records) => records.changedSince(sequence - 1, 1))
    if (change?.sequence !== sequence) throw new HistoryLost(`change ${sequence} is missing in the store`)
    return change
  }

  /** Whether there may be more. */
  async #applyPage(): Promise<boolean> {
    const { clock, epochs } = this.#options
    const askedAtMs = clock.monotonicMs()
    const askedIn = epochs?.latest
    const anchor = this.#anchor
    const page = await this.#ask((records) => records.changedSince((anchor?.sequence ?? 1) - 1, PAGE))
    checkHistory(page, anchor)
    this.#applyToCache(page.slice(anchor ? 1 : 0))
    this.#moveTo(page.at(-1) ?? anchor)
    if (page.length >= PAGE) return true
    this.#options.freshness.renew(askedAtMs)
    this.#inStepIn = askedIn
    return false
  }

  #moveTo(anchor: DeviceChange | undefined): void {
    this.#anchor = anchor
    if (anchor) this.#options.time?.storeTime.reached(anchor.recordedAt)
  }

  #applyToCache(changes: readonly DeviceChange[]): void {
    const keys = changes.map((change) => change.key).filter((key) => key !== undefined)
    if (keys.length < changes.length) this.#options.cache.empty()
    else this.#options.cache.invalidate(keys)
  }

  async #isFarBehind(): Promise<boolean> {
    const position = await this.#ask((records) => records.position())
    return position - (this.#anchor?.sequence ?? 0) > (this.#options.maxCatchUp ?? 100_000)
  }

  /** One write after the other; nobody waits for it but `stop`. */
  #rememberSoon(): void {
    if (this.#keepsSoon) return
    this.#keepsSoon = true
    this.#keeping = this.#keeping.then(() => {
      this.#keepsSoon = false
      return this.#remember()
    })
  }

  async #remember(): Promise<void> {
    const { history, onMemoryFailure, epochs } = this.#options
    const position = { storeId: this.#storeId, change: this.#anchor, epoch: epochs?.latest }
    if (!history || (this.#kept && isSamePosition(this.#kept, position))) return
    try {
      await history.memory.keep(position)
      this.#kept = position
    } catch (error) {
      onMemoryFailure?.(error)
    }
  }

  #ask<T>(question: (records: DeviceRecords) => Promise<T>): Promise<T> {
    return this.#within(question(this.#options.records))
  }

  #within<T>(answer: Promise<T>): Promise<T> {
    const { scheduler, pollTimeoutMs = 1_000 } = this.#options
    return within(scheduler, pollTimeoutMs, answer)
  }

  #refuse(reason: string): void {
    this.#refusal = reason
    this.#options.freshness.end()
    this.#options.cache.empty()
    this.#options.onRefused?.(reason)
  }
}

/** Why no flag may be read from the store until an operator acts; undefined where it is enough to ask again. */
function refusalOf(error: unknown): string | undefined {
  if (error instanceof HistoryLost) return error.message
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof OtherPrimary && cause.isUnrelated ? cause.message : undefined
}

function anotherStore(): HistoryLost {
  return new HistoryLost('the store is not the one that this gateway has followed')
}
