/** Opens the store where the configuration has it: in a PostgreSQL, or in an SQLite file. Only that driver is loaded. */
import type { StoreSettings } from '../config/store.ts'
import type { Logger } from '../observe/log.ts'
import type { EpochWatch } from '../store/epoch.ts'
import { namesPostgres } from '../store/postgres/connection-text.ts'
import type { PostgresParts } from '../store/postgres/postgres-store.ts'
import { openLateStore } from '../store/sql/late-database.ts'
import { type SqlParts, SqlStore } from '../store/sql/sql-store.ts'

interface StoreDriverOptions {
  /** What a statement other than a look-up may take, in milliseconds; the driver's own default when absent. */
  readonly statementTimeoutMs?: number
  /** What this process has seen of primaries; absent: this store is all that it looks at. */
  readonly epochs?: EpochWatch
}

/** The store of a process that stays up. */
export interface ServiceStore {
  readonly store: SqlStore
  /** The same database by other hosts, credentials or certificates, from now on. Throws when a file cannot be read. */
  reconnect(settings: StoreSettings): void
}

/** Opens the store; creates it and brings its schema up to date unless that is never to be done. Throws a StoreFailure, or StoreTooNew. */
export async function openStoreAt(settings: StoreSettings): Promise<SqlStore> {
  const isServer = namesPostgres(settings.location)
  return new SqlStore(isServer ? await postgresAt(settings, {}) : await sqliteAt(settings))
}

/**
 * The store of a process that stays up: PostgreSQL may come later. A file that cannot be opened is a wrong path or a full
 * disk, and is said at once: throws a StoreFailure.
 */
export async function openStoreOfService(
  settings: StoreSettings,
  log: Logger,
  options: StoreDriverOptions = {},
): Promise<ServiceStore> {
  if (!namesPostgres(settings.location)) return { store: await openStoreAt(settings), reconnect: () => {} }
  let latest = settings
  let opened: PostgresParts | undefined
  const open = async (): Promise<SqlParts> => {
    opened = await postgresAt(latest, options)
    return opened
  }
  const store = await openLateStore({
    open,
    onFailure: (error) => log.error({ err: error }, 'the store cannot be opened yet; trying again'),
    onPermanentFailure: (error) => log.fatal({ err: error }, 'the store cannot be used; restart once it can'),
  })
  return {
    store,
    reconnect(next) {
      if (next.location === latest.location && next.listen === latest.listen) return
      opened?.reconnect(connectionOf(next))
      latest = next
    },
  }
}

async function sqliteAt({ location: file, migrate }: StoreSettings): Promise<SqlParts> {
  const { connectSqlite } = await import('../store/sqlite/sqlite-store.ts')
  return connectSqlite({ file, ...(migrate && { migrate }) })
}

async function postgresAt(settings: StoreSettings, options: StoreDriverOptions): Promise<PostgresParts> {
  const { migrate } = settings
  const { connectPostgres } = await import('../store/postgres/postgres-store.ts')
  return connectPostgres({ ...connectionOf(settings), ...(migrate && { migrate }), ...options })
}

function connectionOf({ location, listen }: StoreSettings) {
  return { connection: location, ...(listen !== undefined && { listen }) }
}
