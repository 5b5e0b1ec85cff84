/**
 * What the journal keeps of a message: who, what, why and how it ended; never a payload.
 *
 * The journal is the record of decisions and reports need the Device, so it holds Device IDs. The log never does.
 */
import type { DeviceType } from '../core/device/device.ts'
import { isoTime } from '../core/device/iso-time.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import { formatEui64 } from '../core/duis/eui64.ts'
import { claimedCodes, codeOf, type MessageFacts } from '../core/duis/facts.ts'
import type { JournalRecord, MessageOutcome } from '../core/journal/journal-record.ts'
import { useCasesOf } from '../core/policy/conditions.ts'
import type { Table } from '../core/policy/table.ts'
import type { Grounds, Verdict } from '../core/policy/verdict.ts'
import {
  type MessageContext,
  type MessageResult,
  messageResult,
  type ReadReply,
  type StoppedReply,
} from './message-context.ts'

/** Devices written in full; a message may concern 50,000. */
export const MAX_DEVICES = 16

/** What a record takes from the message context. */
export type MessageFigures = Pick<
  MessageContext,
  'decision' | 'arrivedAt' | 'direction' | 'traceparent' | 'bytes' | 'spentMs'
>

/** The record of a message that has been handled. */
export function recordOf(context: MessageFigures, result: MessageResult, table: Table): JournalRecord {
  const { facts, verdict } = result
  const grounds = groundsOf(verdict)
  return {
    decision: context.decision,
    time: isoTime(context.arrivedAt),
    direction: context.direction,
    part: 'message',
    kind: facts?.kind ?? 'unreadable',
    codes: facts ? claimedCodes(facts) : NONE,
    devices: devicesOf(facts),
    deviceCount: facts?.devices.length ?? 0,
    user: eui(facts?.user),
    requestId: facts?.requestId,
    traceparent: context.traceparent,
    responseCode: facts?.responseCode,
    replyCode: replyCodeOf(result),
    hasData: facts?.kind === 'service-response' ? facts.hasData : undefined,
    paymentMode: facts?.paymentMode,
    logsToRead: facts && logsOf(facts),
    deviceTypes: facts && settledTypesOf(facts),
    verdict: verdict?.kind,
    rule: grounds?.rule,
    class: grounds && classOf(table, grounds.rule),
    tableRevision: grounds?.tableRevision,
    flag: grounds?.flag,
    flagDevice: eui(grounds?.device),
    flagVersion: grounds?.flagVersion,
    flagAgeMs: grounds && flagAgeOf(grounds),
    inFlight: grounds?.isInFlight || undefined,
    events: grounds?.events ?? NONE,
    alarms: grounds?.alarms ?? NONE,
    shadow: grounds?.shadow,
    trial: grounds && differingTrial(grounds, verdict?.kind),
    bytes: context.bytes,
    outcome: result.outcome,
    fault: result.code,
    status: result.answer?.status,
    peerStatus: result.peerStatus,
    substitute: result.substitute,
    ms: context.spentMs,
  }
}

/** What a message was decided on; absent where nothing was decided. */
export function groundsOf(verdict: Verdict | undefined): Exclude<Verdict, { kind: 'refuse' }> | undefined {
  return verdict === undefined || verdict.kind === 'refuse' ? undefined : verdict
}

/** In whole milliseconds: no clock of a store is better than that. */
export function flagAgeOf({ flagAgeMs }: Grounds): number | undefined {
  return flagAgeMs === undefined ? undefined : Math.round(flagAgeMs)
}

/** One that was not passed on has a line of its own. */
export function replyCodeOf({ stoppedReply, reply }: MessageResult): string | undefined {
  return stoppedReply ? undefined : reply?.facts.responseCode
}

/** The logs of a message that claims to be about one. */
export function logsOf({ claims, logsToRead }: MessageFacts): JournalRecord['logsToRead'] {
  return claims.some((claim) => claim.type === 'srv' && claim.srv === '6.13') ? logsToRead : undefined
}

/** What the table on trial says where that is something else; that it could not say is only counted. */
export function differingTrial({ trial }: Grounds, kind: Verdict['kind'] | undefined): Grounds['trial'] {
  return trial?.kind === kind || trial?.kind === 'undecided' ? undefined : trial
}

const NONE: readonly never[] = []

/** The record of a synchronous reply. */
export function recordOfReply(
  context: MessageContext,
  {
    facts,
    verdict,
    outcome,
    bytes,
  }: ReadReply & Pick<StoppedReply, 'bytes'> & { readonly outcome: MessageOutcome },
  table: Table,
): JournalRecord {
  return {
    ...recordOf(context, messageResult({ outcome, facts, verdict }), table),
    direction: 'northbound',
    part: 'reply',
    bytes,
  }
}

/** Made only for the few messages with such a code. */
export function settledTypesOf({ claims, useCases }: MessageFacts): JournalRecord['deviceTypes'] {
  if (useCases.every(({ deviceTypes }) => deviceTypes === undefined)) return undefined
  const types: Record<string, readonly DeviceType[]> = {}
  for (const claim of claims)
    for (const { deviceTypes = NONE } of useCasesOf(claim, useCases))
      types[codeOf(claim)] = [...(types[codeOf(claim)] ?? NONE), ...deviceTypes]
  return Object.keys(types).length > 0 ? types : undefined
}

function devicesOf(facts: MessageFacts | undefined): readonly string[] {
  if (!facts) return NONE
  const { devices } = facts
  return (devices.length > MAX_DEVICES ? devices.slice(0, MAX_DEVICES) : devices).map(formatEui64)
}

function eui(key: DeviceKey | undefined): string | undefined {
  return key === undefined ? undefined : formatEui64(key)
}

const classes = new WeakMap<Table, ReadonlyMap<string, string>>()

/** Class of the row; undefined of a default. */
export function classOf(table: Table, rule: string): string | undefined {
  let byRule = classes.get(table)
  if (!byRule) {
    byRule = new Map(table.rows.map((row) => [row.id, row.class]))
    classes.set(table, byRule)
  }
  return byRule.get(rule)
}
