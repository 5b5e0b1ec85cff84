/**
 * Deciding on one message: pure, and the only maker of a Permit.
 *
 * `survey.ts` asks the table about every claim, `weigh.ts` asks the flags about every Device, and this file turns the
 * strictest finding into a verdict. Where facts leave room the rulings of the requirements hold: the strictest claim
 * counts, a condition that cannot be evaluated is met, an answer without data passes, and a restricted kind that names
 * no Device is stopped.
 */
import type { FlagReading, Instant } from '../device/device.ts'
import { type DeviceKey, formatEui64 } from '../duis/eui64.ts'
import type { MessageFacts } from '../duis/facts.ts'
import { underWaySince } from './in-flight.ts'
import { isNeverBlock } from './rule-of.ts'
import { type Survey, survey } from './survey.ts'
import type { Rule, Table } from './table.ts'
import type { Alarm, Grounds, ObservedEvent, Verdict } from './verdict.ts'
import { type Finding, type Outcome, STRICTNESS, weigh } from './weigh.ts'

/** Leave to forward one message. Only `decide` makes one, so forwarding an undecided message does not compile. */
class ForwardPermit {
  readonly #decided = true

  static isGenuine(value: unknown): value is ForwardPermit {
    return typeof value === 'object' && value !== null && #decided in value && value.#decided
  }
}
export type Permit = ForwardPermit

/** Whether `value` was made by `decide`: for `forward` to ask at run time what the compiler cannot see. */
export function isPermit(value: unknown): value is Permit {
  return ForwardPermit.isGenuine(value)
}

/** The `rule` of a verdict on an answer that holds no data, whatever row its SRV stands in. */
export const ANSWER_WITHOUT_DATA = 'answer-without-data'

/** Whether any row that the message claims asks for the flag. False: pass `[]` to `decide`. */
export function needsFlags(table: Table, facts: MessageFacts): boolean {
  if (facts.devices.length === 0 || isAnswerWithoutData(facts)) return false
  return survey(table, facts).stops.length > 0
}

/**
 * `flags[i]` is the reading of `facts.devices[i]`; empty only when `needsFlags` is false. `requestedAt` is when this
 * gateway forwarded the Request that a Response answers; absent when it does not know, which is the stricter side.
 */
export function decide(
  table: Table,
  facts: MessageFacts,
  flags: readonly FlagReading[],
  now: Instant,
  requestedAt?: Instant,
): Verdict {
  const { faultUnlessSafe } = facts
  if (faultUnlessSafe && !isNeverBlock(table, facts)) return { kind: 'refuse', fault: faultUnlessSafe }
  const claimed = survey(table, facts)
  if (isAnswerWithoutData(facts)) return forwardAnswer(table, facts, claimed)
  const underWay = underWaySince(table, facts, now, requestedAt)
  const unlisted = enforcedStop(claimed) ? unlistedOf(facts, flags) : NOTHING
  const waiting = table.defersUnlisted ? unlisted : NOTHING
  const finding = findingOn(claimed, 'enforce', facts, flags, underWay, waiting)
  const shadowed = findingOn(claimed, 'shadow', facts, flags, underWay)
  return verdictOf(facts, finding?.outcome ?? 'forward', {
    rule: finding?.stop.rule.id ?? passingRule(claimed),
    reason: finding ? reasonOf(finding) : passingReason(claimed),
    tableRevision: table.revision,
    flag: finding?.flag ?? 'not-needed',
    device: finding && (finding.flag !== 'clear' || finding.isUnlisted) ? finding.device : undefined,
    flagVersion: finding?.version,
    flagAgeMs: finding?.ageMs,
    isInFlight: finding?.isInFlight ?? false,
    alarms: alarmsOf(claimed, finding, unlisted.size > 0),
    events: claimed.events,
    shadow: shadowOf(facts, shadowed, finding),
  })
}

/** The strictest finding; where it stops nothing, what no Device means for a message that names none where it should. */
function findingOn(
  { stops }: Survey,
  mode: Rule['mode'],
  facts: MessageFacts,
  flags: readonly FlagReading[],
  underWay: Instant | undefined,
  waiting?: ReadonlySet<DeviceKey>,
): Finding | undefined {
  const finding = weigh(stops, mode, facts.devices, flags, underWay, waiting)
  if (finding?.outcome === 'block' || facts.namesDevice) return finding
  return weigh(stops, mode, [], flags, underWay)
}

function verdictOf(facts: MessageFacts, outcome: Outcome, grounds: Grounds): Verdict {
  switch (outcome) {
    case 'forward':
      return { ...grounds, kind: 'forward', permit: new ForwardPermit() }
    case 'defer':
      return { ...grounds, kind: 'defer' }
    case 'block':
      if (facts.direction === 'southbound') return { ...grounds, kind: 'reject' }
      return { ...grounds, kind: 'withhold', answersRequest: isAwaited(facts) }
  }
}

/** Whether a Service User waits for this Response: it names the Request it answers and no schedule made it. */
function isAwaited(facts: MessageFacts): boolean {
  return facts.kind === 'service-response' && facts.requestId !== undefined && !facts.isScheduled
}

function isAnswerWithoutData(facts: MessageFacts): boolean {
  return facts.kind === 'service-response' && !facts.hasData
}

