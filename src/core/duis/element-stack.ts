/**
 * Raw names of the open elements, so that every end tag is held against its start tag byte by byte.
 *
 * Names of elements opened in the present window are offsets into it; when the window moves on, the few still open are
 * copied (`settle`). A message held whole copies none.
 */
import { isSame } from './words.ts'
import { GT } from './xml-characters.ts'
import type { XmlWindow } from './xml-window.ts'

const NONE = Buffer.alloc(0)
/** Room for the names open at most places of a DUIS message. */
const FIRST_ROOM = 256

export class ElementStack {
  depth = 0
  /** Where the names stand, outermost first; only [0, depth) counts. */
  readonly starts: number[] = []
  readonly ends: number[] = []
  /** Names that began in an earlier window, one after the other: those of the `settled` outermost elements. */
  #earlier: Buffer = NONE
  settled = 0

  push(nameStart: number, nameEnd: number): void {
    this.starts[this.depth] = nameStart
    this.ends[this.depth] = nameEnd
    this.depth++
  }

  pop(): void {
    this.depth--
    if (this.depth < this.settled) this.settled = this.depth
  }

  /** Length of the innermost element's name. */
  get nameLength(): number {
    return (this.ends[this.depth - 1] as number) - (this.starts[this.depth - 1] as number)
  }

  /** How many bytes of the innermost name stand at [at, stop) of `window`; its length when all do. */
  matching(window: Uint8Array, at: number, stop: number): number {
    const top = this.depth - 1
    const names = top < this.settled ? this.#earlier : window
    const from = this.starts[top] as number
    const length = Math.min((this.ends[top] as number) - from, stop - at)
    let matched = 0
    while (matched < length && names[from + matched] === window[at + matched]) matched++
    return matched
  }

  /**
   * Where the innermost element's end tag ends whose name starts at `at`; -1 when it is not just that name and `>`, or
   * when the element began in an earlier window.
   */
  plainEnd({ bytes, view, end }: XmlWindow, at: number): number {
    const top = this.depth - 1
    const from = this.starts[top] as number
    const length = (this.ends[top] as number) - from
    const close = at + length
    if (top < this.settled || close >= end || bytes[close] !== GT) return -1
    return isSame(view, from, view, at, length) ? close + 1 : -1
  }

  #makeRoom(kept: number, more: number): void {
    if (kept + more <= this.#earlier.length) return
    const larger = Buffer.allocUnsafe(Math.max(FIRST_ROOM, (kept + more) * 2))
    this.#earlier.copy(larger, 0, 0, kept)
    this.#earlier = larger
  }

  /** Copies the names that `window` holds, because it goes away. */
  settle(window: Buffer): void {
    if (this.settled === this.depth) return
    const kept = this.settled > 0 ? (this.ends[this.settled - 1] as number) : 0
    let end = kept
    for (let i = this.settled; i < this.depth; i++) {
      const start = this.starts[i] as number
      const nameEnd = this.ends[i] as number
      this.#makeRoom(end, nameEnd - start)
      this.starts[i] = end
      for (let at = start; at < nameEnd; at++) this.#earlier[end++] = window[at] as number
      this.ends[i] = end
    }
    this.settled = this.depth
  }
}
