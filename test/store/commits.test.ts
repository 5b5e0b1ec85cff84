/** Commits of which no answer comes, or one that says less: whoever asked is told that the outcome is not known. */
import pg from 'pg'
import t, { type Test } from 'tap'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { freshKey, openDesk, setBody } from '../control/desk.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { startPostgres } from '../support/postgres.ts'
import { restrict } from '../support/restrict.ts'
import { device, GPF, METER, NOW } from './place.ts'

const server = await startPostgres()
t.teardown(() => server.stop())

/** Of a transaction that writes; the word alone is in its isolation level as well. */
const LOST = { kind: 'swallow', after: '; COMMIT' } as const

/** A database with a store opened through a proxy, and one opened beside it. */
async function behindProxy(t: Test) {
  const direct = await server.database()
  const proxy = await FaultProxy.start({ path: `${direct.host}/.s.PGSQL.5432` })
  t.teardown(() => proxy.close())
  const open = { mayLoseCommits: true, statementTimeoutMs: 2_000 }
  const beside = await openPostgresStore({ ...open, connection: direct })
  const connection = { ...direct, host: '127.0.0.1', port: proxy.port }
  const store = await openPostgresStore({ ...open, connection })
  t.teardown(() => Promise.all([store.close(), beside.close()]))
  return { proxy, store, beside, direct }
}

t.test('a change whose answer was lost was kept, and is not told as one that was not', async (t) => {
  const { proxy, store, beside } = await behindProxy(t)
  proxy.set(LOST)
  await t.rejects(restrict(store, [METER], NOW), {
    code: 'STORE_OUTCOME_UNKNOWN',
    message: /not known.*recording a change/,
    cause: { message: /no answer to the commit within/ },
  })
  t.equal(await beside.position(), 1)
  proxy.set({ kind: 'none' })
  t.equal(await restrict(store, [GPF], NOW), 2, 'the next one is done')
})

t.test('a connection that is cut at the commit leaves the outcome open as well', async (t) => {
  const { proxy, store, beside } = await behindProxy(t)
  proxy.set(LOST)
  const changing = restrict(store, [METER], NOW)
  while ((await beside.position()) === 0) await new Promise((resolve) => setImmediate(resolve))
  proxy.set({ kind: 'cut' })
  await t.rejects(changing, { code: 'STORE_OUTCOME_UNKNOWN' })
})

t.test('a transaction that breaks before its commit was not kept', async (t) => {
  const { proxy, store, beside } = await behindProxy(t)
  const broken = store.change(async (unit) => {
    await unit.inventory.put([device(METER)])
    proxy.set({ kind: 'cut' })
    await unit.inventory.put([device(GPF)])
  })
  await t.rejects(broken, { code: 'STORE_UNAVAILABLE' })
  t.equal(await beside.position(), 0)
})

t.test('the API says that it is not known, and the same with the same key is done once', async (t) => {
  const { proxy, store } = await behindProxy(t)
  const desk = await openDesk(t, { store })
  const once = { body: setBody(), headers: { 'idempotency-key': freshKey() } }
  proxy.set(LOST)
  const lost = await desk.ask('SUP-E', '/api/v1/restrictions', once)
  t.match(lost, { status: 503, json: { code: 'outcome-unknown', detail: /same Idempotency-Key/ } })
  t.ok(lost.headers.get('retry-after'))
  const looked = await desk.ask('SUP-E', '/api/v1/search?q=1200000000011')
  t.match(looked, { status: 503, json: { code: 'store-unavailable' } }, 'who only looks has changed nothing')
  proxy.set({ kind: 'none' })
  const again = await desk.ask('SUP-E', '/api/v1/restrictions', once)
  t.match(again, { status: 201, json: { outcome: 'set' } })
  const { json } = await desk.ask('SUP-E', '/api/v1/restrictions')
  t.equal(json.items.length, 1)
})

/** Has every commit wait for a standby that is not there, until `confirmAll`. */
async function withoutItsStandby(t: Test) {
  const direct = await server.database()
  const connection = { ...direct, options: '-c synchronous_commit=on' }
  const beside = await openPostgresStore({ connection, mayLoseCommits: true })
  const store = await openPostgresStore({ connection, mayLoseCommits: true, statementTimeoutMs: 2_000 })
  const admin = new pg.Client(direct)
  await admin.connect()
  const standbys = async (names: string) => {
    await admin.query(`ALTER SYSTEM SET synchronous_standby_names = '${names}'`)
    await admin.query('SELECT pg_reload_conf()')
    const shown = async () => (await admin.query('SHOW synchronous_standby_names')).rows[0]
    while ((await shown()).synchronous_standby_names !== names);
  }
  t.teardown(async () => {
    await standbys('')
    await Promise.all([store.close(), beside.close()])
    await admin.end()
  })
  // Its epoch has begun before, so that the first commit that waits is the one that is looked at.
  await store.read(async () => {})
  await standbys('nobody')
  const waiting = async () => {
    const text = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    return (await admin.query(text)).rows.map(({ pid }) => pid)
  }
  return { store, beside, admin, waiting, confirmAll: () => standbys('') }
}

async function untilPosition(store: SqlStore, position: number): Promise<void> {
  while ((await store.position()) !== position);
}

t.test(
  'what no standby has confirmed is seen by nobody, and holds one connection however often it is tried',
  async (t) => {
    const { store, beside, waiting, confirmAll } = await withoutItsStandby(t)
    await t.rejects(restrict(store, [METER], NOW), { code: 'STORE_OUTCOME_UNKNOWN' })
    for (let tries = 0; tries < 5; tries++)
      await t.rejects(restrict(store, [GPF], NOW), {
        code: 'STORE_UNAVAILABLE',
        cause: { message: /waits for a standby/ },
      })
    t.equal((await waiting()).length, 1)
    t.equal(await beside.position(), 0)
    t.same(await store.load([]), [], 'look-ups go on')
    await confirmAll()
    await untilPosition(beside, 1)
    t.equal(await restrict(store, [GPF], NOW), 2)
  },
)

t.test('a commit that the server answers with a warning is not known to be safe', async (t) => {
  const { store, admin, waiting } = await withoutItsStandby(t)
  const changing = restrict(store, [METER], NOW).catch((error: unknown) => error)
  for (let pids: unknown[] = []; pids.length === 0; ) {
    pids = await waiting()
    for (const pid of pids) await admin.query('SELECT pg_cancel_backend($1)', [pid])
  }
  t.match(await changing, { code: 'STORE_OUTCOME_UNKNOWN', cause: { message: /synchronous replication/ } })
})
