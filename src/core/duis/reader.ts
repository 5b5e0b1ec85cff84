/**
 * The streaming reader: bytes in, `MessageFacts` or a `ReadFault` out.
 *
 * Cast: `XmlScanner` sees to well-formedness, `ReadingPlan` says which element paths matter, `DuisReader` walks the plan as
 * elements open and close, `ElementValues` judges their text, `LaterElements` searches what a later version has, and
 * `FactsBuilder` keeps what all of them said. It reads to the last byte, holds no payload and
 * never throws on input. DUIS structure is enforced where the gateway relies on it (roots, headers, one body); below
 * that, elements it does not know are read for well-formedness and say nothing.
 */
import { ElementValues } from './element-values.ts'
import type { ClaimSource, MessageFacts } from './facts.ts'
import { FactsBuilder } from './facts-builder.ts'
import type { ReadFault } from './fault.ts'
import { isLaterNode, LaterElements, mayBeLater } from './later-elements.ts'
import { NameTable } from './name-table.ts'
import { type PathNode, SKIPPED, type StartMarks, type ValueUse } from './path-node.ts'
import type { ReadingPlan } from './reading-plan.ts'
import { collapse, isDecimal } from './values.ts'
import type { XmlHandler } from './xml-content.ts'
import { SR } from './xml-namespaces.ts'
import { XmlScanner } from './xml-scanner.ts'
import type { ByteSource } from './xml-window.ts'

export type { ReadingPlan } from './reading-plan.ts'
export { readingPlan } from './reading-plan.ts'

export type ReadResult =
  | { readonly ok: true; readonly facts: MessageFacts }
  | { readonly ok: false; readonly fault: ReadFault }

/** `5.4` has three characters; the rest is room for the spellings of xs:decimal. */
const MAX_VERSION_LENGTH = 64
const SCHEMA_VERSION = Buffer.from('schemaVersion')
const USUAL_VERSIONS = new NameTable(['5.0', '5.1', '5.2', '5.3', '5.4'])

/** Among the ranks of the children seen: an element of a later version. No child has this rank. */
const LATER_SEEN = 1

/** What judges values. */
type ValuesOf = (plan: ReadingPlan, facts: FactsBuilder, scanner: XmlScanner) => ElementValues

/** Reads one message. `write` and `end` never throw on any input. */
export class DuisReader implements XmlHandler {
  readonly #plan: ReadingPlan
  readonly #scanner: XmlScanner
  readonly #facts: FactsBuilder
  /** The open path, as far as the plan has it. */
  readonly #path: PathNode[]
  /** Ranks of the children seen, a bit each, for each node of the path. */
  readonly #seen: number[] = [0]
  #isHeadComplete = false
  readonly #values: ElementValues
  /** Made for the first element of a later version. */
  #later: LaterElements | undefined

