/** Opaque IDs of flags, tasks, notices and access tokens: a letter, a hyphen and 26 characters that sort by the time they were made. */
import type { Instant } from '../device/device.ts'

/** Crockford's base 32: no letters that are taken for digits. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const TIME_CHARACTERS = 10
const RANDOM_CHARACTERS = 16

/** Random bytes that an ID takes. */
export const RANDOM_BYTES = RANDOM_CHARACTERS

/** An ID of that letter made at `at` from sixteen random bytes. */
export function idOf(letter: 'A' | 'P' | 'R' | 'T' | 'N', at: Instant, random: Uint8Array): string {
  const time = Array.from({ length: TIME_CHARACTERS }, (_, index) =>
    character(Math.floor(at / 32 ** (TIME_CHARACTERS - 1 - index))),
  )
  const rest = Array.from({ length: RANDOM_CHARACTERS }, (_, index) => character(random[index] ?? 0))
  return `${letter}-${time.join('')}${rest.join('')}`
}

function character(value: number): string {
  return ALPHABET.charAt(value % 32)
}

/** Whether a text has the shape of an ID; anything else never goes into a record. */
export function isId(text: string): boolean {
  return /^[RT]-[0-9A-Z]{26}$/.test(text)
}
