/**
 * The header of a GBCS message inside a base64 payload: who, to whom, and which use case. Nothing behind it is looked at.
 *
 * GBCS message structure: an optional MAC wrapper (general-ciphering tag DD with empty fields and a length), then DF 09,
 * the CRA flag with the originator counter, both IDs, an optional date-time and the two-byte message code. 60 bytes, the
 * first 80 base64 characters, hold all of it in every sample known.
 */
import { deviceKeyFromBytes } from './eui64.ts'
import type { GbcsFacts } from './facts.ts'

/** Base64 characters that are enough. */
export const GBCS_HEADER_CHARACTERS = 80

const CRA: readonly (GbcsFacts['cra'] | undefined)[] = [undefined, 'command', 'response', 'alert']
const WRAPPER_TAG = 0xdd
const HEADER_TAG = 0xdf
const HEADER_LENGTH = 0x09
const CODE_BYTES = 2

/** Where the parts of a header stand. */
interface HeaderPlaces {
  readonly cra: GbcsFacts['cra']
  readonly originatorAt: number
  readonly targetAt: number
  readonly codeAt: number
}

/** Reads a header from the first base64 characters of a payload (no white space in them); undefined when it is not one. */
export function readGbcsHeader(base64: string): GbcsFacts | undefined {
  const bytes = Buffer.from(base64, 'base64')
  const places = placesIn(bytes)
  if (!places) return undefined
  const { cra, originatorAt, targetAt, codeAt } = places
  return {
    messageCode: bytes.toString('hex', codeAt, codeAt + CODE_BYTES).toUpperCase(),
    cra,
    device: deviceKeyFromBytes(bytes, cra === 'command' ? targetAt : originatorAt),
    party: deviceKeyFromBytes(bytes, cra === 'command' ? originatorAt : targetAt),
  }
}

/** Bytes of a payload up to the end of its message code: all that `readGbcsHeader` looks at; undefined when it is no header. */
export function gbcsHeaderLength(base64: string): number | undefined {
  const places = placesIn(Buffer.from(base64.slice(0, GBCS_HEADER_CHARACTERS), 'base64'))
  return places && places.codeAt + CODE_BYTES
}

function placesIn(bytes: Buffer): HeaderPlaces | undefined {
  const start = headerStart(bytes)
  if (start < 0 || bytes[start] !== HEADER_TAG || bytes[start + 1] !== HEADER_LENGTH) return undefined
  const cra = CRA[bytes[start + 2] as number]
  const originatorAt = start + 12
  const targetAt = originatorAt + 9
  if (cra === undefined || bytes[originatorAt - 1] !== 8 || bytes[targetAt - 1] !== 8) return undefined
  const dateTimeLength = bytes[targetAt + 8] as number
  const codeAt = targetAt + 8 + 1 + dateTimeLength + 1
  if (bytes.length < codeAt + CODE_BYTES || (dateTimeLength !== 0 && dateTimeLength !== 12)) return undefined
  return { cra, originatorAt, targetAt, codeAt }
}

/** Offset of DF 09; behind the MAC wrapper when there is one. */
function headerStart(bytes: Uint8Array): number {
  if (bytes[0] !== WRAPPER_TAG) return 0
  for (let at = 1; at <= 6; at++) if (bytes[at] !== 0) return -1
  return firstHeader(bytes)
}

/** The wrapper's length field has one, two or three bytes, so the header starts at 13, 14 or 15. */
function firstHeader(bytes: Uint8Array): number {
  for (const at of [13, 14, 15]) if (bytes[at] === HEADER_TAG && bytes[at + 1] === HEADER_LENGTH) return at
  return -1
}
