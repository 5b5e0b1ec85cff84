/**
 * The reading plan: a tree of exact element paths, and what the reader does at each.
 *
 * The fixed part of DUIS (roots, headers, message wrappers) is written here; what differs per SRV, DCC Alert payload and
 * schedule element comes from the catalogue. A path counts only in its own namespace: `sr:` unless written `ra:` or `ds:`.
 */
import type { Catalogue, DevicePath, DevicePathForm, SwapPart } from '../catalogue/catalogue.ts'
import type { DeviceKey } from './eui64.ts'
import type { Claim, ClaimSource, Direction, LogToRead, MessageKind } from './facts.ts'
import { NameTable } from './name-table.ts'
import { TEXT_CAPTURED, TEXT_FORBIDDEN, TEXT_IGNORED, type TextUse } from './xml-content.ts'
import { DS, RA, SR } from './xml-namespaces.ts'

/** Finite limits of one message, all in bytes unless the name says otherwise. */
export interface ReadLimits {
  readonly maxDepth: number
  readonly maxNameBytes: number
  /** One tag with its attributes. */
  readonly maxTagBytes: number
  readonly maxAttributes: number
  /** Text of one element that the reader must understand (an ID, a code, a reference), after joining. */
  readonly maxValueBytes: number
  /** Devices of one message: the largest legal list has 50,000. */
  readonly maxDevices: number
  /** Things that one message claims to be. Most claim a handful; 100 SMETS1 payloads may each be another. */
  readonly maxClaims: number
}

/** Largest depth among the public templates is 10; largest value a RequestID of 68 bytes. */
export const DEFAULT_READ_LIMITS: ReadLimits = {
  maxDepth: 32,
  maxNameBytes: 256,
  maxTagBytes: 16_384,
  maxAttributes: 64,
  maxValueBytes: 4_096,
  maxDevices: 100_000,
  maxClaims: 512,
}

/** What the text of an element means. */
export type ValueUse =
  | {
      readonly as: 'request-id' | 'response-id' | 'command-variant' | 'response-code' | 'execution-date-time'
    }
  | { readonly as: 'service-reference' | 'srv'; readonly source: ClaimSource }
  | { readonly as: 'alert-code'; readonly source: ClaimSource }
  | { readonly as: 'schedule-id' | 'schedule-end-date' | 'meter-point' | 'log-request' }
  | { readonly as: 'dcc-alert-code' | 'message-code' | 'log-to-read' | 'gbcs' | 'unknown-field' }
  | {
      readonly as: 'devices'
      readonly forms: readonly DevicePathForm[]
      readonly swapped?: SwapPart | undefined
    }
  /** Of an element of a later version: any Device ID or GBCS message in it counts. */
  | { readonly as: 'later' }

/** What the start of an element means, beside its text. */
export interface StartMarks {
  readonly claim?: Claim | undefined
  /** Device Alert codes that the element stands for: each is claimed unless one of them is already. */
  readonly alerts?: readonly string[] | undefined
  readonly kind?: MessageKind | undefined
  readonly paymentMode?: 'credit' | 'prepayment' | undefined
  /** The log that the answer to a 6.13 holds; `clear`: entries of a log that only the message code names. */
  readonly log?: LogToRead | 'clear' | undefined
  /** What a DCC Alert holds: its path in the catalogue of events. */
  readonly dccAlertPayload?: string | undefined
  /** The message carries data. */
  readonly hasData?: boolean | undefined
  readonly isScheduled?: boolean | undefined
  readonly isScheduleNumber?: boolean | undefined
  /** Attributes of the element say whether its payload is a GBCS message in clear (MMC XSD, GBCSDataType). */
  readonly isTypedPayload?: boolean | undefined
  /** Claims read from here on are not needed to judge what the message is. */
  readonly endsHead?: boolean | undefined
}

/**
 * What a child that the plan does not name means: `refuse` (DUIS has no such element here), `ignore` (its subtree says
 * nothing), `claim` (an unknown element that itself says what the message is), `field` (an element that a later version may
 * have in a Header: it may name Devices). The others are elements of a later version, searched for all that they carry:
 * `data` and `claim-data` (unknown data of a Response, among siblings in any order), `body` (instead of the Body's element,
 * or beside it), `root` (beside Header and Body).
 */
