/**
 * The text of the elements that the plan has a use for: gathered as it comes, judged and handed to the facts when the element
 * ends.
 */
import type { DevicePathForm, SwapPart } from '../catalogue/catalogue.ts'
import { DeviceIdList } from './device-id-list.ts'
import type { DeviceKey } from './eui64.ts'
import { type ClaimSource, LOGS_TO_READ } from './facts.ts'
import type { FactsBuilder } from './facts-builder.ts'
import type { ReadFaultCode } from './fault.ts'
import { PayloadHeader } from './gbcs.ts'
import { NameTable } from './name-table.ts'
import type { PathNode, ValueUse } from './path-node.ts'
import type { ReadingPlan } from './reading-plan.ts'
import { TextValue } from './text-value.ts'
import {
  EUI_BYTES,
  isDccAlertCode,
  isResponseCode,
  isServiceReference,
  normaliseAlertCode,
  readEui,
  readPositiveInteger,
  readRequestId,
  readScheduleId,
} from './values.ts'
import type { XmlContent } from './xml-content.ts'
import type { ByteSource } from './xml-window.ts'

const FORMAT = Buffer.from('format')
const TYPE = Buffer.from('type')
const PAYLOAD_WORDS = new NameTable(['plain', 'encrypted', 'gbcs', 'dlms', 'zigbeePlain', 'zigbeeCiphered'])

/** What is wrong with a value, in words; undefined when it is as it must be. */
type Wrong = string | undefined

/** What values need to know of where they stand, and whom they tell that one breaks a limit. */
export interface ValuePlace {
  /** Attributes of the element being opened. */
  readonly content: Pick<XmlContent, 'attribute'>
  failHere(code: ReadFaultCode, text: string): void
}

export class ElementValues {
  readonly #plan: ReadingPlan
  readonly #facts: FactsBuilder
  readonly #scanner: ValuePlace
  /** The text of the present element, as far as it has come. */
  readonly text = new TextValue()
  /** Made for the first payload. */
  #payload: PayloadHeader | undefined
  /** Made for the first list of Devices. */
  #list: DeviceIdList | undefined
  /** ServiceReference waiting for its variant, which is the next sibling and may contradict it. */
  #reference: string | undefined
  #referenceSource: ClaimSource = 'header'
  /** False while the payload being read says of itself that it is no GBCS message in clear. */
  #isPayloadClear = true

  constructor(plan: ReadingPlan, facts: FactsBuilder, scanner: ValuePlace) {
    this.#plan = plan
    this.#facts = facts
    this.#scanner = scanner
  }

  get payload(): PayloadHeader {
    this.#payload ??= new PayloadHeader(this.text)
    return this.#payload
  }

  /** An element begins or ends: what stood before it is no part of it. */
  clear(): void {
    this.text.clear()
    this.#list?.clear()
  }

  /** Takes the next piece of text of an element with this use. */
  add(use: ValueUse, source: ByteSource, start: number, end: number): void {
    if (use.as === 'gbcs') this.payload.add(source, start, end)
    else if (use.as === 'devices' && isList(use.forms)) this.#addToList(source.bytes, start, end)
    else this.#addToText(source, start, end)
  }

  /** Joins the pieces of a value; leading white space is judged when the value is complete. */
  #addToText(source: ByteSource, start: number, end: number): void {
    if (this.text.length + end - start > this.#plan.limits.maxValueBytes)
      this.#scanner.failHere('XML_LIMIT', 'a value is too long')
    else this.text.add(source, start, end)
  }

