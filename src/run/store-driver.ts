/** Chooses the store's driver by where the store is: a PostgreSQL URL, or the path of an SQLite file. */
import { isPostgresUrl } from '../config/kinds.ts'
import { openPostgresStore } from '../store/postgres/postgres-store.ts'
import type { SqlStore } from '../store/sql/sql-store.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'

export interface StoreDriverOptions {
  /** What a statement other than a look-up may take, in milliseconds; the driver's own default when absent. */
  readonly statementTimeoutMs?: number
}

/** Opens or creates the store and brings its schema up to date. Throws StoreUnavailable, or StoreTooNew. */
export async function openStoreAt(location: string, options: StoreDriverOptions = {}): Promise<SqlStore> {
  if (!isPostgresUrl(location)) return openSqliteStore({ file: location })
  return openPostgresStore({ connection: location, ...options })
}