  /** `valuesOf` is for whoever watches values being taken. */
  constructor(plan: ReadingPlan, valuesOf?: ValuesOf) {
    this.#plan = plan
    this.#path = [plan.document]
    this.#facts = new FactsBuilder(plan)
    this.#scanner = new XmlScanner(this, plan.names, plan.limits)
    const values = valuesOf?.(plan, this.#facts, this.#scanner)
    this.#values = values ?? new ElementValues(plan, this.#facts, this.#scanner)
  }

  /** Takes the next bytes, which may be cut anywhere and are not kept. False once a fault is known. */
  write(chunk: Uint8Array): boolean {
    const isGood = this.#scanner.write(chunk)
    this.#values.text.keep()
    return isGood
  }

  /** Tells that the message is over. */
  end(): ReadResult {
    const fault = this.#scanner.end()
    return fault ? { ok: false, fault } : { ok: true, facts: this.#facts.build() }
  }

  /** The fault, as soon as there is one. */
  get fault(): ReadFault | undefined {
    return this.#scanner.fault
  }

  /** True once what the message is has been read: claims and Devices can still be added after it. */
  get isHeadComplete(): boolean {
    return this.#isHeadComplete
  }

  /** True once the root element has ended. */
  get isRootClosed(): boolean {
    return this.#scanner.isRootClosed
  }

  /**
   * What is known so far; only useful when `isHeadComplete`. What was not understood is left for the end: what the message is
   * may still be said behind it.
   */
  factsSoFar(): MessageFacts {
    const facts = this.#facts.build()
    return { ...facts, claims: [...facts.claims], devices: [...facts.devices], notUnderstood: [] }
  }

  startElement(namespace: number, name: number): boolean {
    const parent = this.#path.at(-1) as PathNode
    if (parent.value) return this.#startInValue(parent, namespace, name)
    const found = parent.children.get(name)
    if (!found || found.namespace !== namespace) {
      if (mayBeLater(this.#plan, parent, namespace, name, this.#seen.at(-1) as number))
        return this.#enterLaterChild(parent, name)
      this.#unknownChild(parent, namespace)
    } else if (found.rank === 0 || this.#isInOrder(parent, found)) return this.#enter(found)
    this.#path.push(SKIPPED)
    return false
  }

  endElement(): void {
    const node = this.#path.pop() as PathNode
    if (node !== SKIPPED) this.#leave(node)
    this.#settleTextUse(this.#path.at(-1) as PathNode)
  }

  text(source: ByteSource, start: number, end: number): void {
    const use = (this.#path.at(-1) as PathNode).value as ValueUse
    if (use.as === 'unknown-field' || use.as === 'later') this.#later?.add(use.as, source, start, end)
    else this.#values.add(use, source, start, end)
  }

  #leave(node: PathNode): void {
    if (!node.value) this.#values.settleReference()
    const seen = this.#seen.pop() as number
    const missing = node.requiredRanks & ~seen
    if (missing !== 0) this.#missingChild(node, missing, seen)
    else if (node.value) this.#takeValue(node, node.value)
    this.#values.clear()
    if (this.#facts.claimCount > this.#plan.limits.maxClaims)
      this.#scanner.failHere('XML_LIMIT', 'the message claims too many kinds')
  }

  #takeValue(node: PathNode, use: ValueUse): void {
    if (use.as === 'unknown-field' || use.as === 'later') return this.#later?.end(use.as)
    const wrong = this.#values.take(node, use)
    if (wrong !== undefined) this.#refuseValue(wrong)
  }

  /** In an element of a later version a value may have another form than it has today. */
  #refuseValue(text: string): void {
    if (this.#later && isLaterNode(this.#plan, this.#path.at(-1) as PathNode)) this.#later.takeUnclear()
    else this.#valueFault(text)
  }

  // --- structure -----------------------------------------------------------------------------------------------

  /** Answers whether anything inside the element matters. */
  #enter(node: PathNode): boolean {
    if (!node.value) this.#values.settleReference()
    this.#path.push(node)
    this.#seen.push(0)
    this.#values.clear()
    if (this.#path.length === 2) this.#readRootAttributes()
    if (node.marks) this.#mark(node.marks)
    this.#settleTextUse(node)
    return node.value !== undefined || node.children.size > 0 || node.unknown !== 'ignore'
  }

  /** Elements inside an element of a later version are looked at; a value that is known has none. */
  #startInValue(parent: PathNode, namespace: number, name: number): boolean {
    if (!isLaterNode(this.#plan, parent)) {
      this.#structureFault(`an element inside ${parent.name}, which holds a value`)
      return false
    }
    const node = this.#laterElements().below(parent, namespace, name)
    if (node !== SKIPPED) return this.#enter(node)
    this.#path.push(SKIPPED)
    return false
  }

  #settleTextUse(node: PathNode): void {
    this.#scanner.content.textUse = node.textUse
  }

  /** Strict parents take each child once and in the order of the XSD. */
  #isInOrder(parent: PathNode, child: Pick<PathNode, 'name' | 'rank'>): boolean {
    const depth = this.#path.length - 1
    const seen = this.#seen[depth] as number
    if (seen >>> child.rank !== 0) {
      this.#structureFault(`${child.name} is repeated or out of place in ${parent.name || 'the document'}`)
      return false
    }
    this.#seen[depth] = seen | (1 << child.rank)
    if ((seen & LATER_SEEN) !== 0 && parent.unknown === 'body') this.#refuseUnlessSafe('two elements in Body')
    return true
  }

  #missingChild(node: PathNode, missing: number, seen: number): void {
    const isReplaced = node.unknown === 'body' && (seen & LATER_SEEN) !== 0
    if (isReplaced) return
    const names = [...node.children.values()]
      .filter((child) => (missing >> child.rank) & 1)
      .map((child) => child.name)
    this.#structureFault(`${node.name} lacks ${names.slice(0, 3).join(' or ')}`)
  }

  #unknownChild(parent: PathNode, namespace: number): void {
    if (parent.unknown === 'ignore' || parent.unknown === 'data') return
    if (parent.unknown !== 'claim' || namespace !== parent.namespace) this.#unexpected(parent)
    else this.#takeUnknown(parent)
  }

  #unexpected(parent: PathNode): void {
    if (this.#path.length > 1) {
      this.#structureFault(`an element that DUIS does not have in ${parent.name}`)
      return
    }
    const root = this.#plan.direction === 'southbound' ? 'sr:Request' : 'sr:Response'
    this.#scanner.failHere('DUIS_ROOT', `the root element is not ${root}`)
  }

