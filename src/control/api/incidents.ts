/** Incidents: recorded by whoever runs the incident desk, named by the exceptions list. */

import { z } from '@hono/zod-openapi'
import { isoTime, isoTimeOrNull } from '../../core/device/iso-time.ts'
import { formatEui64 } from '../../core/duis/eui64.ts'
import { type Incident, toldOfRestricted } from '../../core/report/incident.ts'
import type { IncidentRecorded } from '../../reports/incidents.ts'
import { type Endpoint, endpointsOf, type Sent } from '../http/endpoint.ts'
import type { Problem } from '../http/problems.ts'
import { deviceIdSchema, givenDeviceSchema, givenTimeSchema, monthSchema, timeSchema } from './schemas.ts'

const incidentSchema = z
  .strictObject({
    reference: z.string(),
    from: timeSchema,
    until: timeSchema.nullable().openapi({ description: 'Null while it lasts.' }),
    regions: z.array(z.string()).openapi({ description: 'Empty: everywhere.' }),
    srvs: z.array(z.string()).openapi({ description: 'Empty: all.' }),
    device: deviceIdSchema
      .nullable()
      .openapi({ description: 'The Device that it is about, a Communications Hub for all behind it.' }),
    openedBy: z.string().nullable().openapi({ description: 'The party that opened it.' }),
  })
  .openapi('Incident')

const recordBody = z
  .strictObject({
    reference: z.string().openapi({ example: 'INC-204711' }),
    from: givenTimeSchema,
    until: givenTimeSchema.optional(),
    regions: z.array(z.string()).max(100).default([]),
    srvs: z.array(z.string()).max(200).default([]),
    device: givenDeviceSchema.optional(),
    reason: z
      .string()
      .max(1_000)
      .optional()
      .openapi({ description: 'Why it goes on although the Device is Restricted; kept in the audit.' }),
  })
  .openapi('IncidentRecord')

const { get, post } = endpointsOf('Incidents')

export const incidentEndpoints: readonly Endpoint[] = [
  get('/incidents', {
    name: 'listIncidents',
    summary: 'Incidents of a month, oldest first',
    access: { operation: 'incidents' },
    query: z.strictObject({ month: monthSchema }),
    content: z.array(incidentSchema),
    handle: async ({ identity, query: { month } }, { reports }) => ({
      content: (await reports.incidents(identity.actor, month)).map(incidentResource),
    }),
  }),
  post('/incidents', {
    name: 'recordIncident',
    summary: 'Record an incident, or how it has changed',
    description:
      'A record under a reference that is there takes its place; both are in the audit. Where `device` is Restricted the answer is `device-restricted`, which says since when, until the request has a `reason`. A CSP names a Device of its regions.',
    access: { operation: 'record-incident' },
    body: recordBody,
    content: incidentSchema,
    problems: ['refused', 'device-restricted'],
    async handle({ identity, body }, { reports }) {
      const request = { ...body, until: body.until, device: body.device }
      const done = await reports.recordIncident(identity.actor, request)
      return done.ok ? { content: incidentResource(done.incident) } : { problem: problemOf(done) }
    },
  }),
]

/** What is wrong with it, or that the Device is Restricted. */
function problemOf({ problems, told }: Extract<IncidentRecorded, { ok: false }>): Problem {
  const restricted = told.map(({ device, since }) => toldOfRestricted(formatEui64(device), isoTime(since)))
  const detail = [...restricted, problems.join('; ')].join(' ')
  return { code: told.length > 0 ? 'device-restricted' : 'refused', detail }
}

/** An incident as API and command line give it. */
export function incidentResource({
  from,
  until,
  device,
  openedBy,
  ...incident
}: Incident): Sent<z.input<typeof incidentSchema>> {
  const id = device === undefined ? null : formatEui64(device)
  return {
    ...incident,
    from: isoTime(from),
    until: isoTimeOrNull(until),
    device: id,
    openedBy: openedBy ?? null,
  }
}
