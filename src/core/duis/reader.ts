/**
 * The streaming reader: bytes in, `MessageFacts` or a `ReadFault` out.
 *
 * Cast: `XmlScanner` sees to well-formedness, `ReadingPlan` says which element paths matter, `FactsBuilder` keeps what
 * they said, and `DuisReader` walks the plan as elements open and close. It reads to the last byte, holds no payload and
 * never throws on input. DUIS structure is enforced where the gateway relies on it (roots, headers, one body); below
 * that, elements it does not know are read for well-formedness and say nothing.
 */
import type { DevicePathForm, SwapPart } from '../catalogue/catalogue.ts'
import type { DeviceKey } from './eui64.ts'
import { type ClaimSource, type GbcsFacts, LOGS_TO_READ, type MessageFacts } from './facts.ts'
import { FactsBuilder } from './facts-builder.ts'
import type { ReadFault } from './fault.ts'
import { GBCS_HEADER_CHARACTERS, GBCS_USUAL_CHARACTERS, readGbcsHeader } from './gbcs.ts'
import { NameTable, UNKNOWN_NAME } from './name-table.ts'
import { type PathNode, SKIPPED, type StartMarks, type ValueUse } from './path-node.ts'
import { DEFAULT_READ_LIMITS, type ReadingPlan } from './reading-plan.ts'
import { TextValue } from './text-value.ts'
import { EuiWords } from './unknown-field.ts'
import {
  collapse,
  EUI_BYTES,
  isDccAlertCode,
  isDecimal,
  isResponseCode,
  isServiceReference,
  normaliseAlertCode,
  readEui,
  readPositiveInteger,
  readRequestId,
  readScheduleId,
} from './values.ts'
import { TEXT_CAPTURED, TEXT_IGNORED, type XmlHandler, type XmlLimits } from './xml-content.ts'
import { DS, RA, SR } from './xml-namespaces.ts'
import { XmlScanner } from './xml-scanner.ts'
import type { ByteSource } from './xml-window.ts'

export type { ReadingPlan, ReadLimits } from './reading-plan.ts'
export { DEFAULT_READ_LIMITS, readingPlan } from './reading-plan.ts'

export type ReadResult =
  | { readonly ok: true; readonly facts: MessageFacts }
  | { readonly ok: false; readonly fault: ReadFault }

const COMMA = 0x2c
/** `5.4` has three characters; the rest is room for the spellings of xs:decimal. */
const MAX_VERSION_LENGTH = 64
const SCHEMA_VERSION = Buffer.from('schemaVersion')
const USUAL_VERSIONS = new NameTable(['5.0', '5.1', '5.2', '5.3', '5.4'])

/** Stands for an element of a later version in a Header, and for all below it. */
const UNKNOWN_FIELD: PathNode = { ...SKIPPED, value: { as: 'unknown-field' }, textUse: TEXT_CAPTURED }

/** Stands for an element of a later version elsewhere, and for what is below it and means nothing by its name. */
const LATER: PathNode = { ...SKIPPED, value: { as: 'later' }, textUse: TEXT_CAPTURED }

/** Among the ranks of the children seen: an element of a later version. No child has this rank. */
const LATER_SEEN = 1

