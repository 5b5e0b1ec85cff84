/**
 * Element names that the reader knows, found straight from bytes: a hash made while the name was checked, then a
 * comparison of every byte, so that no crafted name can pass for another.
 */
import { isAt } from './xml-namespaces.ts'

/** Number of a name that is not in the table. */
export const UNKNOWN_NAME = 0

/** Adds one byte to the hash of a name; a name's hash starts at 0. */
export function hashByte(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0
}

export class NameTable {
  readonly #slots: Uint16Array
  readonly #names: Uint8Array[] = [new Uint8Array(0)]
  readonly #numbers = new Map<string, number>()
  readonly #mask: number

  constructor(names: Iterable<string>) {
    const distinct = [...new Set(names)]
    const size = 2 ** Math.ceil(Math.log2(distinct.length * 4 + 8))
    this.#slots = new Uint16Array(size)
    this.#mask = size - 1
    for (const name of distinct) this.#add(name)
  }

  #add(name: string): void {
    const bytes = Buffer.from(name, 'utf8')
    const number = this.#names.push(bytes) - 1
    this.#numbers.set(name, number)
    let slot = bytes.reduce(hashByte, 0) & this.#mask
    while (this.#slots[slot] !== UNKNOWN_NAME) slot = (slot + 1) & this.#mask
    this.#slots[slot] = number
  }

  /** Number of a name given as text. */
  numberOf(name: string): number {
    return this.#numbers.get(name) ?? UNKNOWN_NAME
  }

  /** Number of the name at [start, end), whose hash is `hash`. */
  find(hash: number, bytes: Uint8Array, start: number, end: number): number {
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const number = this.#slots[slot] as number
      if (number === UNKNOWN_NAME || isAt(this.#names[number] as Uint8Array, bytes, start, end)) return number
    }
  }
}
