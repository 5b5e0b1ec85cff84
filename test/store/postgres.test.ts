/** The PostgreSQL driver: the conformance suite, and what is PostgreSQL's own. */
import t from 'tap'
import { connectPostgres } from '../../src/store/postgres/postgres-store.ts'
import { startPostgres } from '../support/postgres.ts'
import { conformance } from './conformance.ts'
import { NOW } from './place.ts'

const server = await startPostgres()
t.teardown(() => server.stop())

conformance(t, {
  name: 'PostgreSQL',
  isShared: true,
  place: async () => {
    const connection = await server.database()
    const clock = { now: NOW }
    const open = { connection, mayLoseCommits: true, now: () => clock.now }
    return { clock, connect: () => connectPostgres(open) }
  },
})
