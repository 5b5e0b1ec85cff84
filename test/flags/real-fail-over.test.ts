// Gateways on real servers of which the standby is promoted while the old primary goes on: none answers as fresh what is not so.
import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { GatewayReporter } from '../../src/flags/gateway-reporter.ts'
import { LiveFlags } from '../../src/flags/live-flags.ts'
import { StoreLease } from '../../src/flags/store-lease.ts'
import { StoreTime } from '../../src/flags/store-time.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { systemScheduler } from '../../src/observe/scheduler.ts'
import { EpochWatch } from '../../src/store/epoch.ts'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { PostgresCluster, until, withoutReplication } from '../support/replicated-postgres.ts'
import { restrict } from '../support/restrict.ts'
import { METER } from './bench.ts'

const LEASE_MS = 1_000

/** A gateway's way to its store, as `src/run/following.ts` puts it together. */
async function startGateway(t: Test, id: string, connection: string) {
  const epochs = new EpochWatch()
  const options = { connection, epochs, mayLoseCommits: true, statementTimeoutMs: 2_000 }
  const store = await openPostgresStore(options)
  const storeTime = new StoreTime(systemClock)
  const storeLease = new StoreLease(systemClock, LEASE_MS)
  const flags = new LiveFlags(store, {
    ...{ clock: storeTime, storeLease, epochs, maxStalenessMs: LEASE_MS, pollMs: 100 },
    time: { source: store, storeTime },
    onInStep: () => void reporter.wake(),
  })
  const reporter: GatewayReporter = new GatewayReporter({
    ...{ id, store, storeLease, clock: systemClock, scheduler: systemScheduler, leaseMs: LEASE_MS },
    instance: { id: randomUUID(), host: 'here', pid: 1, place: undefined },
    tell: async () => {
      const { state, sequence, epoch } = flags.status()
      const isFollowing = state === 'in-step' || state === 'behind'
      const told = { sequence: isFollowing ? sequence : 0, state, tableRevision: 'r', counts: {} }
      return { ...told, epoch, clock: storeTime.skew(5_000) }
    },
    onCounted: () => void flags.catchUp(),
  })
  await reporter.start()
  await flags.start()
  await until(async () => flags.status().state === 'in-step')
  t.teardown(async () => {
    await flags.stop()
    await reporter.stop()
    await store.close()
  })
  const isFreshAndClear = async () => {
    const [reading] = await flags.read([METER], storeTime.now())
    return reading?.state === 'clear' && !reading.isStale
  }
  return { store, flags, epochs, isFreshAndClear }
}

async function isInForce(store: SqlStore, sequence: number): Promise<boolean> {
  const [change] = await store.read((view) => view.changes.after(sequence - 1, 1))
  return change?.inForceAt !== undefined
}

/** Looks all the time whether the gateway answers "clear" as fresh, until the flag is in force; and then once more. */
async function inForceUnder(store: SqlStore, sequence: number, isLetThrough: () => Promise<boolean>) {
  const seen = { before: 0, after: 0 }
  await until(async () => {
    const isKnown = await isInForce(store, sequence)
    if (await isLetThrough()) seen[isKnown ? 'after' : 'before']++
    return isKnown
  })
  for (let look = 0; look < 50; look++) if (await isLetThrough()) seen.after++
  return seen
}

for (const { name, isSynchronous, reachesBoth } of [
  { name: 'commits wait for the standby that was promoted', isSynchronous: true, reachesBoth: false },
  {
    name: 'replication is asynchronous and the gateway reaches both',
    isSynchronous: false,
    reachesBoth: true,
  },
])
  t.test(
    `an old primary left running does no harm where ${name}`,
    { skip: withoutReplication },
    async (t) => {
      const cluster = await PostgresCluster.start(t, { isSynchronous })
      const [first, second] = [cluster.server(0), cluster.server(1)]
      const left = await startGateway(t, 'left', cluster.url(reachesBoth ? undefined : [first]))
      await until(left.isFreshAndClear)
      await cluster.promote(second)
      const moved = await startGateway(t, 'moved', cluster.url([second]))
      const sequence = await restrict(moved.store, [METER], await moved.store.now())
      const seen = await inForceUnder(moved.store, sequence, left.isFreshAndClear)
      t.equal(seen.after, 0, 'after in force')
      t.equal(await moved.isFreshAndClear(), false)
      t.ok(first.isRunning)
      t.comment(`figure: ${seen.before} reads let through before it was in force, ${seen.after} after`)
      if (reachesBoth) t.match(left.epochs.latest, { number: 2 })
      else t.match(left.flags.status(), { state: 'behind' })
    },
  )

t.test(
  'an old primary that nobody fenced goes on taking the reports of a gateway that reaches it alone',
  { skip: withoutReplication },
  async (t) => {
    const cluster = await PostgresCluster.start(t)
    const left = await startGateway(t, 'left', cluster.url([cluster.server(0)]))
    await cluster.promote(cluster.server(1))
    const moved = await startGateway(t, 'moved', cluster.url([cluster.server(1)]))
    const sequence = await restrict(moved.store, [METER], await moved.store.now())
    await until(() => isInForce(moved.store, sequence))
    // For ever unless it does: its lease may have run out on a busy machine, and is renewed by the old primary.
    await until(left.isFreshAndClear)
    t.pass('this is why fencing is a must')
  },
)
