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
import type { ReadFault, ReadFaultCode } from './fault.ts'
import { hashByte, type NameTable } from './name-table.ts'
import { checkUtf8, type GateResult } from './utf8-gate.ts'
import * as char from './xml-characters.ts'
import { readDeclaration } from './xml-declaration.ts'
import { NamespaceScope, UNBOUND } from './xml-namespaces.ts'

/** What becomes of text at the present place. */
export const TEXT_IGNORED = 0
export const TEXT_CAPTURED = 1
/** White space only; anything else is a fault of structure. */
export const TEXT_FORBIDDEN = 2
export type TextUse = typeof TEXT_IGNORED | typeof TEXT_CAPTURED | typeof TEXT_FORBIDDEN

export interface XmlHandler {
  /** An element starts; `name` is its number in the name table. The handler sets `scanner.textUse` for its content. */
  startElement(namespace: number, name: number): void
  /** The innermost element ends; the handler sets `scanner.textUse` for its parent's content. */
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

/** Returned instead of a position: the token is not whole in the window. */
const NEED = -1
/** Returned instead of a position: `fault` is set. */
const FAULT = -2

const MAX_REFERENCE_BYTES = 32
const MAX_DECLARATION_BYTES = 1_024
const EMPTY = Buffer.alloc(0)
const DECLARATION_START = Buffer.from('<?xml')
const BOM = Buffer.from([0xef, 0xbb, 0xbf])
const CDATA_START = Buffer.from('<![CDATA[')
const COMMENT_START = Buffer.from('<!--')
const DOCTYPE_START = Buffer.from('<!DOCTYPE')
const ENTITIES = new Map<string, number>([
  ['lt', 0x3c],
  ['gt', 0x3e],
  ['amp', 0x26],
  ['quot', 0x22],
  ['apos', 0x27],
])

/** One attribute of the tag at hand, as offsets into the window. */
interface AttributeSpan {
  nameStart: number
  nameEnd: number
  /** Start of the local part; equal to `nameStart` when there is no prefix. */
  localStart: number
  hash: number
  valueStart: number
  valueEnd: number
  hasReference: boolean
  namespace: number
}

export class XmlScanner {
  textUse: TextUse = TEXT_FORBIDDEN
  fault: ReadFault | undefined
  readonly #handler: XmlHandler
  readonly #names: NameTable
  readonly #limits: XmlLimits
  readonly #scope = new NamespaceScope()
  readonly #gate: GateResult = { end: 0, fault: undefined }
  readonly #attributes: AttributeSpan[] = []
  #attributeCount = 0
  /** Raw names of the open elements, one after the other; `#nameEnds[d]` is where that of depth d ends. */
  #openNames = new Uint8Array(1_024)
  readonly #nameEnds: number[] = []
  readonly #referenceBytes = Buffer.alloc(4)
  #mode: Mode = 'start'
  #modeAfter: Mode = 'prolog'
  #asciiOnly = false
  #window: Buffer = EMPTY
  /** Exclusive end of the bytes that may be scanned. */
  #end = 0
  /** Offset in the document of the window's first byte. */
  #base = 0
  #carry: Buffer = EMPTY
  /** Leading bytes of the carry that the UTF-8 gate has passed. */
  #carryChecked = 0
  /** While a tag is not whole: how far its end was looked for (from the tag's start) and inside which quote. */
  #tagSearched = 0
  #tagQuote = 0
  /** True when no more bytes can come, so that an unfinished tag is parsed for the faults in it. */
  #isLast = false
  /** Local name of the element being opened, as window offsets. */
  readonly #elementSpan: [number, number] = [0, 0]
  // Outcome of #qname
  #colon = NEED
  #hash = 0
  // Outcome of #reference
  #codePoint = 0

  constructor(handler: XmlHandler, names: NameTable, limits: XmlLimits) {
    this.#handler = handler
    this.#names = names
    this.#limits = limits
  }

  /** Open elements. */
  get depth(): number {
    return this.#nameEnds.length
  }

  get isRootClosed(): boolean {
    return this.#mode === 'epilog' || this.#modeAfter === 'epilog'
  }

