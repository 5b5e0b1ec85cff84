/**
 * What stands inside the root element: tags, the elements they open and close, and the text between them.
 *
 * `plain` goes through what most of a message is made of, in one loop; anything else, and anything that the window
 * cuts, it leaves to the careful way, which is `XmlScanner` calling the other methods token by token. Both take the
 * same bytes for the same elements and find the same faults.
 */

import { ElementStack } from './element-stack.ts'
import type { NameTable } from './name-table.ts'
import { PlainSkip } from './plain-skip.ts'
import { skipPlain } from './words.ts'
import { AttributeList } from './xml-attributes.ts'
import { GT, LT, SLASH, TEXT_RUN } from './xml-characters.ts'
import { NameScanner } from './xml-names.ts'
import { NamespaceScope, UNBOUND } from './xml-namespaces.ts'
import { type ByteSource, FAULT, isSpace, NEED, viewOf, type XmlWindow } from './xml-window.ts'

/** What becomes of text at the present place. */
export const TEXT_IGNORED = 0
export const TEXT_CAPTURED = 1
/** White space only; anything else is a fault of structure. */
export const TEXT_FORBIDDEN = 2
export type TextUse = typeof TEXT_IGNORED | typeof TEXT_CAPTURED | typeof TEXT_FORBIDDEN

export interface XmlHandler {
  /**
   * An element starts; `name` is its number in the name table. False: nothing inside it is reported.
   * Otherwise the handler sets `content.textUse` for the element's content.
   */
  startElement(namespace: number, name: number): boolean
  /** The innermost reported element ends, also one whose inside was not; the handler sets `content.textUse` for its parent's content. */
  endElement(): void
  /**
   * Text of the present element, references resolved, in pieces; only where `textUse` is TEXT_CAPTURED. The bytes stay as
   * they are until the scanner's `write` or `end` returns.
   */
  text(source: ByteSource, start: number, end: number): void
}

export interface XmlLimits {
  readonly maxDepth: number
  readonly maxNameBytes: number
  readonly maxTagBytes: number
  readonly maxAttributes: number
}

/** The ASCII characters in order, for references to them. */
const ASCII = sourceOf(Buffer.from(Array.from({ length: 0x80 }, (_, code) => code)))

export class XmlContent {
  textUse: TextUse = TEXT_FORBIDDEN
  /** Names as they stand in tags; shared with whoever scans other names of the document. */
  readonly names: NameScanner
  readonly #window: XmlWindow
  readonly #handler: XmlHandler
  readonly #table: NameTable
  readonly #limits: XmlLimits
  readonly #scope = new NamespaceScope()
  readonly #attributes: AttributeList
  readonly #open = new ElementStack()
  readonly #skip: PlainSkip
  /** Where the local name of the element being opened stands. */
  #localStart = 0
  #nameEnd = 0

  constructor(window: XmlWindow, handler: XmlHandler, table: NameTable, limits: XmlLimits) {
    this.#window = window
    this.#handler = handler
    this.#table = table
    this.#limits = limits
    this.names = new NameScanner(window, limits.maxNameBytes)
    this.#skip = new PlainSkip(window, this.#open, this.#scope, limits)
    this.#attributes = new AttributeList(window, this.names, this.#scope, limits.maxAttributes)
  }

  /** True while an element is open. */
  get isOpen(): boolean {
    return this.#open.depth > 0
  }

  /** Local name of the element being opened. */
  elementName(): string {
    return this.#window.bytes.toString('utf8', this.#localStart, this.#nameEnd)
  }

  /** Value of an attribute without prefix of the element being opened, found when it is one of `usual`; undefined when it has none. */
  attribute(name: Uint8Array, usual: NameTable): string | undefined {
    return this.#attributes.value(name, usual)
  }

  /** Keeps what it needs of the window, whose bytes go away. */
  settle(): void {
    this.#open.settle(this.#window.bytes)
  }

  // --- the plain way -------------------------------------------------------------------------------------------

  /** Takes whole runs of text without references, and whole tags; answers where it stopped. */
  plain(position: number): number {
    const window = this.#window
    const { bytes, end, base } = window
    const skip = this.#skip
    let at = position
    for (;;) {
      const start = at
      at = window.skipSpace(at, end)
      const isBlank = at < end && bytes[at] === LT
      if (!isBlank) at = this.textEnd(at)
      if (at + 1 >= end || bytes[at] !== LT) return start
      if (at > start && this.#isHeard(isBlank)) {
        window.tokenStart = base + start
        this.text(start, at)
        if (window.fault) return at
      }
      if (skip.levels > 0) {
        at = skip.run(at)
        if (bytes[at] !== LT) continue
      }
      window.tokenStart = base + at
      const next = bytes[at + 1] === SLASH ? this.#plainEndTag(at) : this.#plainStartTag(at)
      if (next < 0) return at
      at = next
      if (this.#open.depth === 0) return at
    }
  }

  #isHeard(isBlank: boolean): boolean {
    return this.textUse === TEXT_CAPTURED || (this.textUse === TEXT_FORBIDDEN && !isBlank)
  }

  /** The first byte from `at` on that is not just text, or the end of the window. */
  textEnd(at: number): number {
    const { bytes, view, end } = this.#window
    for (let next = at; ; ) {
      next = skipPlain(view, next, end)
      const stop = Math.min(next + 4, end)
      while (next < stop && TEXT_RUN[bytes[next] as number] === 0) next++
      if (next < stop || next === end) return next
    }
  }

