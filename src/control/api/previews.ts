/** What setting or clearing a flag would do, for check-answers steps. Neither changes anything. */

import { z } from '@hono/zod-openapi'
import { isoTime } from '../../core/device/iso-time.ts'
import { formatEui64 } from '../../core/duis/eui64.ts'
import { ROW_CLASSES } from '../../core/policy/table.ts'
import { type Endpoint, endpointsOf } from '../http/endpoint.ts'
import { warningSchema } from './flag-resource.ts'
import { refusedChange } from './refused.ts'
import { clearBody, idParams, RESTRICTIONS_TAG, setBody } from './restriction-requests.ts'
import { schedulesOf, schedulesSchema } from './schedule-resource.ts'
import { deviceIdSchema, timeSchema } from './schemas.ts'

const plainLineSchema = z.strictObject({
  class: z.enum(ROW_CLASSES),
  text: z.string(),
  codes: z.array(z.string()),
})

const previewSchema = z
  .strictObject({
    outcome: z.enum(['set', 'changed', 'already-set']),
    mpxn: z.string().nullable(),
    fuel: z.enum(['electricity', 'gas']),
    meter: deviceIdSchema,
    members: z.array(deviceIdSchema),
    from: timeSchema,
    stops: z.array(plainLineSchema),
    stays: z.array(plainLineSchema),
    notes: z.array(z.string()),
    warnings: z.array(warningSchema),
    schedules: schedulesSchema,
  })
  .openapi('Preview')

const clearPreviewSchema = z
  .strictObject({
    outcome: z.enum(['cleared', 'already-cleared']),
    mpxn: z.string().nullable(),
    fuel: z.enum(['electricity', 'gas']),
    members: z.array(deviceIdSchema),
    until: timeSchema,
    resumes: z.array(plainLineSchema).openapi({ description: 'What passes again.' }),
    notes: z.array(z.string()).openapi({ description: 'What does not come back.' }),
    stayRestricted: z
      .array(deviceIdSchema)
      .openapi({ description: 'Members that another flag covers as well.' }),
  })
  .openapi('ClearPreview')

const { post } = endpointsOf(RESTRICTIONS_TAG)

export const previewEndpoints: readonly Endpoint[] = [
  post('/restrictions/preview', {
    name: 'previewRestriction',
    summary: 'What setting the flag would do: Devices, what stops and what stays. Changes nothing',
    access: { operation: 'preview' },
    body: setBody,
    content: previewSchema,
    problems: ['refused', 'stale'],
    async handle({ identity, body }, { restrictions }) {
      const seen = await restrictions.preview(identity.actor, body)
      if (!seen.ok) return { problem: refusedChange(seen.refusals) }
      const { draft, stops, stays, notes } = seen
      const content = {
        outcome: seen.outcome,
        mpxn: draft.mpxn ?? null,
        fuel: draft.fuel,
        meter: formatEui64(draft.meter),
        members: draft.members.map(formatEui64),
        from: isoTime(draft.from),
        ...{ stops, stays, notes, warnings: seen.warnings },
        schedules: schedulesOf(seen.schedules),
      }
      return { content }
    },
  }),
  post('/restrictions/{id}/clear/preview', {
    name: 'previewClear',
    summary:
      'What clearing the flag would do: what passes again and what does not come back. Changes nothing',
    access: { operation: 'preview' },
    params: idParams,
    body: clearBody,
    content: clearPreviewSchema,
    problems: ['refused'],
    async handle({ identity, params, body }, { restrictions }) {
      const seen = await restrictions.previewClear(identity.actor, { ...body, restriction: params.id })
      if (!seen.ok) return { problem: refusedChange(seen.refusals) }
      const { mpxn, fuel, members, from, until } = seen.restriction
      const content = {
        outcome: seen.outcome,
        ...{ mpxn: mpxn ?? null, fuel, members: members.map(formatEui64), until: isoTime(until ?? from) },
        ...{ resumes: seen.resumes, notes: seen.notes },
        stayRestricted: seen.stayRestricted.map(formatEui64),
      }
      return { content }
    },
  }),
]
