/**
 * Judges a history of the consistency test, and knows nothing else: no code of the product, no clock, no socket.
 *
 * Each Device is a register that one writer sets and clears, one change at a time. What must hold:
 *
 * - `forwarded-while-restricted`: no message that a Restricted Device's flag stops, sent after the flag was in force, is at
 *   the far side before a later clear was asked for.
 * - `stopped-while-clear`: none is rejected that was sent after a clear was in force and answered before the next set.
 * - `beyond-lease`: no verdict rests on a flag older than the lease.
 * - `cut-off-and-sure`: a gateway cut off from the store for longer than the lease forwards and rejects nothing blockable.
 * - `went-back`: of two messages one after the other at one gateway, the later never rests on an older flag version.
 * - `safety-stopped`: a message of a kind that no flag stops is never rejected or deferred.
 * - `never-in-force`: every change that was made was in force in the end.
 */
import type { FaultKind, HistoryLine, ProbeOutcome } from './history.ts'
import { type Change, type Fault, type Probe, Reading } from './reading.ts'

export type Rule =
  | 'forwarded-while-restricted'
  | 'stopped-while-clear'
  | 'beyond-lease'
  | 'cut-off-and-sure'
  | 'went-back'
  | 'safety-stopped'
  | 'never-in-force'

interface Violation {
  readonly rule: Rule
  readonly text: string
}

export interface Percentiles {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly most: number
}

export interface Judgement {
  readonly violations: readonly Violation[]
  /** What the history does not show enough of to be believed; empty when it does. */
  readonly doubts: readonly string[]
  readonly figures: {
    readonly changes: number
    readonly messages: number
    readonly outcomes: Readonly<Record<ProbeOutcome, number>>
    /** Messages that had to be stopped because their flag was in force. */
    readonly mustStop: number
    readonly faults: Readonly<Record<string, number>>
    /** Milliseconds from commit to in force, of changes that no fault was near. */
    readonly calm: Percentiles
    readonly all: Percentiles
    /** Age of the flags that verdicts rested on, in milliseconds. */
    readonly ages: Percentiles
  }
}

/** A time in which a Device's state is beyond doubt at every gateway. */
interface Certain {
  readonly from: number
  readonly until: number
}

/** Wall clocks place the start of a flag that was set for later; they are read to the millisecond. */
const WALL_CLOCK_MS = 5

/** How long after a fault a change may still feel it: reconnecting takes its time. */
const AFTERMATH_MS = 5_000

/** Fewer messages than this that had to be stopped show little. */
const ENOUGH = 20

const CUTTING: readonly FaultKind[] = ['cut', 'black-hole', 'half-open']

/** Judges a history. Throws when it contradicts itself. */
export function check(lines: Iterable<HistoryLine>): Judgement {
  const reading = new Reading(lines)
  const probes = [...reading.probes.values()]
  const restricted = certainTimes(reading, 'restricted')
  const clear = certainTimes(reading, 'clear')
  const mustStop = mustStopIn(probes, restricted)
  const violations = [
    ...forwardedWhileRestricted(mustStop, restricted),
    ...stoppedWhileClear(probes, clear),
    ...beyondLease(reading, probes),
    ...cutOffAndSure(reading, probes),
    ...wentBack(probes),
    ...safetyStopped(probes),
    ...neverInForce(reading),
  ]
  return {
    violations,
    doubts: doubtsOf(reading, probes, mustStop),
    figures: figuresOf(reading, probes, mustStop),
  }
}

/** Whether each gateway has shown enough for the history to be believed, so far. */
export function hasShownEnough(lines: Iterable<HistoryLine>): boolean {
  const reading = new Reading(lines)
  const probes = [...reading.probes.values()]
  return (
    doubtsAtGateways(reading, probes, mustStopIn(probes, certainTimes(reading, 'restricted'))).length === 0
  )
}

function mustStopIn(probes: readonly Probe[], restricted: ReadonlyMap<string, Certain[]>): readonly Probe[] {
  return probes.filter((probe) => probe.isBlockable && startsIn(restricted.get(probe.device), probe))
}

function stopsAt(name: string, mustStop: readonly Probe[]): number {
  return mustStop.filter(({ gateway }) => gateway === name).length
}

/** From when a change was seen in force to when the next one of its Device was asked for, by Device. */
function certainTimes(reading: Reading, state: Change['to']): Map<string, Certain[]> {
  const times = new Map<string, Certain[]>()
  for (const [device, changes] of Map.groupBy(reading.changes.values(), (change) => change.device))
    times.set(device, certainTimesOf(changes, state))
  return times
}

