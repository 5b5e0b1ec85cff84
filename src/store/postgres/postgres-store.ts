/**
 * The store in PostgreSQL, for many gateways. Tables are made in the first schema of the connection's search path.
 */
import type pg from 'pg'
import type { Instant } from '../../core/device/device.ts'
import { EpochWatch } from '../epoch.ts'
import { type SqlParts, SqlStore } from '../sql/sql-store.ts'
import { attempt, PostgresDatabase } from './postgres-database.ts'
import { PostgresRecords } from './postgres-records.ts'

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:5432/database`, or the parts of it as pg takes them. */
  readonly connection: string | pg.ClientConfig
  /** Connections at a time, that of `listen` not among them; 10 when absent. */
  readonly maxConnections?: number
  /** What making a connection may take, in milliseconds; 2,000 when absent. */
  readonly connectTimeoutMs?: number
  /** What a question of the data plane may take, in milliseconds; 1,000 when absent. */
  readonly lookUpTimeoutMs?: number
  /** What any other statement may take, waiting for another writer included, in milliseconds; 5,000 when absent. */
  readonly statementTimeoutMs?: number
  /** True: open a server that may lose commits in a crash (fsync or synchronous_commit off). For tests. */
  readonly mayLoseCommits?: boolean
  /** What this process has seen of primaries; absent: these connections are all that it has. */
  readonly epochs?: EpochWatch
  /** Stands for the server's clock, for tests. */
  readonly now?: () => Instant
}

/** Connects and brings the schema up to date. Throws a StoreFailure, or StoreTooNew. */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<SqlStore> {
  return new SqlStore(await connectPostgres(options))
}

/** The same, as the parts that a store is made of. */
export async function connectPostgres(options: PostgresStoreOptions): Promise<SqlParts> {
  const { connection, maxConnections = 10, connectTimeoutMs = 2_000, statementTimeoutMs = 5_000 } = options
  const database = new PostgresDatabase({
    connection: typeof connection === 'string' ? { connectionString: connection } : connection,
    maxConnections,
    connectTimeoutMs,
    statementTimeoutMs,
    watch: options.epochs ?? new EpochWatch(),
    mayLoseCommits: options.mayLoseCommits ?? false,
    now: options.now,
  })
  try {
    if (!options.mayLoseCommits) await attempt('opening it', () => database.mustBeDurable())
    await database.migrate()
  } catch (error) {
    await database.close()
    throw error
  }
  const records = new PostgresRecords(database, options.lookUpTimeoutMs ?? 1_000)
  return { database, records, now: options.now }
}