  #plainEndTag(position: number): number {
    const next = this.#open.plainEnd(this.#window, position + 2)
    return next >= 0 && this.#closeElement() ? next : NEED
  }

  #plainStartTag(position: number): number {
    const { bytes, end } = this.#window
    const nameEnd = this.names.plain(position + 1, end)
    if (nameEnd < 0) return NEED
    const byte = bytes[nameEnd]
    if (byte === GT) {
      this.#attributes.clear()
      return this.#openElement(position + 1, this.names.localStart, nameEnd) ? nameEnd + 1 : FAULT
    }
    return this.startTag(position, Math.min(end, position + this.#limits.maxTagBytes))
  }

  // --- tags ----------------------------------------------------------------------------------------------------

  /** Takes the start tag at `position` when it is whole before `stop`. */
  startTag(position: number, stop: number): number {
    const window = this.#window
    const nameEnd = this.names.scan(position + 1, stop)
    if (nameEnd < 0) return nameEnd
    const { localStart } = this.names
    this.#attributes.clear()
    for (let at = nameEnd; ; ) {
      const next = window.skipSpace(at, stop)
      if (next >= stop) return NEED
      const byte = window.bytes[next]
      if (byte === GT) return this.#openElement(position + 1, localStart, nameEnd) ? next + 1 : FAULT
      if (byte === SLASH) {
        if (next + 1 >= stop) return NEED
        if (window.bytes[next + 1] !== GT) return window.malformed(next, '"/" inside a tag')
        if (!this.#openElement(position + 1, localStart, nameEnd)) return FAULT
        return this.#closeElement() ? next + 2 : FAULT
      }
      if (next === at) return window.malformed(at, 'white space is missing before an attribute')
      at = this.#attributes.scan(next, stop)
      if (at < 0) return at
    }
  }

  /** Takes the end tag at `position` when it is whole before `stop`. */
  endTag(position: number, stop: number): number {
    const window = this.#window
    const start = position + 2
    const matched = this.#open.matching(window.bytes, start, stop)
    const at = window.skipSpace(start + matched, stop)
    if (at >= stop) return NEED
    if (matched < this.#open.nameLength || window.bytes[at] !== GT) {
      return window.malformed(position, 'an end tag that does not match its start tag')
    }
    return this.#closeElement() ? at + 1 : FAULT
  }

  #openElement(nameStart: number, localStart: number, nameEnd: number): boolean {
    const window = this.#window
    const { depth } = this.#open
    if (depth === this.#limits.maxDepth) {
      window.failHere('XML_LIMIT', `elements are nested deeper than ${depth}`)
      return false
    }
    const hasAttributes = this.#attributes.count > 0
    if (hasAttributes && !this.#attributes.declareNamespaces(depth + 1)) return false
    const prefixEnd = localStart > nameStart ? localStart - 1 : nameStart
    const namespace = this.#scope.resolve(window, nameStart, prefixEnd)
    if (namespace === UNBOUND) {
      window.malformed(nameStart, 'a prefix without a namespace')
      return false
    }
    if (hasAttributes && !this.#attributes.areUnique()) return false
    this.#open.push(nameStart, nameEnd)
    if (this.#skip.levels > 0) this.#skip.levels++
    else this.#reportStart(namespace, localStart, nameEnd)
    return window.fault === undefined
  }

  #reportStart(namespace: number, localStart: number, nameEnd: number): void {
    this.#localStart = localStart
    this.#nameEnd = nameEnd
    const name = this.#table.find(this.#window.view, localStart, nameEnd)
    if (this.#handler.startElement(namespace, name)) return
    this.#skip.levels = 1
    this.textUse = TEXT_IGNORED
  }

  #closeElement(): boolean {
    if (this.#skip.levels > 1) this.#skip.levels--
    else {
      this.#skip.levels = 0
      this.#handler.endElement()
    }
    this.#scope.leave(this.#open.depth)
    this.#open.pop()
    return this.#window.fault === undefined
  }

  // --- text ----------------------------------------------------------------------------------------------------

  /** Takes the text at [start, end) of the window. */
  text(start: number, end: number): void {
    if (this.textUse === TEXT_IGNORED || start === end) return
    if (this.textUse === TEXT_CAPTURED) {
      this.#handler.text(this.#window, start, end)
      return
    }
    const at = this.#window.skipSpace(start, end)
    if (at < end) this.#strayText(at)
  }

  /** Takes the character that the reference at `position` stands for. */
  character(codePoint: number, position: number): void {
    if (this.textUse === TEXT_CAPTURED) this.#captured(codePoint)
    else if (this.textUse === TEXT_FORBIDDEN && !isSpace(codePoint)) this.#strayText(position)
  }

  #captured(codePoint: number): void {
    if (codePoint < 0x80) return this.#handler.text(ASCII, codePoint, codePoint + 1)
    const character = sourceOf(Buffer.from(String.fromCodePoint(codePoint)))
    this.#handler.text(character, 0, character.bytes.length)
  }

  #strayText(position: number): void {
    this.#window.fail('DUIS_STRUCTURE', position, 'text where only elements may stand')
  }
}

function sourceOf(bytes: Buffer): ByteSource {
  return { bytes, view: viewOf(bytes) }
}
