/**
 * The Performance Measurement Exceptions List of a month: every Device that was Restricted in it, where it was meanwhile, the
 * spans clipped to the month, and what was stopped for it. A Device that moved to another hub, or changed Supplier, has a row
 * for each.
 */
import type { DeviceType, Instant } from '../core/device/device.ts'
import { type DeviceKey, formatEui64, parseEui64 } from '../core/duis/eui64.ts'
import type { BlockedCount } from '../core/report/fate.ts'
import { restrictedSpans } from '../core/report/flag-steps.ts'
import { concerns, type Incident } from '../core/report/incident.ts'
import {
  type Answering,
  type DeviceFacts,
  type Stay,
  staysOf,
  suppliersIn,
} from '../core/report/placement.ts'
import { type BoundedSpan, clipped, lengthOf, type Month, toldUntil } from '../core/report/span.ts'
import type { Page } from '../store/control-store.ts'
import type { BlockedByClass, ReportStore } from '../store/report-store.ts'
import { includes, type Scope } from './scope.ts'

export interface ExceptionRow {
  readonly device: string
  readonly type: DeviceType | undefined
  /** Absent where the inventory knows no hub. */
  readonly hub: string | undefined
  readonly region: string
  readonly generation: string
  /** The Responsible Supplier; where none is registered, whoever the flag was set for; empty for CSPs, who are not told. */
  readonly supplier: string
  /** When it was Restricted there, in order of time; none where something was stopped and the history has no span here. */
  readonly spans: readonly BoundedSpan[]
  readonly restrictedMs: number
  /** By class; classes of which nothing was stopped are left out. */
  readonly blocked: readonly BlockedByClass[]
  readonly rejected: number
  readonly withheld: number
  /** References of incidents that lay in its region while it was Restricted there, the oldest first. */
  readonly incidents: readonly string[]
}

/** What a list of exceptions is asked for. */
export interface ExceptionsAsked {
  readonly store: ReportStore
  readonly month: Month
  /** A month that has not ended is told up to then. */
  readonly asOf: Instant
  readonly scope: Scope
}

const DEVICES_AT_ONCE = 500

/** Rows by Device, all of them. */
export async function* exceptions(asked: ExceptionsAsked): AsyncGenerator<ExceptionRow, void, undefined> {
  let after: string | undefined
  do {
    const { items, next } = await exceptionsPage(asked, DEVICES_AT_ONCE, after)
    yield* items
    after = next
  } while (after !== undefined)
}

/** Rows of at least one Device that has any, and of at most `limit`; `next` is the last Device looked at where there are more. */
export async function exceptionsPage(
  asked: ExceptionsAsked,
  limit: number,
  after: string | undefined,
): Promise<Page<ExceptionRow>> {
  let last = after === undefined ? undefined : parseEui64(after)
  for (;;) {
    const keys = await asked.store.flaggedDevices(limit, last)
    last = keys.length < limit ? undefined : keys.at(-1)
    const items = await rowsOf(asked, keys)
    if (last === undefined) return { items, next: undefined }
    if (items.length > 0) return { items, next: formatEui64(last) }
  }
}

async function rowsOf(
  { store, month, asOf, scope }: ExceptionsAsked,
  keys: readonly DeviceKey[],
): Promise<ExceptionRow[]> {
  const bounds = { from: month.from, until: toldUntil(month, asOf) }
  const facts = await store.facts(keys)
  const blocked = Map.groupBy(await store.blockedOf(month.name, keys), ({ device }) => device)
  const answering = await answeringFor(store, facts, scope)
  const incidents = await store.incidentsBetween(bounds)
  return facts
    .flatMap((each) => rowsOfDevice(each, blocked.get(each.key) ?? [], answering(each), bounds))
    .map((row) => ({ ...row, incidents: referencesOf(incidents, row) }))
    .filter((row) => includes(scope, row))
    .map((row) => (scope.kind === 'regions' ? { ...row, supplier: '' } : row))
}

const NOBODY_TOLD: Answering = { registrations: [], keeper: undefined }

/** A CSP must not see from a row that begins that the Supplier changed. */
async function answeringFor(
  store: ReportStore,
  facts: readonly DeviceFacts[],
  scope: Scope,
): Promise<(facts: DeviceFacts) => Answering> {
  if (scope.kind === 'regions') return () => NOBODY_TOLD
  const mpxns = new Set(facts.flatMap(({ mpxn }) => mpxn ?? []))
  const byMpxn = Map.groupBy(await store.registrations([...mpxns]), ({ mpxn }) => mpxn)
  return ({ mpxn, keeper }) => ({ registrations: byMpxn.get(mpxn ?? '') ?? [], keeper })
}

