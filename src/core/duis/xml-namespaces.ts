/**
 * Namespace bindings in scope (Namespaces in XML 1.0, third edition), kept as bytes so that no string is made per element.
 */

/** Namespaces that the reader tells apart by number; others get numbers from `OTHER` on, per document. */
export const NO_NAMESPACE = 0
export const SR = 1
export const RA = 2
export const DS = 3
const XML = 4
const XMLNS = 5
const OTHER = 16
/** The prefix is bound to nothing. */
export const UNBOUND = -1

const KNOWN: readonly (readonly [Uint8Array, number])[] = [
  [Buffer.from('http://www.dccinterface.co.uk/ServiceUserGateway'), SR],
  [Buffer.from('http://www.dccinterface.co.uk/ResponseAndAlert'), RA],
  [Buffer.from('http://www.w3.org/2000/09/xmldsig#'), DS],
  [Buffer.from('http://www.w3.org/XML/1998/namespace'), XML],
  [Buffer.from('http://www.w3.org/2000/xmlns/'), XMLNS],
]

/** Number of the namespace whose URI stands at [start, end), when it is one of those told apart; else UNBOUND. */
export function knownNamespace(bytes: Uint8Array, start: number, end: number): number {
  for (const [uri, namespace] of KNOWN) if (isAt(uri, bytes, start, end)) return namespace
  return UNBOUND
}

/** More declarations in scope than this are refused: DUIS needs about five. */
const MAX_BINDINGS = 64

/** More namespaces in one document than this are refused, so that memory stays bounded. */
const MAX_NAMESPACES = 256

/** `ok`, or why a declaration is not allowed. */
export type Declared = 'ok' | 'reserved' | 'undeclares-prefix' | 'too-many'

export class NamespaceScope {
  #prefixes: string[] = []
  #namespaces: number[] = []
  #depths: number[] = []
  #count = 0
  #others: Map<string, number> | undefined
  /** The short prefix resolved last, packed, and its namespace: nearly every element has the one before it. */
  #lastPrefix = NO_PREFIX
  #lastNamespace = NO_NAMESPACE

  /** Binds `prefix` (empty for the default namespace) at `depth`; `uri` is the normalised attribute value. */
  declare(prefix: string, uri: string, depth: number): Declared {
    if (uri === '' && prefix !== '') return 'undeclares-prefix'
    return this.bind(prefix, this.#numberOf(uri), depth)
  }

  /** The same for a namespace that is known by its number. */
  bind(prefix: string, namespace: number, depth: number): Declared {
    if (prefix === 'xmlns') return 'reserved'
    if (namespace === XMLNS || (namespace === XML) !== (prefix === 'xml')) return 'reserved'
    if (prefix === 'xml') return 'ok'
    if (this.#count === MAX_BINDINGS || namespace >= OTHER + MAX_NAMESPACES) return 'too-many'
    this.#prefixes[this.#count] = prefix
    this.#namespaces[this.#count] = namespace
    this.#depths[this.#count] = depth
    this.#count++
    this.#lastPrefix = NO_PREFIX
    return 'ok'
  }

  #numberOf(uri: string): number {
    if (uri === '') return NO_NAMESPACE
    const bytes = Buffer.from(uri)
    const known = knownNamespace(bytes, 0, bytes.length)
    const seen = known === UNBOUND ? this.#others?.get(uri) : known
    if (seen !== undefined) return seen
    this.#others ??= new Map()
    const fresh = OTHER + this.#others.size
    this.#others.set(uri, fresh)
    return fresh
  }

  /** Namespace that the prefix at [start, end) of `bytes` is bound to; the default namespace when it is empty. */
  resolve(bytes: Uint8Array, start: number, end: number): number {
    const packed = packPrefix(bytes, start, end)
    if (packed !== NO_PREFIX && packed === this.#lastPrefix) return this.#lastNamespace
    const namespace = this.#find(bytes, start, end)
    this.#lastPrefix = packed
    this.#lastNamespace = namespace
    return namespace
  }

  #find(bytes: Uint8Array, start: number, end: number): number {
    for (let i = this.#count - 1; i >= 0; i--) {
      if (isSame(this.#prefixes[i] as string, bytes, start, end)) return this.#namespaces[i] as number
    }
    if (start === end) return NO_NAMESPACE
    return isSame('xml', bytes, start, end) ? XML : UNBOUND
  }

  /** Ends the bindings of the element at `depth`. */
  leave(depth: number): void {
    while (this.#count > 0 && (this.#depths[this.#count - 1] as number) >= depth) {
      this.#count--
      this.#lastPrefix = NO_PREFIX
    }
  }
}

const NO_PREFIX = -1

/** A prefix of up to three bytes as one number, its length included, so that no two are the same; else NO_PREFIX. */
function packPrefix(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  if (length > 3) return NO_PREFIX
  let packed = length
  for (let i = start; i < end; i++) packed = packed * 256 + (bytes[i] as number)
  return packed
}

/** Whether the bytes at [start, end) are just those of `expected`. */
export function isAt(expected: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (expected.length !== end - start) return false
  for (let i = 0; i < expected.length; i++) if (expected[i] !== bytes[start + i]) return false
  return true
}

/** Compares a prefix, held as one UTF-16 unit a byte (latin1), with bytes. */
function isSame(prefix: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (prefix.length !== end - start) return false
  for (let i = 0; i < prefix.length; i++) if (prefix.charCodeAt(i) !== bytes[start + i]) return false
  return true
}
