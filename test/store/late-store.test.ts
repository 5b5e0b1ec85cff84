/** A store that is not there yet: every question fails as a store that does not answer, until it is there. */
import t, { type Test } from 'tap'
import { openLateStore } from '../../src/store/sql/late-database.ts'
import type { SqlParts } from '../../src/store/sql/sql-store.ts'
import { connectSqlite } from '../../src/store/sqlite/sqlite-store.ts'
import { StoreTooNew, StoreUnavailable } from '../../src/store/store.ts'
import { restrict } from '../support/restrict.ts'
import { METER, NOW } from './place.ts'

const away = () => new StoreUnavailable('being tested', new Error('connection refused'))

/** Opens after so many failures, and tells when it did. */
function opensAfter(t: Test, failures: number, failure: () => Error = away) {
  const opened = Promise.withResolvers<SqlParts>()
  let tries = 0
  const open = async () => {
    tries++
    if (tries <= failures) throw failure()
    const parts = connectSqlite({ file: ':memory:' })
    opened.resolve(parts)
    return parts
  }
  t.teardown(async () => tries > failures && (await opened.promise).database.close())
  return { open, opened: opened.promise, tries: () => tries }
}

t.test('is the store itself when that is there at once', async (t) => {
  const { open } = opensAfter(t, 0)
  const store = await openLateStore({ open })
  await restrict(store, [METER], NOW)
  t.equal(await store.position(), 1)
  t.match(await store.load([METER]), [{ restriction: { from: NOW } }])
  await store.close()
})

t.test('answers as a store that does not answer, says so once, and goes on trying', async (t) => {
  const { open, opened } = opensAfter(t, 3)
  const failures: unknown[] = []
  const store = await openLateStore({ open, retryMs: 1, onFailure: (error) => failures.push(error) })
  for (const ask of [
    () => store.load([METER]),
    () => store.position(),
    () => store.changedSince(0, 1),
    () => store.storeId(),
    () => store.flaggedKeys(NOW, 1),
    () => store.holdLease('one', 'me', 1),
    () => store.reports.marks(),
    () => store.read(async () => 1),
    () => store.change(async () => 1),
    () => store.keepGatewayLive('one', 1),
    () =>
      store.reportGateway({ id: 'one', sequence: 0, state: 'starting', tableRevision: 'r', counts: {} }, 1),
  ])
    await t.rejects(async () => void (await ask()), { code: 'STORE_UNAVAILABLE' })
  await opened
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(await store.position(), 0)
  t.equal(failures.length, 1)
  await store.close()
})

t.test('wakes who listened before it was there', async (t) => {
  const { open, opened } = opensAfter(t, 1)
  let wake = () => {}
  let isListening = true
  const store = await openLateStore({
    retryMs: 1,
    open: async () => {
      const parts = await open()
      const listen = async (onChange: () => void) => {
        wake = onChange
        return async () => {
          isListening = false
        }
      }
      return { ...parts, database: Object.assign(parts.database, { listen }) }
    },
  })
  let woken = 0
  const stop = await store.listen?.(() => woken++)
  await opened
  await new Promise((resolve) => setImmediate(resolve))
  wake()
  t.equal(woken, 1)
  await stop?.()
  wake()
  t.equal(woken, 1)
  await store.close()
  t.notOk(isListening)
})

t.test('does not wait for what waiting does not mend', async (t) => {
  const tooNew = () => new StoreTooNew(9, 1)
  await t.rejects(openLateStore({ open: opensAfter(t, 1, tooNew).open }), { code: 'STORE_TOO_NEW' })
  const failures = [away(), tooNew()]
  const permanent = Promise.withResolvers<unknown>()
  const store = await openLateStore({
    retryMs: 1,
    open: () => Promise.reject(failures.shift() ?? new Error('asked once too often')),
    onPermanentFailure: permanent.resolve,
  })
  t.match(await permanent.promise, { code: 'STORE_TOO_NEW' })
  await t.rejects(store.position(), { code: 'STORE_UNAVAILABLE' })
  await store.close()
})

t.test('stops trying when it is closed', async (t) => {
  const { open, tries } = opensAfter(t, 99)
  const store = await openLateStore({ open, retryMs: 60_000 })
  await store.close()
  t.equal(tries(), 1)
})
