/**
 * Meter point numbers as people type them: the MPAN of an electricity meter point and the MPRN of a gas one.
 *
 * An MPAN core has 13 digits, the last of which checks the twelve before it; an MPRN has 6 to 10 and is taken as it is.
 */
import type { Fuel } from './restriction.ts'

/** A meter point number without spaces and its fuel, or what is wrong with the text. */
export type MpxnReading =
  | { readonly ok: true; readonly mpxn: string; readonly fuel: Fuel }
  | { readonly ok: false; readonly text: string }

/** Weights of the first twelve digits of an MPAN core (Master Registration Agreement: modulus 11, then 10). */
const MPAN_WEIGHTS = [3, 5, 7, 13, 17, 19, 23, 29, 31, 37, 41, 43]
const MPAN_DIGITS = 13
/** The full MPAN of a bill: profile class, time switch and line loss digits stand before the core. */
const FULL_MPAN_DIGITS = 21

/** Reads an MPAN or MPRN; single spaces between digits and around the number are allowed. */
export function readMpxn(text: string): MpxnReading {
  const digits = text.replace(/\s+/g, '')
  if (!/^\d+$/.test(digits)) return fault(`"${shown(text)}" is not a meter point number: it has digits only`)
  if (digits.length === MPAN_DIGITS) return readMpan(digits)
  if (digits.length >= 6 && digits.length <= 10) return { ok: true, mpxn: digits, fuel: 'gas' }
  if (digits.length === FULL_MPAN_DIGITS) {
    return fault(`this is a full MPAN; give its last 13 digits, ${digits.slice(-MPAN_DIGITS)}`)
  }
  return fault(`${digits.length} digits: an MPAN has 13 and an MPRN has 6 to 10`)
}

function readMpan(digits: string): MpxnReading {
  const expected = mpanCheckDigit(digits)
  if (digits.at(-1) === String(expected)) return { ok: true, mpxn: digits, fuel: 'electricity' }
  return fault(
    `the check digit of MPAN ${digits} is ${digits.at(-1)} and would have to be ${expected}; look for a mistyped or swapped digit`,
  )
}

/** The check digit that belongs to the first twelve digits of an MPAN core. */
export function mpanCheckDigit(digits: string): number {
  const sum = MPAN_WEIGHTS.reduce((total, weight, index) => total + weight * Number(digits[index]), 0)
  return (sum % 11) % 10
}

function fault(text: string): MpxnReading {
  return { ok: false, text }
}

/** Only as much of a stray text as a message can bear. */
function shown(text: string): string {
  return text.trim().slice(0, 24)
}
