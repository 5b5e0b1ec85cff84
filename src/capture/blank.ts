/**
 * A message without what it carries: every text that is not an ID, a reference or a code becomes filler of the same length,
 * and so do attributes, comments, CDATA and instructions. What stays is named; whatever is not named goes.
 *
 * Of a GBCS payload the header stays, up to and with its message code, without what fields hold that nobody reads. White space, tags and the names in them stay. So the
 * result is well formed, as long as before, and says the same of itself; only signatures no longer verify.
 */
import { isDeepStrictEqual } from 'node:util'
import type { MessageFacts } from '../core/duis/facts.ts'
import { blankedGbcsHeader, GBCS_HEADER_CHARACTERS } from '../core/duis/gbcs.ts'
import type { PathNode, UnknownChild, ValueUse } from '../core/duis/path-node.ts'
import { type ReadingPlan, readMessage } from '../core/duis/reader.ts'
import { resolveReferences } from '../core/duis/xml-references.ts'
import { isSpace } from '../core/duis/xml-window.ts'
import { mayAttributeStay, mayStay, onlyDeviceIds } from './kept-text.ts'
import { type TextPart, type XmlPart, xmlParts } from './xml-parts.ts'

/** The blanked message; undefined when it would not say just what `facts` say. `bytes` were read whole, by `plan`. */
export function blanked(plan: ReadingPlan, facts: MessageFacts, bytes: Buffer): Buffer | undefined {
  const filled = new Blanking(plan, bytes).filled()
  const reading = readMessage(plan, filled)
  return reading.ok && isDeepStrictEqual(reading.facts, facts) ? filled : undefined
}

/** Good as text, as a number, as hexadecimal and as base64. */
const FILLER = 0x30
/** An instruction begins with a name, and a name with a letter. */
const LETTER = 0x78

/** An open element. */
interface Place {
  /** Undefined where the plan says nothing of it. */
  readonly node: PathNode | undefined
  readonly use: ValueUse | undefined
  /** It is an element of a later version, or inside one. */
  readonly isLater: boolean
  /** Text in it that waits for the end of the element, which shows whether it may stay. */
  readonly pieces: TextPart[]
}

/** A character of a payload as it is written, at `at`; empty when it is none of base64, and so passed over. */
interface PayloadUnit {
  readonly at: number
  readonly text: string
  readonly character: string
}

const UNKNOWN_FIELD: ValueUse = { as: 'unknown-field' }
const LATER: ValueUse = { as: 'later' }

/** Where the reader looks into elements that the plan does not name. */
const SEARCHED: ReadonlySet<UnknownChild | undefined> = new Set(['data', 'claim-data', 'body', 'root'])

class Blanking {
  readonly #plan: ReadingPlan
  readonly #bytes: Buffer
  readonly #path: Place[]

  constructor(plan: ReadingPlan, bytes: Buffer) {
    this.#plan = plan
    this.#bytes = Buffer.from(bytes)
    this.#path = [{ node: plan.document, use: undefined, isLater: false, pieces: [] }]
  }

