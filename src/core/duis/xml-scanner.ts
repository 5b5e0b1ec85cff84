/**
 * The XML layer: well-formedness with namespaces, byte by byte, over chunks cut anywhere.
 *
 * It accepts a strict subset of XML 1.0 (fifth edition): UTF-8, no DOCTYPE, five predefined entities and character
 * references, finite limits. It reports elements and text to an `XmlHandler`; what they mean is the reader's business.
 *
 * How cuts are made invisible: a token (tag, reference, end mark) is taken only when it is whole in the window; what is
 * left over is carried to the next chunk. Text, comments, instructions and CDATA are taken as they come. A fault is
 * therefore the same, at the same byte, however the message was cut.
 */
import { ElementStack } from './element-stack.ts'
import type { ReadFault, ReadFaultCode } from './fault.ts'
import type { NameTable } from './name-table.ts'
import { checkUtf8, type GateResult } from './utf8-gate.ts'
import { AttributeList } from './xml-attributes.ts'
import * as char from './xml-characters.ts'
import { readDeclaration } from './xml-declaration.ts'
import { NameScanner } from './xml-names.ts'
import { NamespaceScope, UNBOUND } from './xml-namespaces.ts'
import { referredCodePoint, scanReference } from './xml-references.ts'
import { FAULT, isSpace, NEED, XmlWindow } from './xml-window.ts'

/** What becomes of text at the present place. */
export const TEXT_IGNORED = 0
export const TEXT_CAPTURED = 1
/** White space only; anything else is a fault of structure. */
export const TEXT_FORBIDDEN = 2
export type TextUse = typeof TEXT_IGNORED | typeof TEXT_CAPTURED | typeof TEXT_FORBIDDEN

export interface XmlHandler {
  /**
   * An element starts; `name` is its number in the name table. False: nothing inside it is reported.
   * Otherwise the handler sets `scanner.textUse` for the element's content.
   */
  startElement(namespace: number, name: number): boolean
  /** The innermost reported element ends, also one whose inside was not; the handler sets `scanner.textUse` for its parent's content. */
  endElement(): void
  /** Text of the present element, references resolved, in pieces; only where `textUse` is TEXT_CAPTURED. */
  text(bytes: Uint8Array, start: number, end: number): void
}

export interface XmlLimits {
  readonly maxDepth: number
  readonly maxNameBytes: number
  readonly maxTagBytes: number
  readonly maxAttributes: number
}

type Mode = 'start' | 'prolog' | 'content' | 'epilog' | 'comment' | 'instruction' | 'cdata'

const MAX_DECLARATION_BYTES = 1_024
const EMPTY = Buffer.alloc(0)
const DECLARATION_START = Buffer.from('<?xml')
const BOM = Buffer.from([0xef, 0xbb, 0xbf])
const CDATA_START = Buffer.from('<![CDATA[')
const COMMENT_START = Buffer.from('<!--')
const DOCTYPE_START = Buffer.from('<!DOCTYPE')

export class XmlScanner {
  textUse: TextUse = TEXT_FORBIDDEN
  readonly #handler: XmlHandler
  readonly #table: NameTable
  readonly #limits: XmlLimits
  readonly #window = new XmlWindow()
  readonly #names: NameScanner
  readonly #scope = new NamespaceScope()
  readonly #attributes: AttributeList
  readonly #open = new ElementStack()
  readonly #gate: GateResult = { end: 0, fault: undefined }
  readonly #resolved = Buffer.allocUnsafe(4)
  #mode: Mode = 'start'
  #modeAfter: Mode = 'prolog'
  #asciiOnly = false
  /** Elements open below one that the handler did not want, that one included. */
  #skipped = 0
  #carry: Buffer = EMPTY
  /** Leading bytes of the carry that the UTF-8 gate has passed. */
  #carryChecked = 0
  /** While a tag is not whole: how far its end was looked for (from the tag's start) and inside which quote. */
  #tagSearched = 0
  #tagQuote = 0
  /** True when no more bytes can come, so that an unfinished tag is parsed for the faults in it. */
  #isLast = false
  /** Offset in the document of the token at hand. */
  #tokenStart = 0
  /** True while the token at hand is a run of text or CDATA whose end has not come: the next bytes go on with it. */
  #isRunOpen = false
  /** Where the local name of the element being opened stands. */
  #localStart = 0
  #nameEnd = 0

