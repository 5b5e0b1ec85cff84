/** The one clock of a store: the database's own, unless a caller brings another. */
import type { Instant } from '../../core/device/device.ts'
import { timeOf } from './columns.ts'
import type { SqlDialect, SqlSession } from './session.ts'

export class StoreClock {
  readonly #dialect: SqlDialect
  readonly #now: (() => Instant) | undefined

  /** `now` stands for the database's clock, for tests. */
  constructor(dialect: SqlDialect, now: (() => Instant) | undefined) {
    this.#dialect = dialect
    this.#now = now
  }

  async read(session: SqlSession): Promise<Instant> {
    if (this.#now) return this.#now()
    return timeOf((await session.get(this.#dialect.clock))?.now_ms)
  }
}
