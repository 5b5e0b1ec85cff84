/**
 * The attributes of one start tag: scanned as spans, then checked against the namespaces in scope.
 */
import type { NameTable } from './name-table.ts'
import { isSame } from './words.ts'
import {
  AMPERSAND,
  DOUBLE_QUOTE,
  DOUBLE_QUOTED_RUN,
  EQUALS,
  LT,
  SINGLE_QUOTE,
  SINGLE_QUOTED_RUN,
} from './xml-characters.ts'
import type { NameScanner } from './xml-names.ts'
import { isAt, knownNamespace, type NamespaceScope, NO_NAMESPACE, UNBOUND } from './xml-namespaces.ts'
import { resolveReferences, scanReference } from './xml-references.ts'
import { NEED, type XmlWindow } from './xml-window.ts'

/** One attribute, as offsets into the window. */
interface AttributeSpan {
  nameStart: number
  nameEnd: number
  /** Equal to `nameStart` when there is no prefix. */
  localStart: number
  valueStart: number
  valueEnd: number
  hasReference: boolean
  /** Whether it declares a namespace. */
  isDeclaration: boolean
  namespace: number
}

const XMLNS = Buffer.from('xmlns')

/** Room for the attributes of one tag, shared by all documents: a tag is taken in one go. */
const spans: AttributeSpan[] = []

export class AttributeList {
  count = 0
  /** Whether any name has a prefix or may be `xmlns`: without one there is nothing to declare or resolve. */
  #hasNamespaces = false
  readonly #window: XmlWindow
  readonly #names: NameScanner
  readonly #scope: NamespaceScope
  readonly #maxCount: number

  constructor(window: XmlWindow, names: NameScanner, scope: NamespaceScope, maxCount: number) {
    this.#window = window
    this.#names = names
    this.#scope = scope
    this.#maxCount = maxCount
  }

  /** Begins the list of the next tag. */
  clear(): void {
    this.count = 0
    this.#hasNamespaces = false
  }