/**
 * The Supplier of a count. It was named when the message was rolled up; a change of Supplier that was told later leaves it to
 * one who answers for no time of the month, and then it is theirs who do, the last of them.
 */
function supplierOf({ supplier }: BlockedCount, answering: Answering, bounds: BoundedSpan): string {
  const inMonth = suppliersIn(answering, bounds)
  return inMonth.includes(supplier) ? supplier : (inMonth.at(-1) ?? '')
}

function rowsOfDevice(
  facts: DeviceFacts,
  counts: readonly BlockedCount[],
  answering: Answering,
  bounds: BoundedSpan,
): RowOfDevice[] {
  const spans = restrictedSpans(facts.flag).flatMap((span) => clipped(span, bounds) ?? [])
  const stays = new Map(staysOf(spans, facts, answering).map((stay) => [keyOf(placeOf(stay)), stay]))
  const named = counts.map((count) => ({ ...count, supplier: supplierOf(count, answering, bounds) }))
  const stopped = Map.groupBy(named, keyOf)
  const keys = new Set([...stays.keys(), ...stopped.keys()])
  return [...keys].flatMap((key) => rowOf(facts, stays.get(key), stopped.get(key) ?? []))
}

/** Before incidents are named. */
type RowOfDevice = Omit<ExceptionRow, 'incidents'>

function referencesOf(incidents: readonly Incident[], row: RowOfDevice): string[] {
  const device = parseEui64(row.device)
  if (device === undefined) return []
  const stay = { device, hub: parseEui64(row.hub ?? ''), region: row.region, spans: row.spans }
  return incidents.filter((incident) => concerns(incident, stay)).map(({ reference }) => reference)
}

interface Place {
  readonly hub: DeviceKey | undefined
  readonly region: string
  readonly generation: string
  readonly supplier: string
}

function placeOf({ hub, region = '', generation = '', supplier = '' }: Stay): Place {
  return { hub, region, generation, supplier }
}

function keyOf({ hub, region, generation, supplier }: Place): string {
  return JSON.stringify([hub?.toString(), region, generation, supplier])
}

function rowOf(facts: DeviceFacts, stay: Stay | undefined, counts: readonly BlockedCount[]): RowOfDevice[] {
  const [first] = counts
  const place = stay ? placeOf(stay) : first
  if (!place) return []
  const spans = stay?.spans ?? []
  const { hub, region, generation, supplier } = place
  return [
    {
      device: formatEui64(facts.key),
      type: facts.type,
      hub: hub === undefined ? undefined : formatEui64(hub),
      ...{ region, generation, supplier, spans },
      restrictedMs: lengthOf(spans),
      blocked: byClass(counts),
      rejected: sumOf(counts, 'rejected'),
      withheld: sumOf(counts, 'withheld'),
    },
  ]
}

/** What the rows say was stopped, by class. */
export async function blockedIn(rows: AsyncIterable<ExceptionRow>): Promise<BlockedByClass[]> {
  const sums = new Map<string, { rejected: number; withheld: number }>()
  for await (const { blocked } of rows)
    for (const { class: name, rejected, withheld } of blocked) {
      const sum = sums.get(name) ?? { rejected: 0, withheld: 0 }
      sums.set(name, { rejected: sum.rejected + rejected, withheld: sum.withheld + withheld })
    }
  return [...sums].map(([name, sum]) => ({ class: name, ...sum })).sort(byName)
}

function byName(one: BlockedByClass, other: BlockedByClass): number {
  return one.class.localeCompare(other.class, 'en')
}

function byClass(counts: readonly BlockedCount[]): BlockedByClass[] {
  return [...Map.groupBy(counts, (count) => count.class)]
    .map(([name, own]) => ({
      class: name,
      rejected: sumOf(own, 'rejected'),
      withheld: sumOf(own, 'withheld'),
    }))
    .sort(byName)
}

function sumOf(counts: readonly BlockedCount[], fate: BlockedCount['fate']): number {
  return counts.reduce((sum, count) => (count.fate === fate ? sum + count.messages : sum), 0)
}
