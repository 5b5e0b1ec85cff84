/**
 * A comma-separated list of Device IDs, taken one by one as it comes: the largest legal list has 50,000 and is never held.
 * White space is not allowed in it (DUIS XSD, DeviceIDList).
 */
import type { DeviceKey } from './eui64.ts'
import { EUI_BYTES, readEui } from './values.ts'

const COMMA = 0x2c

export class DeviceIdList {
  /** The Device ID that is being read, where it came in parts, and how much of it has come. */
  readonly #parts = Buffer.alloc(EUI_BYTES)
  #length = 0
  /** True behind a comma. */
  #isOpen = false
  readonly #found: (key: DeviceKey) => boolean

  /** `found` answers whether to go on. */
  constructor(found: (key: DeviceKey) => boolean) {
    this.#found = found
  }

  clear(): void {
    this.#length = 0
    this.#isOpen = false
  }

  /** Whether what was read is a whole list. */
  get isWhole(): boolean {
    return !this.#isOpen && this.#length === EUI_BYTES
  }

  /** Takes the next piece, which may be cut anywhere; answers what is wrong with it, if anything. */
  take(bytes: Buffer, start: number, end: number): string | undefined {
    let at = start
    while (at < end) {
      if (this.#length === EUI_BYTES) {
        if (bytes[at++] !== COMMA) return 'a Device ID list with something other than a comma between'
        this.#length = 0
        this.#isOpen = true
        continue
      }
      const room = Math.min(EUI_BYTES - this.#length, end - at)
      const key = room === EUI_BYTES ? readEui(bytes, at) : this.#join(bytes, at, room)
      at += room
      if (room === EUI_BYTES) this.#length = EUI_BYTES
      if (this.#length < EUI_BYTES) return undefined
      if (key === undefined) return 'a Device ID list with something else in it'
      this.#isOpen = false
      if (!this.#found(key)) return undefined
    }
    return undefined
  }

  /** Adds bytes to a Device ID that came in parts; the Device once it is whole. */
  #join(bytes: Buffer, at: number, length: number): DeviceKey | undefined {
    bytes.copy(this.#parts, this.#length, at, at + length)
    this.#length += length
    return this.#length === EUI_BYTES ? readEui(this.#parts, 0) : undefined
  }
}
