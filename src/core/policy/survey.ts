/**
 * What a table says about each claim of a message, before any flag is known.
 *
 * Every claim counts (requirements, rule 3): each finds its rule, and those that stop a Restricted Device are kept as
 * stops. The common message leaves one claim on a passing row and nothing else.
 */
import type { GbcsMessageEntry } from '../catalogue/catalogue.ts'
import type { Claim, ClaimSource, MessageFacts } from '../duis/facts.ts'
import { blocks, both, canBlock, holdsForMessage, type Truth, useCasesOf } from './conditions.ts'
import { fallbackOf, isNeverBlock, isScheduledRead, rowOf, UNKNOWN_ALARMS } from './rule-of.ts'
import type { Rule, Table } from './table.ts'
import type { Alarm, ObservedEvent } from './verdict.ts'

/** A claim that stops any Restricted Device the rule's Device type condition covers. */
export interface Stop {
  /** For people: `SRV 4.8.1`. */
  readonly claimed: string
  readonly rule: Rule
  /** How the conditions on the message came out; the Device type is judged per Device. */
  readonly truth: Truth
  /** Message codes for what is claimed that are for Devices of certain types. */
  readonly useCases: readonly GbcsMessageEntry[]
}

export interface Survey {
  /** The rule of the first claim: what a message that passes is accounted to. */
  readonly first: Rule
  readonly stops: readonly Stop[]
  readonly alarms: readonly Alarm[]
  readonly events: readonly ObservedEvent[]
}

/** Finds the rule of everything the message claims, and of what its kind should claim and does not. */
export function survey(table: Table, facts: MessageFacts): Survey {
  const found = new Findings(table, facts)
  for (const claim of facts.claims) found.addClaim(claim)
  for (const payload of facts.dccAlertPayloads) found.observe(table.byDccAlertPayload.get(payload))
  const missing = missingClaim(table, facts)
  if (missing) found.addMissing(missing)
  if (facts.notUnderstood.length > 0) found.addNotUnderstood()
  if (facts.hasUnknownField) found.addAlarm('unknown-header-element')
  if (facts.faultUnlessSafe) found.addAlarm('unknown-element')
  if (kindsDisagree(table, facts)) found.addAlarm('kinds-disagree')
  return found
}

/** Shared by all messages that have none; frozen so that nobody adds to it. */
const NONE: readonly never[] = Object.freeze([])

class Findings implements Survey {
  readonly #table: Table
  readonly #facts: MessageFacts
  #first: Rule | undefined
  stops: readonly Stop[] = NONE
  alarms: readonly Alarm[] = NONE
  events: readonly ObservedEvent[] = NONE

  constructor(table: Table, facts: MessageFacts) {
    this.#table = table
    this.#facts = facts
  }

  get first(): Rule {
    return this.#first ?? this.#table.fallbacks.unknownSrv
  }

