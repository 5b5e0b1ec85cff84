/**
 * The GBCS header of a base64 payload, read from its first characters as they come: nothing behind them is kept.
 */
import type { GbcsFacts } from './facts.ts'
import { GBCS_HEADER_CHARACTERS, GBCS_USUAL_CHARACTERS, readGbcsHeader } from './gbcs.ts'
import type { TextValue } from './text-value.ts'
import type { ByteSource } from './xml-window.ts'

export class PayloadHeader {
  /** Where the characters are kept; whoever reads the elements clears it for each. */
  readonly #value: TextValue
  #header: GbcsFacts | undefined
  /** How many characters are kept until the header is known. */
  #room = GBCS_USUAL_CHARACTERS

  constructor(value: TextValue) {
    this.#value = value
  }

  /** Takes the next characters. White space, and anything else that is no base64, is passed over. */
  add(source: ByteSource, start: number, end: number): void {
    const value = this.#value
    for (let at = start; at < end && value.length < this.#room; at++) {
      const stop = Math.min(end, at + this.#room - value.length)
      const from = at
      while (at < stop && isBase64(source.bytes[at] as number)) at++
      if (at === from) continue
      value.add(source, from, at)
      if (value.length === GBCS_USUAL_CHARACTERS) this.#readUsual()
      at--
    }
  }

  /** Where the usual length is too short for a header, more characters are kept. */
  #readUsual(): void {
    this.#header = readGbcsHeader(this.#value.toString())
    if (!this.#header) this.#room = GBCS_HEADER_CHARACTERS
  }

  /** The payload is over: its header, if it has one. */
  end(): GbcsFacts | undefined {
    const gbcs = this.#header ?? readGbcsHeader(this.#value.toString())
    this.#header = undefined
    this.#room = GBCS_USUAL_CHARACTERS
    return gbcs
  }
}

function isBase64(byte: number): boolean {
  return (
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2b ||
    byte === 0x2f
  )
}
