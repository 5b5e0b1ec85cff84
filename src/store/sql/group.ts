/** What the classes of this folder have in common that read and change one group of records. */
import type { Instant } from '../../core/device/device.ts'
import type { Head } from './head.ts'
import type { SqlSession } from './session.ts'
import type { StoreClock } from './store-clock.ts'

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
