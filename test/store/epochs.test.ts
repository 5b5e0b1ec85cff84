/** Which primary a process goes by, on real servers that fail over. */
import t, { type Test } from 'tap'
import { EpochWatch, orderOf } from '../../src/store/epoch.ts'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import {
  PostgresCluster,
  type ReplicatedServer,
  storeUrl,
  withoutReplication,
} from '../support/replicated-postgres.ts'
import { restrict } from '../support/restrict.ts'
import { put, report } from './flag-life.ts'
import { GPF, METER, NOW } from './place.ts'

const epoch = (number: number, timeline: number, server = 'A', id = `${server}${timeline}`) => ({
  ...{ number, timeline, server, id },
})

t.test('an epoch is later by its timeline, on another server by its number', async (t) => {
  const seen = epoch(2, 5)
  t.equal(orderOf(epoch(2, 5), seen), 'same')
  t.equal(orderOf(epoch(3, 6), seen), 'later')
  t.equal(orderOf(epoch(2, 6), seen), 'later', 'also where the one before did not reach it')
  t.equal(orderOf(epoch(1, 4), seen), 'older')
  t.equal(orderOf(epoch(3, 5, 'A', 'twin'), seen), 'other', 'two standbys, both promoted')
  t.equal(orderOf(epoch(3, 1, 'B'), seen), 'later', 'moved to another cluster')
  t.equal(orderOf(epoch(2, 9, 'B'), seen), 'other')
})

t.test(
  'a process takes no answer of an epoch before the latest, and tells of a later one first',
  async (t) => {
    const watch = new EpochWatch()
    const told: unknown[] = []
    watch.onLater(({ number }) => told.push([number, watch.latest?.number]))
    watch.admit(epoch(1, 1))
    watch.admit(epoch(1, 1))
    t.same(told, [], 'the first is not later than any')
    watch.admit(epoch(2, 2))
    t.same(told, [[2, 2]])
    t.throws(() => watch.admit(epoch(1, 1)), { code: 'OTHER_PRIMARY', isUnrelated: false })
    t.throws(() => watch.admit(epoch(2, 2, 'A', 'twin')), { code: 'OTHER_PRIMARY', isUnrelated: true })
    watch.remember(epoch(3, 3))
    t.equal(watch.latest?.number, 2, 'what is remembered from before a restart comes first')
    watch.forget()
    watch.admit(epoch(1, 1))
  },
)

const skip = { skip: withoutReplication }
const LIVE_MS = 1_000

async function openAt(t: Test, server: ReplicatedServer, epochs = new EpochWatch()): Promise<SqlStore> {
  const connection = storeUrl(server.address)
  const store = await openPostgresStore({ connection, epochs, mayLoseCommits: true })
  t.teardown(() => store.close())
  return store
}

async function inForce(store: SqlStore): Promise<boolean> {
  const [change] = await store.read((view) => view.changes.after(0, 1))
  return change?.inForceAt !== undefined
}

t.test(
  'a server that was promoted begins an epoch, and the old one has no answer any more',
  skip,
  async (t) => {
    const cluster = await PostgresCluster.start(t)
    const [first, second] = [cluster.server(0), cluster.server(1)]
    const watch = new EpochWatch()
    const old = await openAt(t, first, watch)
    await put(old)
    t.match(watch.latest, { number: 1, timeline: 1 })
    await cluster.promote(second)
    t.equal(await old.position(), 1, 'nobody knows yet')
    const fresh = await openAt(t, second, watch)
    t.same(
      await Promise.all([fresh.load([METER, GPF]), fresh.position()]).then(([records]) =>
        records.map(({ version }) => version),
      ),
      [1, 0],
    )
    t.match(watch.latest, { number: 2, timeline: 2 })
    const failure = { message: /did not answer/, cause: { code: 'OTHER_PRIMARY' } }
    await t.rejects(old.load([METER]), failure)
    await t.rejects(old.position(), failure)
    await t.rejects(old.changedSince(0, 1), failure)
    await t.rejects(old.now(), failure)
    await t.rejects(old.reportGateway(report('one', 1), LIVE_MS), failure)
    await t.rejects(old.keepGatewayLive('one', LIVE_MS), failure)
    await t.rejects(put(old), failure)
    t.same(await fresh.changedSince(1, 10), [])
  },
)

