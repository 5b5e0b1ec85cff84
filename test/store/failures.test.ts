/** What an operator reads when the store cannot be used: did it not answer, or what did it say? */
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type pg from 'pg'
import t from 'tap'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { describeFailure, storeFailureOf } from '../../src/store/sql/store-failure.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { runOn, startPostgres } from '../support/postgres.ts'
import { restrict } from '../support/restrict.ts'
import { device, METER, NOW } from './place.ts'

const server = await startPostgres({
  access: 'local all secretive scram-sha-256\nlocal all all trust\n',
})
t.teardown(() => server.stop())

const open = (connection: pg.ClientConfig) => openPostgresStore({ connection, mayLoseCommits: true })

t.test('a server says why it will not, and that is not called silence', async (t) => {
  const connection = await server.schema()
  await runOn(connection, "CREATE ROLE secretive LOGIN PASSWORD 'right'; CREATE ROLE stranger LOGIN")
  const says = (given: pg.ClientConfig, message: RegExp) =>
    t.rejects(open({ ...connection, ...given }), {
      code: 'STORE_REFUSED',
      message: /the store answered with an error/,
      cause: { message },
    })
  await says({ user: 'secretive', password: 'wrong' }, /password authentication failed/)
  await says({ user: 'secretive' }, /password must be a string/)
  await says({ user: 'nobody-there' }, /role "nobody-there" does not exist/)
  await says({ database: 'nowhere' }, /database "nowhere" does not exist/)
  await says({ user: 'stranger' }, /permission denied|no schema has been selected/)
})

t.test('a table of somebody else that is in the way is named', async (t) => {
  const connection = await server.schema()
  await runOn(connection, 'CREATE TABLE flags (id INT)')
  await t.rejects(open(connection), { code: 'STORE_REFUSED', cause: { message: /"flags" already exists/ } })
})

t.test('a right that was taken away, and a text that PostgreSQL does not take, are named', async (t) => {
  const connection = await server.schema()
  const store = await open(connection)
  t.teardown(() => store.close())
  const region = 'N\0rth'
  await t.rejects(
    store.change((unit) => unit.inventory.put([device(METER, { region })])),
    { code: 'STORE_REFUSED', cause: { message: /0x00/ } },
  )
  await runOn(connection, 'ALTER TABLE changes RENAME TO hidden')
  await t.rejects(restrict(store, [METER], NOW), {
    code: 'STORE_REFUSED',
    cause: { message: /"changes" does not exist/ },
  })
})

t.test('a server that is not there, or does not get to it, did not answer', async (t) => {
  const silent = createServer((socket) => socket.on('error', () => {}).resume())
  const port = await new Promise<number>((resolve) =>
    silent.listen(0, '127.0.0.1', () => resolve(Number(Object(silent.address()).port))),
  )
  t.teardown(() => silent.close())
  const connection = { host: '127.0.0.1', port, user: 'x', database: 'x' }
  await t.rejects(openPostgresStore({ connection, connectTimeoutMs: 100 }), { code: 'STORE_UNAVAILABLE' })
  const absent = { host: '/tmp', port: 1, user: 'x', database: 'x' }
  await t.rejects(open(absent), { code: 'STORE_UNAVAILABLE', cause: { message: /ENOENT/ } })
  for (const code of ['57P01', '57P03', '57014', '08006', '40001', '55P03']) {
    const error = Object.assign(new Error('provoked'), { severity: 'FATAL', code })
    t.match(storeFailureOf('trying', error), { code: 'STORE_UNAVAILABLE' }, code)
  }
})

t.test('addresses that all failed are told by the first, which has words', (t) => {
  const failed = new AggregateError([new Error('connect ECONNREFUSED ::1:5432')], '')
  t.equal(
    describeFailure(storeFailureOf('opening it', failed)),
    'the store did not answer while opening it: connect ECONNREFUSED ::1:5432',
  )
  t.end()
})

t.test('SQLite says what it says', async (t) => {
  const file = join(t.testdir(), 'store.db')
  const store = openSqliteStore({ file })
  t.teardown(() => store.close())
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix)
  await openSqliteStore({ file }).close()
  await t.rejects(store.position(), { code: 'STORE_REFUSED', cause: { message: /another file now/ } })
})
