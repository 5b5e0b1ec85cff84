/**
 * Statements over many keys or rows in portions of one size, so that a driver prepares one statement and not one for each
 * number of values.
 */
import type { DeviceKey } from '../../core/duis/eui64.ts'
import { columnOfKey } from './columns.ts'
import type { SqlRow, SqlSession, SqlValue } from './session.ts'

const KEYS_AT_ONCE = 256
const ROWS_AT_ONCE = 32

/** The rows of `text`, in which `(…)` stands for the values, which no two are alike; `first` goes before them. */
export async function rowsOfEach(
  session: SqlSession,
  text: string,
  values: readonly SqlValue[],
  ...first: SqlValue[]
): Promise<SqlRow[]> {
  const rows: SqlRow[] = []
  for (let start = 0; start < values.length; start += KEYS_AT_ONCE) {
    const portion = values.slice(start, start + KEYS_AT_ONCE)
    const last = portion.at(-1) ?? null
    const filled = Array.from({ length: KEYS_AT_ONCE }, (_, index) => portion[index] ?? last)
    rows.push(...(await session.all(text.replace('(…)', `(${PLACES})`), ...first, ...filled)))
  }
  return rows
}

const PLACES = Array.from({ length: KEYS_AT_ONCE }, () => '?').join()

export function keyColumns(keys: readonly DeviceKey[]): bigint[] {
  return keys.map(columnOfKey)
}

/** A table that rows are added to; `update` is what follows DO UPDATE SET for one that is there already. */
export interface UpsertTable {
  readonly name: string
  readonly columns: readonly string[]
  readonly key: readonly string[]
  readonly update: string
}

/**
 * Writes the rows, whose values are in the order of the columns. No two of them may have the same key. They are written in the
 * order of their values, so that of two transactions on the same rows one waits for the other and none for ever.
 */
export async function upsertAll(
  session: SqlSession,
  table: UpsertTable,
  unordered: readonly (readonly SqlValue[])[],
): Promise<void> {
  const rows = unordered.toSorted((one, other) => (one.join() < other.join() ? -1 : 1))
  const full = rows.length - (rows.length % ROWS_AT_ONCE)
  for (let start = 0; start < full; start += ROWS_AT_ONCE)
    await session.run(upsertText(table, ROWS_AT_ONCE), ...rows.slice(start, start + ROWS_AT_ONCE).flat())
  for (const row of rows.slice(full)) await session.run(upsertText(table, 1), ...row)
}

function upsertText({ name, columns, key, update }: UpsertTable, rows: number): string {
  const row = `(${columns.map(() => '?').join()})`
  return `INSERT INTO ${name} (${columns.join()}) VALUES ${Array.from({ length: rows }, () => row).join()}
    ON CONFLICT (${key.join()}) DO UPDATE SET ${update}`
}
