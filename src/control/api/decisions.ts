/** Decisions explained later: what was decided on a message, by which row, on what was known of the flag. */
import { z } from '@hono/zod-openapi'
import { instantOf } from '../../core/device/device.ts'
import { DAY_MS } from '../../core/device/durations.ts'
import type { ExplainedRecord } from '../../journal/decision-book.ts'
import { type Endpoint, type EndpointResponse, endpointsOf } from '../http/endpoint.ts'
import { givenTimeSchema } from './schemas.ts'

const decisionSchema = z
  .strictObject({
    record: z
      .record(z.string(), z.unknown())
      .openapi({ description: 'The record as the journal has it: metadata, never a payload.' }),
    row: z
      .strictObject({
        table: z.string(),
        text: z
          .string()
          .nullable()
          .openapi({ description: 'The row as it read then; null where no row decided.' }),
      })
      .nullable()
      .openapi({ description: 'Null where no text of the table is kept.' }),
  })
  .openapi('Decision')

const foundSchema = z.strictObject({ decisions: z.array(decisionSchema) }).openapi('Decisions')

const { get } = endpointsOf('Decisions')

export const decisionEndpoints: readonly Endpoint[] = [
  get('/decisions/{id}', {
    name: 'getDecision',
    summary: 'A decision by the ID that its answer carried in Duisgate-Decision',
    description:
      'Looks in the journals of this machine. A second record is that of a reply that was stopped.',
    access: { operation: 'decisions' },
    params: z.object({ id: z.string().max(64).openapi({ example: 'AZr0eKsbQ0c1n4v2m8x7kA' }) }),
    content: foundSchema,
    problems: ['not-found', 'too-many-waiting'],
    async handle({ identity: { actor }, params }, ports) {
      const answer = foundAnswer(await ports.policy.decisions(actor, params.id))
      const isNone = 'content' in answer && answer.content.decisions.length === 0
      return isNone ? { problem: { code: 'not-found', detail: ELSEWHERE } } : answer
    },
  }),
  get('/decisions', {
    name: 'findDecisions',
    summary: 'Decisions on messages with a RequestID, for those who kept only that',
    access: { operation: 'decisions' },
    query: z.strictObject({
      requestId: z
        .string()
        .min(1)
        .max(200)
        .openapi({ example: '90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000' }),
      from: givenTimeSchema.openapi({ description: 'Messages that arrived in the 24 hours from then on.' }),
    }),
    content: foundSchema,
    problems: ['too-many-waiting'],
    async handle({ identity: { actor }, query: { requestId, from } }, ports) {
      const span = { from, until: instantOf(from + DAY_MS) }
      return foundAnswer(await ports.policy.decisionsByRequest(actor, requestId, span))
    },
  }),
]

const ELSEWHERE =
  'No journal on this machine has it. Where gateways run on other machines, ask there: duisgate explain --decision ID.'

function foundAnswer(
  found: readonly ExplainedRecord[] | 'too-many',
): EndpointResponse<z.input<typeof foundSchema>> {
  if (found === 'too-many') return { problem: { code: 'too-many-waiting' } }
  return { content: { decisions: found.map(decisionResource) } }
}

function decisionResource({ record, row }: ExplainedRecord): z.input<typeof decisionSchema> {
  return { record: { ...record }, row: row ? { table: row.table, text: row.text ?? null } : null }
}
