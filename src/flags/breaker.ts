/**
 * Spares a store that does not answer, and the messages that would wait for it: after a failure look-ups fail at once,
 * but for one in each `probeEveryMs` that tries the store. The first success ends it.
 */
import type { Clock } from '../observe/clock.ts'

export class Breaker {
  readonly #clock: Clock
  readonly #probeEveryMs: number
  /** Monotonic time of the next try; undefined while the store answers. */
  #probeAtMs: number | undefined

  constructor(clock: Clock, probeEveryMs: number) {
    this.#clock = clock
    this.#probeEveryMs = probeEveryMs
  }

  /** Whether to ask the store. While it does not answer, true once in each `probeEveryMs`. */
  permits(): boolean {
    if (this.#probeAtMs === undefined) return true
    if (this.#clock.monotonicMs() < this.#probeAtMs) return false
    this.failed()
    return true
  }

  /** Puts the next try off by `probeEveryMs`. */
  failed(): void {
    this.#probeAtMs = this.#clock.monotonicMs() + this.#probeEveryMs
  }

  succeeded(): void {
    this.#probeAtMs = undefined
  }
}
