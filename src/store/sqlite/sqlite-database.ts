/**
 * Transactions on one SQLite file: WAL, `synchronous=FULL`, so that what was answered survives a power cut.
 *
 * Writers of this process queue up; for those of other processes a writer waits without blocking the thread. Readers have a
 * connection of their own and see the last committed state. A database in memory has but one connection, so there
 * readers and writers take turns.
 */
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Migrate, SCHEMA_VERSION, statementsSince, VERSIONS } from '../sql/schema.ts'
import type { SqlDatabase, SqlDialect, SqlSession, WriteOptions } from '../sql/session.ts'
import { storeFailureOf } from '../sql/store-failure.ts'
import { Turns } from '../sql/turns.ts'
import { StoreRefused } from '../store.ts'
import { isBusy, SqliteConnection } from './sqlite-connection.ts'

/** INTEGER, not BIGINT, so that a key is the row's own number. A writer is the only one by BEGIN IMMEDIATE. */
const DIALECT: SqlDialect = {
  int: 'INTEGER',
  text: 'TEXT',
  tableEnd: ' STRICT',
  rowLock: '',
  clock: "CAST(round(unixepoch('subsec') * 1000) AS INTEGER)",
  greatest: 'max',
  mayChangeFlags: "SELECT 'yes' AS may",
  empty: 'DELETE FROM',
  announce: undefined,
}

/** How long a reader may block the thread; with WAL it waits for nobody but a process that is just repairing the log. */
const READER_TIMEOUT_MS = 100

/** Pages kept in memory: SQLite's own default, and enough to build the indexes of some million Devices in. */
const CACHE_KIB = 2_000
const LONG_CACHE_KIB = 512_000

/** Between two tries to become the writer. */
const RETRY_MS = 5

export class SqliteDatabase implements SqlDatabase {
  readonly dialect = DIALECT
  /** For look-ups; nothing else runs on it unless the database is in memory. */
  readonly lookUps: SqliteConnection
  /** In memory, what uses `lookUps` must take turns with the others. */
  readonly lookUpTurns: Turns | undefined
  readonly #file: string
  readonly #identity: string | undefined
  readonly #busyTimeoutMs: number
  readonly #writer: SqliteConnection
  readonly #writes = new Turns()
  readonly #reader: SqliteConnection
  readonly #reads: Turns

  /** Throws SQLite's own errors and StoreTooNew. */
  constructor(file: string, busyTimeoutMs: number, migrate: Migrate) {
    const isInMemory = file === ':memory:'
    this.#file = file
    this.#busyTimeoutMs = busyTimeoutMs
    if (!isInMemory) mkdirSync(dirname(file), { recursive: true })
    this.#writer = openWriter(file, busyTimeoutMs, migrate)
    this.#identity = this.#identityNow()
    this.#reader = isInMemory ? this.#writer : new SqliteConnection(file, READER_TIMEOUT_MS)
    this.#reads = isInMemory ? this.#writes : new Turns()
    this.lookUps = isInMemory ? this.#writer : new SqliteConnection(file, READER_TIMEOUT_MS)
    this.lookUpTurns = isInMemory ? this.#writes : undefined
  }

  read<Result>(doing: string, work: (session: SqlSession) => Promise<Result>): Promise<Result> {
    return this.#reads.take(() => {
      attempt(doing, () => this.#reader.database.exec('BEGIN'))
      return this.#transact(this.#reader, doing, work)
    })
  }

  write<Result>(
    doing: string,
    work: (session: SqlSession) => Promise<Result>,
    { isLong = false }: WriteOptions = {},
  ): Promise<Result> {
    return this.#writes.take(async () => {
      await this.#becomeWriter(doing)
      this.#writer.setCache(isLong ? LONG_CACHE_KIB : CACHE_KIB)
      return this.#transact(this.#writer, doing, work)
    })
  }

  /** An open file outlives its name: without this a store that was swapped under a gateway would look unchanged. */
  mustBeSameFile(): void {
    if (this.#identityNow() === this.#identity) return
    throw new StoreRefused('looking at its file', new Error(`${this.#file} is another file now; restart`))
  }

  async close(): Promise<void> {
    await this.#writes.take(async () => {})
    await this.#reads.take(async () => {})
    for (const connection of [this.lookUps, this.#reader, this.#writer])
      attempt('closing', () => connection.close())
  }

  #identityNow(): string | undefined {
    if (this.#file === ':memory:') return undefined
    const { dev, ino } = statSync(this.#file, { bigint: true })
    return `${dev}:${ino}`
  }

  async #becomeWriter(doing: string): Promise<void> {
    attempt(doing, () => this.mustBeSameFile())
    for (let waitedMs = 0; !this.#tryBegin(doing, waitedMs); waitedMs += RETRY_MS) await pause(RETRY_MS)
  }

  /** False when another process is writing and there is time left to wait for it. */
  #tryBegin(doing: string, waitedMs: number): boolean {
    try {
      this.#writer.database.exec('BEGIN IMMEDIATE')
      return true
    } catch (error) {
      if (isBusy(error) && waitedMs < this.#busyTimeoutMs) return false
      throw storeFailureOf(doing, error)
    }
  }

  async #transact<Result>(
    connection: SqliteConnection,
    doing: string,
    work: (session: SqlSession) => Promise<Result>,
  ): Promise<Result> {
    try {
      const result = await work(connection)
      attempt(doing, () => connection.database.exec('COMMIT'))
      return result
    } catch (error) {
      connection.rollback()
      throw error
    }
  }
}

/** Opens the connection that writes, and brings the schema up to date. */
function openWriter(file: string, busyTimeoutMs: number, migrate: Migrate): SqliteConnection {
  const connection = new SqliteConnection(file, busyTimeoutMs)
  try {
    makeDurable(connection)
    migrateSchema(connection, migrate)
    // From here on it waits by trying again, not by blocking the thread.
    connection.database.exec('PRAGMA busy_timeout = 0')
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

/** NORMAL may lose answered commits when power fails, and no WAL means readers wait for writers: neither will do. */
function makeDurable({ database }: SqliteConnection): void {
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode
  if (mode !== 'wal' && mode !== 'memory') throw new Error(`this file system allows no WAL, only ${mode}`)
  database.exec('PRAGMA synchronous = FULL')
  const level = database.prepare('PRAGMA synchronous').get()?.synchronous
  if (level !== 2) throw new Error(`synchronous is ${level}, not FULL`)
}

/** A schema that is up to date is only looked at. */
function migrateSchema({ database }: SqliteConnection, migrate: Migrate): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    if (migrate === 'auto') database.exec(VERSIONS.create)
    const numberIn = (text: string) => Number(Object.values(database.prepare(text).get() ?? {})[0])
    const isThere = numberIn("SELECT count(*) FROM sqlite_master WHERE name = 'schema_version'") > 0
    const found = isThere ? numberIn(VERSIONS.read) : 0
    const least = found > SCHEMA_VERSION ? numberIn(VERSIONS.least) : found
    for (const statement of statementsSince(found, least, DIALECT, migrate)) database.exec(statement)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** Runs `work`; what the database throws becomes a StoreFailure. */
export function attempt<Result>(doing: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw storeFailureOf(doing, error)
  }
}
