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
import type { NameTable } from './name-table.ts'
import { checkUtf8, type GateResult } from './utf8-gate.ts'
import { XmlAsides } from './xml-asides.ts'
import * as char from './xml-characters.ts'
import { XmlContent, type XmlHandler, type XmlLimits } from './xml-content.ts'
import { readDeclaration, usualDeclarationEnd } from './xml-declaration.ts'
import { referredCodePoint, scanReference } from './xml-references.ts'
import { closingMark, controlCharacter, isForbidden } from './xml-runs.ts'
import { EMPTY, isSpace, NEED, XmlWindow } from './xml-window.ts'

type Mode = 'start' | 'prolog' | 'content' | 'epilog' | 'aside'

const MAX_DECLARATION_BYTES = 1_024
const DECLARATION_START = Buffer.from('<?xml')
const BOM = Buffer.from([0xef, 0xbb, 0xbf])

export class XmlScanner {
  /** What stands inside the root element; the handler's way back to the document. */
  readonly content: XmlContent
  readonly #window = new XmlWindow()
  readonly #asides: XmlAsides
  readonly #maxTagBytes: number
  readonly #gate: GateResult = { end: 0, fault: undefined }
  #mode: Mode = 'start'
  #modeAfter: Mode = 'prolog'
  #asciiOnly = false
  #carry: Buffer = EMPTY
  /** Leading bytes of the carry that the UTF-8 gate has passed. */
  #carryChecked = 0
  /** While a tag is not whole: how far its end was looked for (from the tag's start) and inside which quote. */
  #tagSearched = 0
  #tagQuote = 0
  /** True when no more bytes can come, so that an unfinished tag is parsed for the faults in it. */
  #isLast = false
  /** True while the token at hand is a run of text or CDATA whose end has not come: the next bytes go on with it. */
  #isRunOpen = false

  constructor(handler: XmlHandler, table: NameTable, limits: XmlLimits) {
    this.#maxTagBytes = limits.maxTagBytes
    this.content = new XmlContent(this.#window, handler, table, limits)
    this.#asides = new XmlAsides(this.#window, this.content)
  }

  get fault(): ReadFault | undefined {
    return this.#window.fault
  }

  get isRootClosed(): boolean {
    return this.#mode === 'epilog' || this.#modeAfter === 'epilog'
  }

  /** Records a fault of the element or text at hand. */
  failHere(code: ReadFaultCode, text: string): void {
    this.#window.failHere(code, text)
  }

  /** A fault of the token at hand, which is not recorded. */
  faultHere(code: ReadFaultCode, text: string): ReadFault {
    return { code, text, offset: this.#window.tokenStart }
  }

  /** Scans the next bytes. False once there is a fault. */
  write(chunk: Uint8Array): boolean {
    const window = this.#window
    if (window.fault) return false
    const bytes = Buffer.isBuffer(chunk)
      ? chunk
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    window.hold(this.#carry.length === 0 ? bytes : Buffer.concat([this.#carry, bytes]))
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
    this.content.settle()
    this.#carry = consumed < window.bytes.length ? Buffer.from(window.bytes.subarray(consumed)) : EMPTY
    this.#carryChecked = Math.max(0, window.end - consumed)
    window.release(consumed)
  }

  /** Ends the document; answers the fault, if there is one. */
  end(): ReadFault | undefined {
    const window = this.#window
    if (window.fault) return window.fault
    window.end = this.#carryChecked
    this.#isLast = true
    if (this.#carry.length > 0) window.hold(this.#carry)
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
      if (!this.#isRunOpen || this.#endsRun(position)) window.tokenStart = window.base + position
      this.#isRunOpen = false
      const next = this.#mode === 'content' ? this.#content(position) : this.#elsewhere(position)
      if (next < 0) break
      position = next
      if (this.#mode === 'content' && this.#tagSearched === 0) {
        position = this.content.plain(position)
        this.#followContent()
      }
    }
    return position
  }

  #followContent(): void {
    this.#mode = this.content.isOpen ? 'content' : 'epilog'
  }

  /** Whether the run that the last window cut ends where this one begins. */
  #endsRun(position: number): boolean {
    const byte = this.#window.bytes[position]
    return this.#mode === 'content' && (byte === char.LT || byte === char.AMPERSAND)
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
      case 'aside':
        return this.#aside(position)
    }
  }

  // --- before and after the root -------------------------------------------------------------------------------

  /** Takes a byte order mark and the XML declaration, both optional. */
  #start(position: number): number {
    const window = this.#window
    const { bytes } = window
    const usual = usualDeclarationEnd(window, position)
    if (usual >= 0 && usual < window.end) {
      this.#mode = 'prolog'
      return usual
    }
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
        return this.#asideStart(this.#asides.startMarked(position, this.#mode === 'content'))
      case char.QUESTION:
        return this.#asideStart(this.#asides.startInstruction(position))
      default:
        if (this.#mode !== 'epilog') return this.#wholeTag(position, true)
        return window.malformed(position, 'a second root element')
    }
  }

  /** Goes on with a comment, an instruction or CDATA where one was opened; `next` is where the scanner then stands. */
  #asideStart(next: number): number {
    if (this.#asides.open === undefined) return next
    this.#modeAfter = this.#mode
    this.#mode = 'aside'
    return next
  }

  #aside(position: number): number {
    const next = this.#asides.goOn(position)
    if (this.#asides.open === undefined) {
      this.#mode = this.#modeAfter
      this.#modeAfter = 'prolog'
    } else this.#isRunOpen = this.#asides.open === 'cdata'
    return next
  }

  // --- text ----------------------------------------------------------------------------------------------------

  /** Text is delivered before the fault that ends it, so that what is found first does not depend on the cuts. */
  #text(position: number): number {
    const window = this.#window
    const { bytes, end } = window
    for (let at = position; ; at++) {
      at = this.content.textEnd(at)
      const isBracket = at < end && bytes[at] === char.CLOSE_BRACKET
      const mark = isBracket ? closingMark(window, at) : 'part'
      if (mark === 'none') continue
      this.content.text(position, at)
      if (mark === 'whole') return window.malformed(at, '"]]>" in text')
      if (isForbidden(window, at, char.TEXT_RUN)) return controlCharacter(window, at)
      this.#isRunOpen = isBracket || at === end
      if (at > position) return at
      return isBracket ? NEED : this.#textReference(at)
    }
  }

  #textReference(position: number): number {
    const window = this.#window
    const end = scanReference(window, position, window.end)
    if (end >= 0) this.content.character(referredCodePoint(window.bytes, position + 1, end - 1), position)
    return end
  }

  // --- tags ----------------------------------------------------------------------------------------------------

  /**
   * Takes a tag when it is whole. One that the window cuts is searched for its end as bytes come, each byte once, and
   * parsed then; so a drip of single bytes costs no more than one chunk.
   */
  #wholeTag(position: number, isStart: boolean): number {
    const limit = position + this.#maxTagBytes
    if (this.#tagSearched > 0 && !this.#isLast && !this.#findTagEnd(position, limit)) return NEED
    this.#tagSearched = 0
    const stop = Math.min(this.#window.end, limit)
    const { content } = this
    const next = isStart ? content.startTag(position, stop) : content.endTag(position, stop)
    if (next > 0) this.#followContent()
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
}
