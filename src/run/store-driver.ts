/** Opens the store where the configuration has it: at a PostgreSQL URL, or in an SQLite file. */
import { isPostgresUrl } from '../config/kinds.ts'
import type { Logger } from '../observe/log.ts'
import { connectPostgres } from '../store/postgres/postgres-store.ts'
import { openLateStore } from '../store/sql/late-database.ts'
import { type SqlParts, SqlStore } from '../store/sql/sql-store.ts'
import { connectSqlite } from '../store/sqlite/sqlite-store.ts'

interface StoreDriverOptions {
  /** What a statement other than a look-up may take, in milliseconds; the driver's own default when absent. */
  readonly statementTimeoutMs?: number
}

/** Opens or creates the store and brings its schema up to date. Throws a StoreFailure, or StoreTooNew. */
export async function openStoreAt(location: string): Promise<SqlStore> {
  return new SqlStore(await connectAt(location, {}))
}

/**
 * The store of a process that stays up: PostgreSQL may come later. A file that cannot be opened is a wrong path or a full
 * disk, and is said at once: throws a StoreFailure.
 */
export async function openStoreOfService(
  location: string,
  log: Logger,
  options: StoreDriverOptions = {},
): Promise<SqlStore> {
  if (!isPostgresUrl(location)) return openStoreAt(location)
  return openLateStore({
    open: () => connectAt(location, options),
    onFailure: (error) => log.error({ err: error }, 'the store cannot be opened yet; trying again'),
    onPermanentFailure: (error) => log.fatal({ err: error }, 'the store cannot be used; restart once it can'),
  })
}

async function connectAt(location: string, options: StoreDriverOptions): Promise<SqlParts> {
  if (!isPostgresUrl(location)) return connectSqlite({ file: location })
  return connectPostgres({ connection: location, ...options })
}
