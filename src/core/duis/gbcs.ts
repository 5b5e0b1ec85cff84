/**
 * The header of a GBCS message inside a base64 payload: who, to whom, and which use case. Nothing behind it is looked at.
 *
 * A GBCS message is made of two services of DLMS, one in the other. Their fields are octet strings behind their lengths (BER:
 * a byte below 80, or 81 to 84 and as many bytes of length), and each is found by the lengths of those before it:
 *
 * - general-ciphering, only where there is a MAC: tag DD; transaction ID, originator, recipient, date-time and other
 *   information, which GBCS leaves empty; key information, in GBCS the byte 00 for none; and the ciphered service: its length,
 *   a security byte and an invocation counter of four bytes.
 * - general-signing: tag DF; transaction ID (CRA flag and originator counter), Business Originator ID, Business Target ID,
 *   date-time, and other information (the message code, then a supplementary party and counters where there are any).
 */
import { deviceKeyFromBytes } from './eui64.ts'
import type { GbcsFacts } from './facts.ts'
import type { TextValue } from './text-value.ts'
import type { ByteSource } from './xml-window.ts'

/**
 * Base64 characters that hold every header that GBCS allows: 17 bytes of general-ciphering with nothing in its fields and
 * five bytes of length, 45 of general-signing with 12 bytes of date-time, up to and with the message code.
 */
export const GBCS_USUAL_CHARACTERS = 84

/**
 * Base64 characters that hold every header that DLMS allows with up to 127 bytes a field: 909 bytes of general-ciphering with
 * every field and an agreed key, 164 of general-signing. A longer one cannot be read.
 */
export const GBCS_HEADER_CHARACTERS = 1_432

const CIPHERING_TAG = 0xdd
const SIGNING_TAG = 0xdf
/** Fields of general-ciphering before its key information. */
const CIPHERING_FIELDS = 5
/** Security byte and invocation counter. */
const SECURITY_BYTES = 5
/** CRA flag and originator counter. */
const TRANSACTION_BYTES = 9
const EUI_BYTES = 8
const CODE_BYTES = 2
const CRA: readonly (GbcsFacts['cra'] | undefined)[] = [undefined, 'command', 'response', 'alert']

/** Reads a header from the first base64 characters of a payload (no white space in them); undefined when it is not one. */
export function readGbcsHeader(base64: string): GbcsFacts | undefined {
  const bytes = Buffer.from(base64, 'base64')
  const places = placesIn(bytes)
  if (!places) return undefined
  const { cra, originatorAt, targetAt, codeAt } = places
  const originator = deviceKeyFromBytes(bytes, originatorAt)
  const target = deviceKeyFromBytes(bytes, targetAt)
  return {
    messageCode: bytes.toString('hex', codeAt, codeAt + CODE_BYTES).toUpperCase(),
    cra,
    device: cra === 'command' ? target : originator,
    party: cra === 'command' ? originator : target,
  }
}

/**
 * The bytes of a payload up to the end of its message code, with zeros where `readGbcsHeader` looks at lengths only; undefined
 * when it is no header.
 */
export function blankedGbcsHeader(base64: string): Buffer | undefined {
  const bytes = Buffer.from(base64.slice(0, GBCS_HEADER_CHARACTERS), 'base64')
  const places = placesIn(bytes, new BlankingFields(bytes))
  return places && bytes.subarray(0, places.codeAt + CODE_BYTES)
}

/** Where the parts of a header stand. */
interface HeaderPlaces {
  readonly cra: GbcsFacts['cra']
  readonly originatorAt: number
  readonly targetAt: number
  readonly codeAt: number
}

function placesIn(bytes: Uint8Array, fields = new Fields(bytes)): HeaderPlaces | undefined {
  if (bytes[0] === CIPHERING_TAG) passCiphering(fields)
  if (fields.byte() !== SIGNING_TAG) return undefined
  const transactionAt = fields.field(TRANSACTION_BYTES)
  const originatorAt = fields.field(EUI_BYTES)
  const targetAt = fields.field(EUI_BYTES)
  fields.pass(fields.length())
  const hasCode = fields.length() >= CODE_BYTES
  const codeAt = fields.at
  const cra = CRA[bytes[transactionAt] ?? 0]
  if (!hasCode || cra === undefined || codeAt + CODE_BYTES > bytes.length) return undefined
  return { cra, originatorAt, targetAt, codeAt }
}

