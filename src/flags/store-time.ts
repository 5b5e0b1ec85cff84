/**
 * What the store's clock shows, as this process can know it: read with each poll, and carried on by the monotonic clock in
 * between. A flag begins and ends by it, whatever this machine's wall clock says; docs/adr/0013-epochs-and-clocks.md, C2 and C3.
 *
 * The store read its clock some time between question and answer, so there is a least and a most that it may show now. Neither
 * goes back. `now` is the most: what has begun by the store's clock has begun by `now`.
 */
import { type Instant, instantOf } from '../core/device/device.ts'
import type { Clock } from '../observe/clock.ts'
import type { ClockSkew } from '../store/control-store.ts'

/** One reading of the store's clock. */
interface Reading {
  readonly shown: Instant
  /** Monotonic times of this process. */
  readonly sentAtMs: number
  readonly answeredAtMs: number
  /** The wall clock's time when the answer came. */
  readonly wall: Instant
}

export class StoreTime implements Clock {
  readonly #clock: Clock
  #reading: Reading | undefined
  #least = Number.NEGATIVE_INFINITY
  #most = Number.NEGATIVE_INFINITY

  /** `clock`: this machine's own, whose wall clock is what is told until the store's is known. */
  constructor(clock: Clock) {
    this.#clock = clock
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs()
  }

  /** The most that the store's clock may show. */
  now(): Instant {
    const reading = this.#reading
    if (!reading) return this.#clock.now()
    this.#most = Math.max(this.#most, reading.shown + this.monotonicMs() - reading.sentAtMs)
    return instantOf(Math.ceil(this.#most))
  }

  /** The least that the store's clock may show. */
  atLeast(): Instant {
    const reading = this.#reading
    if (!reading) return this.#clock.now()
    this.#least = Math.max(this.#least, reading.shown + this.monotonicMs() - reading.answeredAtMs)
    return instantOf(Math.floor(this.#least))
  }

  /** The store's clock showed `shown` some time between these monotonic times. */
  read(shown: Instant, sentAtMs: number, answeredAtMs: number): void {
    this.#reading = { shown, sentAtMs, answeredAtMs, wall: this.#clock.now() }
  }

  /** The store has recorded something at that time: its clock was there. */
  reached(at: Instant): void {
    this.#least = Math.max(this.#least, at)
    this.#most = Math.max(this.#most, at)
  }

  /**
   * How this machine's wall clock stands to the store's; undefined before the first reading. It is behind when it is so by
   * more than `maxBehindMs`, however long the answer took.
   */
  skew(maxBehindMs: number): ClockSkew | undefined {
    if (!this.#reading) return undefined
    const { shown, sentAtMs, answeredAtMs, wall } = this.#reading
    const errorMs = (answeredAtMs - sentAtMs) / 2
    const skewMs = wall - (shown + errorMs)
    return { skewMs, isBehind: skewMs + errorMs < -maxBehindMs }
  }
}