  /** Takes `name = "value"`; answers where it ends. */
  scan(position: number, stop: number): number {
    const window = this.#window
    if (this.count === this.#maxCount) return window.limit(position, 'too many attributes')
    const nameEnd = this.#names.scan(position, stop)
    if (nameEnd < 0) return nameEnd
    const span = this.#take(position, nameEnd)
    let at = window.skipSpace(nameEnd, stop)
    if (at >= stop) return NEED
    if (window.bytes[at] !== EQUALS) return window.malformed(at, 'an attribute without "="')
    at = window.skipSpace(at + 1, stop)
    if (at >= stop) return NEED
    const quote = window.bytes[at]
    if (quote !== DOUBLE_QUOTE && quote !== SINGLE_QUOTE) {
      return window.malformed(at, 'an attribute value without quotes')
    }
    return this.#scanValue(span, at + 1, stop, quote)
  }

  #take(nameStart: number, nameEnd: number): AttributeSpan {
    spans[this.count] ??= newSpan()
    const span = spans[this.count] as AttributeSpan
    this.count++
    span.nameStart = nameStart
    span.nameEnd = nameEnd
    span.localStart = this.#names.localStart
    span.isDeclaration = false
    span.namespace = NO_NAMESPACE
    if (span.localStart > nameStart || this.#window.bytes[nameStart] === XMLNS[0]) this.#hasNamespaces = true
    return span
  }

  #scanValue(span: AttributeSpan, position: number, stop: number, quote: number): number {
    const { bytes } = this.#window
    const table = quote === DOUBLE_QUOTE ? DOUBLE_QUOTED_RUN : SINGLE_QUOTED_RUN
    span.valueStart = position
    span.hasReference = false
    let at = position
    for (;;) {
      while (at < stop && table[bytes[at] as number] === 0) at++
      if (at >= stop) return NEED
      const byte = bytes[at]
      if (byte === quote) {
        span.valueEnd = at
        return at + 1
      }
      if (byte !== AMPERSAND) {
        return this.#window.malformed(at, byte === LT ? '"<" in an attribute value' : 'a control character')
      }
      span.hasReference = true
      at = scanReference(this.#window, at, stop)
      if (at < 0) return at
    }
  }

  /** Brings the declarations of the tag into scope at `depth`; false when one is not allowed. */
  declareNamespaces(depth: number): boolean {
    if (!this.#hasNamespaces) return true
    for (let i = 0; i < this.count; i++) {
      const span = spans[i] as AttributeSpan
      span.isDeclaration = this.#isDeclaration(span)
      if (span.isDeclaration && !this.#declare(span, depth)) return false
    }
    return true
  }

  #declare(span: AttributeSpan, depth: number): boolean {
    const { view } = this.#window
    const prefix = span.localStart > span.nameStart ? span.localStart : span.nameEnd
    const known = span.hasReference ? UNBOUND : knownNamespace(view, span.valueStart, span.valueEnd)
    const declared =
      known === UNBOUND
        ? this.#scope.declare(this.#window, prefix, span.nameEnd, this.#valueOf(span), depth)
        : this.#scope.bind(this.#window, prefix, span.nameEnd, known, depth)
    if (declared === 'ok') return true
    if (declared === 'too-many') this.#window.limit(span.nameStart, 'too many namespace declarations')
    else this.#window.malformed(span.nameStart, 'a namespace declaration that is not allowed')
    return false
  }

  #isDeclaration({ nameStart, nameEnd, localStart }: AttributeSpan): boolean {
    const first = localStart > nameStart ? localStart - 1 : nameEnd
    return isAt(XMLNS, this.#window.bytes, nameStart, first)
  }

  /** Resolves prefixes and refuses repeats (Namespaces §6.3); after `declareNamespaces`. */
  areUnique(): boolean {
    if (this.count === 1 && !this.#hasNamespaces) return true
    for (let i = 0; i < this.count; i++) {
      const span = spans[i] as AttributeSpan
      if (this.#hasNamespaces && !this.#resolve(span)) return false
      for (let j = 0; j < i; j++) {
        if (!this.#isSame(span, spans[j] as AttributeSpan)) continue
        this.#window.malformed(span.nameStart, 'an attribute stands twice')
        return false
      }
    }
    return true
  }

  #resolve(span: AttributeSpan): boolean {
    const hasNamespace = span.localStart > span.nameStart && !span.isDeclaration
    span.namespace = hasNamespace
      ? this.#scope.resolve(this.#window, span.nameStart, span.localStart - 1)
      : NO_NAMESPACE
    if (span.namespace !== UNBOUND) return true
    this.#window.malformed(span.nameStart, 'a prefix without a namespace')
    return false
  }

  #isSame(a: AttributeSpan, b: AttributeSpan): boolean {
    if (!this.#isSameText(a.localStart, a.nameEnd, b.localStart, b.nameEnd)) return false
    if (a.namespace !== b.namespace) return false
    return a.namespace !== NO_NAMESPACE || this.#isSameText(a.nameStart, a.nameEnd, b.nameStart, b.nameEnd)
  }

  #isSameText(start: number, end: number, otherStart: number, otherEnd: number): boolean {
    const { view } = this.#window
    return end - start === otherEnd - otherStart && isSame(view, start, view, otherStart, end - start)
  }

  /** Value of the attribute of that name without prefix, found when it is one of `usual`; undefined when the tag has none. */
  value(name: Uint8Array, usual: NameTable): string | undefined {
    const { bytes, view } = this.#window
    for (let i = 0; i < this.count; i++) {
      const span = spans[i] as AttributeSpan
      if (isAt(name, bytes, span.nameStart, span.nameEnd))
        return usual.textAt(view, span.valueStart, span.valueEnd) ?? this.#valueOf(span)
    }
    return undefined
  }

  /** References resolved and white space made spaces (XML 1.0 §3.3.3). */
  #valueOf(span: AttributeSpan): string {
    const raw = this.#window.bytes.toString('utf8', span.valueStart, span.valueEnd)
    const spaced = /[\t\r\n]/.test(raw) ? raw.replace(/\r\n|[\t\r\n]/g, ' ') : raw
    return span.hasReference ? resolveReferences(spaced) : spaced
  }
}

function newSpan(): AttributeSpan {
  return {
    nameStart: 0,
    nameEnd: 0,
    localStart: 0,
    valueStart: 0,
    valueEnd: 0,
    hasReference: false,
    isDeclaration: false,
    namespace: NO_NAMESPACE,
  }
}