/** Leads to the first byte inside the ciphered service. */
function passCiphering(fields: Fields): void {
  fields.byte()
  for (let field = 0; field < CIPHERING_FIELDS; field++) fields.pass(fields.length())
  passKeyInformation(fields)
  fields.length()
  fields.pass(SECURITY_BYTES)
}

/** DLMS: nothing, or one of a key's number, a number and a wrapped key, and the two parts of an agreed key. */
function passKeyInformation(fields: Fields): void {
  const isPresent = fields.byte()
  if (isPresent === 0) return
  const choice = isPresent === 1 ? fields.byte() : undefined
  if (choice === 0) return fields.pass(1)
  if (choice === 1) fields.pass(1)
  else if (choice === 2) fields.pass(fields.length())
  else return fields.fail()
  fields.pass(fields.length())
}

/** Goes through fields by their lengths. What is not as it must be leads past the end, where nothing is found any more. */
class Fields {
  readonly #bytes: Uint8Array
  at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** The next byte; undefined at the end. */
  byte(): number | undefined {
    return this.#bytes[this.at++]
  }

  /** Goes past what says nothing. */
  pass(count: number): void {
    this.at += count
  }

  fail(): void {
    this.at = Number.POSITIVE_INFINITY
  }

  /** The length that stands next; 0 where none does. */
  length(): number {
    const first = this.byte() ?? INDEFINITE
    if (first < INDEFINITE) return first
    const count = first - INDEFINITE
    let length = 0
    if (count < 1 || count > MAX_LENGTH_BYTES) this.fail()
    else for (let n = 0; n < count; n++) length = length * 256 + (this.byte() ?? 0)
    return length
  }

  /** Where the content of the next field begins, which must have `length` bytes. */
  field(length: number): number {
    if (this.length() !== length) this.fail()
    const start = this.at
    this.at += length
    return start
  }
}

/** Blanks whatever it goes past. */
class BlankingFields extends Fields {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    super(bytes)
    this.#bytes = bytes
  }

  override pass(count: number): void {
    this.#bytes.fill(0, this.at, this.at + count)
    super.pass(count)
  }
}

/** BER: a first byte of 80 says that the end is marked; beyond, how many bytes of length follow. */
const INDEFINITE = 0x80
const MAX_LENGTH_BYTES = 4

/** The header of a base64 payload, read from its first characters as they come: nothing behind them is kept. */
export class PayloadHeader {
  /** Where the characters are kept; whoever reads the elements clears it for each. */
  readonly #value: TextValue
  #header: GbcsFacts | undefined
  /** How many characters are kept until the header is known. */
  #room = GBCS_USUAL_CHARACTERS

  constructor(value: TextValue) {
    this.#value = value
  }

  /** Takes the next characters. White space, and anything else that is no base64, is passed over. */
  add(source: ByteSource, start: number, end: number): void {
    const value = this.#value
    for (let at = start; at < end && value.length < this.#room; at++) {
      const stop = Math.min(end, at + this.#room - value.length)
      const from = at
      while (at < stop && isBase64(source.bytes[at] as number)) at++
      if (at === from) continue
      value.add(source, from, at)
      if (value.length === GBCS_USUAL_CHARACTERS) this.#readUsual()
      at--
    }
  }

  /** Where the usual length is too short for a header, more characters are kept. */
  #readUsual(): void {
    this.#header = readGbcsHeader(this.#value.toString())
    if (!this.#header) this.#room = GBCS_HEADER_CHARACTERS
  }

  /** The payload is over: its header, if it has one. */
  end(): GbcsFacts | undefined {
    const gbcs = this.#header ?? readGbcsHeader(this.#value.toString())
    this.#header = undefined
    this.#room = GBCS_USUAL_CHARACTERS
    return gbcs
  }
}

function isBase64(byte: number): boolean {
  return (
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2b ||
    byte === 0x2f
  )
}
