/**
 * Transactions on PostgreSQL through a pool of connections. A connection that fails is thrown away, and the next
 * transaction opens a new one, so that the store comes back by itself.
 */
import type pg from 'pg'
import type { Instant } from '../../core/device/device.ts'
import { type Epoch, type EpochWatch, OtherPrimary } from '../epoch.ts'
import { numberOf } from '../sql/columns.ts'
import { StoreClock } from '../sql/group.ts'
import { type Migrate, SCHEMA_VERSION, statementsSince, VERSIONS } from '../sql/schema.ts'
import type { SqlDatabase, SqlDialect, SqlRow, SqlSession, WriteOptions } from '../sql/session.ts'
import { commitFailureOf, storeFailureOf } from '../sql/store-failure.ts'
import { Turns } from '../sql/turns.ts'
import { StoreFailure, StoreRefused } from '../store.ts'
import type { HostConfig } from './client-config.ts'
import { Commits } from './commit.ts'
import { Connections, timeOuts } from './connections.ts'
import { EpochNotBegun, PostgresEpochs } from './postgres-epochs.ts'
import { PostgresListener } from './postgres-listener.ts'
import { PostgresSession, queryConfigOf, type TimedQuery } from './postgres-session.ts'

/** The channel on which writers tell of changes. */
const CHANNEL = 'duisgate_change'

const DIALECT: SqlDialect = {
  int: 'BIGINT',
  text: 'TEXT COLLATE "C"',
  tableEnd: '',
  rowLock: ' FOR UPDATE',
  clock: 'CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)',
  greatest: 'greatest',
  mayChangeFlags: "SELECT CASE WHEN has_table_privilege('flags', 'UPDATE') THEN 'yes' ELSE 'no' END AS may",
  empty: 'TRUNCATE',
  announce: `SELECT pg_notify('${CHANNEL}', ?)`,
}

const READ = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'

/** After the head is locked, each statement must see what the writer before has committed. */
const WRITE = 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE'

/** For a few statements over millions of rows: no time-out, and room to sort in memory. */
const LONG_WORK = ['statement_timeout = 0', 'idle_in_transaction_session_timeout = 0', "work_mem = '256MB'"]

/** One number for every duisgate on the database: whoever holds it brings the schema up to date. */
const MIGRATION_LOCK = 'SELECT pg_advisory_xact_lock(169202304)'

/** Above the server's own time-out: it speaks first while the connection works. */
const CLIENT_MARGIN_MS = 1_000

const DURABILITY = `
  SELECT current_setting('synchronous_commit') AS synchronous_commit, current_setting('fsync') AS fsync`

export interface PostgresDatabaseOptions {
  /** In the order in which they are preferred; one at least. */
  readonly hosts: readonly HostConfig[]
  /** Where to listen past a pooler that hands out a server connection for each transaction; undefined: at `hosts`. */
  readonly listenHosts: readonly HostConfig[] | undefined
  readonly maxConnections: number
  readonly connectTimeoutMs: number
  readonly statementTimeoutMs: number
  /** What this process has seen of primaries. */
  readonly watch: EpochWatch
  /** True: also on a server that may lose commits in a crash. */
  readonly mayLoseCommits: boolean
  /** Stands for the server's clock, for tests. */
  readonly now: (() => Instant) | undefined
}

