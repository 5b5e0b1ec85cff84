/**
 * What the journal keeps of a message: who, what, why and how it ended; never a payload.
 *
 * The journal is the record of decisions and reports need the Device, so it holds Device IDs. The log never does.
 */
import type { DeviceKey } from '../core/duis/eui64.ts'
import { formatEui64 } from '../core/duis/eui64.ts'
import { claimedCodes, type Direction, type MessageFacts, type MessageKind } from '../core/duis/facts.ts'
import type { Table } from '../core/policy/table.ts'
import type { Alarm, Grounds, ObservedEvent, Verdict } from '../core/policy/verdict.ts'
import type { DecisionId } from './decision-id.ts'
import type { Handled, Outcome, Passage, StoppedReply, Substitute } from './passage.ts'

/** Devices written in full; a message may concern 50,000. */
const MAX_DEVICES = 16

/** One line of the journal. Fields that do not apply are left out of the line. */
export interface JournalRecord {
  readonly decision: DecisionId
  /** When the message arrived, ISO 8601 in UTC. */
  readonly time: string
  readonly direction: Direction
  /** `message`, or `reply` for the DSP's synchronous reply to the message of the same decision. */
  readonly part: 'message' | 'reply'
  readonly kind: MessageKind | 'unreadable'
  readonly codes: readonly string[]
  /** The first sixteen; `deviceCount` has the number of all. */
  readonly devices: readonly string[]
  readonly deviceCount: number
  readonly user: string | undefined
  readonly requestId: string | undefined
  readonly verdict: Verdict['kind'] | undefined
  readonly rule: string | undefined
  /** Class of the row; absent when a default of the table decided. */
  readonly class: string | undefined
  readonly tableRevision: string | undefined
  readonly flag: Grounds['flag'] | undefined
  readonly flagDevice: string | undefined
  readonly flagVersion: number | undefined
  readonly flagAgeMs: number | undefined
  readonly events: readonly ObservedEvent[]
  readonly alarms: readonly Alarm[]
  readonly shadow: Grounds['shadow']
  readonly bytes: number
  readonly outcome: Outcome
  /** Code of the fault that was answered. */
  readonly fault: string | undefined
  readonly status: number | undefined
  readonly peerStatus: number | undefined
  readonly substitute: Substitute | undefined
  /** Milliseconds: in total, and taking the body in, deciding, waiting for the peer. */
  readonly ms: Readonly<Record<'total' | 'hold' | 'decide' | 'peer', number>>
}

/** The record of a message that has been handled. */
export function recordOf(passage: Passage, handled: Handled, table: Table): JournalRecord {
  return {
    ...arrivalOf(passage),
    direction: passage.direction,
    part: 'message',
    ...claimsOf(handled.facts),
    ...groundsOf(handled.verdict, table),
    bytes: passage.bytes,
    outcome: handled.outcome,
    fault: handled.code,
    status: handled.answer?.status,
    peerStatus: handled.peerStatus,
    substitute: handled.substitute,
  }
}

/** The record of a synchronous reply that was stopped. */
export function recordOfReply(passage: Passage, stopped: StoppedReply, table: Table): JournalRecord {
  return {
    ...arrivalOf(passage),
    direction: 'northbound',
    part: 'reply',
    ...claimsOf(stopped.facts),
    ...groundsOf(stopped.verdict, table),
    bytes: stopped.bytes,
    outcome: stopped.outcome,
    fault: undefined,
    status: undefined,
    peerStatus: undefined,
    substitute: undefined,
  }
}

function arrivalOf(passage: Passage): Pick<JournalRecord, 'decision' | 'time' | 'ms'> {
  return {
    decision: passage.decision,
    time: new Date(passage.arrivedAt).toISOString(),
    ms: passage.spentMs,
  }
}

type Claims = Pick<JournalRecord, 'kind' | 'codes' | 'devices' | 'deviceCount' | 'user' | 'requestId'>

function claimsOf(facts: MessageFacts | undefined): Claims {
  return {
    kind: facts?.kind ?? 'unreadable',
    codes: facts ? claimedCodes(facts) : [],
    devices: facts?.devices.slice(0, MAX_DEVICES).map(formatEui64) ?? [],
    deviceCount: facts?.devices.length ?? 0,
    user: eui(facts?.user),
    requestId: facts?.requestId,
  }
}

type Reasons = Pick<
  JournalRecord,
  | 'verdict'
  | 'rule'
  | 'class'
  | 'tableRevision'
  | 'flag'
  | 'flagDevice'
  | 'flagVersion'
  | 'flagAgeMs'
  | 'events'
  | 'alarms'
  | 'shadow'
>

function groundsOf(verdict: Verdict | undefined, table: Table): Reasons {
  const grounds = verdict === undefined || verdict.kind === 'refuse' ? undefined : verdict
  return {
    verdict: verdict?.kind,
    rule: grounds?.rule,
    class: grounds && classOf(table, grounds.rule),
    tableRevision: grounds?.tableRevision,
    flag: grounds?.flag,
    flagDevice: eui(grounds?.device),
    flagVersion: grounds?.flagVersion,
    flagAgeMs: grounds?.flagAgeMs,
    events: grounds?.events ?? [],
    alarms: grounds?.alarms ?? [],
    shadow: grounds?.shadow,
  }
}

function eui(key: DeviceKey | undefined): string | undefined {
  return key === undefined ? undefined : formatEui64(key)
}

const classes = new WeakMap<Table, ReadonlyMap<string, string>>()

function classOf(table: Table, rule: string): string | undefined {
  let byRule = classes.get(table)
  if (!byRule) {
    byRule = new Map(table.rows.map((row) => [row.id, row.class]))
    classes.set(table, byRule)
  }
  return byRule.get(rule)
}
