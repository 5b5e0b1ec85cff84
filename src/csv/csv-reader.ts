/**
 * The one reader of CSV files: those that operators import and those that Suppliers upload.
 *
 * A file is UTF-8 with a header line; columns may stand in any order. No row goes past the end of its line, so a quote that
 * is never closed shows on its own line. Reading takes whole lines at a time and keeps no more than they need.
 */
import { nearest } from '../core/nearest.ts'
import { type CsvFault, type CsvRecord, csvRecords } from './csv-records.ts'
import { unguarded } from './csv-writer.ts'

/** Beside the rows of a file that come back because they were wrong: why they were. Any file may have it; it is not read. */
export const PROBLEM_COLUMN = 'problem'

/** The columns that a file may have. */
export interface CsvColumns<Column extends string> {
  readonly columns: readonly Column[]
  /** Those that it must have. */
  readonly required: readonly Column[]
}

export interface CsvRow<Column extends string> {
  /** From 1; the header is a line too. */
  readonly line: number
  /** Trimmed, without the apostrophe that guards a formula; empty for a column that the file does not have. */
  readonly fields: Readonly<Record<Column, string>>
  /** The fields in the order of the file, without the problem column: what a file of bad rows repeats. */
  readonly cells: readonly string[]
}

/** A row that has no fields to speak of: too few, too many, or with characters that no text has. */
export interface CsvBadRow {
  readonly line: number
  readonly problem: string
  readonly cells: readonly string[]
}

export interface CsvFile<Column extends string> {
  readonly ok: true
  /** The names of the columns as the file has them, without the problem column. */
  readonly header: readonly string[]
  /** A fault comes last. What the source of the bytes throws is thrown after the last row that came whole. */
  readonly rows: AsyncGenerator<CsvRow<Column> | CsvBadRow | CsvFault, void, undefined>
}

/** A file that nothing can be read of. */
export interface CsvRefused {
  readonly ok: false
  /** `header`: it was read, and does not name the columns as it must. `bytes`: it is no CSV in UTF-8. */
  readonly reason: 'header' | 'bytes'
  /** `column` is the name that a fault is about, where it is about one. */
  readonly faults: readonly (CsvFault & { readonly column?: string })[]
}

/** Reads the header; a file with one that cannot be used has no rows. */
export async function openCsv<Column extends string>(
  chunks: AsyncIterable<Uint8Array>,
  columns: CsvColumns<Column>,
): Promise<CsvFile<Column> | CsvRefused> {
  const records = csvRecords(chunks)
  const { value: first } = await records.next()
  if (!first) return { ok: false, reason: 'header', faults: [{ line: 1, fault: emptyText(columns) }] }
  if ('fault' in first) return { ok: false, reason: 'bytes', faults: [first] }
  const header = new Header(first, columns)
  if (header.faults.length === 0) return { ok: true, header: header.names, rows: rowsOf(records, header) }
  await records.return()
  return { ok: false, reason: 'header', faults: header.faults }
}

function emptyText({ columns }: CsvColumns<string>): string {
  return `the file is empty; its first line must name the columns, for example ${columns.join(',')}`
}

async function* rowsOf<Column extends string>(
  records: ReturnType<typeof csvRecords>,
  header: Header<Column>,
): AsyncGenerator<CsvRow<Column> | CsvBadRow | CsvFault, void, undefined> {
  for await (const record of records) yield 'fault' in record ? record : header.rowOf(record)
}

const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/

/** What the header line says, and rows read by it. */
class Header<Column extends string> {
  readonly faults: CsvRefused['faults']
  readonly names: readonly string[]
  /** Where in a record each column is; -1 for one that the file does not have. */
  readonly #places: readonly (readonly [Column, number])[]
  readonly #all: readonly string[]
  /** -1 where there is no problem column. */
  readonly #problemAt: number

  constructor({ line, fields }: CsvRecord, columns: CsvColumns<Column>) {
    const names = fields.map((field) => field.trim())
    const known = names.map((name) => name.toLowerCase())
    this.faults = headerFaults(names, columns).map((fault) => ({ line, ...fault }))
    this.#places = columns.columns.map((column) => [column, known.indexOf(column.toLowerCase())])
    this.#all = names
    this.#problemAt = known.indexOf(PROBLEM_COLUMN)
    this.names = this.#withoutProblem(names)
  }

  rowOf({ line, fields: found }: CsvRecord): CsvRow<Column> | CsvBadRow {
    const texts = found.map((field) => unguarded(field.trim()))
    const cells = this.#withoutProblem(texts)
    const problem = this.#problemOf(found)
    if (problem !== undefined) return { line, problem, cells }
    const fields: Partial<Record<Column, string>> = {}
    for (const [column, place] of this.#places) fields[column] = texts[place] ?? ''
    return { line, fields: fields as Record<Column, string>, cells }
  }

  #problemOf(found: readonly string[]): string | undefined {
    const [count, width] = [found.length, this.#all.length]
    if (count !== width) return `has ${count} field${count === 1 ? '' : 's'} where the header has ${width}`
    const wrong = found.findIndex((text) => CONTROL_CHARACTER.test(text))
    return wrong < 0 ? undefined : `${this.#all[wrong]} has a control character in it`
  }

  #withoutProblem(fields: readonly string[]): readonly string[] {
    return this.#problemAt < 0 ? fields : fields.filter((_, index) => index !== this.#problemAt)
  }
}

/** One fault for each name that is unknown or there twice, and for each column that is missing. */
function headerFaults(
  names: readonly string[],
  { columns, required }: CsvColumns<string>,
): readonly { readonly fault: string; readonly column?: string }[] {
  const known = names.map((name) => name.toLowerCase())
  const taken = new Set([...columns.map((column) => column.toLowerCase()), PROBLEM_COLUMN])
  const named = names.flatMap((column, index) => {
    const name = known[index] ?? ''
    if (name === '') return [{ column, fault: `column ${index + 1} has no name` }]
    if (known.indexOf(name) < index) return [{ column, fault: `the column ${shown(column)} is there twice` }]
    return taken.has(name) ? [] : [{ column, fault: unknownText(column, columns) }]
  })
  const missing = required.filter((column) => !known.includes(column.toLowerCase()))
  return [
    ...named,
    ...missing.map((column) => ({
      column,
      fault: `the header has no ${column} column; the columns are ${columns.join(', ')}`,
    })),
  ]
}

function unknownText(column: string, columns: readonly string[]): string {
  const near = nearest(column, columns)
  const help = near === undefined ? `the columns are ${columns.join(', ')}` : `did you mean ${near}?`
  return `there is no column ${shown(column)}; ${help}`
}

/** Quoted, in printable characters, and only as much of a stray text as a message can bear. */
function shown(name: string): string {
  return JSON.stringify(name.slice(0, 40)).replaceAll(/[\u007f-\u009f]/g, '?')
}
