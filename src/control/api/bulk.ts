/** Bulk set and clear: a CSV file in, one result a row out. */
import { z } from '@hono/zod-openapi'
import { CSV_TYPE, csvTexts } from '../../csv/csv-writer.ts'
import { BULK_RECORDS, type BulkFormat, bulkFormatOf, bulkJson } from '../bulk-answer.ts'
import {
  BULK_COLUMNS,
  BULK_OUTCOMES,
  type BulkAction,
  type BulkRowResult,
  bulkResults,
  openBulkFile,
} from '../bulk-file.ts'
import type { ApiPorts } from '../control-ports.ts'
import { boundedChunks, MAX_CSV_BYTES, tooLongSaid } from '../http/body.ts'
import { MAX_CSV_ROWS } from '../http/csv-body.ts'
import { type Endpoint, type EndpointResponse, endpointsOf } from '../http/endpoint.ts'
import type { Identity } from '../identity.ts'

const SUMMARY = { set: 'Set flags from a CSV file', clear: 'Clear flags from a CSV file' } as const

const EXAMPLE = {
  set: 'mpxn,steps,date,evidence,isLastResort,isCreditMode\r\n2000000000015,advice-given,2026-11-01,CASE-4711,yes,yes\r\n',
  clear: 'mpxn,reason,reference\r\n2000000000015,consumer-request,CASE-4712\r\n',
} as const

const DESCRIPTION = `Each row is judged by itself, in order, and has its result; the answer is written while the file is
worked on. Send the file again after a break: rows that are done already change nothing. \`Accept\` chooses CSV or JSON.`

const resultsSchema = z
  .strictObject({
    results: z.array(
      z.strictObject({
        line: z.int(),
        outcome: z.enum(BULK_OUTCOMES),
        restriction: z.string().nullable(),
        meter: z
          .string()
          .nullable()
          .openapi({ description: 'The meter point or Device as the row names it.' }),
        values: z.array(z.string()).openapi({
          description: 'What the row has in the columns that its problems are about.',
          example: ['date: 2027-13-01'],
        }),
        refusals: z.array(z.strictObject({ rule: z.string(), text: z.string(), whatToDo: z.string() })),
        remarks: z.array(z.string()),
      }),
    ),
    summary: z.record(z.string(), z.int()).openapi({ description: 'Rows by outcome.' }),
  })
  .openapi('BulkResults')

const { post } = endpointsOf('Bulk')

export const bulkEndpoints: readonly Endpoint[] = (['set', 'clear'] as const).map((action) =>
  post(`/bulk/${action}`, {
    name: action === 'set' ? 'bulkSet' : 'bulkClear',
    summary: SUMMARY[action],
    description: DESCRIPTION,
    access: { operation: 'bulk' },
    headers: z.object({
      accept: z.string().optional().openapi({ description: '`text/csv` (default) or `application/json`.' }),
    }),
    streamedBody: {
      mediaType: 'text/csv',
      description: `At most 64 MiB and 1,000,000 rows. Columns: ${BULK_COLUMNS[action].join(', ')}.`,
      example: EXAMPLE[action],
    },
    content: resultsSchema,
    streams: { 'text/csv': 'Columns: line, outcome, restriction, rules, text, whatToDo.' },
    problems: ['not-acceptable', 'too-many-waiting', 'body-invalid'],
    handle: ({ identity, headers, raw }, ports) => answerBulk(ports, action, identity, headers.accept, raw),
  }),
)

async function answerBulk(
  ports: ApiPorts,
  action: BulkAction,
  { actor }: Identity,
  accept: string | undefined,
  request: Request,
): Promise<EndpointResponse<never>> {
  const format = bulkFormatOf(accept)
  if (!format) return { problem: { code: 'not-acceptable' } }
  const tooLong = tooLongSaid(request, MAX_CSV_BYTES)
  if (tooLong) return { problem: tooLong }
  const release = ports.bulkFiles.take()
  if (!release) return { problem: { code: 'too-many-waiting' } }
  const file = await openBulkFile(boundedChunks(request, MAX_CSV_BYTES), action, MAX_CSV_ROWS)
  if (!file.ok) {
    release()
    return file
  }
  const results = bulkResults(ports, actor, action, file.rows)
  return streamed(format, holding(results, release))
}

async function* holding<Item>(
  items: AsyncGenerator<Item, void, undefined>,
  release: () => void,
): AsyncGenerator<Item, void, undefined> {
  try {
    yield* items
  } finally {
    release()
  }
}

function streamed(
  format: BulkFormat,
  results: AsyncGenerator<BulkRowResult, void, undefined>,
): EndpointResponse<never> {
  if (format === 'csv') return { texts: csvTexts(BULK_RECORDS, results), mediaType: CSV_TYPE }
  return { texts: bulkJson(results), mediaType: 'application/json' }
}
