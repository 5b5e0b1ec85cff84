/** Both drivers under processes that are killed. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startPostgres } from '../support/postgres.ts'
import { resumesImport, survivesKills } from './kills.ts'

const server = await startPostgres()
t.teardown(() => server.stop())

const sqlitePlace = (t: Test) => join(t.testdir(), 'store.db')
const postgresPlace = async () => JSON.stringify(await server.schema())

t.test('SQLite loses nothing that was answered when writers are killed', async (t) => {
  await survivesKills(t, 'sqlite', sqlitePlace(t), 7)
})

t.test('PostgreSQL loses nothing that was answered when writers are killed', async (t) => {
  await survivesKills(t, 'postgres', await postgresPlace(), 4)
})

t.test('an import into SQLite goes on where it was killed', async (t) => {
  await resumesImport(t, 'sqlite', sqlitePlace(t))
})

t.test('an import into PostgreSQL goes on where it was killed', async (t) => {
  await resumesImport(t, 'postgres', await postgresPlace())
})
