/** A store of several servers: whichever is the primary is found, by every connection, and found again after a fail-over. */
import { writeFile } from 'node:fs/promises'
import t, { type Test } from 'tap'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { deviceKey } from '../support/plans.ts'
import {
  PASSWORD,
  PostgresCluster,
  type ReplicatedServer,
  until,
  withoutReplication,
} from '../support/replicated-postgres.ts'
import { restrict } from '../support/restrict.ts'
import { METER, NOW } from './place.ts'

const skip = withoutReplication

async function openAt(t: Test, connection: string) {
  const store = await openPostgresStore({ connection })
  t.teardown(() => store.close())
  return store
}

let meters = 0

/** Settles once the flag of another Device is kept. */
async function untilItTakesChanges(store: Awaited<ReturnType<typeof openAt>>) {
  await until(async () => {
    meters += 1
    const meter = deviceKey(
      `00-0D-5C-AA-16-9A-${String(meters)
        .padStart(4, '0')
        .replace(/(..)(..)/, '$1-$2')}`,
    )
    return (await restrict(store, [meter], NOW)) > 0
  })
}

t.test('the primary is found wherever it stands in the list, and after a fail-over', { skip }, async (t) => {
  const cluster = await PostgresCluster.start(t)
  const [first, second] = [cluster.server(0), cluster.server(1)]
  const store = await openAt(t, cluster.url([second, first]))
  let heard = 0
  await store.listen?.(() => {
    heard++
  })
  await restrict(store, [METER], NOW)
  t.equal(await store.position(), 1)
  await first.stop('immediate')
  await cluster.promote(second)
  await untilItTakesChanges(store)
  const before = heard
  await untilItTakesChanges(store)
  await until(async () => heard > before)
  t.pass('listens at the new primary')
})

t.test('of two servers that take changes the one on the later timeline is taken', { skip }, async (t) => {
  const cluster = await PostgresCluster.start(t)
  const [left, promoted] = [cluster.server(0), cluster.server(1)]
  await openAt(t, cluster.url())
  await until(async () => (await promoted.run('SELECT * FROM head')).length === 1)
  await cluster.promote(promoted)
  const store = await openAt(t, cluster.url([left, promoted]))
  await restrict(store, [METER], NOW)
  t.equal((await promoted.run('SELECT * FROM flags')).length, 1)
  t.equal((await left.run('SELECT * FROM flags')).length, 0)
})

t.test('a primary that was left running is left once another was promoted', { skip }, async (t) => {
  const cluster = await PostgresCluster.start(t)
  const [old, promoted] = [cluster.server(0), cluster.server(1)]
  const store = await openAt(t, cluster.url())
  await restrict(store, [METER], NOW)
  await until(async () => (await promoted.run('SELECT * FROM flags')).length === 1)
  await cluster.promote(promoted)
  await until(async () => {
    await untilItTakesChanges(store)
    return (await promoted.run('SELECT * FROM flags')).length > 1
  })
  t.equal((await old.run('SELECT pg_is_in_recovery() AS is_standby'))[0]?.is_standby, false)
})

t.test('says of each host why it is not the primary, and never a password', { skip }, async (t) => {
  const cluster = await PostgresCluster.start(t)
  const [primary, standby] = [cluster.server(0), cluster.server(1)]
  const causeAt = async (servers: readonly ReplicatedServer[]) =>
    openPostgresStore({ connection: cluster.url(servers) }).then(
      () => 'it opened',
      ({ code, cause }) => `${code}: ${cause.message}`,
    )
  t.match(await causeAt([standby]), /^STORE_REFUSED: this server is a standby/)
  await primary.stop('immediate')
  const said = await causeAt([primary, standby])
  t.match(
    said,
    new RegExp(
      `^STORE_UNAVAILABLE: none of 2 hosts is a primary: ${primary.address}: connect ECONNREFUSED .*; ${standby.address}: this server is a standby`,
    ),
  )
})

t.test('a password that is changed in the passfile is taken without a restart', { skip }, async (t) => {
  const { server, passfile, rotate } = await rotating(t)
  const store = await openAt(
    t,
    `host=127.0.0.1 port=${server.port} dbname=duisgate user=duisgate passfile=${passfile}`,
  )
  await rotate()
  await server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'duisgate'")
  await untilItTakesChanges(store)
})

async function rotating(t: Test) {
  const server = (await PostgresCluster.start(t, { standbys: 0 })).server(0)
  const passfile = `${t.testdir()}/pgpass`
  await writeFile(passfile, `*:*:*:duisgate:${PASSWORD.replaceAll(':', '\\:')}\n`, { mode: 0o600 })
  return {
    server,
    passfile,
    async rotate() {
      await server.run("ALTER ROLE duisgate PASSWORD 'another'")
      await writeFile(passfile, '*:*:*:duisgate:another\n')
    },
  }
}
