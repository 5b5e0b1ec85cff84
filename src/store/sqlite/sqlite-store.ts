/**
 * The store in one SQLite file, the embedded default. Several processes of one machine may open the same file; network
 * file systems are not for it.
 */
import type { Instant } from '../../core/device/device.ts'
import type { Migrate } from '../sql/schema.ts'
import { type SqlParts, SqlStore } from '../sql/sql-store.ts'
import { attempt, SqliteDatabase } from './sqlite-database.ts'
import { SqliteRecords } from './sqlite-records.ts'

export interface SqliteStoreOptions {
  /**
   * Path of the database; its folder is made when missing. `:memory:` lives as long as the store is open; look-ups wait
   * for writes there.
   */
  readonly file: string
  /** How long a writer waits for another process's transaction, in milliseconds; 5,000 when absent. */
  readonly busyTimeoutMs?: number
  /** Whether the schema may be brought up to date; `auto` when absent. With `never` a file without one is refused. */
  readonly migrate?: Migrate
  /** Stands for the machine's clock, for tests. */
  readonly now?: () => Instant
}

/** Opens or creates the store and brings its schema up to date. Throws a StoreFailure, or StoreTooNew. */
export function openSqliteStore(options: SqliteStoreOptions): SqlStore {
  return new SqlStore(connectSqlite(options))
}

/** The same, as the parts that a store is made of. */
export function connectSqlite({
  file,
  busyTimeoutMs = 5_000,
  migrate = 'auto',
  now,
}: SqliteStoreOptions): SqlParts {
  return attempt(`opening ${file}`, () => {
    const database = new SqliteDatabase(file, busyTimeoutMs, migrate)
    return { database, records: new SqliteRecords(database), now }
  })
}
