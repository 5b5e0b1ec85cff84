/** What the classes of this folder have in common that read and change one group of records. */
import type { Instant } from '../../core/device/device.ts'
import { timeOf } from './columns.ts'
import type { Head } from './head.ts'
import type { SqlDatabase, SqlSession } from './session.ts'

/** The one clock of a store: the database's own, unless a caller brings another. */
export class StoreClock {
  readonly #database: Pick<SqlDatabase, 'dialect'>
  readonly #now: (() => Instant) | undefined

  /** `now` stands for the database's clock, for tests. */
  constructor(database: Pick<SqlDatabase, 'dialect'>, now: (() => Instant) | undefined) {
    this.#database = database
    this.#now = now
  }

  async read(session: SqlSession): Promise<Instant> {
    if (this.#now) return this.#now()
    return timeOf((await session.get(this.#database.dialect.clock))?.now_ms)
  }
}

/** One transaction. */
export interface SqlTransaction {
  readonly session: SqlSession
  readonly clock: StoreClock
  /** Locked; absent where nothing may change. */
  readonly head?: Head
}

export class SqlGroup {
  protected readonly session: SqlSession
  readonly #transaction: SqlTransaction

  constructor(transaction: SqlTransaction) {
    this.session = transaction.session
    this.#transaction = transaction
  }

  /** The store's clock. */
  now(): Promise<Instant> {
    return this.#transaction.clock.read(this.session)
  }

  protected get head(): Head {
    const { head } = this.#transaction
    if (!head) throw new Error('this transaction only reads')
    return head
  }
}