function certainTimesOf(changes: readonly Change[], state: Change['to']): Certain[] {
  const ordered = changes.toSorted((one, other) => one.askedAt - other.askedAt)
  const times: Certain[] = []
  let standing: Change | undefined
  for (const [index, change] of ordered.entries()) {
    const until = ordered[index + 1]?.askedAt ?? Number.POSITIVE_INFINITY
    const hasFailed = change.failedAt !== undefined
    if (!hasFailed) standing = change
    if (!standing || standing.to !== state || standing.inForceAt === undefined) continue
    // A change that failed leaves the one before it standing, for certain once the failure is certain.
    const from = Math.max(standing.inForceAt, beginOf(standing), change.failedAt ?? 0)
    if (from < until) times.push({ from, until })
  }
  return times
}

function beginOf({ madeAt, effectiveAt }: Change): number {
  const isForLater = madeAt !== undefined && effectiveAt > madeAt
  return isForLater ? effectiveAt + WALL_CLOCK_MS : 0
}

function startsIn(times: readonly Certain[] | undefined, { sentAt }: Probe): Certain | undefined {
  return times?.find(({ from, until }) => from <= sentAt && sentAt < until)
}

function forwardedWhileRestricted(
  mustStop: readonly Probe[],
  restricted: ReadonlyMap<string, readonly Certain[]>,
): Violation[] {
  return mustStop.flatMap((probe) => {
    const time = startsIn(restricted.get(probe.device), probe)
    const letThroughAt = probe.arrivedAt ?? (probe.outcome === 'forwarded' ? probe.answeredAt : undefined)
    if (!time || letThroughAt === undefined || letThroughAt >= time.until) return []
    const after = Math.round(probe.sentAt - time.from)
    return violation(
      'forwarded-while-restricted',
      `${nameOf(probe)} was sent ${after} ms after the flag was in force, and let through`,
    )
  })
}

function stoppedWhileClear(
  probes: readonly Probe[],
  clear: ReadonlyMap<string, readonly Certain[]>,
): Violation[] {
  return probes.flatMap((probe) => {
    const time = startsIn(clear.get(probe.device), probe)
    if (!time || probe.outcome !== 'rejected' || (probe.answeredAt ?? time.until) >= time.until) return []
    return violation('stopped-while-clear', `${nameOf(probe)} was rejected with the clear in force`)
  })
}

function beyondLease({ leaseMs }: Reading, probes: readonly Probe[]): Violation[] {
  return probes.flatMap((probe) => {
    const { verdict } = probe
    if (!verdict || !isSure(verdict) || verdict.ageMs === undefined || verdict.ageMs <= leaseMs) return []
    return violation(
      'beyond-lease',
      `${nameOf(probe)} was decided on a flag ${verdict.ageMs} ms old, the lease is ${leaseMs} ms`,
    )
  })
}

function isSure({ verdict, flag }: { readonly verdict: string; readonly flag: string }): boolean {
  return (verdict === 'forward' || verdict === 'reject') && (flag === 'clear' || flag === 'restricted')
}

function cutOffAndSure(reading: Reading, probes: readonly Probe[]): Violation[] {
  const cuts = [...reading.faults.values()].filter(({ kind }) => CUTTING.includes(kind))
  return cuts.flatMap((cut) => {
    const sureUntil = cut.beganAt + reading.leaseMs
    const late = probes.filter(
      (probe) =>
        probe.gateway === cut.gateway &&
        probe.isBlockable &&
        probe.sentAt > sureUntil &&
        doneAt(probe) < cut.endedAt,
    )
    return late.flatMap((probe) =>
      violation(
        'cut-off-and-sure',
        `${nameOf(probe)} was ${probe.outcome} ${Math.round(probe.sentAt - cut.beganAt)} ms after ${cut.kind} began`,
      ),
    )
  })
}