  constructor(handler: XmlHandler, table: NameTable, limits: XmlLimits) {
    this.#handler = handler
    this.#table = table
    this.#limits = limits
    this.#names = new NameScanner(this.#window, limits.maxNameBytes)
    this.#attributes = new AttributeList(this.#window, this.#names, this.#scope, limits.maxAttributes)
  }

  get fault(): ReadFault | undefined {
    return this.#window.fault
  }

  get isRootClosed(): boolean {
    return this.#mode === 'epilog' || this.#modeAfter === 'epilog'
  }

  /** Local name of the element being opened. */
  elementName(): string {
    return this.#window.bytes.toString('utf8', this.#localStart, this.#nameEnd)
  }

  /** Value of an attribute without prefix of the element being opened; undefined when it has none. */
  attribute(name: Uint8Array): string | undefined {
    return this.#attributes.value(name)
  }

  /** Records a fault of the element or text at hand. */
  failHere(code: ReadFaultCode, text: string): void {
    const window = this.#window
    window.fail(code, this.#tokenStart - window.base, text)
  }

  /** Scans the next bytes. False once there is a fault. */
  write(chunk: Uint8Array): boolean {
    const window = this.#window
    if (window.fault) return false
    const bytes = Buffer.isBuffer(chunk)
      ? chunk
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    window.bytes = this.#carry.length === 0 ? bytes : Buffer.concat([this.#carry, bytes])
    checkUtf8(window.bytes, this.#carryChecked, this.#asciiOnly, this.#gate)
    window.end = this.#gate.end
    let consumed = this.#scan(0)
    if (this.#gate.fault !== undefined && !this.fault) {
      this.#isLast = true
      consumed = this.#scan(consumed)
      window.fail(this.#gate.fault, window.end, this.#gateText())
    }
    this.#keep(consumed)
    return this.fault === undefined
  }

  #gateText(): string {
    if (this.#gate.fault === 'XML_MALFORMED') return 'U+FFFE and U+FFFF are not XML characters'
    return this.#asciiOnly
      ? 'US-ASCII is declared, but this byte is not'
      : 'the bytes are not UTF-8; send UTF-8'
  }

  /** Carries what was not scanned to the next chunk. */
  #keep(consumed: number): void {
    const window = this.#window
    this.#open.settle(window.bytes)
    this.#carry = consumed < window.bytes.length ? Buffer.from(window.bytes.subarray(consumed)) : EMPTY
    this.#carryChecked = Math.max(0, window.end - consumed)
    window.base += consumed
    window.bytes = EMPTY
  }

  /** Ends the document; answers the fault, if there is one. */
  end(): ReadFault | undefined {
    const window = this.#window
    if (window.fault) return window.fault
    window.bytes = this.#carry
    window.end = this.#carryChecked
    this.#isLast = true
    const consumed = this.#scan(0)
    if (this.#carryChecked < this.#carry.length) {
      window.fail('XML_ENCODING', window.end, 'the document ends inside a UTF-8 sequence')
    } else if (this.#mode !== 'epilog' || consumed < window.end) {
      window.fail('XML_INCOMPLETE', window.end, 'the document ended before its root element did')
    }
    return this.fault
  }

  /** Takes tokens from `from` on; answers where it stopped. */
  #scan(from: number): number {
    const window = this.#window
    let position = from
    while (position < window.end && !window.fault) {
      if (!this.#isRunOpen || this.#endsRun(position)) this.#tokenStart = window.base + position
      this.#isRunOpen = false
      const next = this.#mode === 'content' ? this.#content(position) : this.#elsewhere(position)
      if (next < 0) break
      position = next
      if (this.#mode === 'content' && this.#tagSearched === 0) position = this.#plainContent(position)
    }
    return position
  }

  /** Whether the run that the last window cut ends where this one begins. */
  #endsRun(position: number): boolean {
    const byte = this.#window.bytes[position]
    return this.#mode === 'content' && (byte === char.LT || byte === char.AMPERSAND)
  }

  /**
   * Goes through what most of a message is made of, in one loop: text without references, and whole tags. It stops in
   * front of anything else, or anything that the window cuts, and leaves that to the careful way.
   */
  #plainContent(position: number): number {
    const { bytes, end } = this.#window
    const open = this.#open
    let at = position
    for (;;) {
      const start = at
      while (at < end && char.TEXT_RUN[bytes[at] as number] === 0) at++
      if (at + 1 >= end || bytes[at] !== char.LT) return start
      if (at > start && this.textUse !== TEXT_IGNORED) {
        this.#tokenStart = this.#window.base + start
        this.#deliver(start, at)
        if (this.#window.fault) return at
      }
      this.#tokenStart = this.#window.base + at
      const second = bytes[at + 1]
      if (second === char.BANG || second === char.QUESTION) return at
      if (second === char.SLASH) {
        const after = open.plainEnd(bytes, at + 2, end)
        if (after < 0 || !this.#closeElement()) return at
        at = after
        if (this.#mode !== 'content') return at
      } else {
        const after = this.#startTag(at, Math.min(end, at + this.#limits.maxTagBytes))
        if (after < 0) return at
        at = after
        if (this.#mode !== 'content') return at
      }
    }
  }

  #content(position: number): number {
    return this.#window.bytes[position] === char.LT ? this.#markup(position) : this.#text(position)
  }

  #elsewhere(position: number): number {
    switch (this.#mode) {
      case 'content':
        return this.#content(position)
      case 'start':
        return this.#start(position)
      case 'prolog':
      case 'epilog':
        return this.#betweenMarkup(position)
      case 'comment':
        return this.#comment(position)
      case 'instruction':
        return this.#instruction(position)
      case 'cdata':
        return this.#cdata(position)
    }
  }

  // --- before and after the root -------------------------------------------------------------------------------

  /** Takes a byte order mark and the XML declaration, both optional. */
  #start(position: number): number {
    const window = this.#window
    const { bytes } = window
    if (bytes[position] === 0 || (bytes[position] === char.LT && bytes[position + 1] === 0)) {
      return window.fail('XML_ENCODING', position, 'the document looks like UTF-16 or UTF-32; send UTF-8')
    }
    if (window.base + position === 0) {
      const mark = window.prefix(position, BOM)
      if (mark !== 'none') return mark === 'whole' ? BOM.length : NEED
    }
    const declared = window.prefix(position, DECLARATION_START)
    const after = position + DECLARATION_START.length
    if (declared === 'part' || (declared === 'whole' && after >= window.end)) return NEED
    if (declared === 'whole' && isSpace(bytes[after])) return this.#declaration(position)
    this.#mode = 'prolog'
    return position
  }

  #declaration(position: number): number {
    const window = this.#window
    const limit = position + MAX_DECLARATION_BYTES
    const stop = Math.min(window.end, limit)
    const close = window.bytes.subarray(0, stop).indexOf('?>', position, 'latin1')
    if (close < 0) return stop === limit ? window.limit(position, 'the XML declaration is too long') : NEED
    const end = close + 2
    const result = readDeclaration(window.bytes.toString('latin1', position, end))
    if (!result.ok) return window.fail(result.code, position, result.text)
    this.#mode = 'prolog'
    if (result.asciiOnly) this.#restrictToAscii(end)
    return end
  }

  /** From here on the declared encoding forbids bytes from 0x80 on. */
  #restrictToAscii(from: number): void {
    const window = this.#window
    this.#asciiOnly = true
    const at = window.bytes.subarray(from).findIndex((byte) => byte >= 0x80)
    if (at < 0) return
    window.end = from + at
    this.#gate.fault = 'XML_ENCODING'
  }

