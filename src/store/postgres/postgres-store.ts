/**
 * The store in PostgreSQL, for many gateways. Tables are made in the first schema of the connection's search path.
 */
import type pg from 'pg'
import type { Instant } from '../../core/device/device.ts'
import { EpochWatch } from '../epoch.ts'
import type { Migrate } from '../sql/schema.ts'
import { type SqlParts, SqlStore } from '../sql/sql-store.ts'
import { StoreRefused } from '../store.ts'
import { type HostConfig, hostConfigsOf, hostName } from './client-config.ts'
import { readConnectionText } from './connection-text.ts'
import { attempt, PostgresDatabase } from './postgres-database.ts'
import { PostgresRecords } from './postgres-records.ts'

export interface PostgresStoreOptions {
  /** A connection text as libpq has it, or the parts of one with a single host as pg takes them. */
  readonly connection: string | pg.ClientConfig
  /** Where to listen, when `connection` goes through a pooler that hands out a server connection for each transaction. */
  readonly listen?: string
  /** Connections at a time, that of `listen` not among them; 10 when absent. */
  readonly maxConnections?: number
  /** What making a connection may take, in milliseconds; 2,000 when absent. */
  readonly connectTimeoutMs?: number
  /** What a question of the data plane may take, in milliseconds; 1,000 when absent. */
  readonly lookUpTimeoutMs?: number
  /** What any other statement may take, waiting for another writer included, in milliseconds; 5,000 when absent. */
  readonly statementTimeoutMs?: number
  /** Whether the schema may be brought up to date; `auto` when absent. */
  readonly migrate?: Migrate
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
export async function connectPostgres(options: PostgresStoreOptions): Promise<PostgresParts> {
  const { connection, listen, maxConnections = 10 } = options
  const { connectTimeoutMs = 2_000, statementTimeoutMs = 5_000 } = options
  const database = new PostgresDatabase({
    hosts: await attempt('opening it', async () => hostsOf(connection)),
    listenHosts: await attempt('opening it', async () => listenHostsOf(listen)),
    maxConnections,
    connectTimeoutMs,
    statementTimeoutMs,
    watch: options.epochs ?? new EpochWatch(),
    mayLoseCommits: options.mayLoseCommits ?? false,
    now: options.now,
  })
  try {
    if (!options.mayLoseCommits) await attempt('opening it', () => database.mustBeDurable())
    await database.migrate(options.migrate ?? 'auto')
  } catch (error) {
    await database.close()
    throw error
  }
  const records = new PostgresRecords(database, options.lookUpTimeoutMs ?? 1_000)
  const reconnect: PostgresParts['reconnect'] = (to) =>
    database.use(hostsOf(to.connection), listenHostsOf(to.listen))
  return { database, records, now: options.now, reconnect }
}

export interface PostgresParts extends SqlParts {
  /** The same database, by other hosts, credentials or certificates: new connections go by them from now on. */
  readonly reconnect: (to: Pick<PostgresStoreOptions, 'connection' | 'listen'>) => void
}

function listenHostsOf(listen: string | undefined): readonly HostConfig[] | undefined {
  return listen === undefined ? undefined : hostsOf(listen)
}

/** Throws StoreRefused when the text cannot be read. */
function hostsOf(connection: string | pg.ClientConfig): readonly HostConfig[] {
  if (typeof connection !== 'string') {
    const { host, port } = connection
    return [{ name: hostName({ host, port }), client: connection }]
  }
  const reading = readConnectionText(connection)
  if (reading.ok) return hostConfigsOf(reading.address)
  throw new StoreRefused('opening it', new Error(`its address ${reading.problem}`))
}
