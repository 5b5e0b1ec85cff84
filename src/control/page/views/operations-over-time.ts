/** What gateways decided minute by minute, by gateway, and how soon changes were in force: drawn, with the figures beside it. */
import { type Instant, instantOf } from '../../../core/device/device.ts'
import { HOUR_MS, MINUTE_MS } from '../../../core/device/durations.ts'
import type { GatewayStatus } from '../../../store/control-store.ts'
import type { GatewayCount, GatewayCounts } from '../../../store/gateway-counts.ts'
import { columnChart, type Part } from '../../html/column-chart.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { dataTable } from '../../html/lists.ts'
import { details } from '../../html/notices.ts'
import { clockText, durationText, timeElement } from '../../html/times.ts'
import { type LagMinute, RECENT_CHANGES } from '../../operations.ts'
import type { Minute, OverTime } from '../../operations-history.ts'

/** Verdicts as the drawing puts them together. */
const PARTS: readonly (Part & { readonly kinds: readonly GatewayCount[] })[] = [
  { name: 'Let through', look: 'pass', kinds: ['forward'] },
  { name: 'Stopped by the flag', look: 'stop', kinds: ['reject', 'withhold'] },
  { name: 'Put off or unreadable', look: 'wait', kinds: ['defer', 'unreadable'] },
]

function partsOf(counts: GatewayCounts): number[] {
  return PARTS.map(({ kinds }) => kinds.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0))
}

const FIGURES = PARTS.map(({ name }) => name)

/** Verdicts of all gateways, a column a minute. */
export function verdictsByMinute({ since, minutes }: OverTime): Html {
  if (since === undefined) return NOTHING
  return html`<h2 class="govuk-heading-m">Verdicts a minute</h2>
<p class="govuk-body">As this control plane has seen them since ${timeElement(since)}, at most for an hour. The minute under way is the last.</p>
${columnChart({
  id: 'minutes',
  title: 'Verdicts of all gateways, a column for each minute; the figures are in the table below',
  parts: PARTS,
  columns: minutes.map(({ from, counts }) => ({
    label: clockText(from),
    values: counts && partsOf(counts),
  })),
})}
${details(
  'Verdicts a minute in figures',
  dataTable({
    caption: 'Verdicts a minute, the newest first',
    isCaptionHidden: true,
    head: ['Minute', ...FIGURES],
    numeric: [1, 2, 3],
    rows: minutes.toReversed().map(minuteRow),
  }),
)}`
}

function minuteRow({ from, counts }: Minute) {
  const figures = counts ? partsOf(counts).map(figure) : FIGURES.map(() => 'Not seen')
  return [timeElement(from), ...figures]
}

/** Verdicts since each gateway started, a column a gateway. */
export function verdictsByGateway(gateways: readonly GatewayStatus[]): Html {
  if (gateways.length === 0) return NOTHING
  return html`<h2 class="govuk-heading-m">Decisions by gateway</h2>
${columnChart({
  id: 'gateways',
  title: 'Verdicts since each gateway started, a column for each; the figures are in the table below',
  parts: PARTS,
  columns: gateways.map(({ id, counts }) => ({ label: id, values: partsOf(counts) })),
})}
${dataTable({
  caption: 'Since each gateway started',
  head: ['Gateway', ...FIGURES],
  numeric: [1, 2, 3],
  rows: gateways.map(({ id, counts }) => [id, ...partsOf(counts).map(figure)]),
})}`
}

/** How long it took until changes were in force, a column a minute of the last hour. */
export function lagByMinute(lags: readonly LagMinute[], now: Instant): Html {
  const heading = html`<h2 class="govuk-heading-m">Until changes were in force</h2>`
  if (lags.length === 0)
    return html`${heading}<p class="govuk-body">No flag or Device was changed in the last hour.</p>`
  return html`${heading}
<p class="govuk-body">From the record of a change until every gateway had it: the last hour, at most ${figure(RECENT_CHANGES)} changes.</p>
${columnChart({
  id: 'lag',
  title:
    'The longest time until a change was in force, a column for each minute; the figures are in the table below',
  parts: [{ name: 'Longest', look: 'wait' }],
  columns: lagColumns(lags, now),
  scale: durationText,
})}
${dataTable({
  caption: 'Changes by minute, the newest first',
  head: ['Minute', 'Changes', 'Longest time', 'Not in force yet'],
  numeric: [1, 2, 3],
  rows: lags
    .toReversed()
    .map(({ from, changes, longestMs, waiting }) => [
      timeElement(instantOf(from)),
      figure(changes),
      longestMs === undefined ? '–' : durationText(longestMs),
      figure(waiting),
    ]),
})}`
}

const MINUTES = HOUR_MS / MINUTE_MS

function lagColumns(lags: readonly LagMinute[], now: Instant) {
  const longest = new Map(lags.map(({ from, longestMs }) => [from, longestMs]))
  const last = Math.floor(now / MINUTE_MS) * MINUTE_MS
  return Array.from({ length: MINUTES }, (_, place) => {
    const from = last - (MINUTES - 1 - place) * MINUTE_MS
    const longestMs = longest.get(from)
    return { label: clockText(instantOf(from)), values: longestMs === undefined ? undefined : [longestMs] }
  })
}

function figure(count: number): string {
  return count.toLocaleString('en-GB')
}
