/**
 * The reading plan: a tree of exact element paths, and what the reader does at each.
 *
 * The fixed part of DUIS (roots, headers, message wrappers) is written in `plan-request`, `plan-response` and `plan-smets1`;
 * what differs per SRV, DCC Alert payload and schedule element comes from the catalogue. Here the drafts become the plan.
 */
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { DeviceKey } from './eui64.ts'
import type { Direction } from './facts.ts'
import { NameTable } from './name-table.ts'
import type { PathNode, StartMarks } from './path-node.ts'
import { type Draft, draft } from './plan-draft.ts'
import { draftRequest } from './plan-request.ts'
import { draftResponse } from './plan-response.ts'
import { DEFAULT_READ_LIMITS, type ReadLimits } from './read-limits.ts'
import { TEXT_CAPTURED, TEXT_FORBIDDEN, TEXT_IGNORED, type TextUse } from './xml-content.ts'

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
  const groups = Map.groupBy(catalogue.data.serviceRequests, ({ serviceReference }) => serviceReference)
  return new Map([...groups].map(([reference, entries]) => [reference, entries.map(({ srv }) => srv)]))
}
