/** Where imported rows wait, unseen, until all of them are there. One import at a time. */
import { ImportOvertaken, type ImportRow } from '../inventory-import.ts'
import { numberOf } from './columns.ts'
import { DEVICES, isKnownDevice, isKnownRegistration, REGISTRATIONS } from './inventory.ts'
import type { BulkTable, SqlDialect, SqlSession, SqlValue } from './session.ts'
import type { SqlTable } from './sql-table.ts'

/** Where the rows of a table wait, in the order in which they came. */
const staged = ({ name, fields }: Pick<SqlTable<unknown>, 'name' | 'fields'>): BulkTable => ({
  name: `staged_${name}`,
  columns: [{ name: 'place', type: 'int' }, ...fields.columns],
})

const STAGED = { devices: staged(DEVICES), registrations: staged(REGISTRATIONS) }

/**
 * Marks rows of a batch that say what the store says already. That is most of them when an inventory is imported again, and
 * looking for it here keeps it out of the transaction that other writers wait for.
 */
const MARK_KNOWN = [
  `UPDATE staged_devices SET is_known = 1 WHERE place >= ? AND place < ? AND ${isKnownDevice('staged_devices')}`,
  `UPDATE staged_registrations SET is_known = 1
   WHERE place >= ? AND place < ? AND ${isKnownRegistration('staged_registrations')}`,
]

const RESUME = 'SELECT staged FROM import_progress WHERE hash = ? AND is_merged = 0'
const BEGIN = `
  INSERT INTO import_progress (id, hash, staged, is_merged) VALUES (1, ?, 0, 0)
  ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, staged = 0, is_merged = 0`
const ADVANCE = 'UPDATE import_progress SET staged = ? WHERE hash = ? AND staged = ? AND is_merged = 0'
const FINISH = 'UPDATE import_progress SET is_merged = 1 WHERE hash = ? AND staged = ? AND is_merged = 0'
const END = 'UPDATE import_progress SET staged = 0 WHERE hash = ? AND is_merged = 1'

/** Begins the import, or goes on with it; answers how many rows are staged. */
export async function beginStaging(session: SqlSession, dialect: SqlDialect, hash: string): Promise<number> {
  const resumed = await session.get(RESUME, hash)
  if (resumed) return numberOf(resumed.staged)
  // The row first: whoever stages meanwhile waits for it, and then finds that it is overtaken.
  await session.run(BEGIN, hash)
  await emptyTables(session, dialect)
  return 0
}

/** Stages the rows after the first `staged`. Throws ImportOvertaken. */
export async function stage(
  session: SqlSession,
  hash: string,
  staged: number,
  rows: readonly ImportRow[],
): Promise<void> {
  if (!(await session.run(ADVANCE, staged + rows.length, hash, staged))) throw new ImportOvertaken()
  const devices: SqlValue[][] = []
  const registrations: SqlValue[][] = []
  for (const [index, row] of rows.entries()) {
    const place = staged + index
    if ('device' in row) devices.push([place, ...DEVICES.values(row.device)])
    else registrations.push([place, ...REGISTRATIONS.values(row.registration)])
  }
  if (devices.length > 0) await session.insertMany(STAGED.devices, devices)
  if (registrations.length > 0) await session.insertMany(STAGED.registrations, registrations)
  for (const text of MARK_KNOWN) await session.run(text, staged, staged + rows.length)
}

/** Lets the database count what is staged, for its plans of the merge. */
export async function countStaged(session: SqlSession): Promise<void> {
  for (const { name } of Object.values(STAGED)) await session.run(`ANALYZE ${name}`)
}

/** Claims what is staged for the transaction that merges it. Throws ImportOvertaken. */
export async function finishStaging(session: SqlSession, hash: string, staged: number): Promise<void> {
  if (!(await session.run(FINISH, hash, staged))) throw new ImportOvertaken()
}

/** Gives back the room of an import that is merged, unless another has begun. */
export async function endStaging(session: SqlSession, dialect: SqlDialect, hash: string): Promise<void> {
  if (await session.run(END, hash)) await emptyTables(session, dialect)
}

async function emptyTables(session: SqlSession, dialect: SqlDialect): Promise<void> {
  for (const { name } of Object.values(STAGED)) await session.run(`${dialect.empty} ${name}`)
}
