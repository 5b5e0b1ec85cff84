/** Two control planes on one PostgreSQL, as processes: what comes due is done by one of them, and by the other once it is dead. */
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import t from 'tap'
import { deviceKeyOf } from '../../src/core/duis/eui64.ts'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { restriction, task } from '../store/flag-life.ts'
import { NOW } from '../store/place.ts'
import { urlOf } from '../store/roles.ts'
import { DuisgateProcess } from '../support/duisgate-process.ts'
import { runOn, startPostgres } from '../support/postgres.ts'

const FLAGS = 30
const HERE = 'what comes due is done here'
const ELSEWHERE = 'what comes due is done by another control plane'

/** Whether it does what comes due, by what it said last. On a busy machine the lease may run out and pass to the other. */
function isDoing({ log }: DuisgateProcess): boolean {
  return log.findLast(({ msg }) => msg === HERE || msg === ELSEWHERE)?.msg === HERE
}

/** Where in its log it first told of clears; -1: it has done none. */
function firstClear({ log }: DuisgateProcess): number {
  return log.findIndex(({ cleared }) => Number(cleared) > 0)
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await delay(20)
}

/** A number, so that each round has flags and tasks of its own, all due at once. */
async function putDueTasks(store: SqlStore, round: number): Promise<void> {
  await store.change(async (unit) => {
    for (let n = 0; n < FLAGS; n++) {
      const meter = deviceKeyOf(round, n)
      const id = `R-${round}-${n}`
      await unit.restrictions.put(restriction({ id, mpxn: undefined, meter, members: [meter] }))
      await unit.tasks.put(
        task({ id: `T-${round}-${n}`, restriction: id, clearAt: NOW, outcome: 'clear-after' }),
      )
    }
  })
}

async function clears(store: SqlStore): Promise<readonly string[]> {
  const trail = await store.read((view) => view.audit.from(1, 10_000))
  return trail.filter(({ action }) => action === 'restriction.cleared').map(({ subject }) => subject)
}

/** Leases of what comes due, run out or not: one that was given back is gone. */
async function leases(connection: pg.ClientConfig): Promise<number> {
  const { rows } = await runOn(connection, "SELECT name FROM leases WHERE name = 'due-jobs'")
  return rows.length
}

t.test(
  'each due clear happens once, by one of two; the other takes over when that one is killed',
  async (t) => {
    const server = await startPostgres({ isDurable: true })
    t.teardown(() => server.stop())
    const database = await server.database()
    const store = await openPostgresStore({ connection: database })
    t.teardown(() => store.close())
    const settings = {
      store: urlOf(database),
      'controlPlane.listen': '127.0.0.1:0',
      'controlPlane.jobsMs': '200',
      parties: JSON.stringify([{ id: 'SUP-A', name: 'Supplier', roles: ['supplier'] }]),
    }
    const planes = [1, 2].map(() => new DuisgateProcess(t, 'control-plane', { settings }))
    await Promise.all(planes.map((plane) => plane.logged('the control plane is listening')))
    const oneDoes = () => planes.filter(isDoing).length === 1
    await until(oneDoes)

    await putDueTasks(store, 1)
    await until(async () => (await clears(store)).length >= FLAGS)
    await until(oneDoes)
    const killed = planes.find(isDoing)
    const other = planes.find((plane) => plane !== killed)
    if (!killed || !other) throw new Error('neither does what comes due')
    await killed.stop('SIGKILL')
    await putDueTasks(store, 2)
    await until(() => isDoing(other) && firstClear(other) >= 0)
    await until(async () => (await clears(store)).length >= 2 * FLAGS)
    const subjects = await clears(store)
    t.equal(subjects.length, 2 * FLAGS)
    t.equal(new Set(subjects).size, 2 * FLAGS, 'none twice')
    t.ok(other.log.findIndex(({ msg }) => msg === HERE) < firstClear(other), 'nothing before it took over')

    await t.test('one that stops gives the work away at once', async (t) => {
      t.equal(await leases(database), 1)
      await other.stop()
      t.equal(await leases(database), 0)
    })
  },
)