export type UnknownChild = 'refuse' | 'ignore' | 'claim' | 'field' | 'data' | 'claim-data' | 'body' | 'root'

/** One element path. */
export interface PathNode {
  readonly name: string
  readonly namespace: number
  /** Place in a strict parent's order, from 1; 0 where order does not matter. */
  readonly rank: number
  readonly isRequired: boolean
  readonly value: ValueUse | undefined
  readonly marks: StartMarks | undefined
  readonly unknown: UnknownChild
  /** Place in the order that a child the plan does not name takes; 0 where order does not matter. */
  readonly unknownRank: number
  /** By number of the local name; namespaces are compared afterwards. */
  readonly children: ReadonlyMap<number, PathNode>
  readonly requiredRanks: number
  readonly textUse: TextUse
}

export interface ReadingPlan {
  readonly direction: Direction
  readonly limits: ReadLimits
  readonly names: NameTable
  readonly catalogue: Catalogue
  readonly dccEuis: ReadonlySet<DeviceKey>
  /** Names of the root, Header and Body: an element that has one of them is a message in a message. */
  readonly envelope: ReadonlySet<number>
  /** Names of the root elements. */
  readonly roots: ReadonlySet<number>
  /** Those, and names of IDs and references: no element of a later version may have one where this one has something else. */
  readonly reserved: ReadonlySet<number>
  /** What an element of a DUIS namespace means by its name alone, inside an element of a later version. */
  readonly carried: ReadonlyMap<number, PathNode>
  readonly carriedNodes: ReadonlySet<PathNode>
  /** Its only child is the root element. */
  readonly document: PathNode
  /** SRVs of each ServiceReference, for a reference that contradicts its variant. */
  readonly srvsByReference: ReadonlyMap<string, readonly string[]>
  /** The ServiceReferences and variants that are known, so that no text is made for them. */
  readonly references: NameTable
}

/** A node while the plan is being written. */
interface Draft {
  name: string
  namespace: number
  rank: number
  isRequired: boolean
  value?: ValueUse
  marks?: StartMarks
  unknown: UnknownChild
  unknownRank: number
  children: Map<string, Draft>
}

interface DraftOptions {
  readonly rank?: number
  readonly isRequired?: boolean
  readonly value?: ValueUse
  readonly marks?: StartMarks
  readonly unknown?: UnknownChild
  readonly unknownRank?: number
}

const NAMESPACES = new Map([
  ['ra', RA],
  ['ds', DS],
])

function draft(step: string, options: DraftOptions = {}): Draft {
  const [name = '', prefix = 'sr'] = step.split(':').reverse()
  return {
    name,
    namespace: NAMESPACES.get(prefix) ?? SR,
    rank: options.rank ?? 0,
    isRequired: options.isRequired ?? false,
    unknown: options.unknown ?? 'ignore',
    unknownRank: options.unknownRank ?? 0,
    ...(options.value && { value: options.value }),
    ...(options.marks && { marks: options.marks }),
    children: new Map(),
  }
}

/** Adds `path` below `parent`, making the nodes in between; options go to the last one. */
function add(parent: Draft, path: string, options: DraftOptions = {}): Draft {
  let node = parent
  for (const step of path.split('/')) {
    let child = node.children.get(step)
    if (!child) {
      child = draft(step)
      node.children.set(step, child)
    }
    node = child
  }
  Object.assign(node, { ...options, marks: { ...node.marks, ...options.marks } })
  return node
}

/** Adds a path that names Devices; two forms at one path are both taken. */
function addDevices(
  parent: Draft,
  path: string,
  form: DevicePathForm,
  swapped?: DevicePath['swapped'],
): void {
  const node = add(parent, path)
  const forms = node.value?.as === 'devices' ? node.value.forms : []
  node.value = { as: 'devices', forms: [...forms, form], swapped }
}