  /** Offset in the document of the tag or text being reported. */
  get offset(): number {
    return this.#base + this.#tokenStart
  }
  #tokenStart = 0

  /** Scans the next bytes. False once there is a fault. */
  write(chunk: Uint8Array): boolean {
    if (this.fault) return false
    const bytes = Buffer.isBuffer(chunk)
      ? chunk
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    this.#window = this.#carry.length === 0 ? bytes : Buffer.concat([this.#carry, bytes])
    checkUtf8(this.#window, this.#carryChecked, this.#asciiOnly, this.#gate)
    this.#end = this.#gate.end
    let consumed = this.#scan(0)
    if (this.#gate.fault !== undefined && !this.fault) {
      this.#isLast = true
      consumed = this.#scan(consumed)
      this.fail(this.#gate.fault, this.#end, this.#gateText())
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
    this.#carry = consumed < this.#window.length ? Buffer.from(this.#window.subarray(consumed)) : EMPTY
    this.#carryChecked = Math.max(0, this.#end - consumed)
    this.#base += consumed
    this.#window = EMPTY
    this.#tokenStart = 0
  }

  /** Ends the document; answers the fault, if there is one. */
  end(): ReadFault | undefined {
    if (this.fault) return this.fault
    this.#window = this.#carry
    this.#end = this.#carryChecked
    this.#isLast = true
    const consumed = this.#scan(0)
    if (this.fault) return this.fault
    if (this.#carryChecked < this.#carry.length) {
      return this.fail('XML_ENCODING', this.#end, 'the document ends inside a UTF-8 sequence')
    }
    if (this.#mode !== 'epilog' || consumed < this.#end) {
      return this.fail('XML_INCOMPLETE', this.#end, 'the document ended before its root element did')
    }
    return undefined
  }

  /** Records the first fault at a window position. */
  fail(code: ReadFaultCode, position: number, text: string): ReadFault {
    this.fault ??= { code, text, offset: this.#base + position }
    return this.fault
  }

  /** Records a fault of the element or text at hand. */
  failHere(code: ReadFaultCode, text: string): void {
    this.fail(code, this.#tokenStart, text)
  }

  #malformed(position: number, text: string): typeof FAULT {
    this.fail('XML_MALFORMED', position, text)
    return FAULT
  }

  #limit(position: number, text: string): typeof FAULT {
    this.fail('XML_LIMIT', position, text)
    return FAULT
  }

  /** Takes tokens from `from` on; answers where it stopped. */
  #scan(from: number): number {
    let position = from
    while (position < this.#end && !this.fault) {
      const next = this.#step(position)
      if (next < 0) break
      position = next
    }
    return position
  }

  #step(position: number): number {
    this.#tokenStart = position
    switch (this.#mode) {
      case 'content':
        return this.#window[position] === char.LT ? this.#markup(position) : this.#text(position)
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
    if (window[position] === 0 || (window[position] === char.LT && window[position + 1] === 0)) {
      this.fail('XML_ENCODING', position, 'the document looks like UTF-16 or UTF-32; send UTF-8')
      return FAULT
    }
    if (this.#base + position === 0) {
      const mark = this.#prefix(position, BOM)
      if (mark === 'whole') return BOM.length
      if (mark === 'part') return NEED
    }
    const declared = this.#prefix(position, DECLARATION_START)
    if (declared === 'part') return NEED
    const after = position + DECLARATION_START.length
    if (declared === 'whole' && after >= this.#end) return NEED
    if (declared === 'none' || !char.isSpace(window[after])) {
      this.#mode = 'prolog'
      return position
    }
    return this.#declaration(position)
  }

  #declaration(position: number): number {
    const stop = Math.min(this.#end, position + MAX_DECLARATION_BYTES)
    const close = this.#window.subarray(0, stop).indexOf('?>', position, 'latin1')
    if (close < 0) {
      return stop < this.#end || stop === position + MAX_DECLARATION_BYTES
        ? this.#limit(position, 'the XML declaration is too long')
        : NEED
    }
    const end = close + 2
    const result = readDeclaration(this.#window.toString('latin1', position, end))
    if (!result.ok) {
      this.fail(result.code, position, result.text)
      return FAULT
    }
    this.#mode = 'prolog'
    if (result.asciiOnly) this.#restrictToAscii(end)
    return end
  }

  /** From here on the declared encoding forbids bytes from 0x80 on. */
  #restrictToAscii(from: number): void {
    this.#asciiOnly = true
    const end = this.#end
    for (let i = from; i < end; i++) {
      if ((this.#window[i] as number) < 0x80) continue
      this.#end = i
      this.#gate.fault = 'XML_ENCODING'
      return
    }
  }

  #betweenMarkup(position: number): number {
    let at = position
    while (at < this.#end && char.isSpace(this.#window[at])) at++
    if (at > position) return at
    if (this.#window[at] === char.LT) return this.#markup(at)
    return this.#malformed(
      at,
      this.#mode === 'prolog' ? 'text before the root element' : 'content after the root element',
    )
  }

  // --- markup --------------------------------------------------------------------------------------------------

  #markup(position: number): number {
    if (position + 1 >= this.#end) return NEED
    switch (this.#window[position + 1]) {
      case char.SLASH:
        return this.#mode === 'content'
          ? this.#wholeTag(position, false)
          : this.#malformed(position, 'an end tag outside the root element')
      case char.BANG:
        return this.#declarationMarkup(position)
      case char.QUESTION:
        return this.#instructionStart(position)
      default:
        return this.#mode === 'epilog'
          ? this.#malformed(position, 'a second root element')
          : this.#wholeTag(position, true)
    }
  }

  /** `part` when the window ends inside what may still be `expected`. */
  #prefix(position: number, expected: Buffer): 'whole' | 'part' | 'none' {
    for (let i = 0; i < expected.length; i++) {
      if (position + i >= this.#end) return 'part'
      if (this.#window[position + i] !== expected[i]) return 'none'
    }
    return 'whole'
  }

  #declarationMarkup(position: number): number {
    const comment = this.#prefix(position, COMMENT_START)
    if (comment === 'whole') return this.#enter('comment', position + COMMENT_START.length)
    const cdata = this.#prefix(position, CDATA_START)
    if (cdata === 'whole') {
      if (this.#mode !== 'content')
        return this.#malformed(position, 'a CDATA section outside the root element')
      return this.#enter('cdata', position + CDATA_START.length)
    }
    const doctype = this.#prefix(position, DOCTYPE_START)
    if (doctype === 'whole') {
      this.fail('XML_DOCTYPE', position, 'a DOCTYPE is never accepted; send the message without it')
      return FAULT
    }
    if (comment === 'part' || cdata === 'part' || doctype === 'part') return NEED
    return this.#malformed(position, 'this is neither a comment nor a CDATA section')
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
    let at = position
    for (;;) {
      at = this.#run(at, char.COMMENT_RUN)
      if (at < 0) return at
      if (at + 1 >= this.#end) return at > position ? at : NEED
      if (this.#window[at + 1] !== char.HYPHEN) {
        at++
        continue
      }
      if (at + 2 >= this.#end) return at > position ? at : NEED
      if (this.#window[at + 2] !== char.GT) return this.#malformed(at, '"--" inside a comment')
      return this.#leave(at + 3)
    }
  }

  /** Takes `<?target`; XML 1.0 §2.6 and, for the colon, Namespaces §7. */
  #instructionStart(position: number): number {
    const end = this.#qname(position + 2, this.#end)
    if (end < 0) return end
    if (this.#colon >= 0)
      return this.#malformed(position, 'a colon in the target of a processing instruction')
    if (end - position === 5 && /^xml$/i.test(this.#window.toString('latin1', position + 2, end))) {
      return this.#malformed(position, 'an XML declaration stands only at the very start')
    }
    if (char.isSpace(this.#window[end])) return this.#enter('instruction', end + 1)
    if (this.#window[end] !== char.QUESTION)
      return this.#malformed(end, 'white space is missing after the target')
    if (end + 1 >= this.#end) return NEED
    return this.#window[end + 1] === char.GT
      ? end + 2
      : this.#malformed(end, 'white space is missing after the target')
  }

  #instruction(position: number): number {
    let at = position
    for (;;) {
      at = this.#run(at, char.INSTRUCTION_RUN)
      if (at < 0) return at
      if (at + 1 >= this.#end) return at > position ? at : NEED
      if (this.#window[at + 1] === char.GT) return this.#leave(at + 2)
      at++
    }
  }

  #cdata(position: number): number {
    let at = position
    for (;;) {
      at = this.#run(at, char.CDATA_RUN)
      if (at < 0) return at
      if (at + 2 >= this.#end && !this.#cannotClose(at)) {
        this.#deliver(position, at)
        return at > position ? at : NEED
      }
      if (this.#window[at + 1] === char.CLOSE_BRACKET && this.#window[at + 2] === char.GT) {
        this.#deliver(position, at)
        return this.#leave(at + 3)
      }
      at++
    }
  }

  /** Whether the `]` at `at` is known not to open `]]>` although the window ends soon. */
  #cannotClose(at: number): boolean {
    return at + 1 < this.#end && this.#window[at + 1] !== char.CLOSE_BRACKET
  }

  /** Goes on while bytes are plain; the end of the window counts as a stop. */
  #run(from: number, table: Uint8Array): number {
    const window = this.#window
    const end = this.#end
    let at = from
    while (at < end && table[window[at] as number] === 0) at++
    if (at < end && table[window[at] as number] === char.STOP_FORBIDDEN) {
      return this.#malformed(at, 'a control character')
    }
    return at
  }

  // --- text ----------------------------------------------------------------------------------------------------

  #text(position: number): number {
    let at = position
    for (;;) {
      at = this.#run(at, char.TEXT_RUN)
      if (at < 0) return at
      const byte = this.#window[at]
      if (at < this.#end && byte === char.CLOSE_BRACKET) {
        if (at + 2 >= this.#end && !this.#cannotClose(at)) {
          this.#deliver(position, at)
          return at > position ? at : NEED
        }
        if (this.#window[at + 1] === char.CLOSE_BRACKET && this.#window[at + 2] === char.GT) {
          return this.#malformed(at, '"]]>" in text')
        }
        at++
        continue
      }
      this.#deliver(position, at)
      if (at > position || at === this.#end || byte === char.LT) return at
      return this.#textReference(at)
    }
  }

  #textReference(position: number): number {
    const end = this.#reference(position, this.#end)
    if (end < 0 || this.textUse === TEXT_IGNORED) return end
    const length = this.#referenceBytes.write(String.fromCodePoint(this.#codePoint), 'utf8')
    if (this.textUse === TEXT_CAPTURED) this.#handler.text(this.#referenceBytes, 0, length)
    else if (!char.isSpace(this.#codePoint)) this.#strayText(position)
    return end
  }

  #deliver(start: number, end: number): void {
    if (start >= end || this.textUse === TEXT_IGNORED) return
    if (this.textUse === TEXT_CAPTURED) {
      this.#handler.text(this.#window, start, end)
      return
    }
    for (let at = start; at < end; at++) {
      if (!char.isSpace(this.#window[at])) {
        this.#strayText(at)
        return
      }
    }
  }

  #strayText(position: number): void {
    this.fail('DUIS_STRUCTURE', position, 'text where only elements may stand')
  }

  /** Reads `&…;` and leaves its code point in `#codePoint` (XML 1.0 §4.1). */
  #reference(position: number, stop: number): number {
    const window = this.#window
    let at = position + 1
    for (; ; at++) {
      if (at - position > MAX_REFERENCE_BYTES) return this.#limit(position, 'a reference is too long')
      if (at >= stop) return NEED
      const byte = window[at] as number
      if (byte === char.SEMICOLON) break
      const kind = char.NAME_BYTE[byte]
      const isDigit = kind === char.NAME_PART && byte >= 0x30
      if (kind !== char.NAME_START && !isDigit && !(byte === char.HASH && at === position + 1)) {
        return this.#malformed(position, '"&" opens no reference; write &amp;')
      }
    }
    const codePoint = referredCodePoint(window.toString('latin1', position + 1, at))
    if (codePoint === undefined) return this.#malformed(position, 'a reference to nothing that is declared')
    this.#codePoint = codePoint
    return at + 1
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
    this.#tagQuote = 0
    const stop = Math.min(this.#end, limit)
    const next = isStart ? this.#startTag(position, stop) : this.#endTag(position, stop)
    if (next !== NEED) return next
    if (stop === limit) return this.#limit(position, 'a tag is too long')
    this.#tagSearched = 1
    if (!this.#isLast) this.#findTagEnd(position, limit)
    return NEED
  }

  /** Looks on for the `>` that ends the tag; true when it is there or the tag is beyond its limit. */
  #findTagEnd(position: number, limit: number): boolean {
    const stop = Math.min(this.#end, limit)
    let quote = this.#tagQuote
    let at = position + this.#tagSearched
    for (; at < stop; at++) {
      const byte = this.#window[at] as number
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
    let at = this.#qname(position + 1, stop)
    if (at < 0) return at
    const nameEnd = at
    const localStart = this.#colon >= 0 ? this.#colon + 1 : position + 1
    const hash = this.#hash
    this.#attributeCount = 0
    for (;;) {
      const gap = at
      while (at < stop && char.isSpace(this.#window[at])) at++
      if (at >= stop) return NEED
      const byte = this.#window[at]
      if (byte === char.GT) return this.#open(position, localStart, nameEnd, hash) ? at + 1 : FAULT
      if (byte === char.SLASH) {
        if (at + 1 >= stop) return NEED
        if (this.#window[at + 1] !== char.GT) return this.#malformed(at, '"/" inside a tag')
        if (!this.#open(position, localStart, nameEnd, hash)) return FAULT
        this.#close()
        return this.fault ? FAULT : at + 2
      }
      if (at === gap) return this.#malformed(at, 'white space is missing before an attribute')
      at = this.#attribute(at, stop)
      if (at < 0) return at
    }
  }

  /** Takes `name = "value"` into the list of spans. */
  #attribute(position: number, stop: number): number {
    if (this.#attributeCount === this.#limits.maxAttributes)
      return this.#limit(position, 'too many attributes')
    let at = this.#qname(position, stop)
    if (at < 0) return at
    this.#attributes[this.#attributeCount] ??= newSpan()
    const span = this.#attributes[this.#attributeCount] as AttributeSpan
    span.nameStart = position
    span.nameEnd = at
    span.localStart = this.#colon >= 0 ? this.#colon + 1 : position
    span.hash = this.#hash
    while (at < stop && char.isSpace(this.#window[at])) at++
    if (at >= stop) return NEED
    if (this.#window[at] !== char.EQUALS) return this.#malformed(at, 'an attribute without "="')
    at++
    while (at < stop && char.isSpace(this.#window[at])) at++
    if (at >= stop) return NEED
    const quote = this.#window[at]
    if (quote !== char.DOUBLE_QUOTE && quote !== char.SINGLE_QUOTE) {
      return this.#malformed(at, 'an attribute value without quotes')
    }
    this.#attributeCount++
    return this.#attributeValue(span, at + 1, stop, quote)
  }

  #attributeValue(span: AttributeSpan, position: number, stop: number, quote: number): number {
    const table = quote === char.DOUBLE_QUOTE ? char.DOUBLE_QUOTED_RUN : char.SINGLE_QUOTED_RUN
    span.valueStart = position
    span.hasReference = false
    let at = position
    for (;;) {
      while (at < stop && table[this.#window[at] as number] === 0) at++
      if (at >= stop) return NEED
      const byte = this.#window[at]
      if (byte === quote) {
        span.valueEnd = at
        return at + 1
      }
      if (byte !== char.AMPERSAND) {
        return this.#malformed(at, byte === char.LT ? '"<" in an attribute value' : 'a control character')
      }
      span.hasReference = true
      at = this.#reference(at, stop)
      if (at < 0) return at
    }
  }

  #endTag(position: number, stop: number): number {
    const start = position + 2
    const depth = this.#nameEnds.length
    const from = depth > 1 ? (this.#nameEnds[depth - 2] as number) : 0
    const length = (this.#nameEnds[depth - 1] as number) - from
    for (let i = 0; i < length; i++) {
      if (start + i >= stop) return NEED
      if (this.#window[start + i] !== this.#openNames[from + i]) {
        return this.#malformed(position, 'an end tag that does not match its start tag')
      }
    }
    let at = start + length
    while (at < stop && char.isSpace(this.#window[at])) at++
    if (at >= stop) return NEED
    if (this.#window[at] !== char.GT)
      return this.#malformed(position, 'an end tag that does not match its start tag')
    this.#close()
    return this.fault ? FAULT : at + 1
  }

  /** Reads a qualified name; leaves the colon's position and the hash of the local part (Namespaces §4). */
  #qname(position: number, stop: number): number {
    const window = this.#window
    let at = position
    let hash = 0
    let colon = NEED
    let atStart = true
    const limit = position + this.#limits.maxNameBytes
    for (; at < stop; ) {
      if (at > limit) return this.#limit(position, 'a name is too long')
      const byte = window[at] as number
      const kind = char.NAME_BYTE[byte]
      if (kind === char.NAME_START || (kind === char.NAME_PART && !atStart)) {
        hash = hashByte(hash, byte)
        atStart = false
        at++
      } else if (kind === char.NAME_COLON) {
        if (atStart || colon >= 0) return this.#malformed(at, 'a colon out of place in a name')
        colon = at
        hash = 0
        atStart = true
        at++
      } else if (kind === char.NAME_HIGH) {
        const length = char.sequenceLength(byte)
        if (!char.isNameCodePoint(char.codePointAt(window, at), atStart)) {
          return this.#malformed(at, 'a character that no name may have')
        }
        for (let i = 0; i < length; i++) hash = hashByte(hash, window[at + i] as number)
        atStart = false
        at += length
      } else break
    }
    if (at >= stop) return at > limit ? this.#limit(position, 'a name is too long') : NEED
    if (atStart) return this.#malformed(at, 'a name is missing')
    this.#colon = colon
    this.#hash = hash
    return at
  }

  #open(position: number, localStart: number, nameEnd: number, hash: number): boolean {
    const depth = this.#nameEnds.length
    if (depth === this.#limits.maxDepth) {
      this.#limit(position, `elements are nested deeper than ${depth}`)
      return false
    }
    if (this.#attributeCount > 0 && !this.#declareNamespaces(depth + 1)) return false
    const nameStart = position + 1
    const namespace = this.#namespaceOf(nameStart, localStart)
    if (namespace === UNBOUND) {
      this.#malformed(nameStart, 'a prefix without a namespace')
      return false
    }
    if (this.#attributeCount > 0 && !this.#checkAttributes()) return false
    this.#pushName(nameStart, nameEnd)
    this.#mode = 'content'
    this.#elementSpan[0] = localStart
    this.#elementSpan[1] = nameEnd
    this.#handler.startElement(namespace, this.#names.find(hash, this.#window, localStart, nameEnd))
    return this.fault === undefined
  }

  #namespaceOf(nameStart: number, localStart: number): number {
    return this.#scope.resolve(this.#window, nameStart, Math.max(nameStart, localStart - 1))
  }

  #pushName(start: number, end: number): void {
    const depth = this.#nameEnds.length
    const from = depth > 0 ? (this.#nameEnds[depth - 1] as number) : 0
    const to = from + end - start
    if (to > this.#openNames.length) {
      const larger = new Uint8Array(to * 2)
      larger.set(this.#openNames)
      this.#openNames = larger
    }
    for (let i = start; i < end; i++) this.#openNames[from + i - start] = this.#window[i] as number
    this.#nameEnds.push(to)
  }

  #close(): void {
    this.#handler.endElement()
    this.#scope.leave(this.#nameEnds.length)
    this.#nameEnds.pop()
    if (this.#nameEnds.length === 0) this.#mode = 'epilog'
  }

  #declareNamespaces(depth: number): boolean {
    for (let i = 0; i < this.#attributeCount; i++) {
      const span = this.#attributes[i] as AttributeSpan
      const prefix = this.#declaredPrefix(span)
      if (prefix === undefined) continue
      const declared = this.#scope.declare(prefix, this.#valueText(span), depth)
      if (declared === 'ok') continue
      if (declared === 'too-many') this.#limit(span.nameStart, 'too many namespace declarations')
      else this.#malformed(span.nameStart, 'a namespace declaration that is not allowed')
      return false
    }
    return true
  }

  /** The prefix that an `xmlns` or `xmlns:p` attribute declares; undefined for any other attribute. */
  #declaredPrefix(span: AttributeSpan): string | undefined {
    const isPlain = span.localStart === span.nameStart
    if (span.nameEnd - span.nameStart < 5 || !this.#isXmlns(span.nameStart)) return undefined
    if (isPlain) return span.nameEnd - span.nameStart === 5 ? '' : undefined
    return span.localStart - span.nameStart === 6
      ? this.#window.toString('latin1', span.localStart, span.nameEnd)
      : undefined
  }

  #isXmlns(at: number): boolean {
    return this.#window.toString('latin1', at, at + 5) === 'xmlns'
  }

  /** Resolves attribute prefixes and refuses repeats (Namespaces §6.3). */
  #checkAttributes(): boolean {
    for (let i = 0; i < this.#attributeCount; i++) {
      const span = this.#attributes[i] as AttributeSpan
      const isDeclaration = this.#declaredPrefix(span) !== undefined
      const hasPrefix = span.localStart > span.nameStart
      span.namespace = hasPrefix && !isDeclaration ? this.#namespaceOf(span.nameStart, span.localStart) : 0
      if (span.namespace === UNBOUND) {
        this.#malformed(span.nameStart, 'a prefix without a namespace')
        return false
      }
      for (let j = 0; j < i; j++) {
        if (!this.#isSameAttribute(span, this.#attributes[j] as AttributeSpan)) continue
        this.#malformed(span.nameStart, 'an attribute stands twice')
        return false
      }
    }
    return true
  }

  #isSameAttribute(a: AttributeSpan, b: AttributeSpan): boolean {
    if (a.hash !== b.hash || !this.#isSameBytes(a.localStart, a.nameEnd, b.localStart, b.nameEnd))
      return false
    if (a.namespace !== 0 || b.namespace !== 0) return a.namespace === b.namespace
    return this.#isSameBytes(a.nameStart, a.nameEnd, b.nameStart, b.nameEnd)
  }

  #isSameBytes(start: number, end: number, otherStart: number, otherEnd: number): boolean {
    if (end - start !== otherEnd - otherStart) return false
    return this.#window.compare(this.#window, otherStart, otherEnd, start, end) === 0
  }

  /** Local name of the element being opened. */
  elementName(): string {
    const [start, end] = this.#elementSpan
    return this.#window.toString('utf8', start, end)
  }

  /** Value of an attribute without prefix of the element being opened; undefined when it has none. */
  attribute(name: string): string | undefined {
    for (let i = 0; i < this.#attributeCount; i++) {
      const span = this.#attributes[i] as AttributeSpan
      if (span.localStart !== span.nameStart) continue
      if (this.#window.toString('latin1', span.nameStart, span.nameEnd) === name) return this.#valueText(span)
    }
    return undefined
  }

  /** An attribute's value, references resolved and white space made spaces (XML 1.0 §3.3.3). */
  #valueText(span: AttributeSpan): string {
    const raw = this.#window.toString('utf8', span.valueStart, span.valueEnd).replace(/\r\n|[\t\r\n]/g, ' ')
    if (!span.hasReference) return raw
    return raw.replace(/&([^;]*);/g, (_whole, name: string) =>
      String.fromCodePoint(referredCodePoint(name) ?? 0xfffd),
    )
  }
}

function newSpan(): AttributeSpan {
  return {
    nameStart: 0,
    nameEnd: 0,
    localStart: 0,
    hash: 0,
    valueStart: 0,
    valueEnd: 0,
    hasReference: false,
    namespace: 0,
  }
}

/** The code point of `lt`, `#65`, `#x41` …; undefined when it is no XML character or no predefined entity. */
function referredCodePoint(name: string): number | undefined {
  const digits = /^#(?:x([0-9A-Fa-f]+)|([0-9]+))$/.exec(name)
  if (!digits) return ENTITIES.get(name)
  const codePoint = digits[1] ? Number.parseInt(digits[1], 16) : Number.parseInt(digits[2] as string, 10)
  return char.isCharacter(codePoint) ? codePoint : undefined
}
