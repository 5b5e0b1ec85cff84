/** Incidents on the page: the list of a month, opening one, and ending it. */
import { monthAt, parseMonth } from '../../../core/report/span.ts'
import type { IncidentRecorded } from '../../../reports/incidents.ts'
import { reachOf } from '../../../restrictions/permissions.ts'
import { readDeviceId } from '../../device-id.ts'
import { type Answers, answersWith } from '../forms/answers.ts'
import { whenOf } from '../forms/when.ts'
import type { Problem } from '../parts/problems.ts'
import { incidentForm, incidentsPage } from '../views/incidents.ts'
import type { Pages, Visit } from './visit.ts'

export function addIncidentPages({ get, post }: Pages): void {
  const record = { operation: 'record-incident' } as const
  get('/incidents', { operation: 'incidents' }, (visit) => list(visit))
  get('/incidents/new', record, (visit) => {
    const answers = answersWith({ device: visit.query('device') })
    return visit.show(incidentForm({ visitor: visit.visitor, answers, told: [], problems: [] }))
  })
  post('/incidents/new', record, open)
  post('/incidents/end', record, end)
}

async function list(visit: Visit, problems: readonly Problem[] = []): Promise<Response> {
  const { page, actor, visitor, now } = visit
  const month = parseMonth(visit.query('month')) ?? monthAt(now)
  const view = incidentsPage({
    ...{ visitor, now, month, problems },
    incidents: await page.reports.incidents(actor, month),
    recorded: visit.query('recorded'),
    mayRecord: reachOf(actor, 'record-incident') !== undefined,
  })
  return visit.showForm(view, problems)
}

async function open(visit: Visit): Promise<Response> {
  const { page, actor, visitor, now } = visit
  const answers = await visit.answers()
  const again = (problems: readonly Problem[], told: IncidentRecorded['told'] = []) =>
    visit.show(incidentForm({ visitor, answers, told, problems }), 422)
  const when = whenOf(answers)
  const deviceText = answers.text('device')
  const device = readDeviceId(deviceText)
  if (deviceText !== '' && device === undefined) return again([{ field: 'device', text: NO_DEVICE }])
  if (!when.ok) return again(when.problems)
  const done = await page.reports.recordIncident(actor, {
    ...{ reference: answers.text('reference'), from: when.at ?? now, until: undefined, device },
    ...{ regions: listIn(answers, 'regions'), srvs: listIn(answers, 'srvs') },
    reason: answers.optional('reason'),
  })
  if (done.ok) return visit.goTo(`/incidents?recorded=${encodeURIComponent(done.incident.reference)}`)
  return again(
    done.problems.map((text) => problemOf(text, done.told.length > 0)),
    done.told,
  )
}

const NO_DEVICE = 'Enter the 16 hexadecimal digits of a Device ID.'

/** Texts between commas. */
function listIn(answers: Answers, name: string): readonly string[] {
  return answers
    .text(name)
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
}

function problemOf(text: string, isTold: boolean): Problem {
  const sentence = `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
  return { field: isTold ? 'reason' : FIELDS.find(([word]) => text.includes(word))?.[1], text: sentence }
}

const FIELDS: readonly (readonly [word: string, field: string])[] = [
  ['reference', 'reference'],
  ['Device', 'device'],
  ['region', 'regions'],
  ['SRV', 'srvs'],
]

/** It ends now; all else stays as it was recorded. */
async function end(visit: Visit): Promise<Response> {
  const { page, actor, now } = visit
  const reference = (await visit.answers()).text('reference')
  const incidents = await page.reports.incidents(actor, monthAt(now))
  const incident = incidents.find((each) => each.reference === reference)
  if (!incident) return visit.notFound()
  const done = await page.reports.recordIncident(actor, { ...incident, until: now })
  if (done.ok) return visit.goTo(`/incidents?recorded=${encodeURIComponent(reference)}`)
  return list(
    visit,
    done.problems.map((text) => problemOf(text, false)),
  )
}
