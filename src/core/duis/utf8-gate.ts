/**
 * The first look at every byte: only well-formed UTF-8 of XML characters gets past, whatever the cuts between chunks.
 *
 * Native checks cost next to nothing (50 GB/s), so whole windows are checked before the scanner sees them. The first bad
 * byte is then found by hand, because faults must be the same however the message was cut.
 */
import { isAscii, isUtf8 } from 'node:buffer'
import type { ReadFaultCode } from './fault.ts'

/** How far a window may be scanned, and what stands there when that is not the end of what came. */
export interface GateResult {
  /** Exclusive end of the good bytes in the window. */
  end: number
  /** What is wrong at `end`; undefined when the rest is only an unfinished UTF-8 sequence, or nothing. */
  fault: ReadFaultCode | undefined
}

/** Checks `window` from `from` (an already good prefix ends there) and writes the outcome to `result`. */
export function checkUtf8(window: Buffer, from: number, asciiOnly: boolean, result: GateResult): void {
  const fresh = from === 0 ? window : window.subarray(from)
  result.end = window.length
  result.fault = undefined
  if (isAscii(fresh)) return
  if (asciiOnly) {
    result.end = from + fresh.findIndex((byte) => byte >= 0x80)
    result.fault = 'XML_ENCODING'
    return
  }
  const whole = fresh.length - unfinishedTail(fresh)
  const good = isUtf8(fresh.subarray(0, whole)) ? whole : firstInvalid(fresh, whole)
  result.end = from + good
  if (good < whole) result.fault = 'XML_ENCODING'
  const nonCharacter = firstNonCharacter(fresh, good)
  if (nonCharacter >= 0) {
    result.end = from + nonCharacter
    result.fault = 'XML_MALFORMED'
  }
}

/** Length of a UTF-8 sequence that the end of `bytes` cuts in two; 0 when none is cut. */
function unfinishedTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return leadLength(byte) > back ? back : 0
  }
  return 0
}

/** Length that a lead byte announces; 1 when it can open no sequence. */
function leadLength(byte: number): number {
  if (byte >= 0xc2 && byte <= 0xdf) return 2
  if (byte >= 0xe0 && byte <= 0xef) return 3
  return byte >= 0xf0 && byte <= 0xf4 ? 4 : 1
}

/** Offset of the first sequence that is not well-formed. */
function firstInvalid(bytes: Buffer, end: number): number {
  let at = 0
  while (at < end) {
    const lead = bytes[at] as number
    const length = leadLength(lead)
    if (lead >= 0x80 && !isUtf8(bytes.subarray(at, Math.min(at + length, end)))) return at
    at += length
  }
  return end
}

/** Offset of U+FFFE or U+FFFF, which are not XML characters (XML 1.0 §2.2); -1 when there is none before `end`. */
function firstNonCharacter(bytes: Buffer, end: number): number {
  for (let at = bytes.indexOf(0xef); at >= 0 && at + 2 < end; at = bytes.indexOf(0xef, at + 1)) {
    if (bytes[at + 1] === 0xbf && (bytes[at + 2] as number) >= 0xbe) return at
  }
  return -1
}
