/**
 * The one writer of CSV (RFC 4180): listings, reports, results and bad rows, safe to open in a spreadsheet.
 *
 * A field that a spreadsheet would run as a formula gets an apostrophe in front (ASVS 1.2.10). Reading takes it off again,
 * so that what was exported can be sent back as it is.
 */

/**
 * `=`, `+`, `-`, `@`, tab, NUL and carriage return, as ASVS lists them, and line feed, which hides them alike. Apostrophes in
 * front count, so that taking one off gives back every text as it was.
 */
const RUNS_AS_FORMULA = /^'*[=+\-@\t\0\r\n]/
const GUARDED = /^'(?='*[=+\-@\t\0\r\n])/
const NEEDS_QUOTES = /[",\r\n\0]/

/** The cells of one record; nothing stands for an empty one. */
export type CsvCells = readonly (string | number | undefined | null)[]

/** How rows of one kind are written. */
export interface CsvRecords<Row> {
  readonly columns: readonly string[]
  readonly record: (row: Row) => CsvCells
}

/** A header line and a line for each row, made while they are read. */
export async function* csvTexts<Row>(
  { columns, record }: CsvRecords<Row>,
  rows: AsyncIterable<Row> | Iterable<Row>,
): AsyncGenerator<string, void, undefined> {
  yield csvRecord(columns)
  for await (const row of rows) yield csvRecord(record(row))
}

/** One record with its line end. An absent field is empty. */
export function csvRecord(fields: CsvCells): string {
  return `${fields.map(csvField).join(',')}\r\n`
}

function csvField(field: string | number | undefined | null): string {
  // A number cannot be a formula, and an apostrophe would turn it into text.
  if (typeof field === 'number') return String(field)
  const text = guarded(field ?? '')
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The text as it may stand in a spreadsheet cell. */
export function guarded(text: string): string {
  return RUNS_AS_FORMULA.test(text) ? `'${text}` : text
}

/** The text that `guarded` was given. */
export function unguarded(text: string): string {
  return text.replace(GUARDED, '')
}

/** The media type of the files here. */
export const CSV_TYPE = 'text/csv; charset=utf-8; header=present'
