/** Both drivers under writers that are killed. */
import { join } from 'node:path'
import t from 'tap'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { startPostgres } from '../support/postgres.ts'
import { survivesKills } from './kills.ts'

t.test('SQLite loses nothing that was answered when writers are killed', async (t) => {
  const file = join(t.testdir(), 'store.db')
  const store = openSqliteStore({ file })
  t.teardown(() => store.close())
  await survivesKills(t, store, 'sqlite', file)
})

t.test('PostgreSQL loses nothing that was answered when writers are killed', async (t) => {
  const server = await startPostgres()
  t.teardown(() => server.stop())
  const connection = await server.schema()
  const store = await openPostgresStore({ connection, mayLoseCommits: true })
  t.teardown(() => store.close())
  await survivesKills(t, store, 'postgres', JSON.stringify(connection))
})
