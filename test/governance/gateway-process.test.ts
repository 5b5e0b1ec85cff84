/** A real gateway process on sockets that goes by the governed table of its store: switches, roll-back, restart. */
import { type ChildProcess, spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { TableGovernance } from '../../src/governance/table-governance.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { BIN } from '../cli/run.ts'
import { ESME, request } from '../fixtures/message.ts'
import { exitOf } from '../support/child-exit.ts'
import { deviceKey } from '../support/plans.ts'
import { restrict } from '../support/restrict.ts'
import { post, temporaryFolder } from '../support/start-gateway.ts'
import { startStubDsp } from '../support/stub-dsp.ts'
import { ward } from '../support/warden.ts'
import {
  examine,
  granted,
  JANE,
  JOHN,
  LENIENT,
  LENIENT_TESTS,
  RECOMMENDED,
  RECOMMENDED_TESTS,
  revisionOf,
} from './tables.ts'

const BALANCE = request({ srv: '4.18', body: '<sr:ReadMeterBalance/>' })

/** `duisgate serve`; its port once it listens. */
async function serve(t: Test, settings: readonly string[]): Promise<{ child: ChildProcess; port: number }> {
  const words = ['serve', ...settings.flatMap((setting) => ['--set', setting])]
  const child = ward(
    spawn(process.execPath, [BIN, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR },
    }),
  )
  t.teardown(() => child.kill('SIGKILL'))
  if (!child.stdout) throw new Error('the process has no standard output')
  const lines = createInterface({ input: child.stdout })
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  lines.on('line', (line) => {
    const port = /"southbound":"127\.0\.0\.1:(\d+)"/.exec(line)?.[1]
    if (port) resolve(Number(port))
  })
  child.once('exit', () => reject(new Error('the gateway ended before it listened')))
  return { child, port: await promise }
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  await exitOf(child)
}

/** Settles once the gateway has reported that it runs that table. */
async function untilRuns(store: SqlStore, revision: string): Promise<void> {
  for (;;) {
    const gateways = await store.read((view) => view.gateways.statuses())
    if (gateways.some(({ tableRevision }) => tableRevision === revision)) return
    await pause(10)
  }
}

t.test(
  'a gateway follows the governed table without a restart, and keeps it through one without the store',
  async (t) => {
    const [folder, dsp] = await Promise.all([temporaryFolder(t), startStubDsp()])
    t.teardown(() => dsp.close())
    const journal = join(folder, 'journal')
    const file = join(folder, 'duisgate.db')
    const store = openSqliteStore({ file })
    t.teardown(() => store.close())
    await restrict(store, [deviceKey(ESME)], instantOf(0))
    const governance = new TableGovernance({ store, examine, mayGovern: () => true })
    const bringIn = async (content: string, tests: string, from?: number) => {
      const asked = { content, tests, reason: 'because', ...(from ? { from: instantOf(from) } : {}) }
      granted(await governance.approve(JOHN, granted(await governance.propose(JANE, asked)).proposal.id))
    }
    const common = [
      'table=store',
      ...['southbound', 'northbound', 'control'].map((name) => `${name}.listen=127.0.0.1:0`),
      `southbound.dspUrl=${dsp.url.origin}`,
      `journal.folder=${journal}`,
      'limits.drainIdleMs=0',
      'flags.maxStalenessMs=20000',
      'drainMs=1000',
    ]

    await bringIn(LENIENT, LENIENT_TESTS)
    const first = await serve(t, [`store=${file}`, ...common])
    const ask = async (port: number) => {
      const before = dsp.deliveries.length
      const { status } = await post(port, BALANCE, { path: '/api/v1/serviceS' })
      return `${status} ${dsp.deliveries.length > before ? 'forwarded' : 'stopped'}`
    }
    t.equal(await ask(first.port), '200 forwarded')

    const from = Date.now() + 4_000
    await bringIn(RECOMMENDED, RECOMMENDED_TESTS, from)
    while ((await ask(first.port)) !== '200 stopped') await pause(20)
    for (let more = 0; more < 20; more++)
      t.equal(await ask(first.port), '200 stopped', 'rejected with a DUIS Response')
    await untilRuns(store, revisionOf(RECOMMENDED))

    granted(
      await governance.approve(
        JANE,
        granted(await governance.rollBack(JOHN, { revision: revisionOf(LENIENT), reason: 'too strict' }))
          .proposal.id,
      ),
    )
    await untilRuns(store, revisionOf(LENIENT))
    t.equal(await ask(first.port), '200 forwarded')
    await stop(first.child)

    const decisions = globSync('*.ndjson', { cwd: journal })
      .flatMap((name) => readFileSync(join(journal, name), 'utf8').split('\n').filter(Boolean))
      .map((line) => JSON.parse(line) as { time: string; tableRevision: string; verdict: string })
    const strict = decisions.filter(({ tableRevision }) => tableRevision === revisionOf(RECOMMENDED))
    t.ok(strict.length > 0)
    t.ok(strict.every(({ verdict }) => verdict === 'reject'))
    const early = strict.filter(({ time }) => Date.parse(time) < from - 20)
    t.same(early, [], 'none before its time')
    const revisions = decisions.map(({ tableRevision }) => tableRevision)
    t.same(
      revisions.filter((revision, at) => revision !== revisions[at - 1]),
      [LENIENT, RECOMMENDED, LENIENT].map(revisionOf),
      'and none after it by the one before',
    )

    const again = await serve(t, ['store=postgres://nobody@127.0.0.1:1/none', ...common])
    t.equal(
      await ask(again.port),
      '200 forwarded',
      'by the governed table; the shipped one would have it wait',
    )
    await stop(again.child)
  },
)
