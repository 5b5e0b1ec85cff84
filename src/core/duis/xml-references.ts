/**
 * Character references and the five predefined entities (XML 1.0 §4.1, §4.6). There are no others without a DOCTYPE.
 */
import {
  AMPERSAND,
  HASH,
  isCharacter,
  NAME_BYTE,
  NAME_PART,
  NAME_START,
  SEMICOLON,
} from './xml-characters.ts'
import { NEED, type XmlWindow } from './xml-window.ts'

/** `&#x10FFFF;` has 10 bytes; the rest is room for leading zeros. */
const MAX_REFERENCE_BYTES = 32

const ENTITIES = new Map<string, number>([
  ['lt', 0x3c],
  ['gt', 0x3e],
  ['amp', AMPERSAND],
  ['quot', 0x22],
  ['apos', 0x27],
])

/** Answers where the reference at `position` ends; NEED when the window does before `stop`. */
export function scanReference(window: XmlWindow, position: number, stop: number): number {
  let at = position + 1
  for (; at < stop && isReferenceByte(window.bytes[at] as number, at === position + 1); at++) {
    if (at - position >= MAX_REFERENCE_BYTES) return window.limit(position, 'a reference is too long')
  }
  if (at >= stop) return NEED
  if (window.bytes[at] !== SEMICOLON) return window.malformed(position, '"&" opens no reference; write &amp;')
  if (referredCodePoint(window.bytes, position + 1, at) < 0) {
    return window.malformed(position, 'a reference to nothing that is declared')
  }
  return at + 1
}

function isReferenceByte(byte: number, isFirst: boolean): boolean {
  const kind = NAME_BYTE[byte]
  return kind === NAME_START || (kind === NAME_PART && byte >= 0x30) || (isFirst && byte === HASH)
}

/** The code point that `lt`, `#65` or `#x41` at [start, end) stands for; -1 when it is no character of XML. */
export function referredCodePoint(bytes: Buffer, start: number, end: number): number {
  if (bytes[start] !== HASH) return ENTITIES.get(bytes.toString('latin1', start, end)) ?? -1
  const isHexadecimal = bytes[start + 1] === LOWER_X
  const radix = isHexadecimal ? 16 : 10
  const first = start + (isHexadecimal ? 2 : 1)
  let codePoint = 0
  for (let at = first; at < end; at++) {
    const digit = digitOf(bytes[at] as number)
    if (digit >= radix) return -1
    codePoint = Math.min(codePoint * radix + digit, BEYOND_UNICODE)
  }
  return first < end && isCharacter(codePoint) ? codePoint : -1
}

const LOWER_X = 0x78
const BEYOND_UNICODE = 0x110000

/** Value of a hexadecimal digit; 99 for any other byte. */
function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : 99
}

/** Text with every reference resolved; only for text whose references were scanned. */
export function resolveReferences(text: string): string {
  return text.replace(/&([^;]*);/g, (_reference, name: string) =>
    String.fromCodePoint(referredCodePoint(Buffer.from(name), 0, name.length)),
  )
}
