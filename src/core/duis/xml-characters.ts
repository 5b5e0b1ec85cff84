/**
 * What each byte may be in XML 1.0 (fifth edition), as look-up tables for the scanner, and the few checks that need a
 * whole code point.
 */

export const SPACE = 0x20
export const NEW_LINE = 0x0a
export const LT = 0x3c
export const GT = 0x3e
export const SLASH = 0x2f
export const BANG = 0x21
export const QUESTION = 0x3f
export const EQUALS = 0x3d
export const AMPERSAND = 0x26
export const SEMICOLON = 0x3b
export const HYPHEN = 0x2d
export const CLOSE_BRACKET = 0x5d
export const DOUBLE_QUOTE = 0x22
export const SINGLE_QUOTE = 0x27
export const COLON = 0x3a
export const HASH = 0x23

/** Kinds of byte in a run of characters: 0 goes on, the rest stops the run. */
export const STOP_FORBIDDEN = 1
const STOP_MARK = 2

/** A table in which control characters stop as forbidden and each of `marks` stops as a mark (XML 1.0 §2.2, Char). */
function runTable(...marks: readonly number[]): Uint8Array {
  const table = new Uint8Array(256)
  for (let byte = 0; byte < 0x20; byte++) table[byte] = STOP_FORBIDDEN
  for (const space of [0x09, 0x0a, 0x0d]) table[space] = 0
  for (const mark of marks) table[mark] = STOP_MARK
  return table
}

export const TEXT_RUN = runTable(LT, AMPERSAND, CLOSE_BRACKET)
export const COMMENT_RUN = runTable(HYPHEN)
export const INSTRUCTION_RUN = runTable(QUESTION)
export const CDATA_RUN = runTable(CLOSE_BRACKET)
export const DOUBLE_QUOTED_RUN = runTable(LT, AMPERSAND, DOUBLE_QUOTE)
export const SINGLE_QUOTED_RUN = runTable(LT, AMPERSAND, SINGLE_QUOTE)

/** Kinds of byte in a name, as bits; the rest is 0. */
export const NAME_START = 1
/** Digits, hyphen and full stop: not at the start. */
export const NAME_PART = 2
export const NAME_PLAIN = NAME_START | NAME_PART
export const NAME_COLON = 4
export const NAME_HIGH = 8

/** XML 1.0 §2.3, NameStartChar and NameChar, for bytes; bytes from 0x80 on need their code point. */
export const NAME_BYTE = nameTable()

function nameTable(): Uint8Array {
  const table = new Uint8Array(256)
  for (let byte = 0x41; byte <= 0x5a; byte++) table[byte] = NAME_START
  for (let byte = 0x61; byte <= 0x7a; byte++) table[byte] = NAME_START
  table[0x5f] = NAME_START
  for (let byte = 0x30; byte <= 0x39; byte++) table[byte] = NAME_PART
  table[HYPHEN] = NAME_PART
  table[0x2e] = NAME_PART
  table[COLON] = NAME_COLON
  for (let byte = 0x80; byte <= 0xff; byte++) table[byte] = NAME_HIGH
  return table
}

const NAME_START_RANGES: readonly (readonly [number, number])[] = [
  [0xc0, 0xd6],
  [0xd8, 0xf6],
  [0xf8, 0x2ff],
  [0x370, 0x37d],
  [0x37f, 0x1fff],
  [0x200c, 0x200d],
  [0x2070, 0x218f],
  [0x2c00, 0x2fef],
  [0x3001, 0xd7ff],
  [0xf900, 0xfdcf],
  [0xfdf0, 0xfffd],
  [0x10000, 0xeffff],
]
const NAME_PART_RANGES: readonly (readonly [number, number])[] = [
  [0xb7, 0xb7],
  [0x300, 0x36f],
  [0x203f, 0x2040],
]

function isWithin(ranges: readonly (readonly [number, number])[], codePoint: number): boolean {
  return ranges.some(([from, to]) => codePoint >= from && codePoint <= to)
}

/** Whether a code point from 0x80 on may stand in a name, at its start or later (XML 1.0 §2.3). */
export function isNameCodePoint(codePoint: number, atStart: boolean): boolean {
  return isWithin(NAME_START_RANGES, codePoint) || (!atStart && isWithin(NAME_PART_RANGES, codePoint))
}

/** XML 1.0 §2.2, Char. */
export function isCharacter(codePoint: number): boolean {
  if (codePoint < 0x20) return codePoint === 0x09 || codePoint === 0x0a || codePoint === 0x0d
  if (codePoint < 0xd800) return true
  return (codePoint > 0xdfff && codePoint < 0xfffe) || (codePoint > 0xffff && codePoint <= 0x10ffff)
}

/** Bytes of the UTF-8 sequence that `lead` opens; 1 for ASCII. Only for bytes already known to be well-formed. */
export function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1
  if (lead < 0xe0) return 2
  return lead < 0xf0 ? 3 : 4
}

/** The code point at `at` in well-formed UTF-8. */
export function codePointAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] as number
  const length = sequenceLength(lead)
  if (length === 1) return lead
  let codePoint = lead & (0xff >> (length + 1))
  for (let i = 1; i < length; i++) codePoint = (codePoint << 6) | ((bytes[at + i] as number) & 0x3f)
  return codePoint
}
