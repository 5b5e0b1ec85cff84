/** Reports over months: a column a month up to the one that is told of, with the figures in a table below. */
import type { Instant } from '../../core/device/device.ts'
import type { PerformanceRow } from '../../core/report/performance.ts'
import { type Month, monthsLater } from '../../core/report/span.ts'
import type { UptakeRow } from '../../core/report/uptake.ts'
import { type ColumnChart, columnChart } from '../html/column-chart.ts'
import { type Html, html } from '../html/html.ts'
import { dataTable } from '../html/lists.ts'
import { monthName, monthText } from '../html/times.ts'

const MONTHS = 12

/** The month and those before it, a year in all, the oldest first. */
export function yearUpTo(month: Month): readonly Month[] {
  return Array.from({ length: MONTHS }, (_, place) => monthsLater(month, place - MONTHS + 1))
}

/** What a report has of each of the months. */
interface OverMonths<Row> {
  readonly months: readonly Month[]
  /** The rows of each month. */
  readonly rows: readonly (readonly Row[])[]
  readonly now: Instant
}

/** Flags in effect at the end of each month, and how many were set and ended in it. */
export function uptakeOverMonths(given: OverMonths<UptakeRow>): Html {
  return overMonths(given, {
    heading: 'Flags in effect, month by month',
    id: 'uptake-months',
    title: 'Flags in effect at the end of each month',
    parts: [{ name: 'In effect', look: 'wait', sum: (row) => row.inEffect }],
    more: [
      { name: 'Set', sum: (row) => row.set },
      { name: 'Cleared', sum: (row) => row.cleared },
      { name: 'Closed', sum: (row) => row.closed },
    ],
  })
}

/** Service Requests of each month by what became of them. */
export function performanceOverMonths(given: OverMonths<PerformanceRow>): Html {
  return overMonths(given, {
    heading: 'Service Requests, month by month',
    id: 'performance-months',
    title: 'Service Requests of each month by what became of them',
    parts: [
      { name: 'Sent', look: 'pass', sum: (row) => row.sent },
      { name: 'Rejected for the flag', look: 'stop', sum: (row) => row.rejected },
      { name: 'Not sent', look: 'wait', sum: (row) => row.notSent },
    ],
    more: [
      { name: 'Succeeded', sum: (row) => row.succeeded },
      { name: 'Failed', sum: (row) => row.failed },
      { name: 'Withheld for the flag', sum: (row) => row.withheld },
    ],
  })
}

interface Figure<Row> {
  readonly name: string
  readonly sum: (row: Row) => number
}

interface OverMonthsWords<Row> extends Pick<ColumnChart, 'id' | 'title'> {
  readonly heading: string
  /** Drawn, and in the table. */
  readonly parts: readonly (Figure<Row> & ColumnChart['parts'][number])[]
  /** In the table alone. */
  readonly more: readonly Figure<Row>[]
}

function overMonths<Row>({ months, rows, now }: OverMonths<Row>, told: OverMonthsWords<Row>): Html {
  const { heading, id, title, parts, more } = told
  const sums = (figures: readonly Figure<Row>[], place: number) =>
    figures.map(({ sum }) => (rows[place] ?? []).reduce((total, row) => total + sum(row), 0))
  return html`<h2 class="govuk-heading-m">${heading}</h2>
${columnChart({
  ...{ id, parts, title: `${title}, a column for each; the figures are in the table below` },
  columns: months.map((month, place) => ({ label: monthName(month), values: sums(parts, place) })),
})}
${dataTable({
  caption: 'The same in figures, the newest month first',
  head: ['Month', ...[...parts, ...more].map(({ name }) => name)],
  numeric: [...parts, ...more].map((_, column) => column + 1),
  rows: months
    .map((month, place) => [
      monthText(month, now),
      ...sums([...parts, ...more], place).map((total) => total.toLocaleString('en-GB')),
    ])
    .reverse(),
})}`
}
