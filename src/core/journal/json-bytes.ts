/**
 * Values as the bytes that `JSON.stringify` writes of them, put where a line of the journal is being written: no text is made
 * that would be gone again with the next message.
 *
 * Each function writes from byte `at` on and returns the byte behind. There has to be room: `roomFor` says how much a text may take.
 */
import type { Instant } from '../device/device.ts'
import { isoTime } from '../device/iso-time.ts'
import type { DeviceKey } from '../duis/eui64.ts'

/** The most bytes that a text with its quotes may take: an escape for each UTF-16 unit. */
export function roomFor(text: string): number {
  return text.length * 6 + 2
}

/** The most bytes that a number may take: 17 digits, sign, point and exponent. */
export const NUMBER_ROOM = 25

export function putBytes(bytes: Buffer, at: number, piece: Uint8Array): number {
  bytes.set(piece, at)
  return at + piece.length
}

/** A text with its quotes. */
export function putText(bytes: Buffer, at: number, text: string): number {
  bytes[at] = QUOTE
  let next = at + 1
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < SPACE || unit > TILDE || unit === QUOTE || unit === BACKSLASH)
      return at + bytes.write(JSON.stringify(text), at)
    bytes[next++] = unit
  }
  bytes[next++] = QUOTE
  return next
}

/** A Device ID with its quotes. */
export function putEui64(bytes: Buffer, at: number, key: DeviceKey): number {
  whole[0] = key
  bytes[at] = QUOTE
  let next = at + 1
  for (let byte = 0; byte < 8; byte++) {
    const value = octets[lowFirst ? 7 - byte : byte] ?? 0
    bytes[next++] = HEX[value >>> 4] ?? 0
    bytes[next++] = HEX[value & 0x0f] ?? 0
    bytes[next++] = HYPHEN
  }
  bytes[next - 1] = QUOTE
  return next
}

/** A time as `isoTime` writes it, with its quotes. */
export function putTime(bytes: Buffer, at: number, time: Instant): number {
  const from = Math.floor(time / 1_000) * 1_000
  if (second.from !== from)
    second = { from, text: Buffer.from(`"${isoTime(from as Instant).slice(0, -'000Z'.length)}`) }
  const next = putThousandths(bytes, putBytes(bytes, at, second.text), Math.floor(time - from))
  bytes[next] = LETTER_Z
  bytes[next + 1] = QUOTE
  return next + 2
}

/** Quick for whole numbers and thousandths, as durations are; any other costs its text. */
export function putNumber(bytes: Buffer, at: number, value: number): number {
  if (value >= 0 && value < QUICK_BELOW) {
    const thousandths = Math.round(value * 1_000)
    // The double nearest to these digits: then no shorter ones name it (fewer than 16 digits).
    if (thousandths / 1_000 === value) return putDecimal(bytes, at, thousandths)
  }
  return at + bytes.write(JSON.stringify(value), at)
}

function putDecimal(bytes: Buffer, at: number, thousandths: number): number {
  const integer = Math.trunc(thousandths / 1_000)
  let rest = thousandths - integer * 1_000
  let next = putDigits(bytes, at, integer)
  if (rest === 0) return next
  bytes[next] = POINT
  next = putThousandths(bytes, next + 1, rest)
  for (; rest % 10 === 0; rest /= 10) next--
  return next
}

/** Always three digits. */
function putThousandths(bytes: Buffer, at: number, value: number): number {
  const tens = Math.trunc(value / 10)
  const hundreds = Math.trunc(tens / 10)
  bytes[at] = ZERO + hundreds
  bytes[at + 1] = ZERO + tens - hundreds * 10
  bytes[at + 2] = ZERO + value - tens * 10
  return at + 3
}

function putDigits(bytes: Buffer, at: number, integer: number): number {
  let length = 1
  for (let bound = 10; integer >= bound; bound *= 10) length++
  for (let left = integer, place = at + length - 1; place >= at; place--) {
    const tens = Math.trunc(left / 10)
    bytes[place] = ZERO + left - tens * 10
    left = tens
  }
  return at + length
}

const octets = new Uint8Array(8)
const whole = new BigUint64Array(octets.buffer)
const lowFirst = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
const HEX = Buffer.from('0123456789ABCDEF')

/** Most messages of a second share its text, which here begins with a quote and ends with a point. */
let second: { readonly from: number; readonly text: Buffer } = { from: Number.NaN, text: Buffer.of() }

/** Milliseconds of 24 days, in thousandths an integer of 32 bits. */
const QUICK_BELOW = 2_000_000
const QUOTE = 0x22
const HYPHEN = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const LETTER_Z = 0x5a
const BACKSLASH = 0x5c
const SPACE = 0x20
const TILDE = 0x7e
