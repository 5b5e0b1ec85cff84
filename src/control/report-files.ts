/** Reports as CSV files: the same text for the API, the page and the command line. */

import { csvRecord } from '../csv/csv-writer.ts'
import type { FlatReport } from '../reports/report-records.ts'

/** A header line and a line for each row, made while they are read. */
export async function* reportCsv<Row>(
  { columns, record }: FlatReport<Row>,
  rows: AsyncIterable<Row> | Iterable<Row>,
): AsyncGenerator<string, void, undefined> {
  yield csvRecord(columns)
  for await (const row of rows) yield csvRecord(record(row))
}
