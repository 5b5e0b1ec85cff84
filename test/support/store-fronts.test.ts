/** The proxy and the pooler of the tests are ones: HAProxy goes to the primary alone, PgBouncer hands connections on. */
import pg from 'pg'
import t from 'tap'
import { PostgresCluster, storeUrl, until, withoutReplication } from './replicated-postgres.ts'
import { startHaproxy, startPgbouncer, withoutHaproxy, withoutPgbouncer } from './store-fronts.ts'

async function ask(port: number, text: string): Promise<Record<string, unknown>> {
  const client = new pg.Client(storeUrl(`127.0.0.1:${port}`))
  client.on('error', () => {})
  await client.connect()
  const { rows } = await client.query(text)
  await client.end()
  return rows[0]
}

t.test(
  'HAProxy passes on to the primary, and to the next one',
  { skip: withoutReplication || withoutHaproxy },
  async (t) => {
    const cluster = await PostgresCluster.start(t)
    const [primary, standby] = [cluster.server(0), cluster.server(1)]
    const { port } = await startHaproxy(t, [standby, primary])
    const name = async () => (await ask(port, 'SHOW cluster_name')).cluster_name
    await until(async () => (await name()) === primary.name)
    await primary.stop('immediate')
    await cluster.promote(standby)
    await until(async () => (await name()) === standby.name)
  },
)

for (const mode of ['session', 'transaction'] as const)
  t.test(
    `PgBouncer hands on in ${mode} mode`,
    { skip: withoutReplication || withoutPgbouncer },
    async (t) => {
      const cluster = await PostgresCluster.start(t, { standbys: 0 })
      const { port } = await startPgbouncer(t, { mode, target: cluster.server(0) })
      t.same(await ask(port, 'SELECT 1 AS one'), { one: 1 })
    },
  )
