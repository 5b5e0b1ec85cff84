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
  /** Things that one message claims to be. Legal ones claim up to a handful. */
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
  maxClaims: 64,
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

/** What the start of an element means, beside its text. */
export interface StartMarks {
  readonly claim?: Claim | undefined
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
  /** Claims read from here on are not needed to judge what the message is. */
  readonly endsHead?: boolean | undefined
}

/**
 * What a child that the plan does not name means: `refuse` (DUIS has no such element here), `ignore` (its subtree says
 * nothing), `claim` (an unknown element that itself says what the message is), `claim-data` (unknown data of a Response),
 * `field` (an element that a later version may have here: it may name Devices).
 */
type UnknownChild = 'refuse' | 'ignore' | 'claim' | 'claim-data' | 'field'

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
}

export interface ReadingPlan {
  readonly direction: Direction
  readonly limits: ReadLimits
  readonly names: NameTable
  readonly catalogue: Catalogue
  readonly dccEuis: ReadonlySet<DeviceKey>
  /** Names of the root, Header and Body: an element that has one of them is a message in a message. */
  readonly envelope: ReadonlySet<number>
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
    unknown: 'refuse',
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
  const body = add(request, 'Body', { rank: 2, isRequired: true, unknown: 'claim', unknownRank: 1 })
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
  const response = add(document, 'Response', { rank: 1, isRequired: true, unknown: 'refuse' })
  addHeader(response, [
    ['RequestID', { value: { as: 'request-id' } }],
    ['ResponseID', { value: { as: 'response-id' } }],
    ['ResponseCode', required({ as: 'response-code' })],
    ['ResponseDateTime', { isRequired: true }],
  ])
  const body = add(response, 'Body', { rank: 2, isRequired: true, unknown: 'claim-data', unknownRank: 1 })
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

function draftDeviceAlert(body: Draft): void {
  const alert = add(body, 'DeviceAlertMessage', {
    rank: 1,
    isRequired: true,
    marks: { kind: 'device-alert', hasData: true },
  })
  add(alert, 'AlertCode', { rank: 1, value: { as: 'alert-code', source: 'alert' } })
  add(alert, 'GBCSPayload', { ...GBCS, marks: { endsHead: true } })
}

function draftDccAlert(body: Draft, catalogue: Catalogue): void {
  const alert = add(body, 'DCCAlertMessage', {
    rank: 1,
    isRequired: true,
    marks: { kind: 'dcc-alert', hasData: true },
  })
  add(alert, 'DCCAlertCode', { value: { as: 'dcc-alert-code' } })
  const payload = add(alert, 'DCCAlert', { marks: { endsHead: true } })
  for (const entry of catalogue.data.dccAlertPayloads) {
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
    marks: { kind: 'service-response', hasData: true },
  })
  add(message, 'ServiceReference', { rank: 1, value: { as: 'service-reference', source: 'header' } })
  add(message, 'ServiceReferenceVariant', { rank: 2, value: { as: 'srv', source: 'header' } })
  add(message, 'DSPScheduleID', { marks: { isScheduled: true } })
  const inner = add(message, 'SMETS1SignedResponse/SMETS1Response')
  const header = add(inner, 'Header')
  addDevices(header, 'ra:BusinessOriginatorID', 'eui')
  add(header, 'ra:GBCSHexadecimalMessageCode', { value: { as: 'message-code' } })
  add(header, 'ra:ServiceReference', { rank: 1, value: { as: 'service-reference', source: 'smets1' } })
  add(header, 'ra:ServiceReferenceVariant', { rank: 2, value: { as: 'srv', source: 'smets1' } })
  add(inner, 'Body', { marks: { endsHead: true } })
  const data = add(inner, 'Body/ResponseMessage/ra:SMETSData', { unknown: 'claim' })
  for (const { bodyElement, srv } of catalogue.data.serviceRequests) {
    const name = MMC_NAMES.get(bodyElement) ?? bodyElement
    add(data, `ra:${name}Rsp`, { marks: { claim: { type: 'srv', srv, source: 'smets1' } } })
  }
  add(data, 'ra:ReadEventOrSecurityLogRsp/ra:Log', { marks: { log: 'clear' } })
  add(data, 'ra:ReadEventOrSecurityLogRsp/ra:ALCSEvent', { marks: { log: 'ALCSEvent' } })
  const alert = add(inner, 'Body/DeviceAlertMessage', { marks: { kind: 'device-alert' } })
  const content = add(alert, 'ra:DeviceAlertContent')
  add(content, 'ra:GBCSHexAlertCode', { value: { as: 'alert-code', source: 'smets1' } })
  add(content, 'ra:Payload/ra:BillingDataLogDeviceAlert', {
    marks: { claim: { type: 'alert', code: BILLING_ALERT, source: 'smets1' } },
  })
}

/** Body elements that the Message Mapping Catalogue calls otherwise in answers, where all others are `<body element>Rsp`. */
const MMC_NAMES = new Map([
  ['ReadDeviceConfigurationBillingCalendar', 'ReadDeviceConfigurationDataBillingCalendar'],
])

/** The alert whose purpose is to carry consumption; a billing log under any other code is still this. */
const BILLING_ALERT = '8F0A'

export interface ReadingPlanOptions {
  readonly direction: Direction
  readonly catalogue: Catalogue
  /** EUIs of the DCC as a business target or originator: never a Device. */
  readonly dccEuis: readonly DeviceKey[]
  readonly limits?: Partial<ReadLimits>
}

/** Compiles the plan of one direction; done once at start. */
export function readingPlan(options: ReadingPlanOptions): ReadingPlan {
  const document = draft('', { unknown: 'refuse' })
  if (options.direction === 'southbound') draftRequest(document, options.catalogue)
  else draftResponse(document, options.catalogue)
  const names = new NameTable(namesIn(document))
  return {
    direction: options.direction,
    limits: { ...DEFAULT_READ_LIMITS, ...options.limits },
    names,
    catalogue: options.catalogue,
    dccEuis: new Set(options.dccEuis),
    envelope: new Set(['Request', 'Response', 'Header', 'Body'].map((name) => names.numberOf(name))),
    document: settle(document, names),
    srvsByReference: groupByReference(options.catalogue),
    references: new NameTable(
      options.catalogue.data.serviceRequests.flatMap(({ serviceReference, srv }) => [serviceReference, srv]),
    ),
  }
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
  }
}

/** None when nothing is marked; else every mark in one order, because V8 reads objects of one shape much faster. */
function settleMarks(marks: StartMarks = {}): StartMarks | undefined {
  if (Object.keys(marks).length === 0) return undefined
  return {
    claim: marks.claim,
    kind: marks.kind,
    paymentMode: marks.paymentMode,
    log: marks.log,
    dccAlertPayload: marks.dccAlertPayload,
    hasData: marks.hasData,
    isScheduled: marks.isScheduled,
    isScheduleNumber: marks.isScheduleNumber,
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