/** When the gateway had forwarded or rejected the message; never, when it did neither. */
function doneAt({ arrivedAt, answeredAt, outcome }: Probe): number {
  if (arrivedAt !== undefined) return arrivedAt
  const isDone = outcome === 'forwarded' || outcome === 'rejected'
  return isDone ? (answeredAt ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY
}

function wentBack(probes: readonly Probe[]): Violation[] {
  const told = probes.filter(({ verdict }) => verdict && isSure(verdict) && verdict.version !== undefined)
  const registers = Map.groupBy(told, ({ gateway, device }) => `${gateway} ${device}`)
  return [...registers.values()].flatMap(wentBackAt)
}

function wentBackAt(probes: readonly Probe[]): Violation[] {
  const bySent = probes.toSorted((one, other) => one.sentAt - other.sentAt)
  const byAnswered = probes
    .filter(({ answeredAt }) => answeredAt !== undefined)
    .toSorted((one, other) => Number(one.answeredAt) - Number(other.answeredAt))
  const violations: Violation[] = []
  let newest = 0
  let next = 0
  for (const probe of bySent) {
    for (let before = byAnswered[next]; before && Number(before.answeredAt) <= probe.sentAt; ) {
      newest = Math.max(newest, versionOf(before))
      next++
      before = byAnswered[next]
    }
    if (versionOf(probe) < newest)
      violations.push(
        ...violation('went-back', `${nameOf(probe)} rests on version ${versionOf(probe)}, after ${newest}`),
      )
  }
  return violations
}

function versionOf({ verdict }: Probe): number {
  return verdict?.version ?? 0
}

function safetyStopped(probes: readonly Probe[]): Violation[] {
  return probes.flatMap((probe) => {
    const isStopped = probe.outcome === 'rejected' || probe.outcome === 'deferred'
    if (probe.isBlockable || !isStopped) return []
    return violation('safety-stopped', `${nameOf(probe)}, which no flag stops, was ${probe.outcome}`)
  })
}

function neverInForce({ changes }: Reading): Violation[] {
  return [...changes.values()].flatMap(({ change, device, to, madeAt, inForceAt }) => {
    if (madeAt === undefined || inForceAt !== undefined) return []
    return violation('never-in-force', `change ${change} of ${device} to ${to} was made and never in force`)
  })
}

function violation(rule: Rule, text: string): Violation[] {
  return [{ rule, text }]
}

function nameOf({ probe, gateway, device }: Probe): string {
  return `message ${probe} for ${device} at ${gateway}`
}

function doubtsOf(reading: Reading, probes: readonly Probe[], mustStop: readonly Probe[]): string[] {
  const doubts = doubtsAtGateways(reading, probes, mustStop)
  if (!probes.some(({ verdict }) => verdict && isSure(verdict))) doubts.push('no journal tells of a verdict')
  if (reading.gateways.length === 0) doubts.push('there is no gateway')
  return doubts
}

function doubtsAtGateways(reading: Reading, probes: readonly Probe[], mustStop: readonly Probe[]): string[] {
  const doubts: string[] = []
  for (const gateway of reading.gateways) {
    const here = probes.filter((probe) => probe.gateway === gateway && probe.isBlockable)
    for (const outcome of ['forwarded', 'rejected'] as const)
      if (!here.some((probe) => probe.outcome === outcome)) doubts.push(`${gateway} has ${outcome} nothing`)
    const stops = stopsAt(gateway, mustStop)
    if (stops < ENOUGH) doubts.push(`only ${stops} messages at ${gateway} had to be stopped`)
  }
  return doubts
}

function figuresOf(
  reading: Reading,
  probes: readonly Probe[],
  mustStop: readonly Probe[],
): Judgement['figures'] {
  const inForce = [...reading.changes.values()].filter(({ inForceAt }) => inForceAt !== undefined)
  const faults = [...reading.faults.values()]
  const calm = inForce.filter((change) => !faults.some((fault) => isNear(fault, change)))
  const outcomes: Record<ProbeOutcome, number> = { forwarded: 0, rejected: 0, deferred: 0, unknown: 0 }
  for (const { outcome } of probes) outcomes[outcome]++
  const ages = probes.flatMap(({ verdict }) => (verdict && isSure(verdict) ? (verdict.ageMs ?? []) : []))
  return {
    changes: inForce.length,
    messages: probes.length,
    outcomes,
    mustStop: mustStop.length,
    faults: Object.fromEntries(
      [...Map.groupBy(faults, ({ kind }) => kind)].map(([kind, all]) => [kind, all.length]),
    ),
    calm: percentilesOf(calm.map(({ tookMs }) => tookMs)),
    all: percentilesOf(inForce.map(({ tookMs }) => tookMs)),
    ages: percentilesOf(ages),
  }
}

function isNear({ beganAt, endedAt }: Fault, { askedAt, inForceAt = askedAt }: Change): boolean {
  return beganAt <= inForceAt && askedAt <= endedAt + AFTERMATH_MS
}

function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((one, other) => one - other)
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), most: at(1) }
}
