/** Incidents: those of a month, and the form that opens one, which tells of a Restricted Device before an engineer is sent. */
import type { Instant } from '../../../core/device/device.ts'
import { formatEui64 } from '../../../core/duis/eui64.ts'
import { type Incident, toldOfRestricted } from '../../../core/report/incident.ts'
import type { Month } from '../../../core/report/span.ts'
import type { RestrictedDevice } from '../../../reports/incidents.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { dataTable } from '../../html/lists.ts'
import { insetText, linkButton, submitButton, tag, warningText } from '../../html/notices.ts'
import { monthText, timeElement, timeText } from '../../html/times.ts'
import type { Answers } from '../forms/answers.ts'
import { formTo, page, type Visitor } from '../parts/document.ts'
import { textField } from '../parts/fields.ts'
import { monthLinks } from '../parts/months.ts'
import type { Problem } from '../parts/problems.ts'
import { whenField } from '../parts/when-field.ts'
import { deviceId } from './meter-point.ts'

export interface IncidentsPage {
  readonly visitor: Visitor
  readonly now: Instant
  readonly month: Month
  readonly incidents: readonly Incident[]
  /** Reference of the one that was recorded just now; empty for none. */
  readonly recorded: string
  readonly mayRecord: boolean
  readonly problems: readonly Problem[]
}

export function incidentsPage(shown: IncidentsPage): Html {
  const { visitor, now, month, incidents, recorded, mayRecord, problems } = shown
  const isKnown = incidents.some(({ reference }) => reference === recorded)
  return page({
    title: `Incidents, ${monthText(month, now)}`,
    visitor,
    section: 'incidents',
    problems,
    content: html`${isKnown ? insetText(`${recorded} is recorded.`) : NOTHING}
<p class="govuk-body">The exceptions report names them beside the Restricted Devices that they concern${
      visitor.role === 'csp' ? '. You see those that your own party opened' : NOTHING
    }.</p>
${mayRecord ? linkButton('/incidents/new', 'Open an incident') : NOTHING}
${dataTable({
  caption: 'Incidents, the oldest first',
  isCaptionHidden: true,
  head: ['Reference', 'From', 'Until', 'Device', 'Regions', 'SRVs', 'Opened by'],
  rows: incidents.map((incident) => incidentRow(shown, incident)),
  whenEmpty: 'No incident of this month is recorded.',
})}${monthLinks('/incidents', month, now)}`,
  })
}

function incidentRow({ visitor, mayRecord }: IncidentsPage, incident: Incident) {
  const { reference, from, until, device, regions, srvs, openedBy } = incident
  const endForm = formTo(
    visitor,
    '/incidents/end',
    html`<input type="hidden" name="reference" value="${reference}"><button type="submit" class="dg-link-button">It has ended<span class="govuk-visually-hidden">: ${reference}</span></button>`,
  )
  return [
    html`<span class="dg-id">${reference}</span>`,
    timeElement(from),
    until === undefined ? html`${tag('Lasts', 'yellow')} ${mayRecord && endForm}` : timeElement(until),
    device === undefined ? '–' : deviceId(device),
    regions.length > 0 ? regions.join(', ') : device === undefined ? 'Everywhere' : '–',
    srvs.length > 0 ? srvs.join(', ') : 'All',
    openedBy ?? 'Not known',
  ]
}

export interface IncidentForm {
  readonly visitor: Visitor
  readonly answers: Answers
  /** Devices of the incident that are Restricted; the form then asks for a reason. */
  readonly told: readonly RestrictedDevice[]
  readonly problems: readonly Problem[]
}

export function incidentForm({ visitor, answers, told, problems }: IncidentForm): Html {
  const isCsp = visitor.role === 'csp'
  const field = (id: string, label: string, hint: string, width: 10 | 20 | 30) =>
    textField({ id, label, hint, value: answers.text(id), width, problems })
  const fields = html`${told.map(({ device, since }) => warningText(toldOfRestricted(formatEui64(device), timeText(since))))}
${told.length > 0 ? field('reason', 'Why does the incident go on all the same?', 'For example “the hub is off the network too”. It is kept in the audit.', 30) : NOTHING}
${field('reference', 'Reference', 'That of your incident desk, for example INC-204711', 20)}
${field('device', isCsp ? 'Device ID' : 'Device ID (optional)', 'A Communications Hub stands for all Devices behind it. You are told if one is Restricted.', 20)}
${whenField({
  ...{ label: 'When did it begin?', answers, problems },
  now: { text: 'Now' },
  later: 'At a day and time',
})}
${field('regions', 'Regions (optional)', 'With commas between them; empty for everywhere', 30)}
${field('srvs', 'Service Requests that fail (optional)', 'SRVs with commas between them, for example 4.8.1, 4.1.1; empty for all', 30)}
${submitButton(told.length > 0 ? 'Open it all the same' : 'Open the incident')}`
  return page({
    title: 'Open an incident',
    visitor,
    section: 'incidents',
    back: '/incidents',
    problems,
    content: formTo(visitor, '/incidents/new', fields),
  })
}
