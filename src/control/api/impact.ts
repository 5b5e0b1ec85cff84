/** What another table would have changed in a month, from the journal on this machine. */

import { z } from '@hono/zod-openapi'
import { isoTime } from '../../core/device/iso-time.ts'
import { type Endpoint, endpointsOf } from '../http/endpoint.ts'
import { MAX_IMPACT_RECORDS } from '../policy-service.ts'
import { countSchema, monthSchema, timeSchema, wholeNumberSchema } from './schemas.ts'

const impactSchema = z
  .strictObject({
    name: z.string(),
    revision: z.string(),
    from: timeSchema,
    until: timeSchema,
    files: countSchema.openapi({ description: 'Journal files on this machine that have a part in it.' }),
    isComplete: z.boolean().openapi({ description: 'False: there were more records than `maxRecords`.' }),
    decided: countSchema,
    changed: countSchema,
    undecidable: countSchema.openapi({
      description:
        'Of `changed`, those that rest on something the journal does not tell, which counted as met.',
    }),
    unreadable: countSchema,
    rows: z.array(
      z.strictObject({
        codes: z.string(),
        role: z.string(),
        region: z.string(),
        before: z.string(),
        after: z.string(),
        rule: z.string(),
        messages: countSchema,
        undecidable: countSchema,
      }),
    ),
  })
  .openapi('TableImpact')

const query = z.strictObject({
  month: monthSchema.optional().openapi({
    type: 'string',
    example: '2026-10',
    description: 'A calendar month in UTC; absent: the last one.',
  }),
  maxRecords: wholeNumberSchema({ minimum: 1, maximum: MAX_IMPACT_RECORDS, default: MAX_IMPACT_RECORDS }),
})

const { get } = endpointsOf('Tables')

export const impactEndpoints: readonly Endpoint[] = [
  get('/tables/{revision}/impact', {
    name: 'getTableImpact',
    summary: 'What that table would have changed in a month: by code, role of the User and region',
    access: { operation: 'table-impact' },
    params: z.object({ revision: z.string().max(64).openapi({ example: 'df347613e92e' }) }),
    query,
    content: impactSchema,
    problems: ['not-found', 'too-many-waiting'],
    async handle({ params, query: { month, maxRecords } }, ports) {
      const report = await ports.policy.impact(params.revision, month, maxRecords)
      if (report === 'too-many') return { problem: { code: 'too-many-waiting' } }
      if (!report) return { problem: { code: 'not-found' } }
      return { content: { ...report, from: isoTime(report.from), until: isoTime(report.until) } }
    },
  }),
]
