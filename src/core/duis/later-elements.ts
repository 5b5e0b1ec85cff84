/**
 * What becomes of elements that a later version of DUIS may have: nobody here knows what they say, so they are searched for
 * what means something wherever it stands: Devices, codes, references and GBCS messages.
 */

import type { ElementValues } from './element-values.ts'
import type { DeviceKey } from './eui64.ts'
import type { FactsBuilder } from './facts-builder.ts'
import { UNKNOWN_NAME } from './name-table.ts'
import { type PathNode, SKIPPED } from './path-node.ts'
import type { ReadingPlan } from './reading-plan.ts'
import { EUI_BYTES, readEui } from './values.ts'
import { TEXT_CAPTURED } from './xml-content.ts'
import { DS, RA, SR } from './xml-namespaces.ts'
import type { XmlScanner } from './xml-scanner.ts'
import { type ByteSource, isSpace } from './xml-window.ts'

/** Stands for an element of a later version in a Header, and for all below it. */
const FIELD: PathNode = { ...SKIPPED, value: { as: 'unknown-field' }, textUse: TEXT_CAPTURED }

/** Stands for an element of a later version elsewhere, and for what is below it and means nothing by its name. */
const LATER: PathNode = { ...SKIPPED, value: { as: 'later' }, textUse: TEXT_CAPTURED }

/**
 * Whether a child that `parent` does not have may be one of a later version, which is looked into. `seen`: the ranks of the
 * children before it.
 */
export function mayBeLater(
  plan: ReadingPlan,
  parent: PathNode,
  namespace: number,
  name: number,
  seen: number,
): boolean {
  const isReserved = name !== UNKNOWN_NAME && plan.reserved.has(name)
  switch (parent.unknown) {
    case 'data':
      return isDuis(namespace)
    case 'claim-data':
      return namespace === parent.namespace
    case 'field':
    case 'root':
      return namespace === parent.namespace && !isReserved
    case 'body':
      // Beside the Body's element only a name that no version has is new; any other is misplaced.
      return namespace === parent.namespace && !isReserved && (name === UNKNOWN_NAME || seen === 0)
    default:
      return false
  }
}

/** Whether the node stands for an element of a later version, or for one inside it. */
export function isLaterNode(plan: ReadingPlan, node: PathNode): boolean {
  return node === LATER || node === FIELD || plan.carriedNodes.has(node)
}

/** Whether a namespace is one in which elements mean something by their name. */
function isDuis(namespace: number): boolean {
  return namespace === SR || namespace === RA
}

/** The elements of later versions of one message; made for its first. */
export class LaterElements {
  readonly #plan: ReadingPlan
  readonly #facts: FactsBuilder
  readonly #scanner: XmlScanner
  readonly #values: ElementValues
  readonly #words: EuiWords
  /** Whether the text is of a Header's element, which may as well name a party. */
  #isField = false
  /** Name of the element that was opened last. */
  #name = ''

  constructor(plan: ReadingPlan, facts: FactsBuilder, scanner: XmlScanner, values: ElementValues) {
    this.#plan = plan
    this.#facts = facts
    this.#scanner = scanner
    this.#values = values
    this.#words = new EuiWords((key) => (this.#isField ? values.addMention(key) : values.addDevice(key)))
  }

  /** What an element in a Header is entered as: only the Devices it names count. */
  field(): PathNode {
    this.#words.end()
    this.#isField = true
    this.#facts.hasUnknownField = true
    return FIELD
  }

  /** What an element elsewhere is entered as: what is carried by its name, or nothing but what stands in it. */
  element(name: number): PathNode {
    this.#endText()
    this.#isField = false
    this.#name = this.#scanner.content.elementName()
    const carried = this.#plan.carried.get(name)
    if (carried?.value?.as !== 'srv') this.#values.settleReference()
    return carried && this.#maySay(carried) ? carried : LATER
  }

