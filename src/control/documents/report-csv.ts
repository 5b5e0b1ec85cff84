/** Reports as CSV, for the API, the page and the command line. */
import { isoTime, isoTimeIfAny } from '../../core/device/iso-time.ts'
import type { PerformanceRow } from '../../core/report/performance.ts'
import type { BoundedSpan, Month } from '../../core/report/span.ts'
import { AGE_BANDS, type UptakeRow } from '../../core/report/uptake.ts'
import type { Actor } from '../../core/restriction/party.ts'
import { type CsvRecords, csvTexts } from '../../csv/csv-writer.ts'
import type { ExceptionRow } from '../../reports/exceptions.ts'
import type { Leak } from '../../reports/leaks.ts'
import type { Reports } from '../../reports/reports.ts'

const EXCEPTION_RECORDS: CsvRecords<ExceptionRow> = {
  columns: [
    ...['device', 'type', 'hub', 'region', 'generation', 'supplier', 'from', 'until', 'spans'],
    ...['restrictedHours', 'rejected', 'withheld', 'blockedByClass', 'incidents'],
  ],
  record: ({
    device,
    type,
    hub,
    region,
    generation,
    supplier,
    spans,
    restrictedMs,
    rejected,
    withheld,
    blocked,
    incidents,
  }) => [
    ...[device, type, hub, region, generation, supplier],
    ...[isoTimeIfAny(spans[0]?.from), isoTimeIfAny(spans.at(-1)?.until), spans.map(intervalOf).join(' ')],
    ...[Math.round(restrictedMs / 36_000) / 100, rejected, withheld],
    blocked.map((each) => `${each.class}:${each.rejected + each.withheld}`).join(' '),
    incidents.join(' '),
  ],
}

const PERFORMANCE_RECORDS: CsvRecords<PerformanceRow> = {
  columns: [
    ...['srv', 'region', 'requests', 'sent', 'rejected', 'notSent', 'succeeded', 'failed', 'withheld'],
    ...['canBeStopped', 'exceptions', 'successRate', 'successRateWithoutExceptions'],
  ],
  record: (row) => [
    ...[row.srv, row.region, row.requests, row.sent, row.rejected, row.notSent, row.succeeded, row.failed],
    ...[row.withheld, row.canBeStopped ? 'yes' : 'no', row.exceptions],
    ...[rounded(row.successRate), rounded(row.successRateWithoutExceptions)],
  ],
}

const UPTAKE_RECORDS: CsvRecords<UptakeRow> = {
  columns: [
    ...['supplier', 'region', 'set', 'cleared', 'closed', 'clearReasons', 'inEffect'],
    ...AGE_BANDS.map(({ name }) => name),
  ],
  record: ({ supplier, region, set, cleared, closed, clearReasons, inEffect, ages }) => [
    ...[supplier, region, set, cleared, closed],
    Object.entries(clearReasons)
      .map(([reason, count]) => `${reason}:${count}`)
      .join(' '),
    ...[inEffect, ...AGE_BANDS.map(({ name }) => ages[name])],
  ],
}

export const LEAK_RECORDS: CsvRecords<Leak> = {
  columns: [
    ...['fault', 'time', 'decision', 'direction', 'code', 'device', 'verdict', 'outcome', 'tableRevision'],
  ],
  record: (leak) => [
    ...[leak.fault, leak.time, leak.decision, leak.direction, leak.code, leak.device],
    ...[leak.verdict, leak.outcome, leak.tableRevision],
  ],
}

/** Reports that are had as CSV, by name: the rows of a month as far as the actor sees them. */
const FILES = {
  exceptions: async function* (reports, actor, month) {
    yield* csvTexts(upTo(EXCEPTION_RECORDS, reports, month), reports.exceptions(actor, month))
  },
  performance: async function* (reports, actor, month) {
    const { rows } = await reports.performance(actor, month)
    yield* csvTexts(upTo(PERFORMANCE_RECORDS, reports, month), rows)
  },
  uptake: async function* (reports, actor, month) {
    yield* csvTexts(upTo(UPTAKE_RECORDS, reports, month), await reports.uptake(actor, month))
  },
} as const satisfies Readonly<Record<string, CsvOf>>

type CsvOf = (reports: Reports, actor: Actor, month: Month) => AsyncGenerator<string, void, undefined>

export type CsvReport = keyof typeof FILES

/** The records with a last column that says up to when the month is told: its end, or when the file was made. */
function upTo<Row>({ columns, record }: CsvRecords<Row>, reports: Reports, month: Month): CsvRecords<Row> {
  const time = isoTime(reports.toldUntil(month))
  return { columns: [...columns, 'upTo'], record: (row) => [...record(row), time] }
}

/** Its name says where the month is under way: `exceptions-2026-10-so-far.csv`. */
export function reportFileName(name: CsvReport, reports: Reports, month: Month): string {
  return `${name}-${month.name}${reports.toldUntil(month) < month.until ? '-so-far' : ''}.csv`
}

/** The file of a report, made while it is read. */
export function reportCsv(name: CsvReport, ...asked: Parameters<CsvOf>): ReturnType<CsvOf> {
  return FILES[name](...asked)
}

/** ISO 8601: `from/until`. */
function intervalOf({ from, until }: BoundedSpan): string {
  return `${isoTimeIfAny(from)}/${isoTimeIfAny(until)}`
}

/** A share to four places. */
function rounded(share: number | undefined): number | undefined {
  return share === undefined ? undefined : Math.round(share * 10_000) / 10_000
}