function forwardAnswer(table: Table, facts: MessageFacts, claimed: Survey): Verdict {
  return verdictOf(facts, 'forward', {
    rule: ANSWER_WITHOUT_DATA,
    reason: REASONS.noData,
    tableRevision: table.revision,
    flag: 'not-needed',
    device: undefined,
    flagVersion: undefined,
    flagAgeMs: undefined,
    isInFlight: false,
    alarms: claimed.alarms,
    events: eventsOfAnswer(facts, claimed),
    shadow: undefined,
  })
}

/** An acknowledgement or a failure did nothing yet, so nothing was observed; `I0` says that it was done. */
function eventsOfAnswer(facts: MessageFacts, claimed: Survey): readonly ObservedEvent[] {
  return facts.responseCode === 'I0' ? claimed.events : []
}

/** A row that looked at the flag says more about a message that passed than one that did not. */
function passingRule(claimed: Survey): string {
  return enforcedStop(claimed)?.rule.id ?? claimed.first.id
}

function passingReason(claimed: Survey): string {
  return enforcedStop(claimed) ? REASONS.notForTheseDevices : REASONS.nothingRestricted
}

function enforcedStop(claimed: Survey) {
  return claimed.stops.find((stop) => stop.rule.mode === 'enforce')
}

function alarmsOf(claimed: Survey, finding: Finding | undefined, hasUnlisted: boolean): readonly Alarm[] {
  const { alarms } = claimed
  if (finding !== undefined && finding.device === undefined) return [...alarms, 'blocked-kind-without-device']
  return hasUnlisted ? [...alarms, 'unlisted-device'] : alarms
}

const NOTHING: ReadonlySet<DeviceKey> = new Set()

/** Devices without a flag that the inventory does not know, but for the message's parties, which are no Devices. */
function unlistedOf(
  { devices, user, gbcs }: MessageFacts,
  flags: readonly FlagReading[],
): ReadonlySet<DeviceKey> {
  if (!flags.some(isUnlisted)) return NOTHING
  const keys = devices.filter((_, index) => isUnlisted(flags[index]))
  return new Set(keys.filter((key) => key !== user && key !== gbcs?.party))
}

function isUnlisted(reading: FlagReading | undefined): boolean {
  return reading?.state === 'clear' && reading.isUnlisted === true
}

function shadowOf(
  facts: MessageFacts,
  shadowed: Finding | undefined,
  enforced: Finding | undefined,
): Grounds['shadow'] {
  if (!shadowed || STRICTNESS[shadowed.outcome] <= STRICTNESS[enforced?.outcome ?? 'forward'])
    return undefined
  return { rule: shadowed.stop.rule.id, kind: kindOf(facts, shadowed.outcome) }
}

function kindOf(facts: MessageFacts, outcome: Outcome): Verdict['kind'] {
  if (outcome !== 'block') return outcome
  return facts.direction === 'southbound' ? 'reject' : 'withhold'
}

const REASONS = {
  nothingRestricted: 'Nothing that this message claims to be is restricted.',
  noData: 'An answer without data reveals nothing and always passes.',
  notForTheseDevices: 'The restriction does not cover Devices of this type.',
  deviceClear: 'No Device concerned is Restricted.',
} as const

/** The sentence for what was found of a restricted kind. */
function reasonOf(finding: Finding): string {
  const { outcome, stop, device, flag } = finding
  if (device === undefined) return `${stop.claimed} is stopped: it names no Device whose flag could be read.`
  if (finding.isUnlisted)
    return `${stop.claimed} waits: the inventory does not know Device ${formatEui64(device)}, and unlistedDevice says so.`
  if (flag === 'clear') return REASONS.deviceClear
  if (finding.isInFlight)
    return `${stop.claimed} passes: its Request was forwarded before the flag of Device ${formatEui64(device)} took effect.`
  if (flag === 'restricted')
    return `${stop.claimed} is stopped while Device ${formatEui64(device)} is Restricted. ${stop.rule.why}`
  return `${stop.claimed} ${VERBS[outcome]}: ${uncertainty(device, finding)}, and rule ${stop.rule.id} says so.`
}

const VERBS = { block: 'is stopped', defer: 'waits', forward: 'goes on' } as const

function uncertainty(device: DeviceKey, { flag, ageMs }: Finding): string {
  const subject = `the flag of Device ${formatEui64(device)}`
  return flag === 'stale' ? `${subject} was last known ${ageMs} ms ago` : `${subject} is unknown`
}

/** What the table on trial would have done. */
export interface ShadowVerdict {
  readonly tableRevision: string
  /** `undecided`: it asks for flags that the table in force did not ask for, and that were not at hand. */
  readonly kind: Exclude<Verdict['kind'], 'refuse'> | 'undecided'
  /** Absent when undecided. */
  readonly rule: string | undefined
}

/**
 * Decides by a table on trial, beside the one in force, on the readings at hand; undefined where there are none. It can change no
 * outcome: the leave to forward that its verdict may hold stays in here.
 */
export function shadowVerdict(
  table: Table,
  facts: MessageFacts,
  readings: readonly FlagReading[] | undefined,
  now: Instant,
  requestedAt?: Instant,
): ShadowVerdict {
  const { revision: tableRevision } = table
  if (readings === undefined && needsFlags(table, facts))
    return { tableRevision, kind: 'undecided', rule: undefined }
  const verdict = decide(table, facts, readings ?? [], now, requestedAt)
  if (verdict.kind === 'refuse') return { tableRevision, kind: 'undecided', rule: undefined }
  return { tableRevision, kind: verdict.kind, rule: verdict.rule }
}
