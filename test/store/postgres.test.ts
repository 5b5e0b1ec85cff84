/** The PostgreSQL driver: the conformance suite, and what is PostgreSQL's own. */
import pg from 'pg'
import t, { type Test } from 'tap'
import { connectPostgres, openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { SCHEMA_VERSION } from '../../src/store/sql/schema.ts'
import { runOn, startPostgres } from '../support/postgres.ts'
import { restrict } from '../support/restrict.ts'
import { auditTampering, type Run } from './audit-tampering.ts'
import { clearedSchema } from './cleared-schema.ts'
import { conformance } from './conformance.ts'
import { device, METER, NOW } from './place.ts'

const server = await startPostgres()
t.teardown(() => server.stop())

const cleared = clearedSchema(server, async (connection) => {
  const store = await openPostgresStore({ connection, mayLoseCommits: true })
  await store.close()
})

conformance(t, {
  name: 'PostgreSQL',
  isShared: true,
  place: async () => {
    const { connection, giveBack } = await cleared()
    const clock = { now: NOW }
    const open = { connection, mayLoseCommits: true, now: () => clock.now }
    return { clock, connect: () => connectPostgres(open), giveBack }
  },
})

async function openAt(t: Test, connection: pg.ClientConfig) {
  const store = await openPostgresStore({ connection, mayLoseCommits: true })
  t.teardown(() => store.close())
  return store
}

/** Resolves with the next call of the function it gives. */
function nextCall() {
  let resolve = () => {}
  return {
    call: () => resolve(),
    next: () =>
      new Promise<void>((done) => {
        resolve = done
      }),
  }
}

t.test('any single change to the audit is found', async (t) => {
  const connection = await server.schema()
  const store = await openAt(t, connection)
  const client = new pg.Client(connection)
  await client.connect()
  t.teardown(() => client.end())
  const numbered = (text: string) => {
    let count = 0
    return text.replaceAll('?', () => `$${++count}`)
  }
  const run: Run = async (text, ...values) => (await client.query(numbered(text), values)).rows
  await auditTampering(t, store, run, 300)
})

t.test('wakes listeners of other processes when a change is committed, and not before', async (t) => {
  const connection = await server.schema()
  const [reader, writer] = [await openAt(t, connection), await openAt(t, connection)]
  const changed = nextCall()
  const stop = await reader.listen?.(changed.call)
  const told = changed.next().then(() => reader.position())
  await writer.change(async (unit) => {
    await unit.inventory.put([device(METER)])
    t.equal(await reader.position(), 0)
  })
  t.equal(await told, 1)
  await stop?.()
})

t.test('listens again after its connection was lost, and says so', async (t) => {
  const connection = await server.schema()
  const [reader, writer] = [await openAt(t, connection), await openAt(t, connection)]
  const changed = nextCall()
  const stop = await reader.listen?.(changed.call)
  const reconnected = changed.next()
  await server.breakConnections()
  await reconnected
  const told = changed.next()
  await restrict(writer, [METER], NOW)
  await told
  t.equal(await reader.position(), 1)
  await stop?.()
})

t.test('says that it is unavailable when a connection breaks, and works again with the next', async (t) => {
  const connection = await server.schema()
  const store = await openAt(t, connection)
  const broken = store.change(async (unit) => {
    await unit.inventory.put([device(METER)])
    await server.breakConnections()
    await unit.inventory.put([device(METER)])
  })
  await t.rejects(broken, { code: 'STORE_UNAVAILABLE', message: /recording a change/ })
  t.equal(await store.position(), 0)
  t.equal(await restrict(store, [METER], NOW), 1)
})

t.test('does not wait for another writer for ever', async (t) => {
  const connection = await server.schema()
  const store = await openPostgresStore({ connection, mayLoseCommits: true, statementTimeoutMs: 2_000 })
  t.teardown(() => store.close())
  const other = new pg.Client(connection)
  await other.connect()
  await other.query('BEGIN; SELECT * FROM head FOR UPDATE')
  await t.rejects(restrict(store, [METER], NOW), { code: 'STORE_UNAVAILABLE' })
  t.equal(await store.position(), 0, 'look-ups go on meanwhile')
  await other.end()
  t.equal(await restrict(store, [METER], NOW), 1)
})

t.test('refuses a server that may lose what was answered', async (t) => {
  const connection = await server.schema()
  await t.rejects(openPostgresStore({ connection }), {
    code: 'STORE_REFUSED',
    cause: { message: /fsync is off/ },
  })
})

t.test('says that it could not connect', async (t) => {
  const connection = { host: t.testdir(), user: 'nobody', database: 'nothing' }
  await t.rejects(openPostgresStore({ connection }), { code: 'STORE_UNAVAILABLE' })
})

t.test('refuses the schema of a later duisgate', async (t) => {
  const connection = await server.schema()
  await openAt(t, connection)
  await runOn(connection, `INSERT INTO schema_version (version) VALUES (${SCHEMA_VERSION + 1})`)
  await t.rejects(openPostgresStore({ connection, mayLoseCommits: true }), { code: 'STORE_TOO_NEW' })
})

t.test('opens the schema of a later duisgate that says it may, and leaves it as it is', async (t) => {
  const connection = await server.schema()
  await openAt(t, connection)
  const later = `(${SCHEMA_VERSION + 1}, ${SCHEMA_VERSION})`
  await runOn(connection, `INSERT INTO schema_version (version, least) VALUES ${later}`)
  const store = await openAt(t, connection)
  t.equal(await store.position(), 0)
  const [row] = (await runOn(connection, 'SELECT count(*) AS steps FROM schema_version')).rows
  t.equal(Number(row.steps), SCHEMA_VERSION + 1)
})

t.test('goes by the clock of the server', async (t) => {
  const connection = await server.schema()
  const store = await openAt(t, connection)
  await restrict(store, [METER], NOW)
  const [row] = (await runOn(connection, 'SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now_ms'))
    .rows
  const [change] = await store.changedSince(0, 1)
  t.ok(Math.abs(Number(row.now_ms) - (change?.recordedAt ?? 0)) < 5_000)
})
