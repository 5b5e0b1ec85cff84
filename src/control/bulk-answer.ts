/** Results of a bulk file as they go over the wire, CSV or JSON, written while the file is still being worked on. */

import type { CsvRecords } from '../csv/csv-writer.ts'
import type { BulkRowResult } from './bulk-file.ts'

export type BulkFormat = 'csv' | 'json'

/** The form that an Accept header asks for, CSV when it does not care; undefined when it takes neither. */
export function bulkFormatOf(accept: string | undefined): BulkFormat | undefined {
  if (accept === undefined || accept.trim() === '') return 'csv'
  const types = accept.split(',').map((part) => part.split(';')[0]?.trim().toLowerCase())
  const first = types.find((type) => type !== undefined && type in FORMAT_OF_TYPE)
  return first === undefined ? undefined : FORMAT_OF_TYPE[first]
}

const FORMAT_OF_TYPE: Readonly<Record<string, BulkFormat>> = {
  'text/csv': 'csv',
  'application/json': 'json',
  'text/*': 'csv',
  'application/*': 'json',
  '*/*': 'csv',
}

export const BULK_RECORDS: CsvRecords<BulkRowResult> = {
  columns: ['line', 'outcome', 'restriction', 'rules', 'text', 'whatToDo', 'meter', 'values'],
  record({ line, outcome, restriction, refusals, remarks, meter, values }) {
    const rules = refusals.map(({ rule }) => rule).join(' ')
    const text = [...refusals.map((refusal) => refusal.text), ...remarks].join(' ')
    const whatToDo = refusals.map((refusal) => refusal.whatToDo).join(' ')
    return [line, outcome, restriction, rules, text, whatToDo, meter, values.join('; ')]
  },
}

/** One object with the results and how many there are of each outcome. */
export async function* bulkJson(
  results: AsyncIterable<BulkRowResult>,
): AsyncGenerator<string, void, undefined> {
  const summary: Record<string, number> = {}
  let separator = ''
  yield '{"results":['
  for await (const { restriction, meter, cells: _, ...result } of results) {
    summary[result.outcome] = (summary[result.outcome] ?? 0) + 1
    const said = { ...result, restriction: restriction ?? null, meter: meter ?? null }
    yield separator + JSON.stringify(said)
    separator = ','
  }
  yield `],"summary":${JSON.stringify(summary)}}`
}
