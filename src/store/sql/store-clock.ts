/** The one clock of a store: the database's own, unless a caller brings another. */
import type { Instant } from '../../core/device/device.ts'
import { timeOf } from './columns.ts'
import type { SqlDatabase, SqlSession } from './session.ts'

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
