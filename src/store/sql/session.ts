/**
 * What the shared SQL needs of a database: transactions, three ways to run a statement, one to insert many rows.
 *
 * Statements are plain SQL with `?` for values, the same text on every driver. What differs between databases is either
 * done by the driver behind these interfaces or named as a fact in `SqlDialect`.
 */

/** What goes in. A key is a signed bigint; see `columns.ts`. */
export type SqlValue = bigint | number | string | null

/** What comes out: every integer as bigint. */
export type SqlColumn = bigint | string | null
export type SqlRow = Readonly<Record<string, SqlColumn | undefined>>

export interface BulkColumn {
  readonly name: string
  readonly type: 'int' | 'text'
}

/** A table for `insertMany`. */
export interface BulkTable {
  readonly name: string
  readonly columns: readonly BulkColumn[]
}

/** One open transaction. Throws the database's own errors. */
export interface SqlSession {
  all(text: string, ...values: SqlValue[]): Promise<SqlRow[]>
  /** The first row. */
  get(text: string, ...values: SqlValue[]): Promise<SqlRow | undefined>
  /** Answers how many rows were inserted, updated or deleted. */
  run(text: string, ...values: SqlValue[]): Promise<number>
  /** Inserts rows whose values are in the order of the table's columns. */
  insertMany(table: BulkTable, rows: readonly (readonly SqlValue[])[]): Promise<void>
}

/** Facts in which databases differ, each a piece of SQL. */
export interface SqlDialect {
  /** A signed 64-bit integer. */
  readonly int: string
  /** Text that compares by code point. */
  readonly text: string
  /** What ends a CREATE TABLE. */
  readonly tableEnd: string
  /** What ends the SELECT that makes a writer the only one. */
  readonly rowLock: string
  /** The database's wall clock, milliseconds since 1970. */
  readonly clock: string
  /** The function that gives the greatest of its arguments. */
  readonly greatest: string
  /** Answers as `may` 'yes' or 'no' whether whoever is connected may change flags. */
  readonly mayChangeFlags: string
  /** What empties a table when its name follows. */
  readonly empty: string
  /** Wakes listeners at commit; its value is the sequence as text. Absent: listeners poll. */
  readonly announce: string | undefined
}

export interface SqlDatabase {
  readonly dialect: SqlDialect
  /** Runs `work` on one consistent state of the data. `doing` completes "the store did not answer while …". */
  read<Result>(doing: string, work: (session: SqlSession) => Promise<Result>): Promise<Result>
  /** Runs `work` in a transaction that is committed when it is done and rolled back when it throws. */
  write<Result>(
    doing: string,
    work: (session: SqlSession) => Promise<Result>,
    options?: WriteOptions,
  ): Promise<Result>
  /** See `ControlStore.listen`. Absent: poll. */
  listen?(onChange: () => void): Promise<() => Promise<void>>
  close(): Promise<void>
}

export interface WriteOptions {
  /** True for work that may go past the time one statement has, such as merging an import. */
  readonly isLong?: boolean
}
