/**
 * What people type: references, evidence, reasons, remarks, names. One rule for all of it, wherever it comes in, so that no two
 * texts look alike and differ, and none turns what stands beside it round.
 */

/** Control but for line breaks and tabs, unassigned, private, and half of a pair; and what changes the direction of a line. */
const UNTYPED = /[^\P{Cc}\t\n\r]|[\p{Cn}\p{Co}\p{Cs}]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

/** What shows nothing where it stands. */
const INVISIBLE = String.raw`[\s\p{Cf}\p{Z}\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]+`
const AT_THE_ENDS = new RegExp(`^${INVISIBLE}|${INVISIBLE}$`, 'gu')

/** The first character that nobody types, as `U+202E`; undefined when there is none. */
export function untypedIn(text: string): string | undefined {
  const [found] = UNTYPED.exec(text) ?? []
  if (found === undefined) return undefined
  return `U+${found.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`
}

/** The text as it is kept: composed (NFC), without what shows nothing at its ends; empty when it shows nothing at all. */
export function keptText(text: string): string {
  return text.normalize('NFC').replace(AT_THE_ENDS, '')
}
