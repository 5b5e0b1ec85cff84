/** Two control planes on one PostgreSQL, as processes: what comes due is done by one of them, and by the other once it is dead. */
import { spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { deviceKeyOf } from '../../src/core/duis/eui64.ts'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { restriction, task } from '../store/flag-life.ts'
import { NOW } from '../store/place.ts'
import { startPostgres } from '../support/postgres.ts'
import { ward } from '../support/warden.ts'
import { BIN, temporaryFolder } from './run.ts'

const server = await startPostgres({ isDurable: true })
t.teardown(() => server.stop())

const FLAGS = 30

interface Line {
  readonly msg: string
  readonly cleared?: number
}

/** A control plane with its log line by line. */
class Plane {
  readonly #child
  readonly #lines: AsyncIterator<string>
  /** Every line that was read so far. */
  readonly log: Line[] = []

  constructor(t: Test, config: string) {
    this.#child = ward(
      spawn(process.execPath, [BIN, 'control-plane', '--config', config], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    )
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
    t.teardown(() => this.#child.kill('SIGKILL'))
  }

  async logged(message: string): Promise<Line> {
    for (;;) {
      const { value, done } = await this.#lines.next()
      if (done) throw new Error(`the log ended without "${message}"`)
      const line = JSON.parse(value) as Line
      this.log.push(line)
      if (line.msg === message) return line
    }
  }

  /** Settles once it has told of so many clears. */
  async cleared(count: number): Promise<void> {
    for (let told = 0; told < count; ) told += (await this.logged('what was due is done')).cleared ?? 0
  }

  stop(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }
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

async function stage(t: Test) {
  const { host = '', user, database = '', ...connection } = await server.database()
  const folder = temporaryFolder()
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const config = join(folder, 'duisgate.yaml')
  const lines = [
    `store: postgres://${user}@/${database}?host=${host}`,
    'controlPlane: {listen: "127.0.0.1:0", jobsMs: 200}',
    'parties: [{id: SUP-A, name: Supplier, roles: [supplier]}]',
  ]
  writeFileSync(config, lines.join('\n'))
  const store = await openPostgresStore({ connection: { ...connection, host, user, database } })
  t.teardown(() => store.close())
  return { config, store }
}

t.test(
  'each due clear happens once, by one of two; when that one is killed, the other takes over',
  async (t) => {
    const { config, store } = await stage(t)
    const first = new Plane(t, config)
    await first.logged('what comes due is done here')
    const second = new Plane(t, config)
    await second.logged('what comes due is done by another control plane')

    await putDueTasks(store, 1)
    await first.cleared(FLAGS)
    t.equal((await clears(store)).length, FLAGS)

    first.stop('SIGKILL')
    await putDueTasks(store, 2)
    await second.logged('what comes due is done here')
    await second.cleared(FLAGS)
    t.notOk(
      second.log.slice(0, -2).some(({ cleared }) => cleared),
      'until then it has left everything alone',
    )
    const subjects = await clears(store)
    t.equal(subjects.length, 2 * FLAGS)
    t.equal(new Set(subjects).size, 2 * FLAGS, 'none twice')
  },
)

t.test('one that stops gives the work away at once', async (t) => {
  const { config, store } = await stage(t)
  const first = new Plane(t, config)
  await first.logged('what comes due is done here')
  first.stop('SIGTERM')
  await first.logged('the control plane has stopped')
  t.equal(await store.holdLease('due-jobs', 'another', 1), true)
})
