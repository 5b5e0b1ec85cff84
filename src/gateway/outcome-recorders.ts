/** Where what became of a message is written down: journal, metrics, log and the safety check, from one record. */
import type { MessageFacts } from '../core/duis/facts.ts'
import type { JournalRecord } from '../core/journal/journal-record.ts'
import type { Table } from '../core/policy/table.ts'
import type { Verdict } from '../core/policy/verdict.ts'
import type { Journal } from '../journal/file-journal.ts'
import type { Logger } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { FrequentAlerts } from './frequent-alerts.ts'
import type { MessageContext, MessageResult, ReadReply } from './message-context.ts'
import { recordOf, recordOfReply } from './record.ts'
import type { SafetyCheck } from './safety-check.ts'

export interface OutcomeRecorders {
  readonly journal: Journal
  readonly metrics: Metrics
  readonly log: Logger
  readonly safety: SafetyCheck
  readonly frequent: FrequentAlerts
}

/** What the message was decided by: the table in force, and the last flag change applied here when it arrived. */
export interface DecidedBy {
  readonly table: Table
  readonly applied: number
}

export function recordOutcome(
  recorders: OutcomeRecorders,
  context: MessageContext,
  result: MessageResult,
  by: DecidedBy,
): void {
  const { table } = by
  const record = withFrequency(recorders, recordOf(context, result, table), result.facts, table)
  recorders.journal.write(record)
  count(recorders.metrics, record)
  countTrial(recorders.metrics, result.verdict)
  countTrial(recorders.metrics, result.reply?.verdict)
  if (result.stoppedReply) {
    const reply = recordOfReply(context, result.stoppedReply, table)
    recorders.journal.write(reply)
    countVerdict(recorders.metrics, reply)
  }
  tell(recorders.log, context, record)
  lookAgain(recorders, context, record, result.facts, by)
  if (result.reply?.facts.hasData) lookAtReply(recorders, context, result, result.reply, by)
}

/** The record, with the alarm of an alert that went on for a Restricted Device more often than its row bears. */
function withFrequency(
  { frequent }: OutcomeRecorders,
  record: JournalRecord,
  facts: MessageFacts | undefined,
  table: Table,
): JournalRecord {
  if (!facts || record.outcome !== 'forwarded' || !frequent.isTooMany(table, facts)) return record
  return { ...record, alarms: [...record.alarms, 'frequent-alert'] }
}

/** A reply that was passed on has no line of its own. */
function lookAtReply(
  recorders: OutcomeRecorders,
  context: MessageContext,
  { stoppedReply }: MessageResult,
  { facts, verdict }: ReadReply,
  by: DecidedBy,
): void {
  const reply = stoppedReply ?? { facts, verdict, outcome: 'forwarded' as const, bytes: 0 }
  lookAgain(recorders, context, recordOfReply(context, reply, by.table), facts, by)
}

function lookAgain(
  { safety }: OutcomeRecorders,
  { arrivedAtMs }: MessageContext,
  record: JournalRecord,
  facts: MessageFacts | undefined,
  { table, applied }: DecidedBy,
): void {
  if (!facts) return
  const { devices, user, gbcs } = facts
  safety.look({ record, devices, parties: [user, gbcs?.party], arrivedAtMs, applied }, table)
}

function count(metrics: Metrics, record: JournalRecord): void {
  const { direction, outcome, ms } = record
  countVerdict(metrics, record)
  metrics.count('duisgate_outcomes_total', [direction, outcome])
  metrics.count('duisgate_message_bytes_total', [direction], record.bytes)
  metrics.time('duisgate_message_seconds', [direction, outcome], ms.total / 1_000)
  if (record.verdict) metrics.time('duisgate_decision_seconds', [direction], ms.decide / 1_000)
  if (record.fault) metrics.count('duisgate_faults_total', [direction, record.fault])
  if (record.substitute) metrics.count('duisgate_substitutes_total', [record.substitute])
}

function countVerdict(metrics: Metrics, record: JournalRecord): void {
  const { direction, kind, verdict, flag } = record
  metrics.count('duisgate_messages_total', [direction, kind, verdict ?? 'none', record.class ?? 'none'])
  if (verdict && flag === 'unknown') metrics.count('duisgate_unknown_total', [direction, verdict])
  if (verdict && flag === 'stale') metrics.count('duisgate_stale_total', [direction, verdict])
  if (record.inFlight) metrics.count('duisgate_delivered_in_flight_total')
  if (record.shadow) metrics.count('duisgate_shadow_total', [direction, record.shadow.kind])
  for (const alarm of record.alarms) metrics.count('duisgate_alarms_total', [alarm])
}

/** Every message that a table on trial was asked about, also those on which the two agree. */
function countTrial(metrics: Metrics, verdict: Verdict | undefined): void {
  if (verdict === undefined || verdict.kind === 'refuse' || verdict.trial === undefined) return
  metrics.count('duisgate_shadow_verdicts_total', [verdict.kind, verdict.trial.kind])
}

/** A failing upstream is for a person to look at when it lasts; everything else is in the journal. */
function tell(log: Logger, context: MessageContext, record: JournalRecord): void {
  const { decision, direction, traceparent, outcome, fault } = record
  if (fault === 'GW_INTERNAL') {
    log.error({ decision, direction, traceparent, err: context.cause }, 'a message could not be handled')
  } else if (outcome === 'upstream-failed') {
    const about = { decision, direction, traceparent, fault }
    log.warn({ ...about, err: context.cause }, 'the upstream did not take a message')
  } else if (log.isLevelEnabled('debug')) {
    log.debug(
      { decision, direction, traceparent, outcome, fault, rule: record.rule },
      'a message was handled',
    )
  }
}
