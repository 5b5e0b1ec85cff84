/**
 * Qualified names (Namespaces in XML 1.0 §4), checked and hashed in one pass over their bytes.
 */
import { hashByte } from './name-table.ts'
import {
  codePointAt,
  isNameCodePoint,
  NAME_BYTE,
  NAME_COLON,
  NAME_HIGH,
  NAME_PLAIN,
  NAME_START,
  sequenceLength,
} from './xml-characters.ts'
import { NEED, type XmlWindow } from './xml-window.ts'

export class NameScanner {
  /** Start of the local part of the last name scanned; its first byte when it has no prefix. */
  localStart = 0
  /** Hash of the local part. */
  hash = 0
  readonly #window: XmlWindow
  readonly #maxBytes: number

  constructor(window: XmlWindow, maxBytes: number) {
    this.#window = window
    this.#maxBytes = maxBytes
  }

  /** Answers where the name at `position` ends; NEED when the window does before `stop`. */
  scan(position: number, stop: number): number {
    const { bytes } = this.#window
    const end = Math.min(stop, position + this.#maxBytes + 1)
    let at = position
    let hash = 0
    let localStart = position
    let kind = 0
    while (at < end) {
      kind = NAME_BYTE[bytes[at] as number] as number
      if ((kind & NAME_PLAIN) !== 0 && (at > localStart || kind === NAME_START)) {
        do hash = hashByte(hash, bytes[at] as number)
        while (++at < end && ((NAME_BYTE[bytes[at] as number] as number) & NAME_PLAIN) !== 0)
      } else if (kind === NAME_COLON && localStart === position && at > position) {
        localStart = ++at
        hash = 0
      } else if (kind === NAME_HIGH) {
        const next = this.#highCharacter(at, at === localStart)
        if (next < 0) return next
        for (; at < next; at++) hash = hashByte(hash, bytes[at] as number)
      } else break
    }
    if (at - position > this.#maxBytes) return this.#window.limit(position, 'a name is too long')
    if (at >= stop) return NEED
    if (kind === NAME_COLON) return this.#window.malformed(at, 'a colon out of place in a name')
    if (at === localStart) return this.#window.malformed(at, 'a name is missing')
    this.localStart = localStart
    this.hash = hash
    return at
  }

  #highCharacter(at: number, isFirst: boolean): number {
    const { bytes } = this.#window
    if (!isNameCodePoint(codePointAt(bytes, at), isFirst)) {
      return this.#window.malformed(at, 'a character that no name may have')
    }
    return at + sequenceLength(bytes[at] as number)
  }
}
