/** Waiting, within bounds, until a change of a flag is in force at every live gateway. */

import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../observe/clock.ts'
import { FewAtATime } from './few-at-a-time.ts'

/** Gateways report several times a second; asking more often would only load the store. */
const READ_EVERY_MS = 50
/** Together at most 4,000 reads a second, each one row by its key. */
const MAX_WAITING = 200

export class InForceWait {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #waiting = new FewAtATime(MAX_WAITING)

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  /**
   * What `read` answers once `isThere` holds of it, after `timeoutMs`, or when the client has gone. `too-many` when the
   * bound on waiting requests is reached.
   */
  until<Seen>(
    read: () => Promise<Seen>,
    isThere: (seen: Seen) => boolean,
    timeoutMs: number,
    gone: AbortSignal,
  ): Promise<Seen | 'too-many'> {
    return this.#waiting.run(async () => {
      const endsAt = this.#clock.monotonicMs() + timeoutMs
      let seen = await read()
      while (!isThere(seen) && !gone.aborted && this.#clock.monotonicMs() < endsAt) {
        await delay(READ_EVERY_MS)
        seen = await read()
      }
      return seen
    })
  }
}
