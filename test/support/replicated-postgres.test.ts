/** The replicated PostgreSQL of the tests is one: it streams, is promoted, and waits for a synchronous standby. */
import pg from 'pg'
import t from 'tap'
import { PASSWORD, PostgresCluster, until, withoutReplication } from './replicated-postgres.ts'

t.test(
  'a standby has what the primary was told, is promoted, and is followed in its turn',
  { skip: withoutReplication },
  async (t) => {
    const cluster = await PostgresCluster.start(t)
    const [primary, standby] = [cluster.server(0), cluster.server(1)]
    await primary.run('CREATE TABLE seen (it int)')
    await until(async () => (await standby.run('SELECT * FROM seen')).length === 0)
    t.same(await standby.run('SELECT pg_is_in_recovery() AS is_standby'), [{ is_standby: true }])
    await primary.stop('immediate')
    await cluster.promote(standby)
    await standby.run('INSERT INTO seen VALUES (1)')
    await cluster.follow(primary, standby)
    await until(async () => (await primary.run('SELECT * FROM seen')).length === 1)
  },
)

t.test('a commit waits for the only synchronous standby', { skip: withoutReplication }, async (t) => {
  const cluster = await PostgresCluster.start(t, { isSynchronous: true })
  const [primary, standby] = [cluster.server(0), cluster.server(1)]
  await primary.run('CREATE TABLE seen (it int)')
  await standby.stop()
  const waiting = primary.run('INSERT INTO seen VALUES (1)').then(() => 'done')
  await until(
    async () =>
      (await primary.run("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'")).length === 1,
  )
  await standby.start()
  t.equal(await waiting, 'done')
})

t.test('a role comes in with its password alone', { skip: withoutReplication }, async (t) => {
  const { port } = (await PostgresCluster.start(t, { standbys: 0 })).server(0)
  const connect = async (password: string) => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      user: 'duisgate',
      database: 'duisgate',
      password,
    })
    await client.connect()
    await client.end()
  }
  await connect(PASSWORD)
  await t.rejects(connect('another'), { code: '28P01' })
})
