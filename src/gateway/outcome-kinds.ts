/**
 * What messages that ended alike have in common: pieces of their journal line as prepared bytes, and their counters. Looked up
 * once for each message, made once for each kind of outcome, and forgotten when another table is in force.
 */
import type { Direction } from '../core/duis/facts.ts'
import { membersOf } from '../core/journal/journal-entry.ts'
import type { JournalRecord } from '../core/journal/journal-record.ts'
import type { Table } from '../core/policy/table.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { CounterSeries, HistogramSeries } from '../observe/series.ts'
import type { MessageResult } from './message-context.ts'
import { classOf, groundsOf } from './record.ts'

/** What a kind of outcome is told by. */
type Marks = Pick<
  JournalRecord,
  | 'direction'
  | 'kind'
  | 'verdict'
  | 'rule'
  | 'class'
  | 'tableRevision'
  | 'flag'
  | 'outcome'
  | 'status'
  | 'peerStatus'
>

export class OutcomeKind {
  readonly marks: Marks
  /** Members of the line, each piece with the commas and names around it. */
  readonly pieces: Readonly<Record<'untilCodes' | 'grounds' | 'untilTotal', Buffer>>
  /** Each counts the message once. */
  readonly counters: readonly CounterSeries[]
  readonly bytes: CounterSeries
  readonly seconds: HistogramSeries
  /** Absent when nothing was decided. */
  readonly decisionSeconds: HistogramSeries | undefined

  constructor(marks: Marks, metrics: Metrics) {
    const { direction, outcome, verdict } = marks
    this.marks = marks
    this.pieces = piecesOf(marks)
    this.counters = [
      ...verdictCounters(marks, metrics),
      metrics.counter('duisgate_outcomes_total', [direction, outcome]),
    ]
    this.bytes = metrics.counter('duisgate_message_bytes_total', [direction])
    this.seconds = metrics.durations('duisgate_message_seconds', [direction, outcome])
    this.decisionSeconds =
      verdict === undefined ? undefined : metrics.durations('duisgate_decision_seconds', [direction])
  }

  /** Whether a message decided by the same rule, while the same table was in force, ended alike. */
  isOf(direction: Direction, { facts, verdict, outcome, answer, peerStatus }: MessageResult): boolean {
    const { marks } = this
    const grounds = groundsOf(verdict)
    return (
      direction === marks.direction &&
      (facts?.kind ?? 'unreadable') === marks.kind &&
      verdict?.kind === marks.verdict &&
      grounds?.flag === marks.flag &&
      grounds?.tableRevision === marks.tableRevision &&
      outcome === marks.outcome &&
      answer?.status === marks.status &&
      peerStatus === marks.peerStatus
    )
  }
}

/** Kinds kept for one rule; statuses are an upstream's choice, and with more of them than that the rule begins anew. */
const MOST_OF_A_RULE = 32

export class OutcomeKinds {
  readonly #metrics: Metrics
  readonly #byRule = new Map<string | undefined, readonly OutcomeKind[]>()
  #table: Table | undefined

  constructor(metrics: Metrics) {
    this.#metrics = metrics
  }

  /** The kind of a message that ended so; `table` is the one in force. */
  of(direction: Direction, result: MessageResult, table: Table): OutcomeKind {
    if (table !== this.#table) this.#byRule.clear()
    this.#table = table
    const rule = groundsOf(result.verdict)?.rule
    const kinds = this.#byRule.get(rule)
    for (const kind of kinds ?? []) if (kind.isOf(direction, result)) return kind
    const created = new OutcomeKind(marksOf(direction, result, table), this.#metrics)
    this.#byRule.set(rule, kinds && kinds.length < MOST_OF_A_RULE ? [...kinds, created] : [created])
    return created
  }
}

function marksOf(direction: Direction, result: MessageResult, table: Table): Marks {
  const grounds = groundsOf(result.verdict)
  return {
    direction,
    kind: result.facts?.kind ?? 'unreadable',
    verdict: result.verdict?.kind,
    rule: grounds?.rule,
    class: grounds && classOf(table, grounds.rule),
    tableRevision: grounds?.tableRevision,
    flag: grounds?.flag,
    outcome: result.outcome,
    status: result.answer?.status,
    peerStatus: result.peerStatus,
  }
}

function piecesOf(marks: Marks): OutcomeKind['pieces'] {
  const { direction, kind, verdict, rule, tableRevision, flag, outcome, status, peerStatus } = marks
  const part = 'message' satisfies JournalRecord['part']
  return {
    untilCodes: Buffer.from(`,${membersOf({ direction, part, kind })},"codes":[`),
    grounds: Buffer.from(`,${membersOf({ verdict, rule, class: marks.class, tableRevision, flag })}`),
    untilTotal: Buffer.from(`,${membersOf({ outcome, status, peerStatus })},"ms":{"total":`),
  }
}

/** What counts a message, or a reply to one, by what was decided. */
export function verdictCounters(marks: Marks, metrics: Metrics): CounterSeries[] {
  const { direction, kind, verdict, flag } = marks
  const labels = [direction, kind, verdict ?? 'none', marks.class ?? 'none']
  const counters = [metrics.counter('duisgate_messages_total', labels)]
  if (verdict && flag === 'unknown')
    counters.push(metrics.counter('duisgate_unknown_total', [direction, verdict]))
  if (verdict && flag === 'stale')
    counters.push(metrics.counter('duisgate_stale_total', [direction, verdict]))
  return counters
}
