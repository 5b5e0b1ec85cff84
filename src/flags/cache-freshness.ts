/**
 * How long what the cache holds may be believed. The feed renews the lease each time it finds the cache in step with the
 * store; the cache asks for its age. Time is monotonic, so a wall clock that jumps extends no lease.
 *
 * Where several gateways share a store a lease also needs `StoreLease`: that the store waits for this gateway before it
 * calls a change "in force".
 */
import type { Clock } from '../observe/clock.ts'
import type { StoreLease } from './store-lease.ts'

export class CacheFreshness {
  readonly #clock: Clock
  readonly #maxStalenessMs: number
  readonly #storeLease: StoreLease | undefined
  #inStepAtMs: number | undefined

  constructor(clock: Clock, maxStalenessMs: number, storeLease?: StoreLease) {
    this.#clock = clock
    this.#maxStalenessMs = maxStalenessMs
    this.#storeLease = storeLease
  }

  /** The cache holds what the store held at `inStepAtMs` (monotonic), or something newer. */
  renew(inStepAtMs: number): void {
    this.#inStepAtMs = inStepAtMs
  }

  /** Nothing the cache holds may be believed until the lease is renewed. */
  end(): void {
    this.#inStepAtMs = undefined
  }

  /**
   * Milliseconds since the cache was last known in step; undefined when it never was, when the lease was ended, or before
   * the store has heard of this gateway.
   */
  ageMs(): number | undefined {
    if (this.#inStepAtMs === undefined || this.#storeLease?.hasBegun === false) return undefined
    return this.#clock.monotonicMs() - this.#inStepAtMs
  }

  /**
   * The same for whoever watches: also since the store was last known to wait for this gateway, so that it is past the lease
   * whenever readings are stale.
   */
  trustedAgeMs(): number | undefined {
    const ageMs = this.ageMs()
    if (ageMs === undefined || this.#inStepAtMs === undefined || !this.#storeLease) return ageMs
    const countedAtMs = this.#storeLease.countedAtMs(this.#inStepAtMs)
    return countedAtMs === undefined ? undefined : Math.max(ageMs, this.#clock.monotonicMs() - countedAtMs)
  }

  /** Whether a reading of that age, made now, is stale. */
  isPast(ageMs: number): boolean {
    if (ageMs > this.#maxStalenessMs || this.#inStepAtMs === undefined) return true
    return this.#storeLease !== undefined && !this.#storeLease.covers(this.#inStepAtMs)
  }
}
