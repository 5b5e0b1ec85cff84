/** Reads CSV files with a header line, one row at a time, as they are sent by spreadsheets and by programs. */
import { PassThrough, pipeline, Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { unguarded } from './csv.ts'
import { MAX_CSV_BYTES, TooLong } from './http/body.ts'
import type { InvalidPlace, Problem } from './http/problems.ts'

/** One row; `line` is the line of the file on which it ends, from 1. */
export interface CsvRow<Column extends string> {
  readonly line: number
  /** Trimmed; a column that the file does not have is empty. */
  readonly fields: Readonly<Record<Column, string>>
}

/** Why reading stopped before the end of the file; nothing from `line` on was read. */
export interface CsvStop {
  readonly line: number
  readonly stopped: Problem
}

export type CsvFile<Column extends string> =
  | { readonly ok: true; readonly rows: AsyncGenerator<CsvRow<Column> | CsvStop, void, undefined> }
  | { readonly ok: false; readonly problem: Problem }

/** Longer than any row that means something. */
const MAX_ROW_BYTES = 64 * 1024

interface Parsed {
  readonly record: readonly string[]
  readonly info: { readonly lines: number }
}

/**
 * Opens a file and reads its header. The file is read ahead of its rows, so that a client that sends all of it before it
 * reads an answer is never kept waiting for itself.
 */
export async function openCsv<Column extends string>(
  chunks: AsyncIterable<Uint8Array>,
  columns: readonly Column[],
): Promise<CsvFile<Column>> {
  const source = new Source(chunks)
  const parsed = parsedRecords(source)
  const first = await firstOf(parsed)
  if ('stopped' in first) return { ok: false, problem: first.stopped }
  const header = first.record.map((name) => name.trim())
  const invalid = headerProblems(header, columns)
  if (invalid.length > 0) {
    await parsed.return?.()
    return { ok: false, problem: { code: 'body-invalid', invalid } }
  }
  return { ok: true, rows: rowsOf(source, parsed, header, columns) }
}

/**
 * The chunks, ending where they break off. An error would make the streams after it throw away what they hold; so it is
 * kept here until all before it is read.
 */
class Source {
  readonly #chunks: AsyncIterable<Uint8Array>
  #broken: Problem | undefined

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks
  }

  get broken(): Problem | undefined {
    return this.#broken
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* this.#chunks
    } catch (error) {
      this.#broken = stopProblem(error)
    }
  }
}

function parsedRecords(chunks: AsyncIterable<Uint8Array>): AsyncIterator<Parsed> {
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_BYTES,
  })
  const ahead = new PassThrough({ highWaterMark: MAX_CSV_BYTES })
  // What goes wrong comes out of the parser, too.
  pipeline(Readable.from(chunks), ahead, parser, () => {})
  return parser[Symbol.asyncIterator]()
}

async function firstOf(parsed: AsyncIterator<Parsed>): Promise<Parsed | CsvStop> {
  try {
    const { done, value } = await parsed.next()
    return done ? { line: 1, stopped: { code: 'body-invalid', detail: 'The file is empty.' } } : value
  } catch (error) {
    return { line: 1, stopped: stopProblem(error) }
  }
}

function headerProblems(header: readonly string[], columns: readonly string[]): readonly InvalidPlace[] {
  const accepted = `There are: ${columns.join(', ')}.`
  return header.flatMap((name, index) => {
    if (header.indexOf(name) < index) return [{ where: `body.${name}`, text: 'The column is there twice.' }]
    return columns.includes(name)
      ? []
      : [{ where: `body.${name}`, text: `There is no such column. ${accepted}` }]
  })
}

/** Each row is held back until the next is there: the last before a break may have lost its end. */
async function* rowsOf<Column extends string>(
  source: Source,
  parsed: AsyncIterator<Parsed>,
  header: readonly string[],
  columns: readonly Column[],
): AsyncGenerator<CsvRow<Column> | CsvStop, void, undefined> {
  let line = 1
  try {
    for (let held = await parsed.next(); !held.done; ) {
      const next = await parsed.next()
      if (next.done && source.broken) break
      line = held.value.info.lines
      yield { line, fields: fieldsOf(held.value.record, header, columns) }
      held = next
    }
    if (source.broken) yield { line: line + 1, stopped: source.broken }
  } catch (error) {
    yield { line: line + 1, stopped: stopProblem(error) }
  } finally {
    await parsed.return?.()
  }
}

function fieldsOf<Column extends string>(
  record: readonly string[],
  header: readonly string[],
  columns: readonly Column[],
): Record<Column, string> {
  const entries = columns.map((column) => [column, unguarded(record[header.indexOf(column)]?.trim() ?? '')])
  return Object.fromEntries(entries) as Record<Column, string>
}

function stopProblem(error: unknown): Problem {
  if (error instanceof TooLong)
    return {
      code: 'body-too-large',
      detail: `Send at most ${MAX_CSV_BYTES} bytes; the rows before are done.`,
    }
  if (error instanceof CsvError)
    return {
      code: 'body-unreadable',
      detail: 'From here on it is no CSV: look for a quote that is never closed.',
    }
  return { code: 'body-unreadable', detail: 'The file broke off.' }
}