  addClaim(claim: Claim): void {
    const row = rowOf(this.#table, claim)
    if (!row) this.addAlarm(UNKNOWN_ALARMS[claim.type])
    this.#addRule(row ?? fallbackOf(this.#table, this.#facts, claim), claim)
  }

  observe(rule: Rule | undefined): void {
    if (rule === undefined || rule.observe.length === 0) return
    this.events = [...new Set([...this.events, ...rule.observe])]
  }

  addMissing({ rule, alarm }: Missing): void {
    this.addAlarm(alarm)
    this.#addRule(rule, undefined)
  }

  /** Beside a claim that says what the message holds, that claim decides; else the default does. */
  addNotUnderstood(): void {
    for (const what of this.#facts.notUnderstood) this.addAlarm(what)
    const rule = this.#table.fallbacks.unreadablePayload
    const truth = saysWhatItHolds(this.#facts) ? 'met' : 'unmet'
    if (blocks(rule, truth)) this.#keep(rule, undefined, truth)
  }

  addAlarm(alarm: Alarm): void {
    if (!this.alarms.includes(alarm)) this.alarms = [...this.alarms, alarm]
  }

  #addRule(rule: Rule, claim: Claim | undefined): void {
    this.#first ??= rule
    this.observe(rule)
    if (canBlock(rule) && mayStop(rule, this.#facts, claim))
      this.#keep(rule, claim, holdsForMessage(rule.when, this.#facts, claim))
  }

  #keep(rule: Rule, claim: Claim | undefined, truth: Truth): void {
    const useCases = rule.when.deviceType ? useCasesOf(claim, this.#facts.useCases) : NONE
    if (useCases.length === 0 && this.stops.some((stop) => isSame(stop, rule, truth))) return
    this.stops = [...this.stops, { claimed: labelOf(claim), rule, truth, useCases }]
  }
}

/** Whether the stop means for every Device what another claim of its rule would: the first is named for all. */
function isSame(stop: Stop, rule: Rule, truth: Truth): boolean {
  return stop.rule === rule && stop.truth === truth && stop.useCases.length === 0
}

/** Whether the rule stops this message for a Device of some type. */
function mayStop(rule: Rule, facts: MessageFacts, claim: Claim | undefined): boolean {
  if (rule.action === 'as-inner') return !isScheduledReadKnown(facts)
  const anyType: Truth = rule.when.deviceType ? 'open' : 'met'
  return blocks(rule, both(holdsForMessage(rule.when, facts, claim), anyType))
}

/**
 * Whether another claim says what a 5.1 schedules, so that 5.1 itself may pass. Northbound the
 * plain answer to 5.1 is a schedule's number; any other data under 5.1 are those of a read that nobody named.
 */
function isScheduledReadKnown(facts: MessageFacts): boolean {
  if (facts.direction === 'southbound') return facts.claims.some(isScheduledRead)
  if (facts.isScheduleNumber) return true
  return facts.claims.some((claim) => claim.type === 'srv' && claim.srv !== '5.1')
}

/** Stands in for the claim that a message of this kind should make. */
interface Missing {
  readonly rule: Rule
  readonly alarm: Alarm
}

function missingClaim(table: Table, facts: MessageFacts): Missing | undefined {
  const { fallbacks } = table
  switch (facts.kind) {
    case 'service-request':
      return claims(facts, 'srv', 'element')
        ? undefined
        : { rule: fallbacks.unknownSrv, alarm: 'unknown-srv' }
    case 'service-response':
      if (facts.isLaterBody ? isNeverBlock(table, facts) : isToldApart(facts)) return undefined
      return { rule: fallbacks.unclassifiedResponse, alarm: 'unclassified-response' }
    case 'device-alert':
      return claims(facts, 'alert')
        ? undefined
        : { rule: fallbacks.unknownAlert, alarm: 'alert-without-code' }
    case 'dcc-alert':
      return claims(facts, 'dcc-alert')
        ? undefined
        : { rule: fallbacks.unknownDccAlert, alarm: 'alert-without-code' }
  }
}

/** Whether a claim says it, also one that no row names; what only carries something else does not. */
function saysWhatItHolds(facts: MessageFacts): boolean {
  return facts.claims.some((claim) => !isCarrier(claim))
}

/** Whether an answer without data, or something that says what the data are. */
function isToldApart(facts: MessageFacts): boolean {
  return !facts.hasData || claims(facts, 'srv', 'element', 'alert')
}

function claims(facts: MessageFacts, ...types: Claim['type'][]): boolean {
  return facts.claims.some((claim) => types.includes(claim.type))
}

function labelOf(claim: Claim | undefined): string {
  switch (claim?.type) {
    case undefined:
      return 'The message'
    case 'srv':
      return `SRV ${claim.srv}`
    case 'element':
      return `Element ${claim.name}`
    case 'alert':
      return `Device Alert ${claim.code}`
    case 'dcc-alert':
      return `DCC Alert ${claim.code}`
  }
}

/**
 * Whether a message claims to be things that cannot all be true, by what the DUIS header, the body, a schedule's content and the
 * GBCS payload say. It raises an alarm and changes no outcome: the strictest claim counts already, the mismatch is the DSP's.
 */
function kindsDisagree(table: Table, facts: MessageFacts): boolean {
  if (facts.claims.length < 2) return false
  return (
    differ(facts.claims, OUTER) ||
    differ(facts.claims, SCHEDULED) ||
    payloadIsOfAnotherSrv(table, facts) ||
    payloadIsAnotherAlert(facts.claims)
  )
}

const OUTER: readonly ClaimSource[] = ['header', 'body', 'smets1']
const SCHEDULED: readonly ClaimSource[] = ['inner-header', 'inner-body']

/** SRVs that carry something of another kind by design: Create Schedule and Return Local Command Response. */
const CARRIERS: ReadonlySet<string> = new Set(['5.1', '8.13'])

/** Whether the claim says that the message carries something, and not what. */
function isCarrier(claim: Claim): boolean {
  return claim.type === 'srv' && CARRIERS.has(claim.srv)
}

function differ(claims: readonly Claim[], sources: readonly ClaimSource[]): boolean {
  let first: string | undefined
  for (const claim of claims) {
    if (claim.type !== 'srv' || !sources.includes(claim.source)) continue
    first ??= claim.srv
    if (claim.srv !== first) return true
  }
  return false
}

/** Asks the table which SRVs the message code may stand for: claims without repeats no longer show all of them. */
function payloadIsOfAnotherSrv(table: Table, facts: MessageFacts): boolean {
  const candidates = table.srvsByMessageCode.get(facts.gbcs?.messageCode ?? '') ?? []
  const stated = facts.claims
    .filter((claim) => claim.type === 'srv')
    .filter(({ source }) => source !== 'gbcs')
  if (candidates.length === 0 || stated.length === 0) return false
  return !stated.some((claim) => isCarrier(claim) || candidates.includes(claim.srv))
}

function payloadIsAnotherAlert(claims: readonly Claim[]): boolean {
  const alerts = claims.filter((claim) => claim.type === 'alert')
  const fromPayload = alerts.filter((claim) => claim.source === 'gbcs')
  const stated = alerts.filter((claim) => claim.source !== 'gbcs')
  return stated.length > 0 && fromPayload.some(({ code }) => stated.every((claim) => claim.code !== code))
}
