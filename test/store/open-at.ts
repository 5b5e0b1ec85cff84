/** Opens a store as processes of the tests are told to. */
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'

/** `place` is a file for `sqlite`, a connection as JSON for `postgres`. */
export async function openAt(driver: string, place: string): Promise<SqlStore> {
  if (driver === 'sqlite') return openSqliteStore({ file: place })
  return openPostgresStore({ connection: JSON.parse(place), mayLoseCommits: true })
}
