/**
 * The head that was read last on a connection. Heads of one sender mostly differ in nothing but the length of the body, and one
 * of the same bytes says the same: so it is compared and not read again. Reading a head costs five times what comparing does.
 *
 * Kept is only a head that states one length in digits and was not objected to. Whatever is not its very bytes around another
 * length is read as if none was kept.
 */
import type { HeadScanner } from './head-scanner.ts'

/** As many digits as are exact. */
const MAX_DIGITS = 15

/** Longer heads are not kept: with any length they stay below the least that a head may be limited to. */
const MAX_KEPT_BYTES = 1_024 - MAX_DIGITS
const ZERO = 48
const NINE = 57

const NOTHING = Buffer.alloc(0)

/** What a kept head says with another length in its place. */
type WithLength<Head> = (head: Head, fields: readonly string[], length: number) => Head

export class LastHead<Head extends { readonly fields: readonly string[] }> {
  readonly #withLength: WithLength<Head>
  #head: Head | undefined
  /** Place of the length among the fields. */
  #field = 0
  /** The head's bytes without the digits of its length, and how many stand before those and in all. */
  #bytes = NOTHING
  #before = 0
  #end = 0

  /** Bytes of the head that `find` found last. */
  length = 0

  constructor(withLength: WithLength<Head>) {
    this.#withLength = withLength
  }

  /** What the head at `at` says; undefined when it is not there whole, or is not the one kept. */
  find(bytes: Buffer, at: number): Head | undefined {
    const digits = at + this.#before
    if (!this.#head || bytes.length < digits) return undefined
    if (bytes.compare(this.#bytes, 0, this.#before, at, digits) !== 0) return undefined
    const behind = digitsEnd(bytes, digits)
    if (behind === digits || (bytes[digits] === ZERO && behind > digits + 1)) return undefined
    const end = behind + this.#end - this.#before
    if (bytes.length < end || bytes.compare(this.#bytes, this.#before, this.#end, behind, end) !== 0)
      return undefined
    this.length = end - at
    const text = bytes.toString('latin1', digits, behind)
    const fields = [...this.#head.fields]
    fields[this.#field] = text
    return this.#withLength(this.#head, fields, Number(text))
  }

  /** Keeps a head that was scanned, whose bytes begin at `at`; another one is let go. */
  keep(head: Head, scanner: HeadScanner, bytes: Buffer, at: number): void {
    const name = head.fields.indexOf('content-length')
    if (name < 0 || name % 2 !== 0 || scanner.length > MAX_KEPT_BYTES) {
      this.#head = undefined
      return
    }
    const [from, to] = scanner.placeOf(name / 2)
    this.#head = head
    this.#field = name + 1
    if (this.#bytes === NOTHING) this.#bytes = Buffer.allocUnsafeSlow(MAX_KEPT_BYTES)
    this.#before = bytes.copy(this.#bytes, 0, at, at + from)
    this.#end = this.#before + bytes.copy(this.#bytes, this.#before, at + to, at + scanner.length)
  }
}

function digitsEnd(bytes: Buffer, from: number): number {
  const end = Math.min(from + MAX_DIGITS, bytes.length)
  let at = from
  while (at < end && isDigit(bytes[at])) at++
  return at
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE
}