  /** An element that DUIS may have in a later version: it counts as a kind of its own. */
  #takeUnknown(parent: PathNode): void {
    const { unknownRank } = parent
    if (unknownRank > 0 && !this.#isInOrder(parent, { name: 'an unknown element', rank: unknownRank })) return
    this.#claimElement(parent.namespace === SR ? 'body' : 'smets1')
  }

  #claimElement(source: ClaimSource): void {
    this.#facts.addClaim({ type: 'element', name: this.#scanner.content.elementName(), source })
  }

  // --- elements of later versions -------------------------------------------------------------------------------

  #enterLaterChild(parent: PathNode, name: number): boolean {
    const later = this.#laterElements()
    if (parent.unknown === 'field') return this.#enter(later.field())
    if (parent.unknown === 'root')
      this.#refuseUnlessSafe(`an element that DUIS does not have in ${parent.name}`)
    else if (parent.unknown === 'body') this.#takeLaterBody()
    else this.#facts.addNotUnderstood('unknown-data')
    if (parent.unknown !== 'root') this.#isHeadComplete = true
    return this.#enter(later.element(name))
  }

  #laterElements(): LaterElements {
    this.#later ??= new LaterElements(this.#plan, this.#facts, this.#scanner, this.#values)
    return this.#later
  }

  /** Instead of the Body's element it is a kind of its own, or data of a Response; beside it, one too many. */
  #takeLaterBody(): void {
    const depth = this.#path.length - 1
    if (this.#seen[depth] !== 0) this.#refuseUnlessSafe('two elements in Body')
    else if (this.#plan.direction === 'southbound') this.#claimElement('body')
    else {
      this.#facts.addNotUnderstood('unknown-data')
      this.#facts.isLaterBody = true
    }
    this.#seen[depth] = (this.#seen[depth] as number) | LATER_SEEN
  }

  /** An element that the known versions do not allow here, so all that the message claims must be never-block. */
  #refuseUnlessSafe(text: string): void {
    this.#facts.faultUnlessSafe ??= this.#scanner.faultHere('DUIS_STRUCTURE', text)
  }

  #readRootAttributes(): void {
    const version = this.#scanner.content.attribute(SCHEMA_VERSION, USUAL_VERSIONS)
    if (version === undefined) return this.#structureFault('the root element lacks schemaVersion')
    if (version.length > MAX_VERSION_LENGTH) return this.#valueFault('schemaVersion is too long')
    const collapsed = collapse(version)
    if (!isDecimal(collapsed)) this.#valueFault('schemaVersion is not a decimal number')
    else this.#facts.schemaVersion = collapsed
  }

  #mark(marks: StartMarks): void {
    const facts = this.#facts
    if (marks.kind) facts.kind = marks.kind
    if (marks.claim) facts.addClaim(marks.claim)
    if (marks.alerts) facts.addAlerts(marks.alerts)
    if (marks.isTypedPayload) this.#values.readPayloadType()
    if (marks.paymentMode) facts.takePaymentMode(marks.paymentMode)
    if (marks.log === 'clear') facts.hasClearLog = true
    else if (marks.log) facts.takeLog(marks.log)
    if (marks.dccAlertPayload) facts.addDccAlertPayload(marks.dccAlertPayload)
    if (marks.hasData) facts.hasData = true
    if (marks.isScheduled) facts.isScheduled = true
    if (marks.isScheduleNumber) facts.isScheduleNumber = true
    if (marks.endsHead) this.#isHeadComplete = true
  }

  #structureFault(text: string): void {
    this.#scanner.failHere('DUIS_STRUCTURE', text)
  }

  #valueFault(text: string): void {
    this.#scanner.failHere('DUIS_VALUE', text)
  }
}

/** Reads a message held whole. */
export function readMessage(plan: ReadingPlan, bytes: Uint8Array): ReadResult {
  const reader = new DuisReader(plan)
  reader.write(bytes)
  return reader.end()
}
