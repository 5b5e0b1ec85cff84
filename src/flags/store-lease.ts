/**
 * Whether the store waits for this gateway before it calls a change "in force". It waits for gateways that told it of
 * themselves lately; one that it does not wait for may be behind a change that is in force, so it must not trust its cache.
 *
 * The store counts a gateway from the moment it took a report until `liveWithinMs` after. This side counts from when the
 * answer came until `trustMs` after the report was sent, which lies within. docs/consistency.md has the reasoning.
 */
import type { Clock } from '../observe/clock.ts'

export class StoreLease {
  readonly #clock: Clock
  readonly #trustMs: number
  /** Monotonic: counted without a break since then. */
  #sinceMs: number | undefined
  #untilMs = Number.NEGATIVE_INFINITY
  /** Until when it was counted before that; undefined for the first time. */
  #untilBeforeMs: number | undefined

  /** `trustMs`: how long after a report was sent this gateway takes itself for counted. */
  constructor(clock: Clock, trustMs: number) {
    this.#clock = clock
    this.#trustMs = trustMs
  }

  /** The store has taken a report that was sent and answered at these monotonic times. */
  taken(sentAtMs: number, answeredAtMs: number): void {
    const isBroken = this.#sinceMs === undefined || answeredAtMs > this.#untilMs
    if (isBroken && this.#sinceMs !== undefined) this.#untilBeforeMs = this.#untilMs
    if (isBroken) this.#sinceMs = answeredAtMs
    this.#untilMs = Math.max(this.#untilMs, sentAtMs + this.#trustMs)
  }

  /** The store does not wait for this gateway, or another store does, until it takes the next report. */
  lose(): void {
    this.#untilMs = Number.NEGATIVE_INFINITY
  }

  /** False until the store has taken the first report. */
  get hasBegun(): boolean {
    return this.#sinceMs !== undefined
  }

  /** Whether the store waits for this gateway now. */
  get holds(): boolean {
    return this.#sinceMs !== undefined && this.#clock.monotonicMs() <= this.#untilMs
  }

  /**
   * When the last report was sent that the store took while it waited for a gateway whose cache was in step at that time;
   * undefined when it never did. Not more than `trustMs` ago for as long as `covers` holds.
   */
  countedAtMs(inStepAtMs: number): number | undefined {
    const isSince = this.#sinceMs !== undefined && inStepAtMs >= this.#sinceMs
    const untilMs = isSince ? this.#untilMs : this.#untilBeforeMs
    return untilMs === undefined ? undefined : untilMs - this.#trustMs
  }

  /** Whether a cache that was in step at that monotonic time holds every change that is in force now. */
  covers(inStepAtMs: number): boolean {
    return this.#sinceMs !== undefined && inStepAtMs >= this.#sinceMs && this.holds
  }
}
