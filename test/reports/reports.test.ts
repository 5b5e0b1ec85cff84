/** The reports on both store drivers. */
import t from 'tap'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { startPostgres } from '../support/postgres.ts'
import { at } from './october.ts'
import { reportsSuite } from './reports-suite.ts'

const server = await startPostgres()
t.teardown(() => server.stop())

reportsSuite(t, 'SQLite', async (t) => {
  const clock = { now: at('2026-08-31T00:00:00Z') }
  const store = openSqliteStore({ file: ':memory:', now: () => clock.now })
  t.teardown(() => store.close())
  return { store, clock }
})

reportsSuite(t, 'PostgreSQL', async (t) => {
  const clock = { now: at('2026-08-31T00:00:00Z') }
  const connection = await server.schema()
  const store = await openPostgresStore({ connection, now: () => clock.now, mayLoseCommits: true })
  t.teardown(() => store.close())
  return { store, clock }
})
