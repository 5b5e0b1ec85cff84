/** One connection to SQLite with its prepared statements, as a session of the shared SQL. */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { BulkTable, SqlRow, SqlSession, SqlValue } from '../sql/session.ts'

/** SQLite's result code when another connection has the lock. */
const SQLITE_BUSY = 5

/** Whether the statement may succeed once another connection has let go of its lock. */
export function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false
  // An extended code has the plain one in its low byte.
  return (Number(error.errcode) & 0xff) === SQLITE_BUSY
}

export class SqliteConnection implements SqlSession {
  readonly database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #cacheKib: number | undefined

  /** `busyTimeoutMs`: how long a statement may block the thread while another process holds a lock. */
  constructor(file: string, busyTimeoutMs: number) {
    this.database = new DatabaseSync(file, { timeout: busyTimeoutMs })
  }

  async all(text: string, ...values: SqlValue[]): Promise<SqlRow[]> {
    return this.#prepared(text).all(...values) as SqlRow[]
  }

  async get(text: string, ...values: SqlValue[]): Promise<SqlRow | undefined> {
    return this.#prepared(text).get(...values) as SqlRow | undefined
  }

  async run(text: string, ...values: SqlValue[]): Promise<number> {
    return Number(this.#prepared(text).run(...values).changes)
  }

  async insertMany(table: BulkTable, rows: readonly (readonly SqlValue[])[]): Promise<void> {
    const names = table.columns.map(({ name }) => name).join()
    const places = table.columns.map(() => '?').join()
    const statement = this.#prepared(`INSERT INTO ${table.name} (${names}) VALUES (${places})`)
    for (const row of rows) statement.run(...row)
  }

  /** How much of the database to keep in memory, in KiB. */
  setCache(kib: number): void {
    if (kib === this.#cacheKib) return
    this.database.exec(`PRAGMA cache_size = -${kib}`)
    this.#cacheKib = kib
  }

  /** Ends a transaction that is open still. */
  rollback(): void {
    if (this.database.isOpen && this.database.isTransaction) this.database.exec('ROLLBACK')
  }

  close(): void {
    if (this.database.isOpen) this.database.close()
  }

  #prepared(text: string): StatementSync {
    const known = this.#statements.get(text)
    if (known) return known
    const statement = this.database.prepare(text)
    statement.setReadBigInts(true)
    this.#statements.set(text, statement)
    return statement
  }
}
