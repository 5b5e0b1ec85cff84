/** `duisgate check --connect` tries the store: what is found at each host, and what of it will not do; never a password. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { SCHEMA_VERSION } from '../../src/store/sql/schema.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { PASSWORD, PostgresCluster, storeUrl, withoutReplication } from '../support/replicated-postgres.ts'
import { duisgate, temporaryFolder } from './run.ts'

function checked(store: string, ...words: string[]) {
  return duisgate(['check', '--connect', '--set', `store=${store}`, ...words])
}

t.test(
  'PostgreSQL: each host, and whether one of them is the primary',
  { skip: withoutReplication },
  async (t) => {
    const cluster = await PostgresCluster.start(t)
    const [primary, standby] = [cluster.server(0), cluster.server(1)]
    const none = await checked(cluster.url())
    t.equal(none.code, 0)
    t.match(none.stdout, `store: ${primary.address}: primary on timeline 1, PostgreSQL `)
    t.match(none.stdout, /, no tables of duisgate yet\n/)
    const store = await openPostgresStore({ connection: cluster.url() })
    await store.close()
    const both = await checked(cluster.url(), '--json')
    t.match(JSON.parse(both.stdout).found, [
      new RegExp(`^store: ${primary.address}: primary on timeline 1, .*, schema version ${SCHEMA_VERSION}$`),
      new RegExp(`^store: ${standby.address}: standby, `),
    ])

    const alone = await checked(cluster.url([standby]))
    t.match(alone, { code: 2, stdout: /store: none of its hosts is a primary that answers/ })

    const wrong = await checked(storeUrl(primary.address, '', 'SECRET'))
    t.match(wrong, { code: 2, stdout: /password authentication failed for user "duisgate"/ })
    t.notMatch(wrong.stdout, /SECRET/)

    const listening = await checked(cluster.url(), '--set', `store.listen=${cluster.url([standby])}`)
    t.match(listening, { code: 2, stdout: /store\.listen: none of its hosts/ })

    await primary.set('synchronous_commit', 'local')
    t.match(await checked(cluster.url()), { code: 2, stdout: /synchronous_commit is local/ })

    await standby.promote()
    const two = await checked(cluster.url())
    t.match(two, { code: 2, stdout: /more than one of its hosts takes changes/ })
    await primary.stop('immediate')
    const after = await checked(cluster.url())
    t.match(after, { code: 0, stdout: /connect ECONNREFUSED.*\n.*primary on timeline 2/ })
    t.notMatch(after.stdout + none.stdout, encodeURIComponent(PASSWORD))
  },
)

t.test('SQLite: the file as it is, which is not made', async (t) => {
  const folder = temporaryFolder()
  const file = join(folder, 'store.db')
  t.match(await checked(file), { code: 0, stdout: /store: SQLite, no tables of duisgate yet/ })
  await openSqliteStore({ file }).close()
  t.match(await checked(file), { code: 0, stdout: `store: SQLite, schema version ${SCHEMA_VERSION}\n` })
  writeFileSync(join(folder, 'other.db'), 'no database at all, whatever its name says')
  t.match(await checked(join(folder, 'other.db')), {
    code: 2,
    stdout: /store: store: file is not a database/,
  })
  t.match(await checked(join(folder, 'none/store.db')), { code: 0 }, 'the folder is made at start')
})