export class PostgresDatabase implements SqlDatabase {
  readonly dialect = DIALECT
  readonly #options: PostgresDatabaseOptions
  readonly #connections: Connections
  readonly #listening: Connections
  readonly #epochs: PostgresEpochs
  readonly #listeners = new Set<PostgresListener>()
  /** Writers of one process queue up here, not in the database, where they would take every connection. */
  readonly #writes = new Turns()
  readonly #commits = new Commits((text, values) =>
    this.query({ text, values, timeoutMs: this.#options.connectTimeoutMs }),
  )
  /** Where there are several hosts, whether another one claims a later timeline. */
  readonly #looking: NodeJS.Timeout
  #isLooking = false
  #closing: Promise<void> | undefined

  constructor(options: PostgresDatabaseOptions) {
    const { hosts, listenHosts, watch, mayLoseCommits } = options
    this.#options = options
    this.#epochs = new PostgresEpochs({ watch, mayLoseCommits, clock: new StoreClock(this, options.now) })
    this.#connections = new Connections({ ...options, hosts, isPerTransaction: listenHosts !== undefined })
    this.#listening = listenHosts
      ? new Connections({ ...options, hosts: listenHosts, isPerTransaction: false })
      : this.#connections
    this.#looking = setInterval(() => void this.#lookAround(), LOOK_AROUND_MS).unref()
  }

  /** New connections go to these from now on. */
  use(hosts: readonly HostConfig[], listenHosts: readonly HostConfig[] | undefined): void {
    this.#connections.use(hosts)
    if (listenHosts) this.#listening.use(listenHosts)
  }

  /** Throws StoreRefused when commits may be lost. */
  async mustBeDurable(): Promise<void> {
    const { rows } = await this.query({ text: DURABILITY, timeoutMs: this.#options.statementTimeoutMs })
    const problem = durabilityProblem(rows[0] ?? {})
    if (problem !== undefined) throw new StoreRefused('opening it', new Error(problem))
  }

  /**
   * Brings the schema up to date; one that is already is only looked at, for which a role needs no right to change it. Throws a
   * StoreFailure, or StoreTooNew.
   */
  migrate(migrate: Migrate): Promise<void> {
    const work = async (session: SqlSession) => {
      if ((await versionIn(session)) === SCHEMA_VERSION) return
      if (migrate === 'auto') {
        await session.run(MIGRATION_LOCK)
        await session.run(VERSIONS.create)
      }
      const found = await versionIn(session)
      const least = found > SCHEMA_VERSION ? numberOf((await session.get(VERSIONS.least))?.least) : found
      for (const statement of statementsSince(found, least, DIALECT, migrate)) await session.run(statement)
    }
    // Whose epoch it is can be asked of a schema that is there.
    const doing = 'bringing the schema up to date'
    return this.#transact({ begin: WRITE, doing, isLong: true }, work).catch((error) => {
      throw storeFailureOf(doing, error)
    })
  }

  read<Result>(doing: string, work: (session: SqlSession) => Promise<Result>): Promise<Result> {
    return this.#transact({ begin: READ, doing, epochs: this.#epochs }, work)
  }

  write<Result>(
    doing: string,
    work: (session: SqlSession) => Promise<Result>,
    options: WriteOptions = {},
  ): Promise<Result> {
    return this.#writes.take(async () => {
      await attempt(doing, () => this.#commits.mustBeAnswered(doing))
      return this.#transact({ begin: WRITE, doing, epochs: this.#epochs, ...options }, work)
    })
  }

  /** One statement outside a transaction. Throws pg's own errors. */
  query(query: TimedQuery): Promise<pg.QueryResult> {
    return this.#connections.query(query)
  }

  /**
   * One question of the data plane, whose first row has the columns of `EPOCH`. Throws OtherPrimary, and pg's own errors. A
   * connection to what is not the primary any more is given up: the next one may reach the one that is.
   */
  async ask(query: TimedQuery): Promise<SqlRow[]> {
    const client = await this.#connections.connect()
    client.on('error', ignore)
    try {
      const { rows } = await this.#connections.queryOn(client, query)
      this.#epochs.admitRow(rows[0])
      this.#connections.release(client)
      return rows
    } catch (error) {
      const isGood = error instanceof EpochNotBegun
      this.#connections.release(client, error, isGood)
      if (!isGood) throw error
    } finally {
      client.off('error', ignore)
    }
    // Any transaction begins the epoch.
    await this.read('beginning an epoch', async () => {})
    return this.ask(query)
  }

