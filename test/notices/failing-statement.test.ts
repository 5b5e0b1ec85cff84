/**
 * Fail the n-th statement, for every n: a flag and its entry in the outbox are written together or not at all, and so are the
 * notices made of an entry and its removal.
 */
import t, { type Test } from 'tap'
import { deviceKeyOf } from '../../src/core/duis/eui64.ts'
import { FanOut } from '../../src/notices/fan-out.ts'
import { createLog } from '../../src/observe/log.ts'
import type { SqlDatabase, SqlSession } from '../../src/store/sql/session.ts'
import { SqlStore } from '../../src/store/sql/sql-store.ts'
import { connectSqlite } from '../../src/store/sqlite/sqlite-store.ts'
import { restriction, task } from '../store/flag-life.ts'
import { at, device, GPF, METER, NOW, STRANGER } from '../store/place.ts'
import { lift, restrict } from '../support/restrict.ts'
import { NORTH, SOUTH } from './telling.ts'

/** Statements of writing transactions that may still run before one fails. */
const countdown = { left: Number.POSITIVE_INFINITY }

function failing(database: SqlDatabase): SqlDatabase {
  return new Proxy(database, {
    get(target, name) {
      if (name === 'write')
        return (doing: string, work: (session: SqlSession) => Promise<unknown>) =>
          target.write(doing, (session) => work(counted(session)))
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

function counted(session: SqlSession): SqlSession {
  const spend = () => {
    if (--countdown.left === 0) throw new Error('cut off on purpose')
  }
  return new Proxy(session, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name, target)
      if (typeof method !== 'function') return method
      return async (...given: unknown[]) => {
        spend()
        return method.apply(target, given)
      }
    },
  })
}

function open(t: Test): SqlStore {
  const parts = connectSqlite({ file: `${t.testdir()}/store.db`, now: () => NOW })
  const store = new SqlStore({ ...parts, database: failing(parts.database) })
  t.teardown(() => store.close())
  return store
}

/** Runs `work` with its n-th statement failing, for n = 1, 2, …, until it succeeds; `check` after each failure. */
async function failEach(t: Test, work: () => Promise<unknown>, check: () => Promise<void>): Promise<void> {
  for (let statement = 1; ; statement++) {
    countdown.left = statement
    const failure = await work().then(
      () => undefined,
      (error: unknown) => error,
    )
    countdown.left = Number.POSITIVE_INFINITY
    if (failure === undefined) {
      t.ok(statement > 5, `${statement - 1} statements were made to fail`)
      return
    }
    t.match(failure, { code: 'STORE_UNAVAILABLE' })
    await check()
  }
}

/** Whether the outbox has anything. */
function hasEntries(store: SqlStore): Promise<boolean> {
  return store.read((view) => view.outbox.hasEntries(NOW))
}

t.test('a flag, a hub and a task change with their entry in the outbox or not at all', async (t) => {
  const store = open(t)
  await store.change((unit) =>
    unit.inventory.put([
      device(STRANGER, { type: 'CHF', region: 'North' }),
      device(METER, { hub: STRANGER }),
      device(GPF, { hub: STRANGER }),
    ]),
  )
  const flag = restriction({ members: [METER, GPF] })
  const set = () =>
    store.change(async (unit) => {
      await unit.restrictions.put(flag)
      await unit.tasks.put(task())
    })
  await failEach(t, set, async () => {
    t.equal(await hasEntries(store), false)
    t.match(await store.load([METER, GPF]), [{ restriction: undefined }, { restriction: undefined }])
  })
  t.match(await store.change((unit) => unit.outbox.takeFlagEntries(9)), [
    { region: 'North' },
    { region: 'North' },
  ])
  t.equal((await store.change((unit) => unit.outbox.takeTaskEntries(9))).length, 1)
  const move = () =>
    store.change((unit) => unit.inventory.put([device(STRANGER, { type: 'CHF', region: 'South' })]))
  await failEach(t, move, async () => {
    t.equal(await hasEntries(store), false)
    t.match(await store.read((view) => view.inventory.find(STRANGER)), { region: 'North' })
  })
  t.match(await store.change((unit) => unit.outbox.takeFlagEntries(9)), [
    { region: 'South' },
    { region: 'South' },
  ])
})

t.test('notices are made of the outbox once, wherever that is cut off', async (t) => {
  const store = open(t)
  await store.change((unit) =>
    unit.inventory.put([deviceKeyOf(1, 1), deviceKeyOf(1, 2)].map((key) => device(key, { region: 'North' }))),
  )
  await restrict(store, [deviceKeyOf(1, 1), deviceKeyOf(1, 2)], NOW)
  await lift(store, [deviceKeyOf(1, 1)], at(0))
  let count = 0
  const fanOut = new FanOut({
    ...{ store, partners: [NORTH, SOUTH], clock: { now: () => NOW } },
    newId: () => `N-${++count}`,
    table: () => ({ rows: [] }),
    log: createLog({ level: 'silent' }),
  })
  await fanOut.followPartners()
  const made = () => store.read((view) => view.notices.list({}, 9))
  await failEach(
    t,
    () => fanOut.run(),
    async () => {
      t.equal(await hasEntries(store), true)
      t.same((await made()).items, [])
    },
  )
  t.same((await made()).items.map(({ kind, number }) => `${kind} ${number}`).sort(), [
    'cleared 2',
    'set 1',
    'set 1',
  ])
  t.equal(await fanOut.run(), 0)
})
