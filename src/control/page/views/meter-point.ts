/** One meter point, or one Device without any: its flag, what can be done, its Devices, its history. */
import type { Instant } from '../../../core/device/device.ts'
import { formatEui64 } from '../../../core/duis/eui64.ts'
import type { Fuel, InventoryDevice } from '../../../core/restriction/restriction.ts'
import { stateOf } from '../../../core/restriction/state.ts'
import { type Html, type HtmlValue, html, NOTHING } from '../html.ts'
import { page, type Visitor } from '../parts/document.ts'
import { dataTable, summaryList } from '../parts/lists.ts'
import { linkButton, tag, warningText } from '../parts/notices.ts'
import { timeOf, timeOrNone } from '../parts/times.ts'
import { CLEAR_REASON_WORDS, FUEL_NAMES } from '../wording.ts'
import { flagStatus, type ShownFlag, stateTag } from './flag-status.ts'

export interface MeterPage {
  readonly visitor: Visitor
  readonly now: Instant
  /** This page's own address. */
  readonly here: string
  /** Absent for a Device whose meter point is not known. */
  readonly mpxn: string | undefined
  readonly fuel: Fuel | undefined
  /** The Device that was asked for; absent when the meter point was. */
  readonly device: InventoryDevice | undefined
  /** All Devices of the meter point. */
  readonly devices: readonly InventoryDevice[]
  /** The flag that is open, if there is one. */
  readonly flag: ShownFlag | undefined
  /** Flags of the past and of today, newest first. */
  readonly history: readonly ShownFlag[]
  /** Names of the Supplier and the Network Operator, where the role may see them. */
  readonly supplier: string | undefined
  readonly networkOperator: string | undefined
  readonly warnings: readonly string[]
  /** Where a change starts; absent when this role may not make it. */
  readonly restrictHref: string | undefined
  readonly clearHref: string | undefined
}

export function meterPage(meter: MeterPage): Html {
  return page({
    title: titleOf(meter),
    visitor: meter.visitor,
    section: 'search',
    back: '/search',
    content: html`${flagStatus(meter.flag, meter.now, meter.here)}
${meter.warnings.map((text) => warningText(text))}
${actions(meter)}
<h2 class="govuk-heading-m">${meter.device ? 'About this Device' : 'About this meter point'}</h2>
${facts(meter)}
${devicesTable(meter)}
${historyTable(meter)}`,
  })
}

function titleOf({ mpxn, device }: MeterPage): string {
  if (device) return `Device ${formatEui64(device.key)}`
  return `Meter point ${mpxn ?? ''}`
}

function actions({ restrictHref, clearHref }: MeterPage): Html {
  if (!restrictHref && !clearHref) return NOTHING
  return html`<div class="dg-actions">${
    restrictHref ? linkButton(restrictHref, 'Restrict this meter') : NOTHING
  }${clearHref ? linkButton(clearHref, 'Clear the flag') : NOTHING}</div>`
}

function facts({ mpxn, fuel, device, supplier, networkOperator }: MeterPage): Html {
  return summaryList([
    device !== undefined && { name: 'Device type', value: device.type ?? 'Not known' },
    {
      name: 'Meter point',
      value: mpxn === undefined ? 'Not known' : meterPointLink(mpxn, device !== undefined),
    },
    fuel !== undefined && { name: 'Fuel', value: FUEL_NAMES[fuel] },
    supplier !== undefined && { name: 'Responsible Supplier', value: supplier },
    networkOperator !== undefined && { name: 'Network Operator', value: networkOperator },
    device !== undefined && { name: 'SMI status', value: device.status ?? 'Not known' },
    device !== undefined && { name: 'Generation', value: device.generation ?? 'Not known' },
    device !== undefined && { name: 'CSP region', value: device.region ?? 'Not known' },
    device?.hub !== undefined && {
      name: 'Communications Hub',
      value: html`${deviceId(device.hub)} (never Restricted)`,
    },
  ])
}

function meterPointLink(mpxn: string, isLink: boolean): HtmlValue {
  return isLink ? html`<a class="govuk-link" href="/meter-points/${mpxn}">${mpxn}</a>` : mpxn
}

function devicesTable({ devices, flag, now, device }: MeterPage): Html {
  const rows = devices.map((each) => [
    each.key === device?.key
      ? html`<span class="dg-id">${formatEui64(each.key)}</span> (this Device)`
      : html`<a class="govuk-link dg-id" href="/devices/${formatEui64(each.key)}">${formatEui64(each.key)}</a>`,
    each.type ?? 'Not known',
    memberTag(each, flag, now),
    each.status ?? 'Not known',
    each.region ?? 'Not known',
  ])
  return dataTable({
    caption: 'Devices of this meter point',
    head: ['Device ID', 'Type', 'Flag', 'SMI status', 'CSP region'],
    rows,
    whenEmpty: 'The inventory has no Device of this meter point.',
  })
}

function memberTag(device: InventoryDevice, flag: ShownFlag | undefined, now: Instant): Html {
  const isMember = flag?.record.members.includes(device.key) ?? false
  return flag && isMember ? stateTag(flag.record, now) : tag('Not Restricted', 'green')
}

function historyTable({ history, now, device }: MeterPage): Html {
  return dataTable({
    caption: 'History of the flag',
    head: ['State', 'From', 'Until', 'Set by', 'Why it ended', 'Receipt'],
    rows: history.map((flag) => historyRow(flag, now)),
    whenEmpty: `This ${device ? 'Device' : 'meter point'} has never been Restricted.`,
  })
}

function historyRow(flag: ShownFlag, now: Instant): readonly HtmlValue[] {
  const { record, setBy } = flag
  const { from, until, clearReason, id } = record
  return [
    stateTag(record, now),
    timeOf(from),
    timeOrNone(until, 'No end set'),
    setBy ?? 'Not shown to your role',
    stateOf(record, now) === 'closed' ? 'The meter was decommissioned' : reasonWords(clearReason),
    html`<span class="dg-id">${id}</span>`,
  ]
}

/** A clear reason in words; one that is not on the list as it was given. */
export function reasonWords(reason: string | undefined): string {
  if (reason === undefined) return '–'
  return Object.entries(CLEAR_REASON_WORDS).find(([name]) => name === reason)?.[1] ?? reason
}

/** A Device ID that may break anywhere and links to its page. */
export function deviceId(key: InventoryDevice['key']): Html {
  const text = formatEui64(key)
  return html`<a class="govuk-link dg-id" href="/devices/${text}">${text}</a>`
}
