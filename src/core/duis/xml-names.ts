/**
 * Qualified names (Namespaces in XML 1.0 §4), checked in one pass over their bytes.
 */
import {
  COLON,
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
  readonly #window: XmlWindow
  readonly #maxBytes: number

  constructor(window: XmlWindow, maxBytes: number) {
    this.#window = window
    this.#maxBytes = maxBytes
  }

  /**
   * Where the name at `position` ends when it is of plain letters, digits and the like, with at most one prefix, and two
   * more bytes are there; else NEED, which is not yet a fault.
   */
  plain(position: number, end: number): number {
    const { bytes } = this.#window
    const stop = Math.min(end - 2, position + this.#maxBytes)
    let at = plainPart(bytes, position, stop)
    this.localStart = position
    if (at > position && bytes[at] === COLON) {
      this.localStart = at + 1
      at = plainPart(bytes, at + 1, stop)
    }
    return at === this.localStart || at >= stop ? NEED : at
  }

  /** Answers where the name at `position` ends; NEED when the window does before `stop`. */
  scan(position: number, stop: number): number {
    const { bytes } = this.#window
    const end = Math.min(stop, position + this.#maxBytes + 1)
    let at = position
    let localStart = position
    let kind = 0
    while (at < end) {
      kind = NAME_BYTE[bytes[at] as number] as number
      if ((kind & NAME_PLAIN) !== 0 && (at > localStart || kind === NAME_START)) {
        at++
        while (at < end && ((NAME_BYTE[bytes[at] as number] as number) & NAME_PLAIN) !== 0) at++
      } else if (kind === NAME_COLON && localStart === position && at > position) localStart = ++at
      else if (kind === NAME_HIGH) {
        at = this.#highCharacter(at, at === localStart)
        if (at < 0) return at
      } else break
    }
    if (at - position > this.#maxBytes) return this.#window.limit(position, 'a name is too long')
    if (at >= stop) return NEED
    if (kind === NAME_COLON) return this.#window.malformed(at, 'a colon out of place in a name')
    if (at === localStart) return this.#window.malformed(at, 'a name is missing')
    this.localStart = localStart
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

/** Where the part of a name that begins at `at` ends; `at` when none does. */
function plainPart(bytes: Uint8Array, at: number, stop: number): number {
  if (at >= stop || NAME_BYTE[bytes[at] as number] !== NAME_START) return at
  let next = at + 1
  while (next < stop && ((NAME_BYTE[bytes[next] as number] as number) & NAME_PLAIN) !== 0) next++
  return next
}