  #addToList(bytes: Buffer, start: number, end: number): void {
    this.#list ??= new DeviceIdList((key) => this.addDevice(key))
    const wrong = this.#list.take(bytes, start, end)
    if (wrong !== undefined) this.#scanner.failHere('DUIS_VALUE', wrong)
  }

  /** Answers whether there was room for one more. */
  addDevice(key: DeviceKey): boolean {
    const hasRoom = this.#hasRoom()
    if (hasRoom) this.#facts.addDevice(key)
    return hasRoom
  }

  /** The same of an EUI in a Header element that no known version has. */
  addMention(key: DeviceKey): boolean {
    const hasRoom = this.#hasRoom()
    if (hasRoom) this.#facts.addMention(key)
    return hasRoom
  }

  #hasRoom(): boolean {
    if (this.#facts.deviceCount < this.#plan.limits.maxDevices) return true
    this.#scanner.failHere('XML_LIMIT', 'too many Devices')
    return false
  }

  /** Reads what the element being opened says of its payload. */
  readPayloadType(): void {
    const { content } = this.#scanner
    const isPlain = content.attribute(FORMAT, PAYLOAD_WORDS) === 'plain'
    this.#isPayloadClear = isPlain && content.attribute(TYPE, PAYLOAD_WORDS) === 'gbcs'
  }

  /** A reference without a variant beside it stands for every variant it has. */
  settleReference(): void {
    if (this.#reference === undefined) return
    this.#facts.addReference(this.#reference, this.#referenceSource)
    this.#reference = undefined
  }

  /** Takes the value of an element that ends. */
  take(node: PathNode, use: ValueUse): Wrong {
    const facts = this.#facts
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
      case 'alert-code':
        return this.#takeAlertCode(use.source)
      case 'dcc-alert-code':
        return this.#takeDccAlertCode()
      case 'message-code':
        return this.#takeMessageCode()
      case 'devices':
        return this.#takeDevices(node, use)
      case 'execution-date-time':
        facts.executionDateTime = this.text.collapsed()
        break
      case 'schedule-id':
        facts.scheduleId = readScheduleId(this.text)
        break
      case 'schedule-end-date':
        facts.scheduleEndDate = this.text.collapsed()
        break
      case 'meter-point':
        facts.takeMeterPoint(this.text.collapsed())
        break
      case 'log-request':
        facts.takeLogRequest(this.text.collapsed())
        break
      case 'log-to-read':
        this.#takeLogToRead()
        break
      case 'gbcs':
        this.#takeGbcs()
    }
    return undefined
  }

  #takeHeaderId(node: PathNode, as: 'request-id' | 'response-id'): Wrong {
    const { text } = this
    text.collapse()
    const parts = readRequestId(text.bytes, text.start, text.end)
    if (!parts) return `${node.name} is not originator:target:counter`
    if (as === 'request-id') this.#facts.takeRequestId(text.toString(), parts)
    else this.#facts.takeResponseId(text.toString(), parts)
    return undefined
  }

  #takeReference(node: PathNode, source: ClaimSource): Wrong {
    const text = this.#readReference()
    if (text === undefined) return `${node.name} is not a Service Reference`
    this.settleReference()
    this.#reference = text
    this.#referenceSource = source
    this.#facts.serviceReference ??= text
    return undefined
  }

  #takeSrv(node: PathNode, source: ClaimSource): Wrong {
    const text = this.#readReference()
    if (text === undefined) return `${node.name} is not a Service Reference Variant`
    this.#facts.srv ??= text
    this.#facts.addSrv(text, source, this.#reference)
    this.#reference = undefined
    return undefined
  }

  /** The value as a ServiceReference or variant; undefined when it has not the form of one. */
  #readReference(): string | undefined {
    const { view, start, end } = this.text
    const known = this.#plan.references.textAt(view, start, end)
    if (known !== undefined) return known
    const text = this.text.toString()
    return isServiceReference(text) ? text : undefined
  }

  #takeCommandVariant(): Wrong {
    const variant = readPositiveInteger(this.text)
    if (variant === undefined) return 'CommandVariant is not a positive integer'
    this.#facts.commandVariant = variant
    return undefined
  }

  #takeResponseCode(): Wrong {
    const code = this.text.toString()
    if (!isResponseCode(code)) return 'ResponseCode has not the form of one'
    this.#facts.responseCode = code
    return undefined
  }

  #takeAlertCode(source: ClaimSource): Wrong {
    const code = normaliseAlertCode(this.text.collapsed())
    if (code === undefined) return 'an alert code is not hexBinary'
    if (code !== '') this.#facts.addClaim({ type: 'alert', code, source })
    return undefined
  }

  #takeDccAlertCode(): Wrong {
    const code = this.text.toString()
    if (!isDccAlertCode(code)) return 'DCCAlertCode has not the form of one'
    this.#facts.addClaim({ type: 'dcc-alert', code, source: 'alert' })
    return undefined
  }

  #takeMessageCode(): Wrong {
    const code = normaliseAlertCode(this.text.collapsed())
    if (code === undefined) return 'a GBCS message code is not hexBinary'
    if (code !== '') this.#facts.takeMessageCode(code, 'smets1')
    return undefined
  }

  /** A value that no known version of DUIS has leaves open which log is read. */
  #takeLogToRead(): void {
    const text = this.text.toString()
    this.#facts.takeLog(LOGS_TO_READ.find((log) => log === text) ?? 'unreadable')
  }

  #takeGbcs(): void {
    const gbcs = this.payload.end()
    if (gbcs) this.#facts.takeGbcs(gbcs)
    if (!gbcs || !this.#isPayloadClear) this.#facts.addNotUnderstood('unreadable-payload')
    this.#isPayloadClear = true
  }

  #takeDevices(node: PathNode, use: ValueUse & { readonly as: 'devices' }): Wrong {
    if (isList(use.forms)) return this.#list?.isWhole ? undefined : `${node.name} is not a list of Device IDs`
    this.text.collapse()
    for (const form of use.forms) {
      const wrong = this.#takeDevice(node, form, use.swapped)
      if (wrong !== undefined) return wrong
    }
    return undefined
  }

  #takeDevice(node: PathNode, form: DevicePathForm, swapped: SwapPart | undefined): Wrong {
    const { bytes, start, end, length } = this.text
    if (form === 'eui') {
      const key = length === EUI_BYTES ? readEui(bytes, start) : undefined
      if (key === undefined) return `${node.name} is not a Device ID`
      this.addDevice(key)
      if (swapped) this.#facts.takeSwapped(swapped, key)
      return undefined
    }
    const parts = readRequestId(bytes, start, end)
    if (!parts) return `${node.name} is not originator:target:counter`
    this.addDevice(form === 'request-target' ? parts.target : parts.originator)
    return undefined
  }
}

/** Whether an element names its Devices in a list, which is taken one by one as it comes. */
export function isList(forms: readonly DevicePathForm[]): boolean {
  return forms[0] === 'eui-list'
}
