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
  if (codePointOf(window.bytes.toString('latin1', position + 1, at)) === undefined) {
    return window.malformed(position, 'a reference to nothing that is declared')
  }
  return at + 1
}

function isReferenceByte(byte: number, isFirst: boolean): boolean {
  const kind = NAME_BYTE[byte]
  return kind === NAME_START || (kind === NAME_PART && byte >= 0x30) || (isFirst && byte === HASH)
}

/** The code point that `lt`, `#65` or `#x41` stands for; undefined when it is no character of XML. */
export function codePointOf(name: string): number | undefined {
  const digits = /^#(?:x([0-9A-Fa-f]+)|([0-9]+))$/.exec(name)
  if (!digits) return ENTITIES.get(name)
  const [, hexadecimal, decimal = ''] = digits
  const codePoint = hexadecimal ? Number.parseInt(hexadecimal, 16) : Number.parseInt(decimal, 10)
  return isCharacter(codePoint) ? codePoint : undefined
}

/** Text with every reference resolved; only for text whose references were scanned. */
export function resolveReferences(text: string): string {
  return text.replace(/&([^;]*);/g, (_reference, name: string) =>
    String.fromCodePoint(codePointOf(name) ?? 0xfffd),
  )
}