const GBCS: DraftOptions = { value: { as: 'gbcs' } }

/** Adds children in XSD order; each may stand once. Elements of a later version may stand anywhere between them. */
function addHeader(parent: Draft, children: readonly (readonly [string, DraftOptions])[]): void {
  const header = add(parent, 'Header', { rank: 1, isRequired: true, unknown: 'field' })
  children.forEach(([name, options], index) => {
    add(header, name, { rank: index + 1, ...options })
  })
}

const required = (value: ValueUse): DraftOptions => ({ isRequired: true, value })

function draftRequest(document: Draft, catalogue: Catalogue): void {
  const request = add(document, 'Request', {
    rank: 1,
    isRequired: true,
    unknown: 'root',
    marks: { kind: 'service-request', hasData: true },
  })
  addHeader(request, [
    ['RequestID', required({ as: 'request-id' })],
    ['FirstInSequence', {}],
    ['PrecedingServiceRequestID', {}],
    ['CommandVariant', required({ as: 'command-variant' })],
    ['ServiceReference', required({ as: 'service-reference', source: 'header' })],
    ['ServiceReferenceVariant', required({ as: 'srv', source: 'header' })],
  ])
  const body = add(request, 'Body', { rank: 2, isRequired: true, unknown: 'body' })
  for (const entry of catalogue.data.serviceRequests) {
    const claim: Claim = { type: 'srv', srv: entry.srv, source: 'body' }
    add(body, entry.bodyElement, { rank: 1, isRequired: true, marks: { claim, endsHead: true } })
    add(body, `${entry.bodyElement}/ExecutionDateTime`, { value: { as: 'execution-date-time' } })
    for (const { path, as } of entry.devicePaths) addDevices(body, path, as)
  }
  add(body, 'SignedPreCommand', { rank: 1, isRequired: true, marks: { endsHead: true } })
  add(body, 'SignedPreCommand/ExecutionDateTime', { value: { as: 'execution-date-time' } })
  add(body, 'SignedPreCommand/GBCSPayload', GBCS)
  add(body, 'ReturnLocalCommandResponse/DeviceGBCSResponse', GBCS)
  add(body, 'UpdatePaymentMode/Credit', { marks: { paymentMode: 'credit' } })
  add(body, 'UpdatePaymentMode/Prepayment', { marks: { paymentMode: 'prepayment' } })
  add(body, 'ReadEventOrSecurityLog/LogToRead', { value: { as: 'log-to-read' } })
  draftSchedule(body, catalogue)
  add(body, 'DeleteSchedule/DSPScheduleID', { value: { as: 'schedule-id' } })
  for (const installed of ['CHFInstallSuccessSMWAN', 'CHFInstallSuccessNoSMWAN'])
    add(body, `${installed}/MPxN`, { value: { as: 'meter-point' } })
  add(body, 'UpdateHANDeviceLog/RequestType', { value: { as: 'log-request' } })
  add(request, 'ds:Signature', { rank: 3 })
}

/** Create Schedule (5.1): the scheduled SRV and its element are claims of the message. */
function draftSchedule(body: Draft, catalogue: Catalogue): void {
  const schedule = add(body, 'CreateSchedule', { unknown: 'claim', unknownRank: 3 })
  for (const name of ['Frequency', 'StartDate', 'ExecutionStartTime']) add(schedule, `Schedule${name}`)
  add(schedule, 'ScheduleEndDate', { value: { as: 'schedule-end-date' } })
  add(schedule, 'KAPublicSecurityCredential')
  add(schedule, 'DSPScheduledServiceReference', {
    rank: 1,
    value: { as: 'service-reference', source: 'inner-header' },
  })
  add(schedule, 'DSPScheduledServiceReferenceVariant', {
    rank: 2,
    value: { as: 'srv', source: 'inner-header' },
  })
  for (const [element, { srv }] of catalogue.byScheduleElement) {
    add(schedule, element, { marks: { claim: { type: 'srv', srv, source: 'inner-body' } } })
  }
}

