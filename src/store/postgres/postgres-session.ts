/** One connection inside a transaction, as a session of the shared SQL. */
import pg from 'pg'
import type { BulkTable, SqlRow, SqlSession, SqlValue } from '../sql/session.ts'

/** PostgreSQL's number for the type int8. */
const INT8 = 20

/** Reads every 64-bit integer as bigint; pg gives text, because a number would not hold it. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? BigInt : pg.types.getTypeParser(oid, format ?? 'text')) as typeof pg.types.getTypeParser,
}

/** A statement with the time that its answer has, counted here, where a connection that was cut shows no other sign. */
export interface TimedQuery {
  readonly text: string
  readonly values?: readonly unknown[]
  readonly timeoutMs: number | undefined
}

/** What pg makes of it. Throws pg's own errors. */
export function queryConfigOf({ text, values = [], timeoutMs }: TimedQuery): pg.QueryConfig {
  // pg reads query_timeout from a statement's config as well, but its types do not have it.
  const timed = timeoutMs === undefined ? {} : { query_timeout: timeoutMs }
  return { text, values: [...values], types: TYPES, ...timed }
}

export class PostgresSession implements SqlSession {
  readonly #client: pg.PoolClient
  readonly #timeoutMs: number | undefined

  /** `timeoutMs`: what one statement may take; undefined for as long as it needs. */
  constructor(client: pg.PoolClient, timeoutMs: number | undefined) {
    this.#client = client
    this.#timeoutMs = timeoutMs
  }

  async all(text: string, ...values: SqlValue[]): Promise<SqlRow[]> {
    return (await this.query(text, values)).rows
  }

  async get(text: string, ...values: SqlValue[]): Promise<SqlRow | undefined> {
    return (await this.query(text, values)).rows[0]
  }

  async run(text: string, ...values: SqlValue[]): Promise<number> {
    return (await this.query(text, values)).rowCount ?? 0
  }

  async insertMany(table: BulkTable, rows: readonly (readonly SqlValue[])[]): Promise<void> {
    const names = table.columns.map(({ name }) => name).join()
    const arrays = table.columns.map(({ type }) => `?::${type === 'int' ? 'bigint' : 'text'}[]`).join()
    const columns = table.columns.map(({ type }, place) => {
      const values = rows.map((row) => row[place] ?? null)
      return type === 'int' ? integerArray(values) : values
    })
    await this.query(`INSERT INTO ${table.name} (${names}) SELECT * FROM unnest(${arrays})`, columns)
  }

  /** The rows of the last of several statements, which have no values. */
  async lastOf(text: string): Promise<SqlRow[]> {
    const results: pg.QueryResult<SqlRow> | pg.QueryResult<SqlRow>[] = await this.query(text)
    return [results].flat().at(-1)?.rows ?? []
  }

  query(text: string, values: readonly unknown[] = []): Promise<pg.QueryResult<SqlRow>> {
    return this.#client.query(queryConfigOf({ text: numbered(text), values, timeoutMs: this.#timeoutMs }))
  }
}

/** An array of integers as PostgreSQL writes it: much less work than quoting each. */
export function integerArray(values: readonly SqlValue[]): string {
  return `{${values.map((value) => value ?? 'NULL').join()}}`
}

/** `?` becomes `$1`, `$2` …; no statement has a question mark elsewhere. */
export function numbered(text: string): string {
  let place = 0
  return text.replaceAll('?', () => {
    place += 1
    return `$${place}`
  })
}