  filled(): Buffer {
    for (const part of xmlParts(this.#bytes)) this.#take(part)
    return this.#bytes
  }

  #take(part: XmlPart): void {
    switch (part.kind) {
      case 'open':
        for (const { name, start, end } of part.attributes)
          if (!mayAttributeStay(name, this.#text(start, end))) this.#fill(start, end)
        this.#path.push(this.#placeOf(part.name))
        return
      case 'close':
        return this.#close()
      case 'comment':
        return this.#fill(part.start, part.end)
      case 'instruction':
        if (!isDeclaration(this.#text(0, part.start))) this.#fill(part.start, part.end, LETTER)
        return
      default:
        this.#takeText(part)
    }
  }

  /** Outside of the root element there is only white space, and perhaps a byte order mark. */
  #takeText(part: TextPart): void {
    const place = this.#path.at(-1)
    if (place === undefined || this.#path.length === 1) return
    if (place.use) place.pieces.push(part)
    else this.#fill(part.start, part.end)
  }

  #placeOf(name: string): Place {
    const parent = this.#path.at(-1)
    const number = this.#plan.names.numberOf(name)
    const node = parent?.node?.children.get(number)
    if (parent?.isLater || (!node && SEARCHED.has(parent?.node?.unknown))) {
      const use = this.#plan.carried.get(number)?.value ?? LATER
      return { node: undefined, use, isLater: true, pieces: [] }
    }
    const isField = parent?.use?.as === 'unknown-field' || (!node && parent?.node?.unknown === 'field')
    return { node, use: isField ? UNKNOWN_FIELD : node?.value, isLater: false, pieces: [] }
  }

  #close(): void {
    const place = this.#path.pop()
    if (place?.use === undefined || place.pieces.length === 0) return
    const { use, pieces } = place
    if (use.as === 'gbcs' || (use.as === 'later' && this.#isPayload(pieces))) this.#blankPayload(pieces)
    else if (use.as === 'unknown-field' || use.as === 'later')
      for (const piece of pieces) this.#blankField(piece)
    else if (!mayStay(use, pieces.map(({ start, end }) => this.#text(start, end)).join('')))
      for (const { start, end } of pieces) this.#fill(start, end)
  }

  #isPayload(pieces: readonly TextPart[]): boolean {
    return (
      headerOf(
        this.#firstUnits(pieces)
          .map(({ character }) => character)
          .join(''),
      ) !== ''
    )
  }

  #blankField({ start, end }: TextPart): void {
    this.#bytes.write(onlyDeviceIds(this.#text(start, end)), start, 'latin1')
  }

  /** Makes it all zeros, and writes the header back. */
  #blankPayload(pieces: readonly TextPart[]): void {
    const units = this.#firstUnits(pieces)
    const header = headerOf(units.map(({ character }) => character).join(''))
    for (const { start, end } of pieces)
      for (let at = start; at < end; at++) this.#bytes[at] = zeroFor(this.#bytes[at] ?? 0)
    let place = 0
    for (const { at, text, character } of units) {
      if (place === header.length) return
      const kept = character === '' ? '=' : header[place++]
      this.#bytes.write(kept === character ? text : (kept ?? '').repeat(text.length), at, 'latin1')
    }
  }

  /** The characters of a payload in which a header stands. A reference stands for one. */
  #firstUnits(pieces: readonly TextPart[]): PayloadUnit[] {
    const units: PayloadUnit[] = []
    let count = 0
    for (const { kind, start, end } of pieces)
      for (const { 0: text, index } of this.#text(start, end).matchAll(
        kind === 'text' ? /&[^;]*;|[A-Za-z0-9+/]/g : /[A-Za-z0-9+/]/g,
      )) {
        const character = resolveReferences(text)
        const isBase64 = /^[A-Za-z0-9+/]$/.test(character)
        units.push({ at: start + index, text, character: isBase64 ? character : '' })
        if (isBase64 && ++count === GBCS_HEADER_CHARACTERS) return units
      }
    return units
  }

  #fill(start: number, end: number, filler = FILLER): void {
    for (let at = start; at < end; at++) if (!isSpace(this.#bytes[at])) this.#bytes[at] = filler
  }

  #text(start: number, end: number): string {
    return this.#bytes.toString('latin1', start, end)
  }
}

/** What stays of a payload: its characters up to the message code, and no bit more. */
function headerOf(base64: string): string {
  return (blankedGbcsHeader(base64)?.toString('base64') ?? '').replace(/=+$/, '')
}

/** The XML declaration stands at the very beginning, behind a byte order mark at most. */
function isDeclaration(before: string): boolean {
  return /^(?:\xEF\xBB\xBF)?<\?$/.test(before)
}

/** Zero in base64 for a character of it; padding for what is none. White space stays. */
function zeroFor(byte: number): number {
  if (isSpace(byte)) return byte
  return BASE64[byte] ? ZERO : PAD
}

const ZERO = 0x41
const PAD = 0x3d
const BASE64 = Array.from({ length: 256 }, (_, byte) => /[A-Za-z0-9+/]/.test(String.fromCharCode(byte)))