function draftResponse(document: Draft, catalogue: Catalogue): void {
  const response = add(document, 'Response', { rank: 1, isRequired: true, unknown: 'root' })
  addHeader(response, [
    ['RequestID', { value: { as: 'request-id' } }],
    ['ResponseID', { value: { as: 'response-id' } }],
    ['ResponseCode', required({ as: 'response-code' })],
    ['ResponseDateTime', { isRequired: true }],
  ])
  const body = add(response, 'Body', { rank: 2, isRequired: true, unknown: 'body' })
  draftResponseMessage(body)
  draftDeviceAlert(body)
  draftDccAlert(body, catalogue)
  draftSmets1(body, catalogue)
  add(response, 'ds:Signature', { rank: 3 })
}

const WARNING_LISTS = [
  'InvalidDeviceIDList',
  'NotCommissionedDeviceIDList',
  'NotApplicableFirmwareDeviceIDList',
  'OtherRequestInProgressList',
  'InvalidGBCSVersionList',
]

function draftResponseMessage(body: Draft): void {
  const marks = { hasData: true, endsHead: true }
  const message = add(body, 'ResponseMessage', {
    rank: 1,
    isRequired: true,
    unknown: 'claim-data',
    marks: { kind: 'service-response' },
  })
  add(message, 'ServiceReference', { rank: 1, ...required({ as: 'service-reference', source: 'header' }) })
  add(message, 'ServiceReferenceVariant', { rank: 2, ...required({ as: 'srv', source: 'header' }) })
  for (const element of [
    'CINMessage',
    'DSPInventory',
    'DSPOptIn',
    'DSPSchedulesRead',
    'DSPScheduledMessage',
    'DSPScheduleID',
    'DSPUpdateFirmwareWarning',
    'DSPUpdatePPMIDFirmwareWarning',
    'DSPWANMatrix',
    'FutureDatedDeviceAlertMessage',
    'GBCSPayload',
    'LocalCommand',
    'PreCommand',
  ]) {
    add(message, element, { rank: 3, marks })
  }
  add(message, 'DSPScheduledMessage', { marks: { isScheduled: true } })
  add(message, 'DSPScheduleID', { marks: { isScheduleNumber: true }, value: { as: 'schedule-id' } })
  add(message, 'GBCSPayload', GBCS)
  for (const wrapper of [
    'CINMessage',
    'DSPScheduledMessage',
    'FutureDatedDeviceAlertMessage',
    'LocalCommand',
    'PreCommand',
  ]) {
    add(message, `${wrapper}/GBCSPayload`, GBCS)
  }
  add(message, 'FutureDatedDeviceAlertMessage/FutureDatedAlertCode', {
    value: { as: 'alert-code', source: 'alert' },
  })
  addDevices(message, 'DSPInventory/Device/DeviceID', 'eui')
  addDevices(message, 'DSPOptIn/DeviceID', 'eui')
  addDevices(message, 'DSPSchedulesRead/DSPSchedules/DSPScheduleDetails/DeviceID', 'eui')
  for (const list of WARNING_LISTS) {
    addDevices(message, `DSPUpdateFirmwareWarning/${list}`, 'eui-list')
    addDevices(message, `DSPUpdatePPMIDFirmwareWarning/${list}`, 'eui-list')
  }
}

/** Children of every alert message. */
const THROTTLE = ['ThrottledAlertSequenceId', 'ThrottledAlertCount']

function draftDeviceAlert(body: Draft): void {
  const alert = add(body, 'DeviceAlertMessage', {
    rank: 1,
    isRequired: true,
    unknown: 'data',
    marks: { kind: 'device-alert', hasData: true },
  })
  for (const name of THROTTLE) add(alert, name)
  add(alert, 'AlertCode', { rank: 1, value: { as: 'alert-code', source: 'alert' } })
  add(alert, 'GBCSPayload', { ...GBCS, marks: { endsHead: true } })
}

