/** One meter point or Device: its flag, what can be done, its Devices, its history. */
import type { Instant } from '../../../core/device/device.ts'
import { formatEui64 } from '../../../core/duis/eui64.ts'
import type { Fuel } from '../../../core/restriction/restriction.ts'
import type { DeviceView, FlagView, HistoryEntry } from '../../../restrictions/views.ts'
import { type Html, type HtmlValue, html, NOTHING } from '../../html/html.ts'
import { dataTable, summaryList } from '../../html/lists.ts'
import { insetText, linkButton, tag, warningText } from '../../html/notices.ts'
import { timeElement, timeOrNone } from '../../html/times.ts'
import { ACTION_WORDS, CLEAR_REASON_WORDS, FUEL_NAMES } from '../../html/wording.ts'
import { page, type Visitor } from '../parts/document.ts'
import { type FlagKnown, flagStatus, setterText, stateTag } from './flag-status.ts'

export interface MeterPage {
  readonly visitor: Visitor
  readonly now: Instant
  /** This page's own address. */
  readonly here: string
  readonly title: string
  /** Absent where it is not known, or not for this role to know. */
  readonly mpxn: string | undefined
  readonly fuel: Fuel | undefined
  /** The Device that was asked for; absent when the meter point was, or when the inventory does not know it. */
  readonly device: DeviceView | undefined
  /** Devices of the meter point and of its Communications Hub, as far as the role may see them. */
  readonly devices: readonly DeviceView[]
  readonly known: FlagKnown
  /** Flags of the past and of today, newest first; undefined for roles that see yes or no only. */
  readonly flags: readonly FlagView[] | undefined
  /** What happened to the newest flag, newest first. */
  readonly events: readonly HistoryEntry[]
  /** Names of the Supplier and the Network Operator, where the role may see them. */
  readonly supplier: string | undefined
  readonly networkOperator: string | undefined
  readonly warnings: readonly string[]
  /** Where a change starts; absent when this role may not make it. */
  readonly restrictHref: string | undefined
  readonly clearHref: string | undefined
  readonly incidentHref: string | undefined
  readonly letterHref: string | undefined
}

export function meterPage(meter: MeterPage): Html {
  return page({
    title: meter.title,
    visitor: meter.visitor,
    section: 'search',
    back: '/search',
    content: html`${flagStatus(meter.known, meter.now, meter.here)}
${meter.warnings.map((text) => warningText(text))}${quietNotice(meter)}
${actions(meter)}
<h2 class="govuk-heading-m">${meter.device ? 'About this Device' : 'About this meter point'}</h2>
${facts(meter)}
${devicesTable(meter)}
${meter.flags === undefined ? NOTHING : flagsTable(meter.flags)}
${meter.events.length === 0 ? NOTHING : eventsTable(meter.events)}`,
  })
}

/** For those who would otherwise take a quiet meter for a broken one. */
function quietNotice({ known, visitor }: MeterPage): Html {
  if (known.kind === 'clear' || visitor.role === 'supplier') return NOTHING
  return insetText(
    'Missing readings of this meter are the consumer’s choice and not a fault: raise no incident and send no engineer for them. Outage, safety and security Alerts still come.',
  )
}

function actions({ restrictHref, clearHref, incidentHref, letterHref }: MeterPage): Html {
  if (!restrictHref && !clearHref && !incidentHref && !letterHref) return NOTHING
  return html`<div class="dg-actions">${
    restrictHref ? linkButton(restrictHref, 'Restrict this meter') : NOTHING
  }${clearHref ? linkButton(clearHref, 'Clear the flag') : NOTHING}${
    incidentHref ? linkButton(incidentHref, 'Open an incident', 'secondary') : NOTHING
  }${letterHref ? html`<a class="govuk-link" href="${letterHref}">Letter and script for the consumer</a>` : NOTHING}</div>`
}

function facts({ mpxn, fuel, device, supplier, networkOperator }: MeterPage): Html {
  return summaryList([
    device !== undefined && { name: 'Device type', value: device.type ?? 'Not known' },
    mpxn !== undefined && { name: 'Meter point', value: meterPointLink(mpxn, device !== undefined) },
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

function devicesTable({ devices, device }: MeterPage): Html {
  return dataTable({
    caption: 'Related Devices',
    head: ['Device ID', 'Type', 'Flag', 'SMI status', 'CSP region', 'Meter point'],
    rows: devices.map((each) => [
      each.key === device?.key
        ? html`<span class="dg-id">${formatEui64(each.key)}</span> (this Device)`
        : deviceId(each.key),
      each.type ?? 'Not known',
      each.isRestricted ? stateTag('effective') : tag('Not Restricted', 'green'),
      each.status ?? 'Not known',
      each.region ?? 'Not known',
      each.mpxn ?? '–',
    ]),
    whenEmpty: 'The inventory has no Device here.',
  })
}

function flagsTable(flags: readonly FlagView[]): Html {
  return dataTable({
    caption: 'Flags, newest first',
    head: ['State', 'From', 'Until', 'Set by', 'Why it ended', 'Receipt'],
    rows: flags.map((flag) => [
      stateTag(flag.state),
      timeElement(flag.from),
      timeOrNone(flag.until, 'No end set'),
      setterText(flag) ?? 'Not shown to you',
      flag.state === 'closed' ? 'The meter was decommissioned' : reasonWords(flag.clearReason),
      html`<span class="dg-id">${flag.id}</span>`,
    ]),
    whenEmpty: 'There has never been a flag here.',
  })
}

function eventsTable(events: readonly HistoryEntry[]): Html {
  return dataTable({
    caption: 'What happened to the newest flag',
    head: ['When', 'What', 'By'],
    rows: events.map(({ at, action, by }) => [
      timeElement(at),
      ACTION_WORDS[action] ?? action,
      by === undefined ? 'Not shown to you' : `${by.party} (${by.name})`,
    ]),
  })
}

/** A clear reason in words; one that is not on the list as it was given. */
export function reasonWords(reason: string | undefined): string {
  if (reason === undefined) return '–'
  return Object.entries(CLEAR_REASON_WORDS).find(([name]) => name === reason)?.[1] ?? reason
}

/** A Device ID that may break anywhere and links to its page. */
export function deviceId(key: DeviceView['key']): Html {
  const text = formatEui64(key)
  return html`<a class="govuk-link dg-id" href="/devices/${text}">${text}</a>`
}
