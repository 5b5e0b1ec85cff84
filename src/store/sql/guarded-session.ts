/**
 * A session that says what was being done when the database failed, and that cannot be misused: once a statement has failed
 * nothing of the transaction may be committed, and once the transaction is over nothing runs any more.
 */
import type { BulkTable, SqlRow, SqlSession, SqlValue } from './session.ts'
import { storeFailureOf } from './store-failure.ts'

export class GuardedSession implements SqlSession {
  readonly #session: SqlSession
  readonly #doing: string
  #failure: Error | undefined
  #isOver = false

  constructor(session: SqlSession, doing: string) {
    this.#session = session
    this.#doing = doing
  }

  all(text: string, ...values: SqlValue[]): Promise<SqlRow[]> {
    return this.#attempt(() => this.#session.all(text, ...values))
  }

  get(text: string, ...values: SqlValue[]): Promise<SqlRow | undefined> {
    return this.#attempt(() => this.#session.get(text, ...values))
  }

  run(text: string, ...values: SqlValue[]): Promise<number> {
    return this.#attempt(() => this.#session.run(text, ...values))
  }

  insertMany(table: BulkTable, rows: readonly (readonly SqlValue[])[]): Promise<void> {
    return this.#attempt(() => this.#session.insertMany(table, rows))
  }

  /** To be called before the commit: throws what `work` may have caught and passed over. */
  end(): void {
    this.#isOver = true
    if (this.#failure) throw this.#failure
  }

  async #attempt<Result>(statement: () => Promise<Result>): Promise<Result> {
    if (this.#isOver) throw new Error(`${this.#doing} goes on after its transaction has ended`)
    try {
      return await statement()
    } catch (error) {
      this.#failure ??= storeFailureOf(this.#doing, error)
      throw this.#failure
    }
  }
}
