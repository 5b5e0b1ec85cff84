/**
 * How long what the cache holds may be believed. The feed renews the lease each time it finds the cache in step with the
 * store; the cache asks for its age. Time is monotonic, so a wall clock that jumps extends no lease.
 */
import type { Clock } from '../observe/clock.ts'

export class Lease {
  readonly #clock: Clock
  readonly #maxStalenessMs: number
  #inStepAtMs: number | undefined

  constructor(clock: Clock, maxStalenessMs: number) {
    this.#clock = clock
    this.#maxStalenessMs = maxStalenessMs
  }

  /** The cache holds what the store held at `inStepAtMs` (monotonic), or something newer. */
  renew(inStepAtMs: number): void {
    this.#inStepAtMs = inStepAtMs
  }

  /** Nothing the cache holds may be believed until the lease is renewed. */
  end(): void {
    this.#inStepAtMs = undefined
  }

  /** Milliseconds since the cache was last known in step; undefined when it never was, or the lease was ended. */
  ageMs(): number | undefined {
    return this.#inStepAtMs === undefined ? undefined : this.#clock.monotonicMs() - this.#inStepAtMs
  }

  /** Whether a reading of that age is stale. */
  isPast(ageMs: number): boolean {
    return ageMs > this.#maxStalenessMs
  }
}
