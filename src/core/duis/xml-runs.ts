/**
 * Runs of plain characters in the window, and what ends them.
 */
import * as char from './xml-characters.ts'
import type { FAULT, XmlWindow } from './xml-window.ts'

/** Goes on while bytes are plain by the table; the end of the window counts as a stop. */
export function runEnd({ bytes, end }: XmlWindow, from: number, table: Uint8Array): number {
  let at = from
  while (at < end && table[bytes[at] as number] === 0) at++
  return at
}

/** Whether the byte at `at` is none that a document may have there. */
export function isForbidden({ bytes, end }: XmlWindow, at: number, table: Uint8Array): boolean {
  return at < end && table[bytes[at] as number] === char.STOP_FORBIDDEN
}

/** The fault of such a byte. */
export function controlCharacter(window: XmlWindow, at: number): typeof FAULT {
  return window.malformed(at, 'a control character')
}

/** Whether `]]>` stands at `at`; `part` when the window ends too soon to tell, or at `at`. */
export function closingMark(window: XmlWindow, at: number): 'whole' | 'part' | 'none' {
  const { bytes, end } = window
  if (at + 2 >= end) return isFollowedByOther(window, at, char.CLOSE_BRACKET) ? 'none' : 'part'
  return bytes[at + 1] === char.CLOSE_BRACKET && bytes[at + 2] === char.GT ? 'whole' : 'none'
}

/** Whether the byte after `at` is in the window, and another than this. */
export function isFollowedByOther({ bytes, end }: XmlWindow, at: number, byte: number): boolean {
  return at + 1 < end && bytes[at + 1] !== byte
}