  #betweenMarkup(position: number): number {
    const window = this.#window
    const at = window.skipSpace(position, window.end)
    if (at > position) return at
    if (window.bytes[at] === char.LT) return this.#markup(at)
    const where = this.#mode === 'prolog' ? 'text before' : 'content after'
    return window.malformed(at, `${where} the root element`)
  }

  // --- markup --------------------------------------------------------------------------------------------------

  #markup(position: number): number {
    const window = this.#window
    if (position + 1 >= window.end) return NEED
    switch (window.bytes[position + 1]) {
      case char.SLASH:
        if (this.#mode === 'content') return this.#wholeTag(position, false)
        return window.malformed(position, 'an end tag outside the root element')
      case char.BANG:
        return this.#declarationMarkup(position)
      case char.QUESTION:
        return this.#instructionStart(position)
      default:
        if (this.#mode !== 'epilog') return this.#wholeTag(position, true)
        return window.malformed(position, 'a second root element')
    }
  }

  #declarationMarkup(position: number): number {
    const window = this.#window
    const comment = window.prefix(position, COMMENT_START)
    if (comment === 'whole') return this.#enter('comment', position + COMMENT_START.length)
    const cdata = window.prefix(position, CDATA_START)
    if (cdata === 'whole') {
      if (this.#mode === 'content') return this.#enter('cdata', position + CDATA_START.length)
      return window.malformed(position, 'a CDATA section outside the root element')
    }
    const doctype = window.prefix(position, DOCTYPE_START)
    if (doctype === 'whole') {
      return window.fail('XML_DOCTYPE', position, 'a DOCTYPE is never accepted; send the message without it')
    }
    if (comment === 'part' || cdata === 'part' || doctype === 'part') return NEED
    return window.malformed(position, 'this is neither a comment nor a CDATA section')
  }

  #enter(mode: 'comment' | 'instruction' | 'cdata', position: number): number {
    this.#modeAfter = this.#mode
    this.#mode = mode
    return position
  }

  #leave(position: number): number {
    this.#mode = this.#modeAfter
    this.#modeAfter = 'prolog'
    return position
  }

  #comment(position: number): number {
    const window = this.#window
    for (let at = position; ; at++) {
      at = this.#run(at, char.COMMENT_RUN)
      if (at < 0) return at
      if (at + 2 >= window.end && !this.#isFollowedByOther(at, char.HYPHEN)) return at > position ? at : NEED
      if (window.bytes[at + 1] !== char.HYPHEN) continue
      if (window.bytes[at + 2] !== char.GT) return window.malformed(at, '"--" inside a comment')
      return this.#leave(at + 3)
    }
  }

  /** Takes `<?target`; XML 1.0 §2.6 and, for the colon, Namespaces §7. */
  #instructionStart(position: number): number {
    const window = this.#window
    const start = position + 2
    const end = this.#names.scan(start, window.end)
    if (end < 0) return end
    if (this.#names.localStart > start) {
      return window.malformed(position, 'a colon in the target of a processing instruction')
    }
    if (/^xml$/i.test(window.bytes.toString('latin1', start, end))) {
      return window.malformed(position, 'an XML declaration stands only at the very start')
    }
    if (isSpace(window.bytes[end])) return this.#enter('instruction', end + 1)
    if (window.bytes[end] === char.QUESTION) {
      if (end + 1 >= window.end) return NEED
      if (window.bytes[end + 1] === char.GT) return end + 2
    }
    return window.malformed(end, 'white space is missing after the target')
  }

  #instruction(position: number): number {
    const window = this.#window
    for (let at = position; ; at++) {
      at = this.#run(at, char.INSTRUCTION_RUN)
      if (at < 0) return at
      if (at + 1 >= window.end) return at > position ? at : NEED
      if (window.bytes[at + 1] === char.GT) return this.#leave(at + 2)
    }
  }

  #cdata(position: number): number {
    for (let at = position; ; at++) {
      at = this.#runEnd(at, char.CDATA_RUN)
      const isForbidden = this.#isForbidden(at, char.CDATA_RUN)
      const mark = isForbidden ? 'none' : this.#closingMark(at)
      if (mark === 'none' && !isForbidden) continue
      this.#deliver(position, at)
      if (isForbidden) return this.#controlCharacter(at)
      if (mark === 'whole') return this.#leave(at + 3)
      this.#isRunOpen = true
      return at > position ? at : NEED
    }
  }

  /** Whether `]]>` stands at `at`; `part` when the window ends too soon to tell, or at `at`. */
  #closingMark(at: number): 'whole' | 'part' | 'none' {
    const { bytes, end } = this.#window
    if (at + 2 >= end) return this.#isFollowedByOther(at, char.CLOSE_BRACKET) ? 'none' : 'part'
    return bytes[at + 1] === char.CLOSE_BRACKET && bytes[at + 2] === char.GT ? 'whole' : 'none'
  }

  #isFollowedByOther(at: number, byte: number): boolean {
    return at + 1 < this.#window.end && this.#window.bytes[at + 1] !== byte
  }

  /** Goes on while bytes are plain; the end of the window counts as a stop. */
  #runEnd(from: number, table: Uint8Array): number {
    const { bytes, end } = this.#window
    let at = from
    while (at < end && table[bytes[at] as number] === 0) at++
    return at
  }

  #isForbidden(at: number, table: Uint8Array): boolean {
    return at < this.#window.end && table[this.#window.bytes[at] as number] === char.STOP_FORBIDDEN
  }

  /** The same for runs that nobody is told of. */
  #run(from: number, table: Uint8Array): number {
    const at = this.#runEnd(from, table)
    return this.#isForbidden(at, table) ? this.#controlCharacter(at) : at
  }

  #controlCharacter(at: number): typeof FAULT {
    return this.#window.malformed(at, 'a control character')
  }

  // --- text ----------------------------------------------------------------------------------------------------

  /** Text is delivered before the fault that ends it, so that what is found first does not depend on the cuts. */
  #text(position: number): number {
    const { bytes, end } = this.#window
    for (let at = position; ; at++) {
      at = this.#runEnd(at, char.TEXT_RUN)
      const isBracket = at < end && bytes[at] === char.CLOSE_BRACKET
      const mark = isBracket ? this.#closingMark(at) : 'part'
      if (mark === 'none') continue
      this.#deliver(position, at)
      if (mark === 'whole') return this.#window.malformed(at, '"]]>" in text')
      if (this.#isForbidden(at, char.TEXT_RUN)) return this.#controlCharacter(at)
      this.#isRunOpen = isBracket || at === end
      if (at > position) return at
      return isBracket ? NEED : this.#textReference(at)
    }
  }

  #textReference(position: number): number {
    const window = this.#window
    const end = scanReference(window, position, window.end)
    if (end < 0 || this.textUse === TEXT_IGNORED) return end
    const codePoint = referredCodePoint(window.bytes, position + 1, end - 1)
    if (this.textUse === TEXT_CAPTURED) {
      this.#handler.text(this.#resolved, 0, this.#resolve(codePoint))
    } else if (!isSpace(codePoint)) this.#strayText(position)
    return end
  }

  /** Writes the character where the handler reads it; answers its length. */
  #resolve(codePoint: number): number {
    if (codePoint >= 0x80) return this.#resolved.write(String.fromCodePoint(codePoint), 'utf8')
    this.#resolved[0] = codePoint
    return 1
  }

  #deliver(start: number, end: number): void {
    if (this.textUse === TEXT_IGNORED || start === end) return
    if (this.textUse === TEXT_CAPTURED) {
      this.#handler.text(this.#window.bytes, start, end)
      return
    }
    const at = this.#window.skipSpace(start, end)
    if (at < end) this.#strayText(at)
  }

  #strayText(position: number): void {
    this.#window.fail('DUIS_STRUCTURE', position, 'text where only elements may stand')
  }

  // --- tags ----------------------------------------------------------------------------------------------------

  /**
   * Takes a tag when it is whole. One that the window cuts is searched for its end as bytes come, each byte once, and
   * parsed then; so a drip of single bytes costs no more than one chunk.
   */
  #wholeTag(position: number, isStart: boolean): number {
    const limit = position + this.#limits.maxTagBytes
    if (this.#tagSearched > 0 && !this.#isLast && !this.#findTagEnd(position, limit)) return NEED
    this.#tagSearched = 0
    const stop = Math.min(this.#window.end, limit)
    const next = isStart ? this.#startTag(position, stop) : this.#endTag(position, stop)
    if (next !== NEED) return next
    if (stop === limit) return this.#window.limit(position, 'a tag is too long')
    this.#tagSearched = 1
    this.#tagQuote = 0
    if (!this.#isLast) this.#findTagEnd(position, limit)
    return NEED
  }

  /** Looks on for the `>` that ends the tag; true when it is there or the tag is beyond its limit. */
  #findTagEnd(position: number, limit: number): boolean {
    const { bytes, end } = this.#window
    const stop = Math.min(end, limit)
    let quote = this.#tagQuote
    let at = position + this.#tagSearched
    for (; at < stop; at++) {
      const byte = bytes[at] as number
      if (quote !== 0) {
        if (byte === quote) quote = 0
      } else if (byte === char.GT) return true
      else if (byte === char.DOUBLE_QUOTE || byte === char.SINGLE_QUOTE) quote = byte
    }
    this.#tagQuote = quote
    this.#tagSearched = at - position
    return stop === limit
  }

  #startTag(position: number, stop: number): number {
    const window = this.#window
    const nameEnd = this.#names.scan(position + 1, stop)
    if (nameEnd < 0) return nameEnd
    const { localStart, hash } = this.#names
    this.#attributes.clear()
    for (let at = nameEnd; ; ) {
      const next = window.skipSpace(at, stop)
      if (next >= stop) return NEED
      const byte = window.bytes[next]
      if (byte === char.GT)
        return this.#openElement(position + 1, localStart, nameEnd, hash) ? next + 1 : FAULT
      if (byte === char.SLASH) {
        if (next + 1 >= stop) return NEED
        if (window.bytes[next + 1] !== char.GT) return window.malformed(next, '"/" inside a tag')
        if (!this.#openElement(position + 1, localStart, nameEnd, hash)) return FAULT
        return this.#closeElement() ? next + 2 : FAULT
      }
      if (next === at) return window.malformed(at, 'white space is missing before an attribute')
      at = this.#attributes.scan(next, stop)
      if (at < 0) return at
    }
  }

  #endTag(position: number, stop: number): number {
    const window = this.#window
    const start = position + 2
    const matched = this.#open.matching(window.bytes, start, stop)
    const at = window.skipSpace(start + matched, stop)
    if (at >= stop) return NEED
    if (matched < this.#open.nameLength || window.bytes[at] !== char.GT) {
      return window.malformed(position, 'an end tag that does not match its start tag')
    }
    return this.#closeElement() ? at + 1 : FAULT
  }

  #openElement(nameStart: number, localStart: number, nameEnd: number, hash: number): boolean {
    const window = this.#window
    const { depth } = this.#open
    if (depth === this.#limits.maxDepth) {
      this.failHere('XML_LIMIT', `elements are nested deeper than ${depth}`)
      return false
    }
    const hasAttributes = this.#attributes.count > 0
    if (hasAttributes && !this.#attributes.declareNamespaces(depth + 1)) return false
    const prefixEnd = localStart > nameStart ? localStart - 1 : nameStart
    const namespace = this.#scope.resolve(window.bytes, nameStart, prefixEnd)
    if (namespace === UNBOUND) {
      window.malformed(nameStart, 'a prefix without a namespace')
      return false
    }
    if (hasAttributes && !this.#attributes.areUnique()) return false
    this.#open.push(nameStart, nameEnd)
    this.#mode = 'content'
    if (this.#skipped > 0) this.#skipped++
    else this.#reportStart(namespace, hash, localStart, nameEnd)
    return window.fault === undefined
  }

  #reportStart(namespace: number, hash: number, localStart: number, nameEnd: number): void {
    this.#localStart = localStart
    this.#nameEnd = nameEnd
    const name = this.#table.find(hash, this.#window.bytes, localStart, nameEnd)
    if (this.#handler.startElement(namespace, name)) return
    this.#skipped = 1
    this.textUse = TEXT_IGNORED
  }

  #closeElement(): boolean {
    if (this.#skipped > 1) this.#skipped--
    else {
      this.#skipped = 0
      this.#handler.endElement()
    }
    this.#scope.leave(this.#open.depth)
    this.#open.pop()
    if (this.#open.depth === 0) this.#mode = 'epilog'
    return this.#window.fault === undefined
  }
}
