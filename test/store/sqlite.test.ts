/** The SQLite driver: the conformance suite on a file and in memory, and what is SQLite's own. */
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { deviceKeyOf } from '../../src/core/duis/eui64.ts'
import { verifyChain } from '../../src/core/restriction/audit-chain.ts'
import { SCHEMA_VERSION } from '../../src/store/sql/schema.ts'
import { connectSqlite, openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { exitOf } from '../support/child-exit.ts'
import { restrict } from '../support/restrict.ts'
import { auditTampering, type Run } from './audit-tampering.ts'
import { conformance } from './conformance.ts'
import { startWriter } from './kills.ts'
import { NOW, type StorePlace } from './place.ts'

async function sqlitePlace(file: string): Promise<StorePlace> {
  const clock = { now: NOW }
  return { clock, connect: async () => connectSqlite({ file, now: () => clock.now }) }
}

conformance(t, {
  name: 'SQLite file',
  isShared: true,
  place: (t) => sqlitePlace(join(t.testdir(), 'folder that is not there yet', 'store.db')),
})

conformance(t, { name: 'SQLite in memory', isShared: false, place: () => sqlitePlace(':memory:') })

t.test('writes the schema version and refuses a store of a later duisgate', async (t) => {
  const file = join(t.testdir(), 'store.db')
  await openSqliteStore({ file }).close()
  const database = new DatabaseSync(file)
  t.same(
    database
      .prepare('SELECT version FROM schema_version')
      .all()
      .map((row) => row.version),
    Array.from({ length: SCHEMA_VERSION }, (_, step) => step + 1),
  )
  database.exec(`INSERT INTO schema_version (version) VALUES (${SCHEMA_VERSION + 1})`)
  database.close()
  t.throws(() => openSqliteStore({ file }), {
    code: 'STORE_TOO_NEW',
    message: `the store has schema version ${SCHEMA_VERSION + 1}, this duisgate knows versions up to ${SCHEMA_VERSION}; start a later duisgate`,
  })
})

t.test('a schema that is never to be changed is used when it is up to date, else refused', (t) => {
  const file = join(t.testdir(), 'store.db')
  const behind = { code: 'STORE_REFUSED', cause: { message: /run "duisgate schema migrate"/ } }
  t.throws(() => openSqliteStore({ file, migrate: 'never' }), behind)
  openSqliteStore({ file }).close()
  openSqliteStore({ file, migrate: 'never' }).close()
  const database = new DatabaseSync(file)
  const later = `(${SCHEMA_VERSION + 1}, ${SCHEMA_VERSION})`
  database.exec(`INSERT INTO schema_version (version, least) VALUES ${later}`)
  openSqliteStore({ file }).close()
  database.exec(`DELETE FROM schema_version WHERE version >= ${SCHEMA_VERSION}`)
  t.throws(() => openSqliteStore({ file, migrate: 'never' }), behind)
  database.close()
  t.end()
})

t.test('says which file it could not open', async (t) => {
  const dir = t.testdir({
    'store.db': 'this is a text, not a database, and it is long enough to be read as one',
  })
  t.throws(() => openSqliteStore({ file: join(dir, 'store.db') }), {
    code: 'STORE_REFUSED',
    message: /while opening .*store\.db/,
  })
})

t.test(
  'an audit entry whose detail is no JSON any more is edited, also where there was no detail',
  async (t) => {
    const file = join(t.testdir(), 'store.db')
    const store = openSqliteStore({ file })
    t.teardown(() => store.close())
    const actor = { party: 'SUP-A', role: 'supplier', name: 'jane.doe' } as const
    await store.change((unit) =>
      unit.audit.append({ at: NOW, actor, action: 'session.opened', subject: 'SUP-A', detail: {} }),
    )
    const verdict = async () => verifyChain(await store.read((view) => view.audit.from(1, 9)))
    t.match(await verdict(), { count: 1 })
    const database = new DatabaseSync(file)
    t.teardown(() => database.close())
    for (const text of ['', '{', 'null and void']) {
      t.equal(Number(database.prepare('UPDATE audit SET detail = ?').run(text).changes), 1)
      t.same(await verdict(), { fault: 'edited', index: 1 }, JSON.stringify(text))
    }
  },
)

t.test('any single change to the audit is found', async (t) => {
  const file = join(t.testdir(), 'store.db')
  const store = openSqliteStore({ file })
  t.teardown(() => store.close())
  const database = new DatabaseSync(file)
  t.teardown(() => database.close())
  const run: Run = async (text, ...values) =>
    database.prepare(text).all(...values) as Awaited<ReturnType<Run>>
  await auditTampering(t, store, run, 600)
})

t.test('keeps a Device ID as the number that an operator can print', async (t) => {
  const file = join(t.testdir(), 'store.db')
  const store = openSqliteStore({ file })
  await restrict(store, [deviceKeyOf(0x90b3d51f, 0x30010000)], NOW)
  await store.close()
  const database = new DatabaseSync(file)
  const row = database.prepare("SELECT printf('%016X', device_key) AS id FROM flags").get()
  database.close()
  t.equal(row?.id, '90B3D51F30010000')
})

t.test('numbers the changes of two processes without gaps', async (t) => {
  const file = join(t.testdir(), 'store.db')
  const store = openSqliteStore({ file })
  t.teardown(() => store.close())
  const writer = startWriter(t, 'sqlite', file, 100)
  const exit = exitOf(writer)
  await once(writer, 'message')
  for (let low = 0; low < 200; low++) await restrict(store, [deviceKeyOf(1, low)], NOW)
  t.same(await exit, [0, null])
  const changes = await store.changedSince(0, 1_000)
  t.same(
    changes.map(({ sequence }) => sequence),
    Array.from({ length: 400 }, (_, index) => index + 1),
  )
})

t.test('waits for the writer of another process without holding up the thread', async (t) => {
  const file = join(t.testdir(), 'store.db')
  const store = openSqliteStore({ file, busyTimeoutMs: 50 })
  t.teardown(() => store.close())
  const other = new DatabaseSync(file)
  t.teardown(() => other.close())
  other.exec('BEGIN IMMEDIATE')
  const waiting = restrict(store, [deviceKeyOf(1, 1)], NOW)
  t.same(await store.load([]), [], 'look-ups go on meanwhile')
  await t.rejects(waiting, { code: 'STORE_UNAVAILABLE' }, 'not for ever')
  const patient = restrict(store, [deviceKeyOf(1, 1)], NOW)
  await store.load([])
  other.exec('ROLLBACK')
  t.equal(await patient, 1)
})

t.test('does not answer from, or write to, a file that was swapped under it', async (t) => {
  const file = join(t.testdir(), 'store.db')
  const store = openSqliteStore({ file })
  t.teardown(() => store.close())
  const key = deviceKeyOf(0, 1)
  await restrict(store, [key], NOW)
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix)
  await t.rejects(store.position(), { code: 'STORE_UNAVAILABLE' }, 'removed')
  await openSqliteStore({ file }).close()
  await t.rejects(store.position(), { code: 'STORE_REFUSED' }, 'replaced')
  await t.rejects(store.changedSince(0, 1), { code: 'STORE_REFUSED' })
  await t.rejects(restrict(store, [key], NOW), { code: 'STORE_REFUSED' })
})

t.test('looks up one batch in each turn of the event loop, however many are asked for at once', async (t) => {
  const store = openSqliteStore({ file: ':memory:' })
  t.teardown(() => store.close())
  let turns = 0
  let isDone = false
  const count = () => {
    turns++
    if (!isDone) setImmediate(count)
  }
  setImmediate(count)
  await Promise.all(Array.from({ length: 20 }, (_, high) => store.load([deviceKeyOf(high, 0)])))
  isDone = true
  t.ok(turns >= 19, `${turns} turns for 20 batches`)
})

t.test('refuses a transaction within another, which would wait for itself', async (t) => {
  const store = openSqliteStore({ file: ':memory:' })
  t.teardown(() => store.close())
  const itself = /begun within another/
  await t.rejects(
    store.change(() => store.read(async () => {})),
    itself,
  )
  await t.rejects(
    store.read(() => store.load([deviceKeyOf(0, 1)])),
    itself,
  )
  const later = await store.change(async () => ({ read: () => store.read((view) => view.inventory.count()) }))
  t.equal(await later.read(), 0)
})
