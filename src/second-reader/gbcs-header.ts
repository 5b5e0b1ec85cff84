/**
 * The header of a GBCS message: who, to whom, which use case. Each field is found behind the one before it, by the length
 * that the message gives; what does not add up is no header.
 *
 * Optional MAC wrapper (general ciphering of DLMS): DD, five fields (transaction ID, originator, recipient, date-time, other
 * information), key information or 00 for none, the length of the rest, a security byte, a counter of four bytes. Then DF
 * (general signing): transaction ID of nine bytes (CRA flag, originator counter), originator, target, date-time, other
 * information, which begins with the message code. Lengths are those of BER.
 */
import type { DeviceKey } from '../core/duis/eui64.ts'

export interface GbcsHeader {
  /** Four upper-case hex digits. */
  readonly messageCode: string
  readonly cra: 'command' | 'response' | 'alert'
  readonly originator: DeviceKey
  readonly target: DeviceKey
}

const CRA_FLAGS = new Map<number, GbcsHeader['cra']>([
  [1, 'command'],
  [2, 'response'],
  [3, 'alert'],
])

/** Base64 characters of the longest header that is one: that of GBCS with fields of up to 127 bytes where it has none. */
const MAX_CHARACTERS = 1_432

/** Reads the header of a payload in base64, white space and all; undefined when it is none. */
export function gbcsHeaderOf(base64: string): GbcsHeader | undefined {
  const message = new Fields(
    Buffer.from(base64.replace(/[^A-Za-z0-9+/]/g, '').slice(0, MAX_CHARACTERS), 'base64'),
  )
  const tag = message.byte()
  if (tag !== 0xdd) return headerOf(message, tag)
  return message.skipWrapper() ? headerOf(message, message.byte()) : undefined
}

function headerOf(message: Fields, tag: number | undefined): GbcsHeader | undefined {
  const transaction = message.field()
  const originator = euiIn(message.field())
  const target = euiIn(message.field())
  const dateTime = message.field()
  const length = message.length()
  const code = message.bytes(2)
  const cra = CRA_FLAGS.get(transaction?.[0] ?? 0)
  if (tag !== 0xdf || transaction?.length !== 9 || !cra || !dateTime || !code) return undefined
  if (originator === undefined || target === undefined || length === undefined || length < 2) return undefined
  return { messageCode: code.toString('hex').toUpperCase(), cra, originator, target }
}

function euiIn(field: Buffer | undefined): DeviceKey | undefined {
  return field?.length === 8 ? (field.readBigUInt64BE() as DeviceKey) : undefined
}

/** The bytes of a message, taken in order; undefined once they are too few. */
class Fields {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  byte(): number | undefined {
    return this.bytes(1)?.[0]
  }

  bytes(count: number): Buffer | undefined {
    const start = this.#at
    this.#at += count
    return this.#at <= this.#bytes.length ? this.#bytes.subarray(start, this.#at) : undefined
  }

  /** One byte below 80, or 81 to 84 and so many bytes less 80 of length. */
  length(): number | undefined {
    const first = this.byte()
    if (first === undefined || first < 0x80) return first
    return first >= 0x81 && first <= 0x84 ? this.bytes(first - 0x80)?.readUIntBE(0, first - 0x80) : undefined
  }

  /** A field that begins with its length. */
  field(): Buffer | undefined {
    const length = this.length()
    return length === undefined ? undefined : this.bytes(length)
  }

  /** Goes over a MAC wrapper whose tag has been taken; false when it is none. */
  skipWrapper(): boolean {
    for (let fields = 0; fields < 5; fields++) if (!this.field()) return false
    return this.#skipKeyInformation() && this.length() !== undefined && this.bytes(5) !== undefined
  }

  /** None, or one of: the number of a key; a number and a wrapped key; the two fields of an agreed key. */
  #skipKeyInformation(): boolean {
    const isThere = this.byte()
    if (isThere === 0) return true
    const choice = isThere === 1 ? this.byte() : undefined
    if (choice === 0) return this.byte() !== undefined
    if (choice === 1) return this.byte() !== undefined && this.field() !== undefined
    return choice === 2 && this.field() !== undefined && this.field() !== undefined
  }
}
