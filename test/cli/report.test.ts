/** `rollup`, `report` and `retention` on a real store and a real journal. */
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadCatalogue } from '../../src/config/load-catalogue.ts'
import { instantOf } from '../../src/core/device/device.ts'
import type { DecisionId } from '../../src/gateway/decision-id.ts'
import { tableOf } from '../../src/run/table-files.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { linesOf, recordWith, writeJournal } from '../reports/journal-lines.ts'
import { ESME, HOUSEHOLD, MPAN, supplied } from '../restriction/scene.ts'
import { restrict } from '../support/restrict.ts'
import { duisgate, temporaryFolder } from './run.ts'

const METER = '00-DB-00-00-00-00-00-03'
const USER = '90-B3-D5-1F-30-01-00-01'
const FLAGGED = Date.parse('2026-10-05T00:00:00Z')

const RECORDS = [
  ['2026-10-06T09:00:00.000Z', 'rejected', 'reject'],
  ['2026-10-07T09:00:00.000Z', 'rejected', 'reject'],
  ['2026-11-01T00:00:00.000Z', 'rejected', 'reject'],
].map(([time = '', outcome, verdict]) =>
  recordWith({
    ...{
      time,
      kind: 'service-request',
      codes: ['4.1.1'],
      devices: [METER],
      user: USER,
      class: 'consumption',
    },
    ...{
      flag: 'restricted',
      flagDevice: METER,
      outcome: outcome as 'rejected',
      verdict: verdict as 'reject',
    },
  }),
)

interface Place {
  readonly folder: string
  run(words: string): ReturnType<typeof duisgate>
}

async function place(t: Test, lines = linesOf(RECORDS), name = 'gateway-2026-10-06.ndjson'): Promise<Place> {
  const folder = temporaryFolder()
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(
    join(folder, 'duisgate.yaml'),
    `store: duisgate.db
gatewayId: gw-1
journal: {folder: journal}
parties: [{id: OPS, name: Operations, roles: [operations]}, {id: AUD, name: Auditor, roles: [auditor]}]
`,
  )
  writeJournal(join(folder, 'journal'), { [name]: lines })
  let now = instantOf(FLAGGED - 86_400_000)
  const store = openSqliteStore({ file: join(folder, 'duisgate.db'), now: () => now })
  await store.change((unit) => unit.inventory.put(HOUSEHOLD))
  await store.change((unit) =>
    unit.inventory.putRegistrations([supplied(MPAN, 'SUP-E', Date.parse('2020-01-01'))]),
  )
  now = instantOf(FLAGGED)
  await restrict(store, [ESME], now)
  const report = {
    id: 'gw-1',
    sequence: await store.position(),
    state: 'in-step',
    tableRevision: '',
    counts: {},
  }
  await store.reportGateway(report, 60_000)
  await store.close()
  const run = (words: string) =>
    duisgate([...words.split(' '), '--config', join(folder, 'duisgate.yaml')], { folder })
  return { folder, run }
}

t.test('what the journal has gained is in the reports after a roll-up', async (t) => {
  const { run } = await place(t)
  t.match((await run('rollup')).stdout, 'rolled up: 3 records from 1 file\n')
  t.match((await run('rollup')).stdout, 'rolled up: 0 records from 0 files\n')
  const [head, row, ...more] = (await run('report exceptions --month 2026-10')).stdout.trim().split('\n')
  t.match(head, /^device,type,hub,region/)
  t.match(
    row,
    `${METER},ESME,00-DB-00-00-00-00-00-01,North,SMETS2,SUP-E,2026-10-05T00:00:00.000Z,2026-11-01T00:00:00.000Z,`,
  )
  t.match(row, /,648,2,0,consumption:2,,2026-11-01T00:00:00\.000Z$/)
  t.same(more, [])
  const performance = JSON.parse((await run('report performance --month 2026-11 --format json')).stdout)
  t.match(performance, [{ srv: '4.1.1', region: 'North', requests: 1, rejected: 1, sent: 0, successRate: 0 }])
  t.match((await run('report uptake --month 2026-10')).stdout, /^supplier,region,set/)
})