const FORMAT = Buffer.from('format')
const TYPE = Buffer.from('type')
const PAYLOAD_WORDS = new NameTable(['plain', 'encrypted', 'gbcs', 'dlms', 'zigbeePlain', 'zigbeeCiphered'])

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
  /** ServiceReference waiting for its variant, which is the next sibling and may contradict it. */
  #reference: string | undefined
  #referenceSource: ClaimSource = 'header'
  readonly #value = new TextValue()
  /** The payload that is being read: its header once there is one, and how many characters are kept until then. */
  #header: GbcsFacts | undefined
  #payloadRoom = GBCS_USUAL_CHARACTERS
  /** The Device ID of a list that is being read, and how much of it has come. */
  #listed: Buffer | undefined
  #listedLength = 0
  #isListOpen = false
  /** Made for the first element that is not known and may name Devices. */
  #fieldWords: EuiWords | undefined
  /** Name of the element of a later version that was opened last. */
  #laterName = ''
  /** False while the payload being read says of itself that it is no GBCS message in clear. */
  #isPayloadClear = true

  constructor(plan: ReadingPlan) {
    this.#plan = plan
    this.#path = [plan.document]
    this.#facts = new FactsBuilder(plan)
    this.#scanner = new XmlScanner(this, plan.names, plan.limits)
  }

  /** Takes the next bytes, which may be cut anywhere and are not kept. False once a fault is known. */
  write(chunk: Uint8Array): boolean {
    const isGood = this.#scanner.write(chunk)
    this.#value.keep()
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
      if (this.#isLater(parent, namespace, name)) return this.#enterLaterChild(parent, name)
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

  #leave(node: PathNode): void {
    if (!node.value) this.#settleReference()
    const seen = this.#seen.pop() as number
    const missing = node.requiredRanks & ~seen
    if (missing !== 0) this.#missingChild(node, missing, seen)
    else if (node.value) this.#takeValue(node, node.value)
    this.#value.clear()
    if (this.#facts.claimCount > this.#plan.limits.maxClaims)
      this.#scanner.failHere('XML_LIMIT', 'the message claims too many kinds')
  }

  text(source: ByteSource, start: number, end: number): void {
    const use = (this.#path.at(-1) as PathNode).value as ValueUse
    if (use.as === 'unknown-field') this.#fieldWords?.take(source.bytes, start, end)
    else if (use.as === 'later') this.#collectLater(source, start, end)
    else if (use.as === 'gbcs') this.#collectBase64(source, start, end)
    else if (use.as === 'devices' && isList(use.forms)) this.#collectList(source.bytes, start, end, use.forms)
    else this.#collectValue(source, start, end)
  }

  // --- structure -----------------------------------------------------------------------------------------------

  /** Answers whether anything inside the element matters. */
  #enter(node: PathNode): boolean {
    if (!node.value) this.#settleReference()
    this.#path.push(node)
    this.#seen.push(0)
    this.#value.clear()
    this.#listedLength = 0
    this.#isListOpen = false
    if (this.#path.length === 2) this.#readRootAttributes()
    if (node.marks) this.#mark(node.marks)
    this.#settleTextUse(node)
    return node.value !== undefined || node.children.size > 0 || node.unknown !== 'ignore'
  }

  /** Elements inside an element of a later version are looked at; a value that is known has none. */
  #startInValue(parent: PathNode, namespace: number, name: number): boolean {
    if (parent === UNKNOWN_FIELD) return this.#enterBelowField(name)
    if (this.#isLaterNode(parent)) return this.#enterBelowLater(parent, namespace, name)
    this.#structureFault(`an element inside ${parent.name}, which holds a value`)
    return false
  }

  /** Nothing that looks like a message may hide in an element that nobody here understands. */
  #enterBelowField(name: number): boolean {
    const isMessage = name !== UNKNOWN_NAME && this.#plan.envelope.has(name)
    if (isMessage) this.#structureFault('a message inside an element of the Header')
    return !isMessage && this.#enterField()
  }

  /** An element of a later version: what it says is not known, so only the Devices it names count. */
  #enterField(): boolean {
    this.#words().end()
    this.#facts.hasUnknownField = true
    return this.#enter(UNKNOWN_FIELD)
  }

  #words(): EuiWords {
    this.#fieldWords ??= new EuiWords((key) => this.#addDevice(key))
    return this.#fieldWords
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
    this.#isHeadComplete = true
    this.#claimElement(parent.namespace === SR ? 'body' : 'smets1')
  }

  #claimElement(source: ClaimSource): void {
    this.#facts.addClaim({ type: 'element', name: this.#scanner.content.elementName(), source })
  }

  // --- elements of later versions -------------------------------------------------------------------------------

  /** Whether an element that `parent` does not have may be one of a later version, which is looked into. */
  #isLater(parent: PathNode, namespace: number, name: number): boolean {
    switch (parent.unknown) {
      case 'data':
        return isDuis(namespace)
      case 'claim-data':
        return namespace === parent.namespace
      case 'field':
      case 'root':
        return namespace === parent.namespace && !this.#isReserved(name)
      case 'body':
        return namespace === parent.namespace && !this.#isReserved(name) && this.#isNewInBody(name)
      default:
        return false
    }
  }

  #isReserved(name: number): boolean {
    return name !== UNKNOWN_NAME && this.#plan.reserved.has(name)
  }

  /** Beside the Body's element only a name that no version has is new; any other is misplaced. */
  #isNewInBody(name: number): boolean {
    return name === UNKNOWN_NAME || this.#seen[this.#path.length - 1] === 0
  }

  #enterLaterChild(parent: PathNode, name: number): boolean {
    if (parent.unknown === 'field') return this.#enterField()
    if (parent.unknown === 'root')
      this.#refuseUnlessSafe(`an element that DUIS does not have in ${parent.name}`)
    else if (parent.unknown === 'body') this.#takeLaterBody()
    else this.#facts.addNotUnderstood('unknown-data')
    if (parent.unknown !== 'root') this.#isHeadComplete = true
    return this.#enterLater(name)
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

  #isLaterNode(node: PathNode): boolean {
    return node === LATER || this.#plan.carriedNodes.has(node)
  }

  #enterLater(name: number): boolean {
    this.#endLaterText()
    this.#laterName = this.#scanner.content.elementName()
    const carried = this.#plan.carried.get(name)
    if (carried?.value?.as !== 'srv') this.#settleReference()
    return this.#enter(carried && this.#maySay(carried) ? carried : LATER)
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

  /** Everything inside is looked at, but for signatures; a value that is known has no elements, so what it says is not. */
  #enterBelowLater(parent: PathNode, namespace: number, name: number): boolean {
    if (namespace === DS) {
      this.#path.push(SKIPPED)
      return false
    }
    if (parent.value?.as !== 'later') this.#unclear()
    const isMessage = namespace === SR && name !== UNKNOWN_NAME && this.#plan.roots.has(name)
    if (isMessage && this.#plan.direction === 'southbound') {
      this.#structureFault('a message inside an element of a later version')
      return false
    }
    if (isMessage) this.#unclear()
    return this.#enterLater(isDuis(namespace) ? name : UNKNOWN_NAME)
  }

  /** Something in an element of a later version cannot be read as what it is called: a kind that nobody knows. */
  #unclear(): void {
    this.#facts.addClaim({ type: 'element', name: this.#laterName, source: 'body' })
  }

  /** A value that has not the form of what it is called is a text like any other there. */
  #takeUnclear(): void {
    const { bytes, start, end } = this.#value
    this.#unclear()
    this.#words().take(bytes, start, end)
    this.#endLaterText()
  }

  #collectLater(source: ByteSource, start: number, end: number): void {
    this.#words().take(source.bytes, start, end)
    this.#collectBase64(source, start, end)
  }

  #takeLater(): void {
    this.#endLaterText()
    this.#settleReference()
  }

  /** The text of an element of a later version is over, or an element interrupts it. */
  #endLaterText(): void {
    this.#words().end()
    const gbcs = this.#takeHeader()
    if (gbcs) this.#facts.takeGbcs(gbcs)
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
    if (marks.isTypedPayload) this.#readPayloadType()
    if (marks.paymentMode) facts.takePaymentMode(marks.paymentMode)
    if (marks.log === 'clear') facts.hasClearLog = true
    else if (marks.log) facts.takeLog(marks.log)
    if (marks.dccAlertPayload) facts.addDccAlertPayload(marks.dccAlertPayload)
    if (marks.hasData) facts.hasData = true
    if (marks.isScheduled) facts.isScheduled = true
    if (marks.isScheduleNumber) facts.isScheduleNumber = true
    if (marks.endsHead) this.#isHeadComplete = true
  }

  #readPayloadType(): void {
    const { content } = this.#scanner
    const isPlain = content.attribute(FORMAT, PAYLOAD_WORDS) === 'plain'
    this.#isPayloadClear = isPlain && content.attribute(TYPE, PAYLOAD_WORDS) === 'gbcs'
  }

  #structureFault(text: string): void {
    this.#scanner.failHere('DUIS_STRUCTURE', text)
  }

  /** In an element of a later version a value may have another form than it has today. */
  #valueFault(text: string): void {
    if (this.#isLaterNode(this.#path.at(-1) as PathNode)) this.#takeUnclear()
    else this.#scanner.failHere('DUIS_VALUE', text)
  }

  // --- text ----------------------------------------------------------------------------------------------------

  /** Joins the pieces of a value; leading white space is judged when the value is complete. */
  #collectValue(source: ByteSource, start: number, end: number): void {
    if (this.#value.length + end - start > this.#plan.limits.maxValueBytes)
      this.#scanner.failHere('XML_LIMIT', 'a value is too long')
    else this.#value.add(source, start, end)
  }

  /** Keeps the first characters of a payload. White space, and anything else that is no base64, is passed over. */
  #collectBase64(source: ByteSource, start: number, end: number): void {
    const value = this.#value
    for (let at = start; at < end && value.length < this.#payloadRoom; at++) {
      const stop = Math.min(end, at + this.#payloadRoom - value.length)
      const from = at
      while (at < stop && isBase64(source.bytes[at] as number)) at++
      if (at === from) continue
      value.add(source, from, at)
      if (value.length === GBCS_USUAL_CHARACTERS) this.#readUsualHeader()
      at--
    }
  }

  /** Where the usual length is too short for a header, more characters are kept. */
  #readUsualHeader(): void {
    this.#header = readGbcsHeader(this.#value.toString())
    if (!this.#header) this.#payloadRoom = GBCS_HEADER_CHARACTERS
  }

  /** Takes Device IDs of a comma-separated list as they come; white space is not allowed in it (DUIS XSD, DeviceIDList). */
  #collectList(bytes: Buffer, start: number, end: number, forms: readonly DevicePathForm[]): void {
    let at = start
    while (at < end && !this.fault) {
      if (this.#listedLength === EUI_BYTES) {
        if (bytes[at++] !== COMMA)
          return this.#valueFault('a Device ID list with something other than a comma between')
        this.#listedLength = 0
        this.#isListOpen = true
        continue
      }
      const room = Math.min(EUI_BYTES - this.#listedLength, end - at)
      if (room === EUI_BYTES) this.#takeListed(bytes, at, forms)
      else this.#joinListed(bytes, at, room, forms)
      at += room
    }
  }

  /** Takes the next bytes of a Device ID that came in parts. */
  #joinListed(bytes: Buffer, at: number, length: number, forms: readonly DevicePathForm[]): void {
    this.#listed ??= Buffer.alloc(EUI_BYTES)
    bytes.copy(this.#listed, this.#listedLength, at, at + length)
    this.#listedLength += length
    if (this.#listedLength === EUI_BYTES) this.#takeListed(this.#listed, 0, forms)
  }

  #takeListed(bytes: Buffer, at: number, forms: readonly DevicePathForm[]): void {
    this.#listedLength = EUI_BYTES
    const key = readEui(bytes, at)
    if (key === undefined || forms.length === 0)
      return this.#valueFault('a Device ID list with something else in it')
    this.#isListOpen = false
    this.#addDevice(key)
  }

  #addDevice(key: DeviceKey): void {
    if (this.#facts.deviceCount >= this.#plan.limits.maxDevices) {
      this.#scanner.failHere('XML_LIMIT', 'too many Devices')
      return
    }
    this.#facts.addDevice(key)
  }

  // --- values --------------------------------------------------------------------------------------------------

  #takeValue(node: PathNode, use: ValueUse): void {
    switch (use.as) {
      case 'request-id':
      case 'response-id':
        return this.#takeHeaderId(node, use.as)
      case 'service-reference':
        return this.#takeReference(node, use.source)
      case 'srv':
        return this.#takeSrv(node, use.source)
      case 'command-variant':
        return this.#takeCommandVariant()
      case 'response-code':
        return this.#takeResponseCode()
      case 'execution-date-time':
        this.#facts.executionDateTime = this.#value.collapsed()
        return
      case 'schedule-id':
        this.#facts.scheduleId = readScheduleId(this.#value)
        return
      case 'schedule-end-date':
        this.#facts.scheduleEndDate = this.#value.collapsed()
        return
      case 'meter-point':
        return this.#facts.takeMeterPoint(this.#value.collapsed())
      case 'log-request':
        return this.#facts.takeLogRequest(this.#value.collapsed())
      case 'alert-code':
        return this.#takeAlertCode(use.source)
      case 'dcc-alert-code':
        return this.#takeDccAlertCode()
      case 'message-code':
        return this.#takeMessageCode()
      case 'log-to-read':
        return this.#takeLogToRead()
      case 'gbcs':
        return this.#takeGbcs()
      case 'unknown-field':
        return this.#fieldWords?.end()
      case 'later':
        return this.#takeLater()
      case 'devices':
        return this.#takeDevices(node, use)
    }
  }

  #takeHeaderId(node: PathNode, as: 'request-id' | 'response-id'): void {
    const value = this.#value
    value.collapse()
    const parts = readRequestId(value.bytes, value.start, value.end)
    if (!parts) return this.#valueFault(`${node.name} is not originator:target:counter`)
    if (as === 'request-id') this.#facts.takeRequestId(value.toString(), parts)
    else this.#facts.takeResponseId(value.toString(), parts)
  }

  #takeReference(node: PathNode, source: ClaimSource): void {
    const text = this.#readReference()
    if (text === undefined) return this.#valueFault(`${node.name} is not a Service Reference`)
    this.#settleReference()
    this.#reference = text
    this.#referenceSource = source
    this.#facts.serviceReference ??= text
  }

  /** A reference without a variant beside it stands for every variant it has. */
  #settleReference(): void {
    if (this.#reference === undefined) return
    this.#facts.addReference(this.#reference, this.#referenceSource)
    this.#reference = undefined
  }

  #takeSrv(node: PathNode, source: ClaimSource): void {
    const text = this.#readReference()
    if (text === undefined) return this.#valueFault(`${node.name} is not a Service Reference Variant`)
    this.#facts.srv ??= text
    this.#facts.addSrv(text, source, this.#reference)
    this.#reference = undefined
  }

  /** The value as a ServiceReference or variant; undefined when it has not the form of one. */
  #readReference(): string | undefined {
    const { view, start, end } = this.#value
    const known = this.#plan.references.textAt(view, start, end)
    if (known !== undefined) return known
    const text = this.#value.toString()
    return isServiceReference(text) ? text : undefined
  }

  #takeCommandVariant(): void {
    const variant = readPositiveInteger(this.#value)
    if (variant === undefined) this.#valueFault('CommandVariant is not a positive integer')
    else this.#facts.commandVariant = variant
  }

  #takeResponseCode(): void {
    const code = this.#value.toString()
    if (isResponseCode(code)) this.#facts.responseCode = code
    else this.#valueFault('ResponseCode has not the form of one')
  }

  #takeAlertCode(source: ClaimSource): void {
    const code = normaliseAlertCode(this.#value.collapsed())
    if (code === undefined) this.#valueFault('an alert code is not hexBinary')
    else if (code !== '') this.#facts.addClaim({ type: 'alert', code, source })
  }

  #takeDccAlertCode(): void {
    const code = this.#value.toString()
    if (isDccAlertCode(code)) this.#facts.addClaim({ type: 'dcc-alert', code, source: 'alert' })
    else this.#valueFault('DCCAlertCode has not the form of one')
  }

  #takeMessageCode(): void {
    const code = normaliseAlertCode(this.#value.collapsed())
    if (code === undefined) this.#valueFault('a GBCS message code is not hexBinary')
    else if (code !== '') this.#facts.takeMessageCode(code, 'smets1')
  }

  /** A value that no known version of DUIS has leaves open which log is read. */
  #takeLogToRead(): void {
    const text = this.#value.toString()
    this.#facts.takeLog(LOGS_TO_READ.find((log) => log === text) ?? 'unreadable')
  }

  #takeHeader(): GbcsFacts | undefined {
    const gbcs = this.#header ?? readGbcsHeader(this.#value.toString())
    this.#header = undefined
    this.#payloadRoom = GBCS_USUAL_CHARACTERS
    return gbcs
  }

  #takeGbcs(): void {
    const gbcs = this.#takeHeader()
    if (gbcs) this.#facts.takeGbcs(gbcs)
    if (!gbcs || !this.#isPayloadClear) this.#facts.addNotUnderstood('unreadable-payload')
    this.#isPayloadClear = true
  }

  #takeDevices(node: PathNode, use: ValueUse & { readonly as: 'devices' }): void {
    if (isList(use.forms)) {
      if (this.#isListOpen || this.#listedLength !== EUI_BYTES)
        this.#valueFault(`${node.name} is not a list of Device IDs`)
      return
    }
    this.#value.collapse()
    for (const form of use.forms) this.#takeDevice(node, form, use.swapped)
  }

  #takeDevice(node: PathNode, form: DevicePathForm, swapped: SwapPart | undefined): void {
    const { bytes, start, end, length } = this.#value
    if (form === 'eui') {
      const key = length === EUI_BYTES ? readEui(bytes, start) : undefined
      if (key === undefined) return this.#valueFault(`${node.name} is not a Device ID`)
      this.#addDevice(key)
      if (swapped) this.#facts.takeSwapped(swapped, key)
      return
    }
    const parts = readRequestId(bytes, start, end)
    if (!parts) this.#valueFault(`${node.name} is not originator:target:counter`)
    else this.#addDevice(form === 'request-target' ? parts.target : parts.originator)
  }
}

/** Whether a namespace is one in which elements mean something by their name. */
function isDuis(namespace: number): boolean {
  return namespace === SR || namespace === RA
}

function isList(forms: readonly DevicePathForm[]): boolean {
  return forms[0] === 'eui-list'
}

function isBase64(byte: number): boolean {
  return (
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2b ||
    byte === 0x2f
  )
}

/** Reads a message held whole. */
export function readMessage(plan: ReadingPlan, bytes: Uint8Array): ReadResult {
  const reader = new DuisReader(plan)
  reader.write(bytes)
  return reader.end()
}

/** The XML layer alone: undefined when the bytes are a well-formed document that the gateway's subset allows. */
export function checkWellFormed(
  bytes: Uint8Array,
  limits: XmlLimits = DEFAULT_READ_LIMITS,
): ReadFault | undefined {
  const handler: XmlHandler = {
    startElement: () => {
      scanner.content.textUse = TEXT_IGNORED
      return true
    },
    endElement: () => undefined,
    text: () => undefined,
  }
  const scanner = new XmlScanner(handler, new NameTable([]), limits)
  scanner.write(bytes)
  return scanner.end()
}
