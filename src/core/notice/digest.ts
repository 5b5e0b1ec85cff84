/**
 * The digest of a partner: how many Devices are Restricted for it, and a hash over them. A partner that works out the same
 * from the notices it got has missed none.
 */
import { createHash } from 'node:crypto'
import { type DeviceKey, formatEui64 } from '../duis/eui64.ts'

export interface Digest {
  readonly count: number
  /** SHA-256 in hex over the Device IDs in ascending order, each followed by a line feed. */
  readonly sha256: string
}

/** Takes Devices in ascending order, so that no list of them has to be held. */
export class DigestMaker {
  readonly #hash = createHash('sha256')
  #count = 0

  add(device: DeviceKey): void {
    this.#hash.update(`${formatEui64(device)}\n`)
    this.#count++
  }

  /** To be asked once, at the end. */
  digest(): Digest {
    return { count: this.#count, sha256: this.#hash.digest('hex') }
  }
}
