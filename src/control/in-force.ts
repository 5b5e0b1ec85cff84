/** Waiting, within bounds, until a change of a flag is in force at every live gateway. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../observe/clock.ts'

/** Gateways report several times a second; asking more often would only load the store. */
const LOOK_EVERY_MS = 50
/** Together at most 4,000 looks a second, each one row by its key. */
const MAX_WAITING = 200

export class InForceWait {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  #waiting = 0

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  /**
   * What `look` answers once `isThere` holds of it, after `timeoutMs`, or when the client has gone. `too-many` when the
   * bound on waiting requests is reached.
   */
  async until<Seen>(
    look: () => Promise<Seen>,
    isThere: (seen: Seen) => boolean,
    timeoutMs: number,
    gone: AbortSignal,
  ): Promise<Seen | 'too-many'> {
    if (this.#waiting >= MAX_WAITING) return 'too-many'
    this.#waiting++
    try {
      const endsAt = this.#clock.monotonicMs() + timeoutMs
      let seen = await look()
      while (!isThere(seen) && !gone.aborted && this.#clock.monotonicMs() < endsAt) {
        await delay(LOOK_EVERY_MS)
        seen = await look()
      }
      return seen
    } finally {
      this.#waiting--
    }
  }
}
