/** CSV files as they are uploaded: read ahead of what is done with them, with faults as problems of the control plane. */
import { Readable } from 'node:stream'
import {
  type CsvBadRow,
  type CsvColumns,
  type CsvFile,
  type CsvRefused,
  type CsvRow,
  openCsv,
} from '../../csv/csv-reader.ts'
import type { CsvFault } from '../../csv/csv-records.ts'
import { MAX_CSV_BYTES, TooLong } from './body.ts'
import type { Problem } from './problems.ts'

/** Why reading stopped before the end of the file; nothing from `line` on was read. */
interface CsvStop {
  readonly line: number
  readonly stopped: Problem
}

export interface CsvBody<Column extends string> {
  readonly ok: true
  readonly header: CsvFile<Column>['header']
  readonly rows: AsyncGenerator<CsvRow<Column> | CsvBadRow | CsvStop, void, undefined>
}

/** Rows of a file that comes over the API: hours of work at most. */
export const MAX_CSV_ROWS = 1_000_000

/**
 * Opens a file and reads its header. The file is read ahead of its rows, so that a client that sends all of it before it
 * reads an answer is never kept waiting for itself. Of its rows `mostRows` are read, and the rest is a stop.
 */
export async function openCsvBody<Column extends string>(
  chunks: AsyncIterable<Uint8Array>,
  columns: CsvColumns<Column>,
  mostRows: number,
): Promise<CsvBody<Column> | { readonly ok: false; readonly problem: Problem }> {
  try {
    const file = await openCsv(readAhead(chunks), columns)
    return file.ok
      ? { ok: true, header: file.header, rows: rowsOf(file.rows, mostRows) }
      : { ok: false, problem: headerProblem(file) }
  } catch (error) {
    return { ok: false, problem: brokenOff(error) }
  }
}

/** An error would make the stream throw away what it holds; so it is kept until all before it is read. */
async function* readAhead(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let error: unknown
  const ahead = Readable.from(
    (async function* () {
      try {
        yield* chunks
      } catch (thrown) {
        error = thrown
      }
    })(),
    { objectMode: false, highWaterMark: MAX_CSV_BYTES },
  )
  yield* ahead
  if (error !== undefined) throw error
}

function headerProblem({ reason, faults }: CsvRefused): Problem {
  if (reason === 'bytes')
    return {
      code: 'body-unreadable',
      detail: faults.map(({ line, fault }) => `Line ${line}: ${fault}.`).join(' '),
    }
  const invalid = faults.map(({ column, fault }) => ({
    where: column === undefined ? 'body' : `body.${column}`,
    text: sentence(fault),
  }))
  return { code: 'body-invalid', invalid }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?]$/.test(text) ? '' : '.'}`
}

async function* rowsOf<Column extends string>(
  rows: AsyncIterable<CsvRow<Column> | CsvBadRow | CsvFault>,
  mostRows: number,
): AsyncGenerator<CsvRow<Column> | CsvBadRow | CsvStop, void, undefined> {
  let line = 1
  let left = mostRows
  try {
    for await (const row of rows) {
      line = row.line
      if (left-- === 0) return yield { line, stopped: tooManyRows(mostRows) }
      yield 'fault' in row ? { line, stopped: { code: 'body-unreadable', detail: sentence(row.fault) } } : row
    }
  } catch (error) {
    yield { line: line + 1, stopped: brokenOff(error) }
  }
}

function tooManyRows(mostRows: number): Problem {
  const detail = `A file may have ${mostRows.toLocaleString('en-GB')} rows; those before are done. Send the others as a file of their own.`
  return { code: 'body-too-large', detail }
}

function brokenOff(error: unknown): Problem {
  if (!(error instanceof TooLong)) return { code: 'body-unreadable', detail: 'The file broke off.' }
  const detail = `Send at most ${MAX_CSV_BYTES} bytes; the rows before are done.`
  return { code: 'body-too-large', detail }
}
