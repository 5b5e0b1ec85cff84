/** Text of files that people make: UTF-8 to its last byte, or the line and the byte that are not. */
import { isUtf8 } from 'node:buffer'

export interface NotUtf8 {
  /** From 1. */
  readonly line: number
  /** What is wrong and what to do, without the line. */
  readonly fault: string
}

/** The text without its byte order mark. */
export function readUtf8(
  bytes: Uint8Array,
): { readonly ok: true; readonly text: string } | ({ readonly ok: false } & NotUtf8) {
  const bad = badByteIn(bytes)
  if (bad) return { ok: false, line: lineEnds(bytes.subarray(0, bad.at)) + 1, fault: badByteText(bytes, bad) }
  return { ok: true, text: Buffer.from(withoutMark(bytes)).toString('utf8') }
}

/** The bytes without the mark that some programs begin a file with. */
export function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
}

/** Offset of a byte that begins no character, and of the line that it stands in. */
interface BadByte {
  readonly at: number
  readonly lineStart: number
}

/** The first byte that begins no character; undefined where there is none. */
export function badByteIn(bytes: Uint8Array): BadByte | undefined {
  if (isUtf8(bytes)) return undefined
  const at = firstBadByte(bytes)
  return { at, lineStart: Math.max(bytes.lastIndexOf(LF, at), bytes.lastIndexOf(CR, at)) + 1 }
}

/** `before` is how many bytes of the file come before these. */
export function badByteText(bytes: Uint8Array, { at, lineStart }: BadByte, before = 0): string {
  const place = `byte ${at - lineStart + 1} of the line (${before + at + 1} of the file)`
  const hex = (bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0')
  return `${place} is 0x${hex}, which is not UTF-8; save the file as UTF-8`
}

const [LF, CR] = [0x0a, 0x0d]

/** A sequence of UTF-8 is valid or not by itself, and its first byte says how long it is. */
function firstBadByte(bytes: Uint8Array): number {
  let at = 0
  for (;;) {
    const first = bytes[at] ?? 0
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
    if (!isUtf8(bytes.subarray(at, at + length))) return at
    at += length
  }
}

/** How many lines end in the bytes: with a line feed, a carriage return, or both. */
function lineEnds(bytes: Uint8Array): number {
  let count = 0
  for (const [index, byte] of bytes.entries())
    if (byte === LF || (byte === CR && bytes[index + 1] !== LF)) count += 1
  return count
}