function draftDccAlert(body: Draft, catalogue: Catalogue): void {
  const alert = add(body, 'DCCAlertMessage', {
    rank: 1,
    isRequired: true,
    unknown: 'data',
    marks: { kind: 'dcc-alert', hasData: true },
  })
  for (const name of THROTTLE) add(alert, name)
  add(alert, 'DCCAlertCode', { value: { as: 'dcc-alert-code' } })
  const payload = add(alert, 'DCCAlert', { unknown: 'data', marks: { endsHead: true } })
  for (const entry of catalogue.data.dccAlertPayloads) {
    add(payload, entry.element)
    for (const { path, as, swapped } of entry.devicePaths) addDevices(payload, path, as, swapped)
    for (const path of entry.alertCodePaths)
      add(payload, path, { value: { as: 'alert-code', source: 'alert' } })
  }
  for (const { dccAlertPayload } of catalogue.data.events)
    for (const path of dccAlertPayload) add(payload, path, { marks: { dccAlertPayload: path } })
  add(payload, 'DSPScheduleRemoval/DSPScheduleID', { value: { as: 'schedule-id' } })
}

/**
 * SMETS1 answers and alerts: clear MMC data inside a wrapper of the SMETS1 Service Provider. The wrapper is mandatory, so
 * such a message always counts as one with data, also when a later version wraps it otherwise.
 */
function draftSmets1(body: Draft, catalogue: Catalogue): void {
  const message = add(body, 'SMETS1ResponseMessage', {
    rank: 1,
    isRequired: true,
    unknown: 'data',
    marks: { kind: 'service-response', hasData: true },
  })
  add(message, 'ServiceReference', { rank: 1, value: { as: 'service-reference', source: 'header' } })
  add(message, 'ServiceReferenceVariant', { rank: 2, value: { as: 'srv', source: 'header' } })
  add(message, 'DSPScheduleID', { marks: { isScheduled: true } })
  for (const name of THROTTLE) add(message, name)
  const signed = add(message, 'SMETS1SignedResponse', { unknown: 'data' })
  add(signed, 'ds:Signature')
  const inner = add(signed, 'SMETS1Response', { unknown: 'data' })
  const header = add(inner, 'Header')
  addDevices(header, 'ra:BusinessOriginatorID', 'eui')
  add(header, 'ra:GBCSHexadecimalMessageCode', { value: { as: 'message-code' } })
  add(header, 'ra:ServiceReference', { rank: 1, value: { as: 'service-reference', source: 'smets1' } })
  add(header, 'ra:ServiceReferenceVariant', { rank: 2, value: { as: 'srv', source: 'smets1' } })
  const content = add(inner, 'Body', { unknown: 'data', marks: { endsHead: true } })
  draftSmets1Answer(add(content, 'ResponseMessage', { unknown: 'data' }), catalogue)
  draftSmets1Alert(
    add(content, 'DeviceAlertMessage', { unknown: 'data', marks: { kind: 'device-alert' } }),
    catalogue,
  )
}

/** Devices that an answer in clear names beside its own; all that the MMC XSD gives an EUI and that is no party's. */
const MMC_DEVICES = [
  'ra:ReadDeviceConfigurationIdentityExcMPxNRsp/ra:DeviceIdentifier',
  'ra:ReadALCSDataRsp/ra:AuxiliaryLoadControlSwitch/ra:TypeAndIdentifier/ra:HCALCS',
  'ra:ReadDeviceLogRsp/ra:DeviceLogEntries/ra:LogEntry/ra:DeviceID',
  'ra:ReadDeviceLogRsp/ra:CHFDeviceLog/ra:CHFDeviceLogEntry/ra:DeviceID',
  'ra:ReadDeviceLogRsp/ra:CHFConnectedDeviceLog/ra:CHFCurrentConnectedDeviceLogEntry/ra:DeviceID',
  'ra:ReadDeviceLogRsp/ra:CHFConnectedDeviceLog/ra:CHFHistoricConnectedDeviceLogEntry/ra:DeviceID',
  'ra:RestoreGPFDeviceLogRsp/ra:RestoreDeviceLogOutcome/ra:DeviceLogEntry/ra:DeviceID',
  'ra:ReadAuxiliaryControllerOperationalDataRsp/ra:AuxiliaryControllerOperationalData/ra:TypeAndIdentifier/ra:HCALCSID',
]

