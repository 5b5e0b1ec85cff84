/**
 * The values that the reader understands, straight from bytes or from collapsed text: EUIs, RequestIDs, references, codes.
 *
 * Forms follow DUIS XSD 5.4. A value that the XSD collapses is collapsed before it gets here; one that the XSD takes
 * literally (xs:string enumerations such as ServiceReferenceVariant) is judged with its white space, so ` 4.1.1` is a fault.
 */
import { type DeviceKey, deviceKeyOf } from './eui64.ts'
import type { TextValue } from './text-value.ts'
import { isSpace } from './xml-window.ts'

const HYPHEN = 0x2d
const HEX = hexTable()

/** Bytes of an EUI as text: eight hex pairs and seven hyphens. */
export const EUI_BYTES = 23

function hexTable(): Int8Array {
  const table = new Int8Array(256).fill(-1)
  for (let digit = 0; digit < 10; digit++) table[0x30 + digit] = digit
  for (let digit = 10; digit < 16; digit++) {
    table[0x41 + digit - 10] = digit
    table[0x61 + digit - 10] = digit
  }
  return table
}

/** Four hex pairs joined by hyphens at `at`; -1 when they are not that. */
function readHalf(bytes: Uint8Array, at: number): number {
  let value = 0
  for (let pair = 0; pair < 4; pair++) {
    const from = at + pair * 3
    const high = HEX[bytes[from] as number] as number
    const low = HEX[bytes[from + 1] as number] as number
    if ((high | low) < 0 || (pair < 3 && bytes[from + 2] !== HYPHEN)) return -1
    value = value * 256 + high * 16 + low
  }
  return value
}

/** Reads the 23 bytes at `at` as an EUI in either letter case; undefined when they are not one. */
export function readEui(bytes: Uint8Array, at: number): DeviceKey | undefined {
  if (at + EUI_BYTES > bytes.length || bytes[at + 11] !== HYPHEN) return undefined
  const high = readHalf(bytes, at)
  const low = readHalf(bytes, at + 12)
  return high < 0 || low < 0 ? undefined : deviceKeyOf(high, low)
}

/** A RequestID or ResponseID: `originator:target:counter` (DUIS XSD, RequestIDType). */
export interface RequestIdParts {
  readonly originator: DeviceKey
  readonly target: DeviceKey
}

const COLON = 0x3a
const ZERO = 0x30
const COUNTER_AT = 2 * (EUI_BYTES + 1)
const MAX_COUNTER_DIGITS = 20
const MAX_COUNTER = 18_446_744_073_709_551_615n

/** Reads [start, end) as a RequestID; the counter is 0 to 2^64-1 without leading zeros. */
export function readRequestId(bytes: Buffer, start: number, end: number): RequestIdParts | undefined {
  const counterAt = start + COUNTER_AT
  if (counterAt >= end || bytes[start + EUI_BYTES] !== COLON || bytes[counterAt - 1] !== COLON)
    return undefined
  const originator = readEui(bytes, start)
  const target = readEui(bytes, start + EUI_BYTES + 1)
  if (originator === undefined || target === undefined || !isCounter(bytes, counterAt, end)) return undefined
  return { originator, target }
}

function isCounter(bytes: Buffer, start: number, end: number): boolean {
  const digits = end - start
  if (digits > MAX_COUNTER_DIGITS || (bytes[start] === ZERO && digits > 1)) return false
  for (let at = start; at < end; at++) if (!isDigit(bytes[at] as number)) return false
  return digits < MAX_COUNTER_DIGITS || BigInt(bytes.toString('latin1', start, end)) <= MAX_COUNTER
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39
}

const REFERENCE = /^(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){1,3}$/

/** Whether text has the form of a ServiceReference or ServiceReferenceVariant, known or not. */
export function isServiceReference(text: string): boolean {
  return REFERENCE.test(text)
}

/** ResponseCode: `I0`, `I99`, `E5`, `W110101` …, known or not. */
export function isResponseCode(text: string): boolean {
  return /^[A-Z][0-9]{1,8}$/.test(text)
}

/** DCCAlertCode: `N24`, `AD1` …, known or not. */
export function isDccAlertCode(text: string): boolean {
  return /^[A-Z]{1,4}[0-9]{1,6}$/.test(text)
}

/**
 * Normalises xs:hexBinary alert codes, which compare as numbers: upper case, no leading zero bytes, four digits at least.
 * Empty text stays empty (an alert without a code); undefined when the text is not hexBinary.
 */
export function normaliseAlertCode(text: string): string | undefined {
  if (text === '') return ''
  if (text.length % 2 !== 0 || !/^[0-9A-Fa-f]+$/.test(text)) return undefined
  return text
    .toUpperCase()
    .replace(/^(?:00)+(?=.{4})/, '')
    .padStart(4, '0')
}

/** xs:positiveInteger: `1`, `01`, `+1`; undefined when it is not one or beyond 999. */
export function readPositiveInteger(value: TextValue): number | undefined {
  const first = value.bytes[value.start] as number
  if (value.length === 1 && isDigit(first) && first !== ZERO) return first - ZERO
  const digits = /^\+?0*([1-9][0-9]{0,2})$/.exec(value.collapsed())
  return digits ? Number(digits[1]) : undefined
}

/** Number of a DCC schedule (DUIS XSD, scheduleID) without leading zeros: `07` is `7`; undefined when it is not one. */
export function readScheduleId(value: TextValue): string | undefined {
  return /^\+?0*([0-9]{1,13})$/.exec(value.collapsed())?.[1]
}

/** xs:decimal, collapsed. */
export function isDecimal(text: string): boolean {
  return /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$/.test(text)
}

/** Collapses outer white space the way xs:token, xs:decimal and xs:dateTime do. */
export function collapse(text: string): string {
  if (!isSpace(text.charCodeAt(0)) && !isSpace(text.charCodeAt(text.length - 1))) return text
  return text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')
}
