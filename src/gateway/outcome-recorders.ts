/** Where what became of a message is written down: journal, metrics, log and the safety check. */
import type { Direction, MessageFacts } from '../core/duis/facts.ts'
import { RecordEntry } from '../core/journal/journal-entry.ts'
import type { Table } from '../core/policy/table.ts'
import type { Alarm, Verdict } from '../core/policy/verdict.ts'
import type { Journal } from '../journal/file-journal.ts'
import type { Logger } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { FrequentAlerts } from './frequent-alerts.ts'
import type { MessageContext, MessageResult, ReadReply, StoppedReply } from './message-context.ts'
import { MessageEntry } from './message-entry.ts'
import { type OutcomeKind, type OutcomeKinds, verdictCounters } from './outcome-kinds.ts'
import { groundsOf, recordOfReply } from './record.ts'
import type { Recorded, SafetyCheck } from './safety-check.ts'

export interface OutcomeRecorders {
  readonly journal: Journal
  readonly metrics: Metrics
  readonly kinds: OutcomeKinds
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
  const { journal, metrics, log } = recorders
  const kind = recorders.kinds.of(context.direction, result, by.table)
  const moreAlarms = alarmsBeside(recorders, result, by.table)
  const entry = new MessageEntry(context, { result, kind, table: by.table, moreAlarms })
  journal.write(entry)
  countAlike(kind, context.bytes, entry.spentMs)
  countApart(metrics, context.direction, result, moreAlarms)
  if (result.stoppedReply) recordReply(recorders, context, result.stoppedReply, by.table)
  tell(log, context, result)
  lookAgain(recorders, context, entry, result.facts, by)
  if (result.reply?.facts.hasData) lookAtReply(recorders, context, result, result.reply, by)
}

/** The alarm of an alert that went on for a Restricted Device more often than its row bears. */
function alarmsBeside(
  { frequent }: OutcomeRecorders,
  { facts, outcome }: MessageResult,
  table: Table,
): readonly Alarm[] {
  return facts && outcome === 'forwarded' && frequent.isTooMany(table, facts) ? FREQUENT : NO_ALARMS
}

const FREQUENT: readonly Alarm[] = ['frequent-alert']
const NO_ALARMS: readonly Alarm[] = []

function recordReply(
  { journal, metrics }: OutcomeRecorders,
  context: MessageContext,
  stoppedReply: StoppedReply,
  table: Table,
): void {
  const record = recordOfReply(context, stoppedReply, table)
  journal.write(new RecordEntry(record))
  for (const counter of verdictCounters(record, metrics)) counter.add(1)
  countGrounds(metrics, record.direction, stoppedReply.verdict)
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
  const record = recordOfReply(context, reply, by.table)
  lookAgain(recorders, context, { ...record, record }, facts, by)
}

function lookAgain(
  { safety }: OutcomeRecorders,
  { arrivedAtMs }: MessageContext,
  recorded: Recorded,
  facts: MessageFacts | undefined,
  { table, applied }: DecidedBy,
): void {
  if (facts) safety.look({ recorded, facts, arrivedAtMs, applied }, table)
}

/** What is counted of every message that ended so. */
function countAlike(kind: OutcomeKind, bytes: number, spentMs: MessageEntry['spentMs']): void {
  for (const counter of kind.counters) counter.add(1)
  kind.bytes.add(bytes)
  kind.seconds.observe(spentMs.total / 1_000)
  kind.decisionSeconds?.observe(spentMs.decide / 1_000)
}

/** What is counted of this message beside that; of most there is nothing. */
function countApart(
  metrics: Metrics,
  direction: Direction,
  { verdict, reply, code, substitute }: MessageResult,
  moreAlarms: readonly Alarm[],
): void {
  countGrounds(metrics, direction, verdict)
  for (const alarm of moreAlarms) metrics.count('duisgate_alarms_total', [alarm])
  countTrial(metrics, verdict)
  countTrial(metrics, reply?.verdict)
  if (code) metrics.count('duisgate_faults_total', [direction, code])
  if (substitute) metrics.count('duisgate_substitutes_total', [substitute])
}

function countGrounds(metrics: Metrics, direction: Direction, verdict: Verdict | undefined): void {
  const grounds = groundsOf(verdict)
  if (!grounds) return
  if (grounds.isInFlight) metrics.count('duisgate_delivered_in_flight_total')
  if (grounds.shadow) metrics.count('duisgate_shadow_total', [direction, grounds.shadow.kind])
  for (const alarm of grounds.alarms) metrics.count('duisgate_alarms_total', [alarm])
}

/** Every message that a table on trial was asked about, also those on which the two agree. */
function countTrial(metrics: Metrics, verdict: Verdict | undefined): void {
  const trial = groundsOf(verdict)?.trial
  if (verdict && trial) metrics.count('duisgate_shadow_verdicts_total', [verdict.kind, trial.kind])
}

/** A failing upstream is for a person to look at when it lasts; everything else is in the journal. */
function tell(log: Logger, context: MessageContext, { outcome, code: fault, verdict }: MessageResult): void {
  const { decision, direction } = context
  if (fault === 'GW_INTERNAL') {
    const { traceparent, cause: err } = context
    log.error({ decision, direction, traceparent, err }, 'a message could not be handled')
  } else if (outcome === 'upstream-failed') {
    const { traceparent, cause: err } = context
    log.warn({ decision, direction, traceparent, fault, err }, 'the upstream did not take a message')
  } else if (log.isLevelEnabled('debug')) {
    const { traceparent } = context
    const rule = groundsOf(verdict)?.rule
    log.debug({ decision, direction, traceparent, outcome, fault, rule }, 'a message was handled')
  }
}