t.test('incidents that are recorded stand beside the Devices of their region', async (t) => {
  const { run } = await place(t)
  const when = '--from 2026-10-07T09:00:00Z --until 2026-10-07T15:30:00Z'
  t.match(await run(`incidents record INC-7 ${when} --region North --srv 4.1.1 --as OPS`), {
    ...{ code: 0, stdout: 'INC-7: recorded\n' },
  })
  t.match(await run(`incidents record INC-8 --from 2026-10-30T09:00:00Z --region South --as OPS`), {
    code: 0,
  })
  t.match((await run('report exceptions --month 2026-10')).stdout, /,consumption:2,INC-7|,,INC-7/)
  t.match((await run('incidents list --month 2026-10 --as AUD')).stdout.split('\n'), [
    'INC-7  2026-10-07T09:00:00.000Z to 2026-10-07T15:30:00.000Z  North  4.1.1',
    'INC-8  since 2026-10-30T09:00:00.000Z  South  all SRVs',
  ])
  t.match(JSON.parse((await run('incidents list --month 2026-11 --json --as OPS')).stdout), {
    ...{ reference: 'INC-8', until: null },
  })
  t.match(await run(`incidents record INC-9 ${when} --device 00-DB-00-00-00-00-99-99 --as OPS`), {
    ...{ code: 1, stderr: /does not know this Device/ },
  })
  t.match(await run(`incidents record x ${when} --as OPS`), { code: 1, stderr: /3 to 40 letters/ })
  t.match(await run(`incidents record INC-9 ${when} --as AUD`), { code: 1, stderr: /role/ })
})

t.test('a report is a document to print that loads nothing and runs nothing', async (t) => {
  const { run } = await place(t)
  await run('rollup')
  const words = ['exceptions', 'performance', 'uptake', 'leaks'].map((name) => `report ${name} --format html`)
  for (const each of [...words, 'report evidence']) {
    const { stdout } = await run(`${each} --month 2026-10`)
    t.match(stdout, /^<!DOCTYPE html>[\s\S]*<\/html>\s*$/, each)
    t.notMatch(stdout, /<script|src=|<link/i, each)
  }
})

t.test('the leak check answers by its exit code', async (t) => {
  const clean = await place(t)
  await clean.run('rollup')
  const passed = await clean.run('report leaks --month 2026-10')
  t.equal(passed.code, 0)
  t.match(passed.stderr, /2 messages read, 0 faults, 2 not judged/, 'their list is not at hand')

  const { revision } = await tableOf('recommended', loadCatalogue())
  const leak = recordWith({
    ...{ time: '2026-10-08T00:00:00.000Z', kind: 'device-alert', codes: ['8F0A'], devices: [METER] },
    ...{ tableRevision: revision, decision: 'AZyt4hI74yU2b8cJwWlH5A' as DecisionId },
  })
  const leaking = await place(t, linesOf([...RECORDS, leak]))
  const found = await leaking.run('report leaks --month 2026-10')
  t.equal(found.code, 1)
  t.match(found.stdout, `let-through-while-restricted,2026-10-08T00:00:00.000Z,${leak.decision},`)
  const { stdout } = await leaking.run('report leaks --month 2026-10 --format json')
  t.match(JSON.parse(stdout), [{ gateway: 'gw-1', faults: 1, leaks: [{ device: METER, code: '8F0A' }] }])
})

t.test('retention lists, and deletes what is rolled up and past its time', async (t) => {
  const old = RECORDS.map((record, n) => ({ ...record, time: `2024-0${n + 1}-01T00:00:00.000Z` }))
  const { folder, run } = await place(t, linesOf(old), 'gateway-2024-03-01.ndjson')
  const file = join(folder, 'journal', 'gateway-2024-03-01.ndjson')
  t.match(
    (await run('retention --apply')).stdout,
    /gateway-2024-03-01\.ndjson is old and stays: not all of it is rolled up/,
  )
  t.ok(existsSync(file), 'what was never counted is not deleted')
  await run('rollup')
  const listed = await run('retention')
  t.match(listed.stdout, /journal files: 1 file\n {2}gateway-2024-03-01\.ndjson/)
  t.ok(existsSync(file), 'listing deletes nothing')
  t.match((await run('retention --apply')).stdout, /deleted: journal files, 1/)
  t.notOk(existsSync(file))
  t.match((await run('retention')).stdout, /journal files: 0 files/)
  t.match((await run('audit verify')).stdout, /^ok/, 'the audit is whole')
})
