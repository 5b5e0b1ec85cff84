/** What each report shows, as content of a page or of a document to print: a chart where people would rather look, and the table. */

import { type Instant, instantOf } from '../../core/device/device.ts'
import { HOUR_MS } from '../../core/device/durations.ts'
import { ROW_CLASSES } from '../../core/policy/row-class.ts'
import type { Unjudged } from '../../core/report/leak-check.ts'
import type { Measure } from '../../core/report/performance.ts'
import type { Month } from '../../core/report/span.ts'
import { AGE_BANDS, type UptakeRow } from '../../core/report/uptake.ts'
import type { ExceptionRow } from '../../reports/exceptions.ts'
import type { Leak } from '../../reports/leaks.ts'
import type { LeakChecked, Performance } from '../../reports/reports.ts'
import type { BlockedByClass } from '../../store/report-store.ts'
import { barChart } from '../html/bar-chart.ts'
import { type Html, type HtmlValue, html } from '../html/html.ts'
import { dataTable } from '../html/lists.ts'
import { tag } from '../html/notices.ts'
import { counted, timeElement } from '../html/times.ts'
import { CLASS_WORDS } from '../html/wording.ts'

/**
 * When the month begins and ends: at midnight UTC, which in summer is 01:00 on clocks in Great Britain. `toldUntil`: its end, or now
 * where it is under way.
 */
export function monthLine({ from, until }: Month, toldUntil: Instant): Html {
  if (toldUntil < until)
    return html`<p class="govuk-body"><strong>So far</strong>, up to ${timeElement(toldUntil)}. The month began ${timeElement(from)} and ends ${timeElement(until)}.</p>`
  return html`<p class="govuk-body">From ${timeElement(from)} up to ${timeElement(until)}.</p>`
}

/** The exceptions list. `rows` may be the first of many. */
export function exceptionsContent(
  blocked: readonly BlockedByClass[],
  rows: readonly ExceptionRow[],
  withSuppliers: boolean,
): Html {
  const bars = blocked.map((each) => ({
    name: classWords(each.class),
    value: each.rejected + each.withheld,
    look: 'stop' as const,
  }))
  return html`${
    bars.length > 0 &&
    html`<h2 class="govuk-heading-m">Messages stopped for Restricted Devices</h2>
${barChart('blocked', 'Messages stopped by kind, as a bar for each; the figures are in the table below', bars)}
${dataTable({
  caption: 'The same in figures',
  head: ['Kind', 'Requests rejected', 'Answers and alerts withheld'],
  numeric: [1, 2],
  rows: blocked.map((each) => [classWords(each.class), figure(each.rejected), figure(each.withheld)]),
})}`
  }
${exceptionsTable(rows, withSuppliers)}`
}

function exceptionsTable(rows: readonly ExceptionRow[], withSuppliers: boolean): Html {
  const supplier = withSuppliers ? ['Supplier'] : []
  return dataTable({
    caption: 'Restricted Devices',
    head: ['Device', 'Hub', 'Region', ...supplier, 'Restricted', 'Rejected', 'Withheld'],
    numeric: withSuppliers ? [5, 6] : [4, 5],
    rows: rows.map((row) => [
      html`<span class="dg-id">${row.device}</span> ${row.type} ${row.generation}`,
      html`<span class="dg-id">${row.hub ?? 'not known'}</span>`,
      row.region || 'not known',
      ...(withSuppliers ? [row.supplier || 'not registered'] : []),
      spansCell(row),
      figure(row.rejected),
      figure(row.withheld),
    ]),
    whenEmpty: 'No Device was Restricted in this month.',
  })
}

function spansCell({ spans, restrictedMs }: ExceptionRow): HtmlValue {
  const [first] = spans
  if (!first) return 'no span here by the history of the flag'
  const hours = counted(Math.round(restrictedMs / HOUR_MS), 'hour')
  return html`${timeElement(first.from)} to ${timeElement((spans.at(-1) ?? first).until)}; ${hours}${
    spans.length > 1 && html` in ${counted(spans.length, 'span')}`
  }`
}

/** Performance by SRV and region. */
export function performanceContent({ rows, measures }: Performance): Html {
  const most = rows
    .filter(({ rejected, withheld }) => rejected + withheld > 0)
    .toSorted((one, other) => other.rejected + other.withheld - one.rejected - one.withheld)
    .slice(0, SHOWN_BARS)
  const bars = most.map(({ srv, region, rejected, withheld }) => ({
    name: `${srv || 'no SRV'}, ${region || 'region not known'}`,
    value: rejected + withheld,
    look: 'stop' as const,
  }))
  return html`${measuresTable(measures)}
${
  bars.length > 0 &&
  html`<h2 class="govuk-heading-m">Where the flag stops most</h2>
${barChart('stopped', 'Messages rejected and withheld by SRV and region, as a bar for each; the figures are in the table below', bars)}`
}
${dataTable({
  caption: 'By SRV and region',
  head: [
    ...['SRV', 'Region', 'Requests', 'Sent', 'Rejected', 'Not sent', 'Succeeded', 'Failed', 'Withheld'],
    ...['Exceptions', 'Success', 'Success without exceptions'],
  ],
  numeric: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  rows: rows.map((row) => [
    ...[row.srv || 'none named', row.region || 'not known', figure(row.requests), figure(row.sent)],
    ...[figure(row.rejected), figure(row.notSent), figure(row.succeeded), figure(row.failed)],
    ...[figure(row.withheld), figure(row.exceptions)],
    ...[shareText(row.successRate), shareText(row.successRateWithoutExceptions)],
  ]),
  whenEmpty: 'No Service Request of this month is rolled up yet.',
})}
<h2 class="govuk-heading-m">What the figures mean</h2>
${MEANINGS}`
}

