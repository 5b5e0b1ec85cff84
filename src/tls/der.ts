/**
 * Reads DER (X.690), as far as certificates and revocation lists need it: definite lengths in their shortest form, tags of
 * one byte, nothing left over. Node reads certificates, but has no reader for revocation lists nor for single attributes
 * of a subject.
 */

/** Tags, with the class and constructed bits as they stand in the first byte. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  explicit0: 0xa0,
} as const

/** One element. */
export interface DerElement {
  readonly tag: number
  readonly content: Buffer
  /** Tag, length and content. */
  readonly whole: Buffer
}

/** The bytes are not DER, or not what stands at this place. */
export class DerFault extends Error {}

/** Goes through elements that stand one behind the other. */
export class DerReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  /** The tag of the next element; undefined at the end. */
  get nextTag(): number | undefined {
    return this.#bytes[this.#at]
  }

  /** The next element, which must have the tag when one is given. Throws DerFault. */
  next(tag?: number): DerElement {
    const start = this.#at
    const found = this.#byte()
    if ((found & 0x1f) === 0x1f) throw new DerFault('a tag of more than one byte')
    if (tag !== undefined && found !== tag) throw new DerFault(`tag ${found} in place of ${tag}`)
    const length = this.#length()
    const contentStart = this.#at
    this.#at += length
    if (this.#at > this.#bytes.length) throw new DerFault('cut off')
    return {
      tag: found,
      content: this.#bytes.subarray(contentStart, this.#at),
      whole: this.#bytes.subarray(start, this.#at),
    }
  }

  /** The next element when it has the tag; else undefined, and nothing is read. */
  optional(tag: number): DerElement | undefined {
    return this.nextTag === tag ? this.next(tag) : undefined
  }

  /** What stands inside the next element. */
  into(tag: number): DerReader {
    return new DerReader(this.next(tag).content)
  }

  /** Throws DerFault unless everything has been read. */
  end(): void {
    if (!this.isAtEnd) throw new DerFault('bytes left over')
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new DerFault('cut off')
    return byte
  }

  #length(): number {
    const first = this.#byte()
    if (first < 0x80) return first
    const count = first & 0x7f
    if (count === 0 || count > 4) throw new DerFault('a length that is not definite, or beyond reason')
    let length = 0
    for (let i = 0; i < count; i++) length = length * 256 + this.#byte()
    if (length < 0x80 || length < 256 ** (count - 1)) throw new DerFault('a length not in its shortest form')
    return length
  }
}

/** The one element that the bytes are. Throws DerFault. */
export function readDer(bytes: Buffer, tag: number): DerElement {
  const reader = new DerReader(bytes)
  const element = reader.next(tag)
  reader.end()
  return element
}

/** An object identifier in dotted form. */
export function oidOf({ content }: DerElement): string {
  const arcs: number[] = []
  let arc = 0
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f)
    if (byte & 0x80) continue
    arcs.push(arc)
    arc = 0
  }
  const [first = 0, ...rest] = arcs
  const root = Math.min(2, Math.floor(first / 40))
  return [root, first - root * 40, ...rest].join('.')
}

/** A serial number as upper-case hex without leading zeros: numbers that are equal have equal text. */
export function serialOf({ content }: DerElement): string {
  return content
    .toString('hex')
    .toUpperCase()
    .replace(/^0+(?=.)/, '')
}

/** The bits of a BIT STRING that fills its bytes. Throws DerFault when it does not. */
export function bitsOf({ content }: DerElement): Buffer {
  if (content[0] !== 0) throw new DerFault('a bit string that does not fill its bytes')
  return content.subarray(1)
}

const UTC_TIME = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
const GENERALIZED_TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/

/** A Time (RFC 5280 §4.1.2.5) in milliseconds since 1970. Throws DerFault. */
export function derTime({ tag, content }: DerElement): number {
  const text = content.toString('latin1')
  const parts = (tag === TAG.utcTime ? UTC_TIME : GENERALIZED_TIME).exec(text)?.slice(1).map(Number)
  const isTime = tag === TAG.utcTime || tag === TAG.generalizedTime
  if (!parts || !isTime) throw new DerFault('not a time')
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
  const fullYear = tag === TAG.utcTime ? year + (year < 50 ? 2_000 : 1_900) : year
  const at = Date.UTC(fullYear, month - 1, day, hour, minute, second)
  const isOfCalendar = month >= 1 && month <= 12 && new Date(at).getUTCDate() === day
  const isReal = isOfCalendar && hour < 24 && minute < 60 && second < 60
  if (!isReal) throw new DerFault('not a time')
  return at
}
