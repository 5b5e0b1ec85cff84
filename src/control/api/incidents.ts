/** Incidents: recorded by whoever runs the incident desk, named by the exceptions list. */

import { z } from '@hono/zod-openapi'
import { isoTime, isoTimeOrNull } from '../../core/device/iso-time.ts'
import type { Incident } from '../../core/report/incident.ts'
import { type Endpoint, endpointsOf, type Sent } from '../http/endpoint.ts'
import { givenTimeSchema, monthSchema, timeSchema } from './schemas.ts'

const incidentSchema = z
  .strictObject({
    reference: z.string(),
    from: timeSchema,
    until: timeSchema.nullable().openapi({ description: 'Null while it lasts.' }),
    regions: z.array(z.string()).openapi({ description: 'Empty: everywhere.' }),
    srvs: z.array(z.string()).openapi({ description: 'Empty: all.' }),
  })
  .openapi('Incident')

const recordBody = z
  .strictObject({
    reference: z.string().openapi({ example: 'INC-204711' }),
    from: givenTimeSchema,
    until: givenTimeSchema.optional(),
    regions: z.array(z.string()).max(100).default([]),
    srvs: z.array(z.string()).max(200).default([]),
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
    description: 'A record under a reference that is there takes its place; both are in the audit.',
    access: { operation: 'record-incident' },
    body: recordBody,
    content: incidentSchema,
    problems: ['refused'],
    async handle({ identity, body }, { reports }) {
      const incident: Incident = { ...body, until: body.until }
      const done = await reports.recordIncident(identity.actor, incident)
      if (!done.ok) return { problem: { code: 'refused', detail: done.problems.join('; ') } }
      return { content: incidentResource(incident) }
    },
  }),
]

function incidentResource({ from, until, ...incident }: Incident): Sent<z.input<typeof incidentSchema>> {
  return { ...incident, from: isoTime(from), until: isoTimeOrNull(until) }
}