  /** What an element inside one of a later version is entered as; SKIPPED when it is not looked at. */
  below(parent: PathNode, namespace: number, name: number): PathNode {
    return parent === FIELD ? this.#belowField(name) : this.#belowElement(parent, namespace, name)
  }

  /** Nothing that looks like a message may hide in an element that nobody here understands. */
  #belowField(name: number): PathNode {
    if (name === UNKNOWN_NAME || !this.#plan.envelope.has(name)) return this.field()
    this.#scanner.failHere('DUIS_STRUCTURE', 'a message inside an element of the Header')
    return SKIPPED
  }

  /** Everything inside is looked at, but for signatures; a value that is known has no elements, so what it says is not. */
  #belowElement(parent: PathNode, namespace: number, name: number): PathNode {
    if (namespace === DS) return SKIPPED
    if (parent.value?.as !== 'later') this.#claimUnclear()
    const isMessage = namespace === SR && name !== UNKNOWN_NAME && this.#plan.roots.has(name)
    if (isMessage && this.#plan.direction === 'southbound') {
      this.#scanner.failHere('DUIS_STRUCTURE', 'a message inside an element of a later version')
      return SKIPPED
    }
    if (isMessage) this.#claimUnclear()
    return this.element(isDuis(namespace) ? name : UNKNOWN_NAME)
  }

  /** A DCC Alert only mentions SRVs; Device Alerts that it wraps count. */
  #maySay(carried: PathNode): boolean {
    if (this.#facts.kind !== 'dcc-alert') return true
    return (
      carried.value?.as === 'alert-code' ||
      carried.value?.as === 'gbcs' ||
      carried.marks?.alerts !== undefined
    )
  }

  /** Something cannot be read as what it is called: a kind that nobody knows. */
  #claimUnclear(): void {
    this.#facts.addClaim({ type: 'element', name: this.#name, source: 'body' })
  }

  /** A value that has not the form of what it is called is a text like any other there. */
  takeUnclear(): void {
    const { bytes, start, end } = this.#values.text
    this.#claimUnclear()
    this.#words.take(bytes, start, end)
    this.#endText()
  }

  /** Takes the next piece of text of an element that means nothing by its name. */
  add(use: 'unknown-field' | 'later', source: ByteSource, start: number, end: number): void {
    this.#words.take(source.bytes, start, end)
    if (use === 'later') this.#values.payload.add(source, start, end)
  }

  /** An element that means nothing by its name ends. */
  end(use: 'unknown-field' | 'later'): void {
    if (use === 'unknown-field') return this.#words.end()
    this.#endText()
    this.#values.settleReference()
  }

  /** The text is over, or an element interrupts it. */
  #endText(): void {
    this.#words.end()
    const gbcs = this.#values.payload.end()
    if (gbcs) this.#facts.takeGbcs(gbcs)
  }
}

const COMMA = 0x2c
const COLON = 0x3a
const SEMICOLON = 0x3b

/**
 * The EUIs among the words of a text, each a Device concerned; whatever else stands there says nothing. Words end at white space
 * and at what joins IDs: comma, semicolon, colon.
 */
class EuiWords {
  readonly #word = new Uint8Array(EUI_BYTES)
  /** One more than an EUI has stands for any longer word. */
  #length = 0
  readonly #found: (key: DeviceKey) => void

  constructor(found: (key: DeviceKey) => void) {
    this.#found = found
  }

  /** Takes the next piece of text; words may be cut anywhere. */
  take(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number
      if (isSeparator(byte)) this.end()
      else if (this.#length < EUI_BYTES) this.#word[this.#length++] = byte
      else this.#length = EUI_BYTES + 1
    }
  }

  /** The text is over, or interrupted by an element. */
  end(): void {
    const key = this.#length === EUI_BYTES ? readEui(this.#word, 0) : undefined
    this.#length = 0
    if (key !== undefined) this.#found(key)
  }
}

function isSeparator(byte: number): boolean {
  return isSpace(byte) || byte === COMMA || byte === COLON || byte === SEMICOLON
}
