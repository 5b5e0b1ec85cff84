/**
 * The Devices that a text names of which nothing else is known, as in elements of a later DUIS version.
 *
 * The text is taken word by word as it comes. A word that is an EUI is a Device concerned; whatever else stands there says
 * nothing. Words end at white space and at what joins IDs: comma, semicolon, colon.
 */
import type { DeviceKey } from './eui64.ts'
import { EUI_BYTES, readEui } from './values.ts'
import { isSpace } from './xml-window.ts'

const COMMA = 0x2c
const COLON = 0x3a
const SEMICOLON = 0x3b

export class EuiWords {
  readonly #word = new Uint8Array(EUI_BYTES)
  /** One more than an EUI has stands for any longer word. */
  #length = 0
  readonly #found: (key: DeviceKey) => void

  constructor(found: (key: DeviceKey) => void) {
    this.#found = found
  }

  /** Takes the next piece of text; words may be cut anywhere. */
  take(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number
      if (isSeparator(byte)) this.end()
      else if (this.#length < EUI_BYTES) this.#word[this.#length++] = byte
      else this.#length = EUI_BYTES + 1
    }
  }

  /** The text is over, or interrupted by an element. */
  end(): void {
    const key = this.#length === EUI_BYTES ? readEui(this.#word, 0) : undefined
    this.#length = 0
    if (key !== undefined) this.#found(key)
  }
}

function isSeparator(byte: number): boolean {
  return isSpace(byte) || byte === COMMA || byte === COLON || byte === SEMICOLON
}
