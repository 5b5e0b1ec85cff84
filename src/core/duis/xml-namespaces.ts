/**
 * Namespace bindings in scope (Namespaces in XML 1.0, third edition), kept as bytes so that no string is made per element.
 */
import { NameTable, UNKNOWN_NAME } from './name-table.ts'
import type { ByteSource } from './xml-window.ts'

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

/** Those told apart, in the order of their numbers, and the one that every message declares beside them. */
const KNOWN = new NameTable([
  'http://www.dccinterface.co.uk/ServiceUserGateway',
  'http://www.dccinterface.co.uk/ResponseAndAlert',
  'http://www.w3.org/2000/09/xmldsig#',
  'http://www.w3.org/XML/1998/namespace',
  'http://www.w3.org/2000/xmlns/',
  'http://www.w3.org/2001/XMLSchema-instance',
])

/** Number of the namespace whose URI stands at [start, end), when it is known beforehand; else UNBOUND. */
export function knownNamespace(view: DataView, start: number, end: number): number {
  return KNOWN.find(view, start, end) || UNBOUND
}

/** More prefixes bound at one place than this are refused: DUIS needs about five. */
const MAX_PREFIXES = 64

/** More namespaces in one document than this are refused, so that memory stays bounded. */
const MAX_NAMESPACES = 256

/** `ok`, or why a declaration is not allowed. */
export type Declared = 'ok' | 'reserved' | 'undeclares-prefix' | 'too-many'

export class NamespaceScope {
  /** Bindings in force, a slot each prefix; a prefix of more than three bytes is held as text beside its number. */
  readonly #prefixes: number[] = []
  readonly #longPrefixes: string[] = []
  readonly #namespaces: number[] = []
  #count = 0
  /** What each declaration in scope did, for the end of its element: its slot, and what was bound there before. */
  readonly #slots: number[] = []
  readonly #shadowed: number[] = []
  readonly #depths: number[] = []
  #declarations = 0
  #others: Map<string, number> | undefined
  /** The short prefix resolved last and its namespace: nearly every element has the one before it. */
  #lastPrefix = LONG_PREFIX
  #lastNamespace = NO_NAMESPACE

  /** Binds the prefix at [start, end) of `bytes` (empty for the default namespace) at `depth`; `uri` is the normalised attribute value. */
  declare(source: ByteSource, start: number, end: number, uri: string, depth: number): Declared {
    if (uri === '' && start < end) return 'undeclares-prefix'
    return this.bind(source, start, end, this.#numberOf(uri), depth)
  }

  /** The same for a namespace that is known by its number. */
  bind(source: ByteSource, start: number, end: number, namespace: number, depth: number): Declared {
    const prefix = packPrefix(source, start, end)
    const longPrefix = prefix === LONG_PREFIX ? source.bytes.toString('latin1', start, end) : ''
    if (longPrefix === 'xmlns') return 'reserved'
    if (namespace === XMLNS || (namespace === XML) !== (prefix === XML_PREFIX)) return 'reserved'
    if (prefix === XML_PREFIX) return 'ok'
    const slot = this.#slotOf(prefix, longPrefix)
    if (slot === MAX_PREFIXES || namespace >= OTHER + MAX_NAMESPACES) return 'too-many'
    this.#slots[this.#declarations] = slot
    this.#shadowed[this.#declarations] = slot < this.#count ? (this.#namespaces[slot] as number) : UNBOUND
    this.#depths[this.#declarations] = depth
    this.#declarations++
    if (slot === this.#count) this.#count++
    this.#prefixes[slot] = prefix
    this.#longPrefixes[slot] = longPrefix
    this.#namespaces[slot] = namespace
    this.#lastPrefix = LONG_PREFIX
    return 'ok'
  }

  #numberOf(uri: string): number {
    if (uri === '') return NO_NAMESPACE
    const known = KNOWN.numberOf(uri)
    const seen = known === UNKNOWN_NAME ? this.#others?.get(uri) : known
    if (seen !== undefined) return seen
    this.#others ??= new Map()
    const fresh = OTHER + this.#others.size
    this.#others.set(uri, fresh)
    return fresh
  }

  /** Namespace that the prefix at [start, end) of `bytes` is bound to; the default namespace when it is empty. */
  resolve(source: ByteSource, start: number, end: number): number {
    const prefix = packPrefix(source, start, end)
    if (prefix === LONG_PREFIX) return this.#bound(prefix, source.bytes.toString('latin1', start, end))
    if (prefix === this.#lastPrefix) return this.#lastNamespace
    this.#lastPrefix = prefix
    this.#lastNamespace = this.#bound(prefix, '')
    return this.#lastNamespace
  }

  #bound(prefix: number, longPrefix: string): number {
    const slot = this.#slotOf(prefix, longPrefix)
    if (slot < this.#count) return this.#namespaces[slot] as number
    if (prefix === NO_PREFIX) return NO_NAMESPACE
    return prefix === XML_PREFIX ? XML : UNBOUND
  }

  /** Where the prefix is bound; the first free slot when it is not. */
  #slotOf(prefix: number, longPrefix: string): number {
    let slot = 0
    while (slot < this.#count && (this.#prefixes[slot] !== prefix || this.#longPrefixes[slot] !== longPrefix))
      slot++
    return slot
  }

  /** Ends the declarations of the element at `depth`: what they shadowed is in force again. */
  leave(depth: number): void {
    while (this.#declarations > 0 && (this.#depths[this.#declarations - 1] as number) >= depth) {
      const last = --this.#declarations
      const before = this.#shadowed[last] as number
      if (before === UNBOUND) this.#count--
      else this.#namespaces[this.#slots[last] as number] = before
      this.#lastPrefix = LONG_PREFIX
    }
  }
}

const NO_PREFIX = 0
const LONG_PREFIX = -1
const XML_PREFIX = 0x6c6d78

/** A prefix of up to three bytes as one number, a byte of it never being 0, so that no two are the same; else LONG_PREFIX. */
function packPrefix({ bytes, view }: ByteSource, start: number, end: number): number {
  const length = end - start
  if (length > 3) return LONG_PREFIX
  if (start + 4 <= bytes.length) return view.getInt32(start, true) & ((1 << (length * 8)) - 1)
  let packed = NO_PREFIX
  for (let i = end - 1; i >= start; i--) packed = packed * 256 + (bytes[i] as number)
  return packed
}

/** Whether the bytes at [start, end) are just those of `expected`. */
export function isAt(expected: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (expected.length !== end - start) return false
  for (let i = 0; i < expected.length; i++) if (expected[i] !== bytes[start + i]) return false
  return true
}