/** Payload as the Device sent it, beside or instead of the data in clear: up to 100 of them. */
const TYPED_PAYLOAD: DraftOptions = { value: { as: 'gbcs' }, marks: { isTypedPayload: true } }

function draftSmets1Answer(answer: Draft, catalogue: Catalogue): void {
  add(answer, 'ra:GBCSData', TYPED_PAYLOAD)
  add(answer, 'ra:DebugInfo')
  const data = add(answer, 'ra:SMETSData', { unknown: 'claim' })
  for (const { bodyElement, srv } of catalogue.data.serviceRequests) {
    const name = MMC_NAMES.get(bodyElement) ?? bodyElement
    add(data, `ra:${name}Rsp`, { marks: { claim: { type: 'srv', srv, source: 'smets1' } } })
  }
  for (const path of MMC_DEVICES) addDevices(data, path, 'eui')
  add(data, 'ra:ReadEventOrSecurityLogRsp/ra:Log', { marks: { log: 'clear' } })
  add(data, 'ra:ReadEventOrSecurityLogRsp/ra:ALCSEvent', { marks: { log: 'ALCSEvent' } })
}

function draftSmets1Alert(alert: Draft, catalogue: Catalogue): void {
  add(alert, 'ra:GBCSData', TYPED_PAYLOAD)
  const content = add(alert, 'ra:DeviceAlertContent', { unknown: 'data' })
  add(content, 'ra:GBCSHexAlertCode', { value: { as: 'alert-code', source: 'smets1' } })
  add(content, 'ra:AlertDescription')
  add(content, 'ra:Timestamp')
  const payload = add(content, 'ra:Payload', { unknown: 'data' })
  for (const [element, alerts] of alertsByElement(catalogue)) {
    add(payload, `ra:${element}`, { marks: { alerts } })
  }
}

/** Codes of the alerts whose content is this element of the Message Mapping Catalogue. */
function alertsByElement(catalogue: Catalogue): Map<string, readonly string[]> {
  const codes = new Map<string, readonly string[]>()
  for (const { code, mmcElement } of catalogue.data.deviceAlerts) {
    if (mmcElement !== undefined) codes.set(mmcElement, [...(codes.get(mmcElement) ?? []), code])
  }
  return codes
}

/** Body elements that the Message Mapping Catalogue calls otherwise in answers, where all others are `<body element>Rsp`. */
export const MMC_NAMES = new Map([
  ['ReadDeviceConfigurationBillingCalendar', 'ReadDeviceConfigurationDataBillingCalendar'],
])

export interface ReadingPlanOptions {
  readonly direction: Direction
  readonly catalogue: Catalogue
  /** EUIs of the DCC as a business target or originator: never a Device. */
  readonly dccEuis: readonly DeviceKey[]
  readonly limits?: Partial<ReadLimits>
}

/** Compiles the plan of one direction; done once at start. */
export function readingPlan(options: ReadingPlanOptions): ReadingPlan {
  const { catalogue } = options
  const drafts = {
    southbound: draftOf('southbound', catalogue),
    northbound: draftOf('northbound', catalogue),
  }
  const document = drafts[options.direction]
  const carried = carriedBy(Object.values(drafts))
  const names = new NameTable([...namesIn(document), ...carried.keys(), ...RESERVED])
  const numbers = (texts: readonly string[]) => new Set(texts.map((text) => names.numberOf(text)))
  const carriedNodes = new Map(
    [...carried].map(([name, node]) => [names.numberOf(name), settle(node, names)]),
  )
  return {
    direction: options.direction,
    limits: { ...DEFAULT_READ_LIMITS, ...options.limits },
    names,
    catalogue,
    dccEuis: new Set(options.dccEuis),
    envelope: numbers(ENVELOPE),
    roots: numbers(ROOTS),
    reserved: numbers(RESERVED),
    carried: carriedNodes,
    carriedNodes: new Set(carriedNodes.values()),
    document: settle(document, names),
    srvsByReference: groupByReference(catalogue),
    references: new NameTable(
      catalogue.data.serviceRequests.flatMap(({ serviceReference, srv }) => [serviceReference, srv]),
    ),
  }
}

