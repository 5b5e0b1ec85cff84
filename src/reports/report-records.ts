/** Reports as flat records, for CSV files: the names of the columns and the fields of a row in the same order. */
import type { PerformanceRow } from '../core/report/performance.ts'
import type { BoundedSpan } from '../core/report/span.ts'
import { AGE_BANDS, type UptakeRow } from '../core/report/uptake.ts'
import type { ExceptionRow } from './exceptions.ts'
import type { Leak } from './leaks.ts'

/** One field; absent ones are empty. */
type Field = string | number | undefined

/** A report's columns and how a row fills them. */
export interface FlatReport<Row> {
  readonly columns: readonly string[]
  readonly record: (row: Row) => readonly Field[]
}

export const EXCEPTION_RECORDS: FlatReport<ExceptionRow> = {
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
    ...[isoOf(spans[0]?.from), isoOf(spans.at(-1)?.until), spans.map(intervalOf).join(' ')],
    ...[Math.round(restrictedMs / 36_000) / 100, rejected, withheld],
    blocked.map((each) => `${each.class}:${each.rejected + each.withheld}`).join(' '),
    incidents.join(' '),
  ],
}

export const PERFORMANCE_RECORDS: FlatReport<PerformanceRow> = {
  columns: [
    ...['srv', 'region', 'requests', 'sent', 'rejected', 'notSent', 'succeeded', 'failed', 'withheld'],
    ...['exceptions', 'successRate', 'successRateWithoutExceptions'],
  ],
  record: (row) => [
    ...[row.srv, row.region, row.requests, row.sent, row.rejected, row.notSent, row.succeeded, row.failed],
    ...[row.withheld, row.exceptions, rounded(row.successRate), rounded(row.successRateWithoutExceptions)],
  ],
}

export const UPTAKE_RECORDS: FlatReport<UptakeRow> = {
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

export const LEAK_RECORDS: FlatReport<Leak> = {
  columns: [
    ...['fault', 'time', 'decision', 'direction', 'code', 'device', 'verdict', 'outcome', 'tableRevision'],
  ],
  record: (leak) => [
    ...[leak.fault, leak.time, leak.decision, leak.direction, leak.code, leak.device],
    ...[leak.verdict, leak.outcome, leak.tableRevision],
  ],
}

/** ISO 8601: `from/until`. */
function intervalOf({ from, until }: BoundedSpan): string {
  return `${isoOf(from)}/${isoOf(until)}`
}

function isoOf(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString()
}

/** A share to four places. */
function rounded(share: number | undefined): number | undefined {
  return share === undefined ? undefined : Math.round(share * 10_000) / 10_000
}
