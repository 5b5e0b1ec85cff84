/**
 * Names that the reader knows, found straight from bytes: a hash of four bytes at a time, then a comparison of every
 * byte, so that no crafted name can pass for another.
 */
import { hashOf, isSame } from './words.ts'
import { viewOf } from './xml-window.ts'

/** Number of a name that is not in the table. */
export const UNKNOWN_NAME = 0

export class NameTable {
  /** Numbers of the names, by hash; a name stands in the first free slot from its own on. */
  readonly #slots: Uint16Array
  readonly #mask: number
  /** All names, one after the other; name `n` is at [#ends[n - 1], #ends[n]). */
  readonly #view: DataView
  readonly #ends: number[] = [0]
  readonly #texts: string[] = ['']
  readonly #numbers = new Map<string, number>()

  /** Names get numbers from 1 on, in the order given; repeats are passed over. */
  constructor(names: Iterable<string>) {
    const distinct = [...new Set(names)]
    const size = 2 ** Math.ceil(Math.log2(distinct.length * 4 + 8))
    this.#slots = new Uint16Array(size)
    this.#mask = size - 1
    const bytes = new TextEncoder().encode(distinct.join(''))
    this.#view = viewOf(bytes)
    for (const name of distinct) this.#add(name)
  }

  #add(name: string): void {
    const start = this.#ends.at(-1) as number
    const number = this.#ends.push(start + Buffer.byteLength(name)) - 1
    this.#numbers.set(name, number)
    this.#texts.push(name)
    let slot = hashOf(this.#view, start, Buffer.byteLength(name)) & this.#mask
    while (this.#slots[slot] !== UNKNOWN_NAME) slot = (slot + 1) & this.#mask
    this.#slots[slot] = number
  }

  /** Number of a name given as text. */
  numberOf(name: string): number {
    return this.#numbers.get(name) ?? UNKNOWN_NAME
  }

  /** Number of the name at [start, end). */
  find(view: DataView, start: number, end: number): number {
    const length = end - start
    for (let slot = hashOf(view, start, length) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const number = this.#slots[slot] as number
      if (number === UNKNOWN_NAME || this.#isName(number, view, start, length)) return number
    }
  }

  /** The name at [start, end), when it is in the table; no text is made for it. */
  textAt(view: DataView, start: number, end: number): string | undefined {
    const number = this.find(view, start, end)
    return number === UNKNOWN_NAME ? undefined : this.#texts[number]
  }

  #isName(number: number, view: DataView, at: number, length: number): boolean {
    const start = this.#ends[number - 1] as number
    return (this.#ends[number] as number) - start === length && isSame(this.#view, start, view, at, length)
  }
}
