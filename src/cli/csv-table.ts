/** Reads a CSV file with a header into values: columns in any order, each bad row with its line and why. */
import { type CsvRecord, csvRecords } from './csv.ts'

/** What a file has to look like, and what its rows are. */
export interface CsvTable<Column extends string, Value> {
  /** Columns that are understood; others are left unread. */
  readonly columns: readonly Column[]
  /** Those that must be there. */
  readonly required: readonly Column[]
  /** The value of a row, or what is wrong with it. Fields are trimmed; one of an absent column is empty. */
  readonly read: (at: (column: Column) => string) => { readonly value: Value } | { readonly problem: string }
}

/** A row of the file: a value, or why it is none. */
export type TableRow<Value> =
  | { readonly line: number; readonly value: Value }
  | { readonly line: number; readonly problem: string }

/** Yields one row a record. A file without a usable header yields a single problem on line 1. */
export async function* tableRows<Column extends string, Value>(
  table: CsvTable<Column, Value>,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<TableRow<Value>> {
  let header: readonly string[] | undefined
  for await (const record of csvRecords(chunks)) {
    if (header) yield rowOf(table, record, header)
    else {
      header = record.fields.map(columnName)
      const problem = headerProblem(table, header)
      if (problem) return yield { line: record.line, problem }
    }
  }
  const example = table.columns.join(',')
  const problem = `the file is empty; its first line must name the columns, for example ${example}`
  if (!header) yield { line: 1, problem }
}

function columnName(field: string): string {
  return field
    .replace(/^\uFEFF/, '')
    .trim()
    .toLowerCase()
}

function headerProblem(
  { columns, required }: CsvTable<string, unknown>,
  header: readonly string[],
): string | undefined {
  const repeated = header.find((name, index) => name !== '' && header.indexOf(name) !== index)
  if (repeated !== undefined) return `the header names ${repeated} twice`
  const missing = required.find((column) => !header.includes(column))
  return missing && `the header has no ${missing} column; the columns are ${columns.join(', ')}`
}

function rowOf<Column extends string, Value>(
  { read }: CsvTable<Column, Value>,
  { line, fields }: CsvRecord,
  header: readonly string[],
): TableRow<Value> {
  if (fields.length !== header.length) {
    return { line, problem: `has ${fields.length} fields where the header has ${header.length}` }
  }
  return { line, ...read((column) => fields[header.indexOf(column)]?.trim() ?? '') }
}