t.test('what was committed on the old primary while a later one was met is not known', skip, async (t) => {
  const cluster = await PostgresCluster.start(t)
  const [first, second] = [cluster.server(0), cluster.server(1)]
  const watch = new EpochWatch()
  const old = await openAt(t, first, watch)
  await put(old)
  await cluster.promote(second)
  const changing = old.change(async (unit) => {
    await openAt(t, second, watch).then((fresh) => fresh.position())
    return unit.inventory.count()
  })
  await t.rejects(changing, { code: 'STORE_OUTCOME_UNKNOWN', cause: { code: 'OTHER_PRIMARY' } })
})

t.test('a new primary confirms nothing for a term, and what gateways have is asked anew', skip, async (t) => {
  const cluster = await PostgresCluster.start(t)
  const [first, second] = [cluster.server(0), cluster.server(1)]
  const old = await openAt(t, first)
  await put(old)
  await old.reportGateway(report('slow', 0), LIVE_MS)
  await old.reportGateway(report('known', 1), LIVE_MS)
  await first.stop()
  await cluster.promote(second)
  const fresh = await openAt(t, second)
  await fresh.reportGateway(report('other', 1), LIVE_MS)
  const [known] = await fresh.read((view) => view.gateways.statuses())
  t.match(known, { id: 'known', sequence: 0, isLive: true }, 'what it had applied was told to another server')
  for (const id of ['known', 'slow']) await fresh.reportGateway(report(id, 1), LIVE_MS)
  t.notOk(await inForce(fresh), 'a gateway that it has never heard of may have been live')
  const [held] = await second.run('SELECT held_until_ms - began_ms AS held FROM epochs WHERE number = 2')
  t.ok(Number(held?.held) >= 6_000, 'and longer by the time in which nobody reported')
  await second.run('UPDATE epochs SET held_until_ms = 0')
  await fresh.reportGateway(report('known', 1), LIVE_MS)
  t.ok(await inForce(fresh))
})

t.test('a standby has no answer', skip, async (t) => {
  const cluster = await PostgresCluster.start(t)
  const store = await openAt(t, cluster.server(0))
  await put(store)
  await t.rejects(openAt(t, cluster.server(1)), { code: /STORE_/ })
})

t.test(
  'an old primary whose standby was promoted takes no report where commits wait for one',
  skip,
  async (t) => {
    const cluster = await PostgresCluster.start(t, { isSynchronous: true })
    const [first, second] = [cluster.server(0), cluster.server(1)]
    const old = await openAt(t, first)
    await restrict(old, [METER], NOW)
    await old.reportGateway(report('one', 1), LIVE_MS)
    await cluster.promote(second)
    // Not even when somebody ends the wait.
    const refused = t.rejects(old.reportGateway(report('one', 1), LIVE_MS), { code: 'STORE_OUTCOME_UNKNOWN' })
    const waiting = async () =>
      (await first.run("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'")).length > 0
    while (!(await waiting())) await new Promise((resolve) => setImmediate(resolve))
    await first.run("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    await refused
  },
)

t.test(
  'a process that knows both hosts leaves an old primary that goes on, without being asked anything',
  skip,
  async (t) => {
    const cluster = await PostgresCluster.start(t)
    const watch = new EpochWatch()
    const options = { connection: cluster.url(), epochs: watch, mayLoseCommits: true }
    const store = await openPostgresStore(options)
    t.teardown(() => store.close())
    await put(store)
    t.match(watch.latest, { number: 1, timeline: 1 })
    const told = new Promise<void>((resolve) => watch.onLater(() => resolve()))
    await cluster.promote(cluster.server(1))
    const began = performance.now()
    await told
    t.comment(
      `figure: the later primary is seen ${Math.round(performance.now() - began)} ms after it was promoted`,
    )
    t.match(watch.latest, { number: 2, timeline: 2 })
    await restrict(store, [GPF], NOW)
    t.equal((await cluster.server(1).run('SELECT sequence FROM head'))[0]?.sequence, '2')
    t.equal((await cluster.server(0).run('SELECT sequence FROM head'))[0]?.sequence, '1')
  },
)
