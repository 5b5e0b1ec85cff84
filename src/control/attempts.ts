/**
 * Slows down whoever sends tokens that nobody has: by the address they come from, and by the token itself, which a badly
 * set up program sends again and again.
 *
 * A token that is known is never held up, whatever else comes from its address: many people share one behind a proxy. That
 * gives nothing away, because a token of 256 random bits is not found by trying; what is spared is the log and the sender.
 *
 * Memory is fixed. A key falls on one of a set number of places by a salted hash; two that fall on one share its rate, and
 * nobody can choose that or push others out.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { Clock } from '../observe/clock.ts'

/** So many at once, and one more each time the interval has passed. */
interface Rate {
  readonly burst: number
  readonly intervalMs: number
}

export interface AttemptRates {
  readonly address: Rate
  readonly token: Rate
}

export const DEFAULT_ATTEMPT_RATES: AttemptRates = {
  address: { burst: 20, intervalMs: 3_000 },
  token: { burst: 5, intervalMs: 20_000 },
}

const PLACES = 4_096
const SALT_BYTES = 32

/** Counts attempts that failed. */
export class FailedAttempts {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #rates: AttemptRates
  readonly #addresses = new Limiter()
  readonly #tokens = new Limiter()

  constructor(clock: Pick<Clock, 'monotonicMs'>, rates: AttemptRates = DEFAULT_ATTEMPT_RATES) {
    this.#clock = clock
    this.#rates = rates
  }

  /** Counts one; answers after how many whole seconds the next may come when this one was too many, else 0. */
  count(address: string, token: string): number {
    const now = this.#clock.monotonicMs()
    const waits = [
      this.#addresses.take(networkOf(address), this.#rates.address, now),
      this.#tokens.take(token, this.#rates.token, now),
    ]
    return Math.ceil(Math.max(...waits) / 1_000)
  }
}

/** A rate for each key. A place holds the time at which all that was taken there will have been given back. */
class Limiter {
  readonly #fullAtMs = new Float64Array(PLACES)
  readonly #salt = randomBytes(SALT_BYTES)

  /** Takes one; answers for how many milliseconds there is none, and then takes nothing. */
  take(key: string, { burst, intervalMs }: Rate, nowMs: number): number {
    const place = createHmac('sha256', this.#salt).update(key).digest().readUInt32BE() % PLACES
    const fullAtMs = Math.max(this.#fullAtMs[place] ?? 0, nowMs) + intervalMs
    const waitMs = fullAtMs - nowMs - burst * intervalMs
    if (waitMs > 0) return waitMs
    this.#fullAtMs[place] = fullAtMs
    return 0
  }
}

const V6_GROUPS = 8

/** An IPv4 address as it is, an IPv6 address as the 64 bits of its network: whoever has one has all of these. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address
  const [head = '', tail] = address.split('::')
  const groups = head.split(':').filter(Boolean)
  const after = tail?.split(':').filter(Boolean) ?? []
  const gap = Math.max(V6_GROUPS - groups.length - after.length, 0)
  return [...groups, ...Array<string>(gap).fill('0'), ...after].slice(0, 4).join(':')
}