const ROOTS = ['Request', 'Response']
const ENVELOPE = [...ROOTS, 'Header', 'Body']
const RESERVED = [...ENVELOPE, 'RequestID', 'ResponseID', 'ServiceReference', 'ServiceReferenceVariant']

function draftOf(direction: Direction, catalogue: Catalogue): Draft {
  const document = draft('', { unknown: 'refuse' })
  if (direction === 'southbound') draftRequest(document, catalogue)
  else draftResponse(document, catalogue)
  return document
}

/** Codes, references, payloads and elements that stand for a kind, wherever DUIS has one of that name. */
function carriedBy(drafts: readonly Draft[]): Map<string, Draft> {
  const found = new Map<string, Draft>()
  const walk = (node: Draft): void => {
    const carried = carriedAlone(node)
    if (carried && !found.has(node.name)) found.set(node.name, carried)
    for (const child of node.children.values()) walk(child)
  }
  for (const document of drafts) walk(document)
  return found
}

/** What an element keeps of its meaning outside its place; undefined when it has none there. */
function carriedAlone({ name, value, marks }: Draft): Draft | undefined {
  switch (value?.as) {
    case 'srv':
    case 'service-reference':
    case 'alert-code':
      return draft(name, { value: { ...value, source: 'body' } })
    case 'dcc-alert-code':
    case 'message-code':
      return draft(name, { value })
    case 'gbcs':
      return draft(name, { value, marks: { isTypedPayload: marks?.isTypedPayload } })
  }
  const claim = marks?.claim && { ...marks.claim, source: 'body' as const }
  const isKind = claim !== undefined || marks?.alerts !== undefined
  return isKind ? draft(name, { value: { as: 'later' }, marks: { claim, alerts: marks?.alerts } }) : undefined
}

function* namesIn(node: Draft): Generator<string> {
  for (const child of node.children.values()) {
    yield child.name
    yield* namesIn(child)
  }
}

function settle(node: Draft, names: NameTable): PathNode {
  const children = [...node.children.values()].map((child) => settle(child, names))
  return {
    name: node.name,
    namespace: node.namespace,
    rank: node.rank,
    isRequired: node.isRequired,
    value: node.value,
    marks: settleMarks(node.marks),
    unknown: node.unknown,
    unknownRank: node.unknownRank,
    children: new Map(children.map((child) => [names.numberOf(child.name), child])),
    requiredRanks: children.reduce(
      (ranks, child) => (child.isRequired ? ranks | (1 << child.rank) : ranks),
      0,
    ),
    textUse: textUseOf(node),
  }
}

function textUseOf({ value, unknown }: Draft): TextUse {
  if (value) return TEXT_CAPTURED
  return unknown === 'ignore' || unknown === 'data' ? TEXT_IGNORED : TEXT_FORBIDDEN
}

/** None when nothing is marked; else every mark in one order, because V8 reads objects of one shape much faster. */
function settleMarks(marks: StartMarks = {}): StartMarks | undefined {
  if (Object.keys(marks).length === 0) return undefined
  return {
    claim: marks.claim,
    alerts: marks.alerts,
    kind: marks.kind,
    paymentMode: marks.paymentMode,
    log: marks.log,
    dccAlertPayload: marks.dccAlertPayload,
    hasData: marks.hasData,
    isScheduled: marks.isScheduled,
    isScheduleNumber: marks.isScheduleNumber,
    isTypedPayload: marks.isTypedPayload,
    endsHead: marks.endsHead,
  }
}

function groupByReference(catalogue: Catalogue): Map<string, readonly string[]> {
  const groups = new Map<string, string[]>()
  for (const { serviceReference, srv } of catalogue.data.serviceRequests) {
    groups.set(serviceReference, [...(groups.get(serviceReference) ?? []), srv])
  }
  return groups
}
