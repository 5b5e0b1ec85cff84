/** A database that fails at its n-th statement, walked until nothing fails: after each, nothing half done is left. */
import { verifyChain } from '../../src/core/restriction/audit-chain.ts'
import type { SqlDatabase, SqlSession } from '../../src/store/sql/session.ts'
import { type SqlParts, SqlStore } from '../../src/store/sql/sql-store.ts'
import { restrict } from '../support/restrict.ts'
import { stateOf, writeEverything } from './control-plane-suite.ts'
import { put, report } from './flag-life.ts'
import { type Check, GPF, METER, NOW } from './place.ts'

/** Fails the statement that brings `remaining` to 0. */
interface Countdown {
  remaining: number
}

function failing(session: SqlSession, countdown: Countdown): SqlSession {
  const passed = <Result>(statement: () => Promise<Result>): Promise<Result> => {
    countdown.remaining -= 1
    return countdown.remaining === 0 ? Promise.reject(new Error('the disk is full')) : statement()
  }
  return {
    all: (text, ...values) => passed(() => session.all(text, ...values)),
    get: (text, ...values) => passed(() => session.get(text, ...values)),
    run: (text, ...values) => passed(() => session.run(text, ...values)),
    insertMany: (table, rows) => passed(() => session.insertMany(table, rows)),
  }
}

function failingStore({ database, ...parts }: SqlParts, countdown: Countdown): SqlStore {
  const faulty: SqlDatabase = {
    dialect: database.dialect,
    read: (doing, work) => database.read(doing, (session) => work(failing(session, countdown))),
    write: (doing, work, options) =>
      database.write(doing, (session) => work(failing(session, countdown)), options),
    close: () => database.close(),
  }
  return new SqlStore({ ...parts, database: faulty })
}

type Work = (store: SqlStore) => Promise<unknown>

const WORKS: readonly (readonly [name: string, work: Work])[] = [
  ['a transaction of everything', (store) => store.change(writeEverything)],
  ['two flags', (store) => restrict(store, [METER, GPF], NOW)],
]

export function faultsSuite(check: Check): void {
  for (const [name, work] of WORKS) {
    check(`leaves nothing half done when any statement of ${name} fails`, async (t, store, place) => {
      await put(store, { id: 'R-0', mpxn: 'other' })
      const parts = await place.connect()
      t.teardown(() => parts.database.close())
      const before = await stateOf(store)
      let statements = 1
      for (; ; statements++) {
        const countdown = { remaining: statements }
        const outcome = await work(failingStore(parts, countdown)).then(
          () => 'done',
          (error: unknown) => error,
        )
        if (outcome === 'done') break
        t.match(outcome, { code: 'STORE_UNAVAILABLE' })
        t.same(await stateOf(store), before)
      }
      t.ok(statements > 5, `${statements - 1} statements`)
      const after = await stateOf(store)
      t.notSame(after, before)
      t.same(verifyChain(after.audit, [after.auditEnd]), after.auditEnd)
    })
  }

  check('a report that failed at any statement is made good by the next one', async (t, store, place) => {
    await put(store, { id: 'R-0', mpxn: 'other' })
    const parts = await place.connect()
    t.teardown(() => parts.database.close())
    const outcomes: string[] = []
    while (outcomes.at(-1) !== 'done') {
      const countdown = { remaining: outcomes.length + 1 }
      const reporting = failingStore(parts, countdown).reportGateway(report('one', 0), 1_000)
      outcomes.push(
        await reporting.then(
          () => 'done',
          (error) => String(error.code),
        ),
      )
      t.same((await store.read((view) => view.changes.after(0, 1)))[0]?.inForceAt, undefined)
    }
    t.same(new Set(outcomes.slice(0, -1)), new Set(['STORE_UNAVAILABLE']))
    await store.reportGateway(report('one', 1), 1_000)
    t.same((await store.read((view) => view.changes.after(0, 1)))[0]?.inForceAt, NOW)
  })
}
