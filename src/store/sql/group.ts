/** What the classes of this folder have in common that read and change one group of records. */
import type { Instant } from '../../core/device/device.ts'
import { timeOf } from './columns.ts'
import type { Head } from './head.ts'
import type { SqlDatabase, SqlSession } from './session.ts'

/** When a change was recorded last, and when a gateway was. */
const RECORDED = '(SELECT recorded_ms FROM head WHERE id = 1)'
const SEEN = '(SELECT coalesce(max(seen_ms), 0) FROM gateways)'

/**
 * The one clock of a store: the database's own, unless a caller brings another, and never before the latest time that the
 * store has recorded. So it does not go back, not by a fail-over and not by a process whose clock is behind.
 */
export class StoreClock {
  readonly #database: Pick<SqlDatabase, 'dialect'>
  readonly #now: (() => Instant) | undefined

  /** `now` stands for the database's clock, for tests. */
  constructor(database: Pick<SqlDatabase, 'dialect'>, now: (() => Instant) | undefined) {
    this.#database = database
    this.#now = now
  }

  async read(session: SqlSession): Promise<Instant> {
    const { clock, greatest } = this.#database.dialect
    const read = (wall: string) => `SELECT ${greatest}(${wall}, ${RECORDED}, ${SEEN}) AS now_ms`
    const row = this.#now
      ? await session.get(read('CAST(? AS BIGINT)'), this.#now())
      : await session.get(read(clock))
    return timeOf(row?.now_ms)
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
