/**
 * Bytes taken four at a time, as little-endian 32-bit words. Every function here answers just what a walk over single
 * bytes would, or stops short of it where a word is mixed.
 */

const SPACES = 0x20202020
const TOP_BITS = 0x80808080 | 0

/** Sets the bit that tells lower from upper case in each of four letters. */
const LOWER_CASE = 0x20202020
/** Added to a word, each sets the top bit of the bytes from a value on: from `a`, beyond `z`, from `(`, from `<`. */
const FROM_A = 0x1f1f1f1f
const BEYOND_Z = 0x05050505
const FROM_PARENTHESIS = 0x58585858
const FROM_LT = 0x44444444

/** An odd number without pattern (2^32 divided by the golden ratio): each bit multiplied by it changes many of the product. */
const SPREAD = 0x9e3779b1

/** Goes on from `at` over words of spaces. */
export function skipSpaces(view: DataView, at: number, end: number): number {
  let next = at
  while (next + 4 <= end && view.getInt32(next, true) === SPACES) next += 4
  return next
}

/** Goes on from `at` over words of plain bytes, which mean nothing in text or in an attribute value. */
export function skipPlain(view: DataView, at: number, end: number): number {
  let next = at
  while (next + 4 <= end && arePlain(view.getInt32(next, true))) next += 4
  return next
}

/**
 * Whether four bytes are all letters, digits or of `()*+,-./:;`. A byte from 0x80 on spoils the sums of its neighbours, but
 * fails by its own top bit.
 */
function arePlain(word: number): boolean {
  const lower = word | LOWER_CASE
  const letters = (lower + FROM_A) & ~(lower + BEYOND_Z)
  const others = (word + FROM_PARENTHESIS) & ~(word + FROM_LT)
  return ((letters | others) & ~word & TOP_BITS) === TOP_BITS
}

/** Whether the same `length` bytes stand at `at` of `view` and at `otherAt` of `other`. */
export function isSame(
  view: DataView,
  at: number,
  other: DataView,
  otherAt: number,
  length: number,
): boolean {
  const words = length & ~3
  let i = 0
  for (; i < words; i += 4) {
    if (view.getInt32(at + i, true) !== other.getInt32(otherAt + i, true)) return false
  }
  for (; i < length; i++) if (view.getUint8(at + i) !== other.getUint8(otherAt + i)) return false
  return true
}

/** A number made of `length` bytes at `at`, the same for the same bytes. */
export function hashOf(view: DataView, at: number, length: number): number {
  const words = at + (length & ~3)
  const end = at + length
  let hash = length
  let next = at
  for (; next < words; next += 4) hash = Math.imul(hash ^ view.getInt32(next, true), SPREAD)
  for (; next < end; next++) hash = Math.imul(hash ^ view.getUint8(next), SPREAD)
  return hash ^ (hash >>> 15)
}
