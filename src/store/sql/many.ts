/**
 * Statements over many keys or rows in portions of one size, so that a driver prepares one statement and not one for each
 * number of values.
 */
import type { DeviceKey } from '../../core/duis/eui64.ts'
import { columnOfKey } from './columns.ts'
import type { SqlRow, SqlSession, SqlValue } from './session.ts'
import { marks, type SqlTable } from './sql-table.ts'

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
    rows.push(...(await session.all(text.replace('(…)', `(${marks(filled)})`), ...first, ...filled)))
  }
  return rows
}

export function keyColumns(keys: readonly DeviceKey[]): bigint[] {
  return keys.map(columnOfKey)
}

/**
 * Adds the items to the table; `update` is what follows DO UPDATE SET for one that is there already. No two of them may have the
 * same key. They are written in the order of their values, so that of two transactions on the same rows one waits for the
 * other and none for ever.
 */
export async function upsertAll<Item>(
  session: SqlSession,
  table: SqlTable<Item>,
  update: string,
  items: readonly Item[],
): Promise<void> {
  const rows = items.map(table.values).sort((one, other) => (one.join() < other.join() ? -1 : 1))
  const more = `, (${marks(table.fields.columns)})`
  const textOf = (count: number) =>
    `${table.insert}${more.repeat(count - 1)} ON CONFLICT (${table.key}) DO UPDATE SET ${update}`
  const full = rows.length - (rows.length % ROWS_AT_ONCE)
  for (let start = 0; start < full; start += ROWS_AT_ONCE)
    await session.run(textOf(ROWS_AT_ONCE), ...rows.slice(start, start + ROWS_AT_ONCE).flat())
  for (const row of rows.slice(full)) await session.run(textOf(1), ...row)
}
