/** The store behind PgBouncer, with the file under deploy/postgresql, and without: both modes, what is heard of changes, and both time-outs. */
import pg from 'pg'
import t, { type Test } from 'tap'
import { openPostgresStore, type PostgresStoreOptions } from '../../src/store/postgres/postgres-store.ts'
import { PostgresCluster, storeUrl, until, withoutReplication } from '../support/replicated-postgres.ts'
import { restrict } from '../support/restrict.ts'
import { startPgbouncer, withoutPgbouncer } from '../support/store-fronts.ts'
import { device, METER, NOW, STRANGER } from './place.ts'

const skip = withoutReplication || withoutPgbouncer

/** Short, so that what runs into it does not take long. */
const STATEMENT_MS = 500

const FRONTS = [
  { name: 'without PgBouncer', mode: undefined, isUntuned: false },
  { name: 'behind PgBouncer in session mode', mode: 'session', isUntuned: false },
  { name: 'behind PgBouncer in session mode with its own defaults', mode: 'session', isUntuned: true },
  { name: 'behind PgBouncer in transaction mode', mode: 'transaction', isUntuned: false },
] as const

for (const { name, mode, isUntuned } of FRONTS)
  t.test(name, { skip }, async (t) => {
    const server = (await PostgresCluster.start(t, { standbys: 0 })).server(0)
    const { port } = mode ? await startPgbouncer(t, { mode, target: server, isUntuned }) : server
    const direct = storeUrl(server.address)
    const connection = storeUrl(`127.0.0.1:${port}`)
    const options = { connection, ...(mode === 'transaction' && { listen: direct }) }

    await t.test('a change is kept, read and heard of', async (t) => {
      const [reader, writer] = [await openAt(t, options), await openAt(t, options)]
      let heard = 0
      const stop = await reader.listen?.(() => {
        heard += 1
      })
      const before = heard
      await restrict(writer, [METER], NOW)
      await until(async () => heard > before)
      t.match(await reader.load([METER]), [{ restriction: {} }])
      await stop?.()
    })

    await t.test('a statement that waits too long is ended by the server', async (t) => {
      const store = await openAt(t, options)
      const other = new pg.Client(direct)
      await other.connect()
      await other.query('BEGIN; SELECT * FROM head FOR UPDATE')
      await t.rejects(restrict(store, [METER], NOW), { cause: { code: '57014' } })
      await other.query('ROLLBACK; BEGIN; LOCK TABLE changes IN ACCESS EXCLUSIVE MODE')
      await t.rejects(
        store.changedSince(0, 1),
        { cause: { code: '57014' } },
        'a question of the data plane too',
      )
      await other.end()
    })

    await t.test('a transaction in which nothing happens does not hold up others for ever', async (t) => {
      const [idle, store] = [await openAt(t, options), await openAt(t, options)]
      const over = Promise.withResolvers<void>()
      const begun = Promise.withResolvers<void>()
      const held = idle.change(async (unit) => {
        await unit.inventory.put([device(METER)])
        begun.resolve()
        await over.promise
        await unit.inventory.put([device(STRANGER)])
      })
      const isRefused = t.rejects(held, /store/)
      await begun.promise
      await until(async () => (await restrict(store, [STRANGER], NOW)) > 0)
      over.resolve()
      await isRefused
    })

    await t.test('other sessions of the pool keep their own time-outs', async (t) => {
      await openAt(t, options)
      const session = new pg.Client(connection)
      await session.connect()
      t.same((await session.query('SHOW statement_timeout')).rows, [{ statement_timeout: '0' }])
      await session.end()
    })
  })

async function openAt(t: Test, options: PostgresStoreOptions) {
  const store = await openPostgresStore({
    ...options,
    statementTimeoutMs: STATEMENT_MS,
    lookUpTimeoutMs: 5_000,
  })
  t.teardown(() => store.close())
  return store
}

t.test('a standby behind PgBouncer is refused', { skip }, async (t) => {
  const cluster = await PostgresCluster.start(t)
  const { port } = await startPgbouncer(t, { mode: 'session', target: cluster.server(1) })
  const connection = storeUrl(`127.0.0.1:${port}`)
  await t.rejects(openPostgresStore({ connection }), {
    code: 'STORE_REFUSED',
    cause: { message: /is a standby/ },
  })
})
