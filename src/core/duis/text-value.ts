/**
 * The text of one element as the reader gathers it: looked at where it stands when it came in one piece, joined when
 * references, comments or the cuts of the message part it.
 */
import { type ByteSource, EMPTY, EMPTY_VIEW, isSpace, viewOf } from './xml-window.ts'

/** Room for the longest RequestID; grows for what is longer. */
const FIRST_ROOM = 128

export class TextValue implements ByteSource {
  /** The value stands at [start, end) of these. */
  bytes = EMPTY
  view = EMPTY_VIEW
  start = 0
  end = 0
  /** Where pieces are joined; made for the first value that needs it. */
  #own = EMPTY

  get length(): number {
    return this.end - this.start
  }

  clear(): void {
    this.start = 0
    this.end = 0
  }

  /** Takes the next piece. One that stands alone is not copied: call `keep` before its bytes go away. */
  add(source: ByteSource, start: number, end: number): void {
    if (this.end === 0) {
      this.bytes = source.bytes
      this.view = source.view
      this.start = start
      this.end = end
    } else this.#join(source.bytes, start, end)
  }

  /** Makes the value independent of the bytes it came in. */
  keep(): void {
    if (this.end > 0) this.#join(EMPTY, 0, 0)
  }

  #join(piece: Uint8Array, start: number, end: number): void {
    const length = this.length + end - start
    if (this.bytes !== this.#own || length > this.#own.length) this.#move(length)
    for (let i = start; i < end; i++) this.#own[this.end++] = piece[i] as number
  }

  /** Puts the value at the start of bytes of its own, with room for `length`. */
  #move(length: number): void {
    const own = length <= this.#own.length ? this.#own : Buffer.allocUnsafe(Math.max(FIRST_ROOM, length * 2))
    this.end = this.bytes.copy(own, 0, this.start, this.end)
    this.start = 0
    this.#own = own
    this.bytes = own
    this.view = viewOf(own)
  }

  /** Drops outer white space (XSD, whiteSpace collapse; inside a value it is never allowed). */
  collapse(): void {
    while (this.start < this.end && isSpace(this.bytes[this.start])) this.start++
    while (this.end > this.start && isSpace(this.bytes[this.end - 1])) this.end--
  }

  /** The value as types have it that collapse white space. */
  collapsed(): string {
    this.collapse()
    return this.toString()
  }

  /** The value as string types have it, white space and all. */
  toString(): string {
    return this.bytes.toString('utf8', this.start, this.end)
  }
}
