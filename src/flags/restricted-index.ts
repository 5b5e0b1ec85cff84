/**
 * A set of 64-bit keys that costs a few bytes a key and one probe a question: the Devices that may be Restricted.
 *
 * Open addressing with linear probing in one typed array, two words a slot, sized once and never grown: growing would need
 * twice the memory and stop the event loop. A key of zeros is kept beside it, because two zero words are an empty slot.
 */
import type { DeviceKey } from '../core/duis/eui64.ts'

/** Room beyond the keys that are known at the start: a sixteenth of them, and this many. */
const SPARE_KEYS = 32_768

/** Half of the slots are used at most while the array is small, three of four once it is large: speed, then memory. */
const FILLED_WHILE_SMALL = 0.5
const FILLED_AT_MOST = 0.75
const SMALL_SLOTS = 4_000_000

const BYTES_A_SLOT = 8

export class RestrictedIndex {
  /** Signed, because V8 keeps those without making an object of each. */
  readonly #words: Int32Array
  readonly #slots: number
  readonly #mostKeys: number
  readonly #seed: number
  #size = 0
  #hasZero = false

  /** `keys`: how many it will be filled with; `seed`: any 32 bits, so that nobody outside can make keys collide. */
  constructor(keys: number, seed: number) {
    this.#mostKeys = Math.ceil(keys * (1 + 1 / 16)) + SPARE_KEYS
    this.#slots = slotsFor(this.#mostKeys)
    this.#words = new Int32Array(2 * this.#slots)
    this.#seed = seed
  }

  /** Keys in it. */
  get size(): number {
    return this.#size + (this.#hasZero ? 1 : 0)
  }

  /** Memory it takes, full or empty. */
  get bytes(): number {
    return this.#slots * BYTES_A_SLOT
  }

  has(key: DeviceKey): boolean {
    split(key)
    if ((high | low) === 0) return this.#hasZero
    return this.#find() >= 0
  }

  /** Puts the key in. False, and not in it, when there is no room: the index is of no use any more. */
  add(key: DeviceKey): boolean {
    split(key)
    if ((high | low) === 0) this.#hasZero = true
    else if (!this.#addWords()) return false
    return true
  }

  /** Takes the key out; nothing when it is not in. */
  remove(key: DeviceKey): void {
    split(key)
    if ((high | low) === 0) this.#hasZero = false
    else this.#removeAt(this.#find())
  }

  #addWords(): boolean {
    const place = this.#find()
    if (place >= 0) return true
    if (this.#size >= this.#mostKeys) return false
    this.#put(~place, high, low)
    this.#size++
    return true
  }

  /** The slot of the key in `high` and `low`; of the empty slot where it would go, the complement. */
  #find(): number {
    const words = this.#words
    for (let slot = this.#home(high, low); ; slot = this.#after(slot)) {
      const first = words[2 * slot] ?? 0
      const second = words[2 * slot + 1] ?? 0
      if (first === high && second === low) return slot
      if ((first | second) === 0) return ~slot
    }
  }

  /** Empties a slot and moves up what had to go past it, so that no search ends too early. */
  #removeAt(place: number): void {
    if (place < 0) return
    let hole = place
    for (let slot = this.#after(place); !this.#isEmpty(slot); slot = this.#after(slot)) {
      const first = this.#words[2 * slot] ?? 0
      const second = this.#words[2 * slot + 1] ?? 0
      if (this.#distance(this.#home(first, second), slot) < this.#distance(hole, slot)) continue
      this.#put(hole, first, second)
      hole = slot
    }
    this.#put(hole, 0, 0)
    this.#size--
  }

  #put(slot: number, first: number, second: number): void {
    this.#words[2 * slot] = first
    this.#words[2 * slot + 1] = second
  }

  #isEmpty(slot: number): boolean {
    return ((this.#words[2 * slot] ?? 0) | (this.#words[2 * slot + 1] ?? 0)) === 0
  }

  /** Where a search for the key begins: its hash as a fraction of all slots. */
  #home(first: number, second: number): number {
    return Math.floor((hashOf(first, second, this.#seed) / 2 ** 32) * this.#slots)
  }

  #after(slot: number): number {
    return slot + 1 === this.#slots ? 0 : slot + 1
  }

  /** Slots from one to another, going up and round. */
  #distance(from: number, to: number): number {
    return to >= from ? to - from : to - from + this.#slots
  }
}

function slotsFor(keys: number): number {
  const roomy = Math.min(keys / FILLED_WHILE_SMALL, SMALL_SLOTS)
  return Math.ceil(Math.max(roomy, keys / FILLED_AT_MOST))
}

const whole = new BigUint64Array(1)
const halves = new Int32Array(whole.buffer)
let high = 0
let low = 0

/** Leaves the words of the key in `high` and `low`, in whichever order this machine has them: no object is made. */
function split(key: DeviceKey): void {
  whole[0] = key
  high = halves[1] ?? 0
  low = halves[0] ?? 0
}

/**
 * 32 bits, each resting on every bit of the key: EUI-64s of one maker differ in a few low bits only. The mixing steps are
 * those of MurmurHash3 (public domain). Two keys that share a word never share a hash.
 */
function hashOf(first: number, second: number, seed: number): number {
  let hash = Math.imul(first ^ seed, 0x9e37_79b1)
  hash = Math.imul(hash ^ (hash >>> 15) ^ second, 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