  async listen(onChange: () => void): Promise<() => Promise<void>> {
    const { connectTimeoutMs } = this.#options
    const open = () => this.#listening.open()
    const listener = new PostgresListener({ open, connectTimeoutMs, channel: CHANNEL, onChange })
    this.#listeners.add(listener)
    await listener.start()
    return () => {
      this.#listeners.delete(listener)
      return listener.stop()
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  /** An old primary that was left running never says so: the new one does. */
  async #lookAround(): Promise<void> {
    const { latest } = this.#options.watch
    if (!latest || this.#isLooking) return
    this.#isLooking = true
    try {
      // Any question to the new one makes the watch tell of it.
      if (await this.#connections.leaveForLater(latest.timeline))
        await this.read('following the primary', async () => {})
    } catch {
      // Whoever asks the store next is told.
    } finally {
      this.#isLooking = false
    }
  }

  async #end(): Promise<void> {
    clearInterval(this.#looking)
    await Promise.all([...this.#listeners].map((listener) => listener.stop()))
    this.#commits.close()
    await Promise.all([this.#connections.close(), this.#listening.close()])
  }

  async #transact<Result>(manner: Manner, work: (session: SqlSession) => Promise<Result>): Promise<Result> {
    const client = await attempt(manner.doing, () => this.#connections.connect())
    client.on('error', ignore)
    try {
      const result = await this.#inTransaction(client, manner, work)
      this.#connections.release(client)
      return result
    } catch (error) {
      if (!this.#commits.keeps(client))
        this.#connections.release(client, error, !isOtherPrimary(error) && (await this.#rollback(client)))
      throw error
    } finally {
      client.off('error', ignore)
    }
  }

  async #inTransaction<Result>(
    client: pg.PoolClient,
    manner: Manner,
    work: (session: SqlSession) => Promise<Result>,
  ): Promise<Result> {
    const { doing, epochs, isLong } = manner
    const begin = this.#bounded(manner)
    const timeoutMs = isLong ? undefined : this.#options.statementTimeoutMs + CLIENT_MARGIN_MS
    const session = new PostgresSession(client, timeoutMs)
    const epoch = await attempt(doing, async () => {
      const found = epochs ? await epochs.open(session, begin) : undefined
      if (!epochs) await session.query(begin)
      for (const setting of isLong ? LONG_WORK : []) await session.query(`SET LOCAL ${setting}`)
      return found
    })
    const result = await work(session)
    if (manner.begin === READ) await attempt(doing, () => session.query('COMMIT'))
    else await this.#commits.commit(client, doing, timeoutMs)
    if (epoch) mustStillBe(epoch, manner)
    return result
  }

  /** Begins it, with the time-outs of its own where a session cannot hold them. */
  #bounded({ begin, isLong }: Manner): string {
    const { listenHosts, statementTimeoutMs } = this.#options
    return listenHosts && !isLong ? `${begin}; ${timeOuts('LOCAL', statementTimeoutMs)}` : begin
  }

  /** Whether the connection is good for another transaction. */
  async #rollback(client: pg.PoolClient): Promise<boolean> {
    try {
      await client.query(queryConfigOf({ text: 'ROLLBACK', timeoutMs: CLIENT_MARGIN_MS }))
      return true
    } catch {
      return false
    }
  }
}

/** Half of the shortest sensible lease; a new primary confirms nothing for six times as long. */
const LOOK_AROUND_MS = 1_000

/** Without a listener a connection that breaks between two statements would end the process. */
const ignore = () => {}

/** How one transaction is run. Without `epochs` it asks no server who it is. */
interface Manner extends WriteOptions {
  readonly begin: string
  readonly doing: string
  readonly epochs?: PostgresEpochs
}

/** Another connection may have met a later primary while this one committed: then it was at the one before. */
function mustStillBe(epoch: Epoch, { begin, doing, epochs }: Manner): void {
  try {
    epochs?.admit(epoch)
  } catch (error) {
    throw begin === READ ? storeFailureOf(doing, error) : commitFailureOf(doing, error)
  }
}

function isOtherPrimary(error: unknown): boolean {
  return error instanceof StoreFailure && error.cause instanceof OtherPrimary
}

/** 0 where there is no schema yet. */
async function versionIn(session: SqlSession): Promise<number> {
  const table = await session.get(`SELECT to_regclass('schema_version')::text AS name`)
  return table?.name == null ? 0 : numberOf((await session.get(VERSIONS.read))?.version)
}

/** Why a server with these settings may lose what it has committed; undefined when it keeps it. */
export function durabilityProblem(row: Readonly<Record<string, unknown>>): string | undefined {
  const { synchronous_commit: level, fsync } = row
  if (fsync !== 'on') return `fsync is ${fsync}: a power cut would lose what was answered`
  if (level === 'on' || level === 'remote_apply') return undefined
  return `synchronous_commit is ${level}: a crash would lose what was answered; set it to on`
}

/** Runs `work`; what the database throws becomes a StoreFailure. */
export async function attempt<Result>(doing: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw storeFailureOf(doing, error)
  }
}
