/** Gateways at work: who is in step, how fresh, and what they decided. */
import type { Instant } from '../../../core/device/device.ts'
import type { ClockSkew, GatewayStatus } from '../../../store/control-store.ts'
import { countOfAll, type GatewayCount } from '../../../store/gateway-counts.ts'
import { type Bar, barChart } from '../../html/bar-chart.ts'
import { type Html, html } from '../../html/html.ts'
import { dataTable, summaryList } from '../../html/lists.ts'
import { tag } from '../../html/notices.ts'
import { durationText, timeElement } from '../../html/times.ts'
import type { AtWork, LagMinute } from '../../operations.ts'
import type { OverTime } from '../../operations-history.ts'
import { page, type Visitor } from '../parts/document.ts'
import { lagByMinute, verdictsByGateway, verdictsByMinute } from './operations-over-time.ts'

export interface OperationsPage extends AtWork {
  readonly visitor: Visitor
  readonly now: Instant
  readonly tableRevision: string
  readonly overTime: OverTime
  readonly lags: readonly LagMinute[]
  /** Whether the page stays as it is; else it renews itself. */
  readonly isHeld: boolean
}

/** Often enough to watch a change come into force, seldom enough to read. */
const RENEW_S = 10

/** Verdicts as people would say them, in the order of the chart. */
const VERDICTS: readonly (readonly [count: GatewayCount, words: string, look: Bar['look']])[] = [
  ['forward', 'Let through', 'pass'],
  ['reject', 'Service Requests refused', 'stop'],
  ['withhold', 'Responses and Alerts stopped', 'stop'],
  ['defer', 'Put off: flag not known', 'wait'],
  ['unreadable', 'Unreadable', 'wait'],
]

/** What must never happen, as a check of its own counts it (docs/failure-modes.md). */
const NEVER: readonly (readonly [count: GatewayCount, words: string])[] = [
  ['restrictedButForwarded', 'Let through although the Device was Restricted'],
  ['neverBlockButStopped', 'Stopped although nothing in it may be stopped'],
]

export function operationsPage(operations: OperationsPage): Html {
  const { visitor, now, gateways, latest, devices, tableRevision, overTime, lags, isHeld } = operations
  const bars = VERDICTS.map(([count, name, look]) => ({ name, look, value: countOfAll(gateways, count) }))
  return page({
    title: 'Operations',
    visitor,
    section: 'operations',
    renewS: isHeld ? undefined : RENEW_S,
    content: html`<p class="govuk-body">As of ${timeElement(now)}. ${
      isHeld
        ? html`It is held still. <a class="govuk-link" href="/operations">Let it renew itself</a>`
        : html`It renews itself every ${RENEW_S} seconds. <a class="govuk-link" href="/operations?hold=yes">Hold it still</a>`
    }</p>
${summaryList([
  { name: 'Devices in the inventory', value: devices.toLocaleString('en-GB') },
  { name: 'Last change of the store', value: latest.toLocaleString('en-GB') },
  { name: 'List in force here', value: tableRevision.slice(0, 12) },
])}
${gatewayTable(gateways, latest)}
<h2 class="govuk-heading-m">What must never happen</h2>
${summaryList(NEVER.map(([count, name]) => ({ name, value: neverText(countOfAll(gateways, count)) })))}
${verdictsByMinute(overTime)}
${lagByMinute(lags, now)}
${verdictsByGateway(gateways)}
<h2 class="govuk-heading-m">What the gateways decided since they started</h2>
${barChart('verdicts', 'Verdicts of all gateways, as a bar for each kind; the figures are in the table below', bars)}
${dataTable({
  caption: 'The same in figures',
  head: ['Verdict', 'Messages'],
  numeric: [1],
  rows: bars.map(({ name, value }) => [name, value.toLocaleString('en-GB')]),
})}`,
  })
}

/** What a gateway says of how it follows the store. */
const GATEWAY_STATE_WORDS: Readonly<Record<string, string>> = {
  starting: 'Starting',
  'in-step': 'In step',
  behind: 'Behind',
  refused: 'Refused by the store',
}

function neverText(count: number): Html {
  return count === 0 ? tag('0', 'green') : tag(count.toLocaleString('en-GB'), 'red')
}

function gatewayTable(gateways: readonly GatewayStatus[], latest: number): Html {
  return dataTable({
    caption: 'Gateways',
    head: ['Gateway', 'State', 'Last heard', 'Clock', 'Change applied', 'Behind by', 'List'],
    numeric: [4, 5],
    rows: gateways.map((gateway) => [
      gateway.id,
      html`${gateway.isLive ? tag('Live', 'green') : tag('Silent', 'red')} ${GATEWAY_STATE_WORDS[gateway.state] ?? gateway.state}`,
      `${durationText(gateway.silentMs)} ago`,
      gateway.clock === undefined ? 'Not known' : clockText(gateway.clock),
      gateway.sequence.toLocaleString('en-GB'),
      Math.max(0, latest - gateway.sequence).toLocaleString('en-GB'),
      gateway.tableRevision.slice(0, 12),
    ]),
    whenEmpty: 'No gateway has reported yet.',
  })
}

function clockText({ skewMs, isBehind }: ClockSkew): Html | string {
  const text = `${durationText(Math.abs(skewMs))} ${skewMs < 0 ? 'behind' : 'ahead'}`
  return isBehind ? html`${tag('Holds up changes', 'red')} ${text}` : text
}
