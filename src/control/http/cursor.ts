/**
 * Cursors of listings: opaque to clients, and good only for the listing, filter and party that they were given out for.
 *
 * The key is random at every start unless the configuration gives one: after a restart a client begins its listing anew.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

const MAC_BYTES = 16

export class Cursors {
  readonly #key: Buffer

  /** `key`: at least 32 random bytes, the same in all processes that serve one address. */
  constructor(key: Buffer) {
    this.#key = key
  }

  /** The cursor for a page of the store; undefined on the last. `scope` names listing, filter and party. */
  write(scope: string, next: string | undefined): string | undefined {
    if (next === undefined) return undefined
    return Buffer.concat([this.#mac(scope, next), Buffer.from(next)]).toString('base64url')
  }

  /** What the store gave out; undefined when this is not a cursor of this scope. */
  read(scope: string, cursor: string): string | undefined {
    const bytes = Buffer.from(cursor, 'base64url')
    if (bytes.length <= MAC_BYTES) return undefined
    const next = bytes.subarray(MAC_BYTES).toString()
    return timingSafeEqual(bytes.subarray(0, MAC_BYTES), this.#mac(scope, next)) ? next : undefined
  }

  #mac(scope: string, next: string): Buffer {
    return createHmac('sha256', this.#key).update(`${scope}\n${next}`).digest().subarray(0, MAC_BYTES)
  }
}
