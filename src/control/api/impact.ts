/** What another table would have changed in a month, from the journal on this machine. */
import { z } from '@hono/zod-openapi'
import { monthAt, monthsLater, parseMonth } from '../../core/report/month.ts'
import type { ImpactReport } from '../../journal/impact-report.ts'
import { type Endpoint, endpoint } from '../http/endpoint.ts'
import type { ApiPorts } from './api-ports.ts'
import { timeOf, timeSchema } from './schemas.ts'

const countSchema = z.int().min(0)

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

/** Some seconds of reading; `duisgate table impact` reads without a bound. */
export const MAX_IMPACT_RECORDS = 500_000

const query = z.strictObject({
  month: z
    .string()
    .refine((text) => parseMonth(text) !== undefined, 'Give a year and a month, for example 2026-10.')
    .optional()
    .openapi({ example: '2026-10', description: 'A calendar month in UTC; absent: the last one.' }),
  maxRecords: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_IMPACT_RECORDS)
    .default(MAX_IMPACT_RECORDS)
    .openapi({ type: 'integer', minimum: 1, maximum: MAX_IMPACT_RECORDS, default: MAX_IMPACT_RECORDS }),
})

/** The endpoint of the report. */
export function tableImpact(ports: ApiPorts): Endpoint {
  return endpoint({
    method: 'get',
    path: '/tables/{revision}/impact',
    name: 'getTableImpact',
    tag: 'Tables',
    summary: 'What that table would have changed in a month: by code, role of the User and region',
    access: { operation: 'table-impact' },
    params: z.object({ revision: z.string().max(64).openapi({ example: 'df347613e92e' }) }),
    query,
    content: impactSchema,
    problems: ['not-found', 'too-many-waiting'],
    async handle({ params, query: { month, maxRecords } }) {
      const look = () => impactOfMonth(ports, params.revision, month, maxRecords)
      const report = await ports.policy.readers.run(look)
      if (report === 'too-many') return { problem: { code: 'too-many-waiting' } }
      return report ? { status: 200, content: impactResource(report) } : { problem: { code: 'not-found' } }
    },
  })
}

/** The report of a month, the last one when none is named; undefined where no usable table of that name is kept. */
async function impactOfMonth(
  { policy, clock }: Pick<ApiPorts, 'policy' | 'clock'>,
  revision: string,
  month: string | undefined,
  maxRecords: number,
): Promise<ImpactReport | undefined> {
  const table = await policy.tableOf(revision)
  const { from, until } = parseMonth(month ?? '') ?? monthsLater(monthAt(clock.now()), -1)
  return table && policy.impactOf({ table, span: { from, until }, maxRecords })
}

function impactResource({ from, until, rows, ...rest }: ImpactReport): z.input<typeof impactSchema> {
  return { ...rest, from: timeOf(from), until: timeOf(until), rows: rows.map((row) => ({ ...row })) }
}