const SHOWN_BARS = 10

/** BR6's measure, and the same of all messages beside it. */
function measuresTable({ stoppable, all }: Performance['measures']): Html {
  const cells = (name: string, { requests, exceptions, ...rates }: Measure) => [
    ...[name, figure(requests), figure(exceptions)],
    ...[shareText(rates.successRate), shareText(rates.successRateWithoutExceptions)],
  ]
  return dataTable({
    caption: 'Success of Service Requests',
    head: ['Of', 'Requests', 'Exceptions', 'Success', 'Success without exceptions'],
    numeric: [1, 2, 3, 4],
    rows: [cells('What the list can stop', stoppable), cells('All Service Requests', all)],
  })
}

const MEANINGS = html`<ul class="govuk-list govuk-list--bullet">
<li>What the list can stop: Service Requests of the SRVs that a list of this month stops for a Restricted Device, always or in part. They are those for consumption, behaviour and money.</li>
<li>An exception is one of these for a Restricted Device. What passes whatever the flag, such as a firmware update, is none: whether it succeeds is the network’s doing.</li>
<li>Success is answers of success out of answers of success or error and of what was stopped; without exceptions leaves the exceptions out of both.</li>
<li>Rejected requests are in a column of their own: they are neither delivered nor missing from a forecast.</li>
</ul>`

/** Uptake by Supplier and region. */
export function uptakeContent(rows: readonly UptakeRow[]): Html {
  const ages = AGE_BANDS.map(({ name }) => ({
    name: capitalised(name),
    value: rows.reduce((sum, row) => sum + row.ages[name], 0),
    look: 'wait' as const,
  }))
  return html`<h2 class="govuk-heading-m">Flags in effect, by how long</h2>
${barChart('ages', 'Flags in effect by age, as a bar for each; the figures are in the table below', ages)}
${dataTable({
  caption: 'By Supplier and region',
  head: [
    'Supplier',
    'Region',
    'Set',
    'Cleared',
    'Closed',
    'In effect',
    ...AGE_BANDS.map(({ name }) => capitalised(name)),
  ],
  numeric: [2, 3, 4, 5, 6, 7, 8, 9],
  rows: rows.map((row) => [
    ...[row.supplier || 'not registered', row.region || 'not known', figure(row.set), figure(row.cleared)],
    ...[figure(row.closed), figure(row.inEffect), ...AGE_BANDS.map(({ name }) => figure(row.ages[name]))],
  ]),
  whenEmpty: 'No flag was set, cleared or in effect.',
})}`
}

/** Leak checks, a block for each gateway. */
export function leaksContent(checks: readonly LeakChecked[]): Html {
  if (checks.length === 0)
    return html`<p class="govuk-body">No journal of this month has been checked yet. Run <code>duisgate report leaks</code> on the machine of each gateway.</p>`
  return html`${checks.map(leakBlock)}`
}

function leakBlock({ gateway, at, report }: LeakChecked): Html {
  const unjudged = Object.entries(report.unjudged)
  return html`<h2 class="govuk-heading-m">${gateway} ${report.faults === 0 ? tag('No leak', 'green') : tag(counted(report.faults, 'fault'), 'red')}</h2>
<p class="govuk-body">Checked ${timeElement(at)}: ${counted(report.messages, 'message')}, of which ${figure(report.letThrough)} were let through and ${figure(report.stopped)} stopped. ${
    report.unreadable > 0 && html`${counted(report.unreadable, 'line')} could not be read.`
  }</p>
${
  unjudged.length > 0 &&
  html`<p class="govuk-body">Not judged: ${unjudged.map(([why, count]) => `${figure(count)} because ${UNJUDGED_WORDS[why as Unjudged] ?? why}`).join(', ')}.</p>`
}${report.leaks.length > 0 && leakTable(report.leaks)}`
}

const UNJUDGED_WORDS: Readonly<Record<Unjudged, string>> = {
  'list-not-at-hand': 'the list of the time is not kept here',
  'data-not-said': 'the line does not say what data the message had',
  'payment-mode-not-said': 'the line does not say the payment mode',
  'command-variant-not-said': 'the line does not say the variant of the command',
  'log-not-said': 'the line does not say which log',
  'schedule-not-said': 'the line does not say what the schedule reads',
  'too-many-devices': 'the message named more Devices than its line has',
  'flag-changed-since': 'the flag has changed since',
  'flag-never-confirmed': 'it was never confirmed that every gateway knew the flag',
  'direction-not-said': 'the line does not say whether a command or its outcome was brought',
}

const FAULT_WORDS: Readonly<Record<Leak['fault'], string>> = {
  'let-through-while-restricted': 'Let through while Restricted',
  'never-block-stopped': 'Stopped, and must never be',
  'stopped-without-a-rule': 'Stopped, and no rule stops it',
}

function leakTable(leaks: readonly Leak[]): Html {
  return dataTable({
    caption: 'Faults',
    head: ['Fault', 'When', 'Code', 'Device', 'Decision'],
    rows: leaks.map(({ fault, time, code, device, decision }) => [
      FAULT_WORDS[fault],
      timeElement(instantOf(Date.parse(time))),
      code || 'none',
      html`<span class="dg-id">${device ?? 'none'}</span>`,
      html`<span class="dg-id">${decision}</span>`,
    ]),
  })
}

function classWords(name: string): string {
  const known = ROW_CLASSES.find((each) => each === name)
  return known ? CLASS_WORDS[known] : 'Codes in no row'
}

function figure(count: number): string {
  return count.toLocaleString('en-GB')
}

function shareText(share: number | undefined): string {
  return share === undefined ? '–' : `${(share * 100).toFixed(2)} %`
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
