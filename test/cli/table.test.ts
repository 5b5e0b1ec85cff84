/** `table`: two people at the command line, the history, differences, the impact; and tables by their revision elsewhere. */
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { newDecisionId } from '../../src/gateway/decision-id.ts'
import { LENIENT, LENIENT_TESTS, RECOMMENDED, RECOMMENDED_TESTS, revisionOf } from '../governance/tables.ts'
import { duisgate, jsonLines, temporaryFolder } from './run.ts'

const folder = temporaryFolder()
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
mkdirSync(join(folder, 'journal'))
writeFileSync(
  join(folder, 'duisgate.yaml'),
  `
store: duisgate.db
table: store
journal: {folder: journal}
parties:
  - {id: OPS, name: DSP operations, roles: [operations]}
  - {id: SUP-A, name: Supplier A, roles: [supplier], euis: [90-B3-D5-1F-30-01-00-00]}
`,
)
writeFileSync(join(folder, 'first.yaml'), RECOMMENDED)
writeFileSync(join(folder, 'first.tests.yaml'), RECOMMENDED_TESTS)
writeFileSync(join(folder, 'lenient.yaml'), LENIENT)
writeFileSync(join(folder, 'lenient-tests.yaml'), LENIENT_TESTS)

const run = (...words: readonly string[]) =>
  duisgate([...words, '--config', 'duisgate.yaml'], { folder: `${folder}/` })
const file = (name: string) => join(folder, name)
const by = (name: string) => ['--as', 'OPS', '--name', name]

async function propose(...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run('table', 'propose', ...words, ...by('jane'), '--json')
  if (code !== 0) throw new Error(stderr)
  return jsonLines<{ proposal: { id: string } }>(stdout)[0]?.proposal.id ?? ''
}

t.test('a table comes into force by two people, and the list says so', async (t) => {
  t.match(await run('table', 'list'), { code: 0, stdout: 'no governed table was ever in force\n' })
  const id = await propose(file('first.yaml'), '--reason', 'the first list')
  t.match(await run('table', 'approve', id, ...by('Jane')), {
    code: 1,
    stderr: /same-person: Whoever proposed/,
  })
  t.match(await run('table', 'approve', id, '--as', 'SUP-A'), { code: 1, stderr: /table-role/ })
  t.match(await run('table', 'approve', id, ...by('john')), {
    code: 0,
    stdout: new RegExp(`^${id}: approved, recommended ${revisionOf(RECOMMENDED)}, in-force, in force from `),
  })
  t.match(await run('table', 'list'), { stdout: /recommended {2}in force, run by 0 of 0 gateways\n$/ })
  t.equal((await run('table', 'show')).stdout, `${RECOMMENDED.trimEnd()}\n`)
  t.match(await run('table', 'show', '--at', '2020-01-01T00:00:00Z'), {
    code: 1,
    stderr: /no governed table was in force/,
  })
  t.match(await run('audit', 'verify'), { code: 0 })
})

t.test('what is wrong with a table is said before anybody is asked to approve it', async (t) => {
  const words = ['table', 'propose', file('lenient.yaml'), '--reason', 'because', ...by('jane')]
  t.match(await run(...words), { code: 1, stderr: /tests-missing: The table comes without unit tests/ })
  t.match(await run(...words, '--tests', file('first.tests.yaml')), {
    code: 1,
    stderr: /tests-fail: .*The balance is rejected/,
  })
  t.match(await run(...words, '--tests', 'none.yaml'), {
    code: 2,
    stderr: /cannot read the unit tests none\.yaml/,
  })
  t.match(await run('table', 'propose', 'none.yaml', '--reason', 'x', ...by('jane')), { code: 2 })
})

t.test(
  'a proposal is looked at by its difference and its impact, rejected, scheduled, withdrawn',
  async (t) => {
    const tests = ['--tests', file('lenient-tests.yaml'), '--reason', 'because']
    const id = await propose(file('lenient.yaml'), ...tests, '--shadow')
    t.match(await run('table', 'list'), {
      stdout: new RegExp(`proposed {2}${id} .*change by jane of OPS, in the shadow`),
    })
    t.match(await run('table', 'diff', 'store', revisionOf(LENIENT)), {
      code: 1,
      stdout: /^SRV 4\.18: stopped → passes, because: .+\n$/,
    })
    t.match(await run('table', 'diff', 'store', file('first.yaml')), { code: 0, stdout: '' })
    appendFileSync(
      join(folder, 'journal', 'gateway-2026-12-10.ndjson'),
      `${JSON.stringify({
        ...{ decision: DECISION, time: '2026-12-10T09:00:00.000Z', direction: 'southbound', part: 'message' },
        ...{ kind: 'service-request', codes: ['4.18'], devices: ['00-DB-00-00-00-00-00-03'], deviceCount: 1 },
        ...{
          user: '90-B3-D5-1F-30-01-00-00',
          requestId: 'a:b:1',
          verdict: 'reject',
          rule: 'read-meter-balance',
        },
        ...{
          tableRevision: revisionOf(RECOMMENDED),
          flag: 'restricted',
          flagDevice: '00-DB-00-00-00-00-00-03',
        },
        ...{ flagVersion: 7, flagAgeMs: 12, outcome: 'rejected' },
      })}\n`,
    )
    t.match(await run('table', 'impact', '--against', revisionOf(LENIENT), '--month', '2026-12'), {
      code: 0,
      stdout:
        / 1 {2}reject → forward {2}4\.18 {2}supplier {2}– {2}read-meter-balance\n.* would change 1 verdict of 1, 0 of them undecidable, in 1 file\n$/,
    })
    t.match(await run('table', 'impact', '--against', file('first.yaml'), '--month', '2026-12', '--json'), {
      stdout: /"decided":1,"changed":0/,
    })
    t.match(await run('table', 'reject', id, '--reason', 'not now', ...by('jane')), {
      code: 0,
      stdout: /: rejected, /,
    })
    const later = new Date(Date.now() + 3_600_000).toISOString()
    const next = await propose(file('lenient.yaml'), ...tests, '--from', later)
    t.match(await run('table', 'approve', next, ...by('john')), { stdout: /, scheduled, in force from / })
    t.match(await run('table', 'reject', next, '--reason', 'not now', ...by('jane')), {
      stdout: /: withdrawn, /,
    })
  },
)

const DECISION = newDecisionId(instantOf(Date.parse('2026-12-10T09:00:00Z')))

t.test('a decision of the past is explained with the row as it read then', async (t) => {
  const explained = await run('explain', '--decision', DECISION)
  t.match(explained, {
    code: 0,
    stdout: new RegExp(`^${DECISION}: reject by read-meter-balance, rejected\n`),
  })
  t.match(explained.stdout, /flag restricted of 00-DB-00-00-00-00-00-03, version 7, 12 ms old\n/)
  t.match(explained.stdout, /table 33|table \w{12} \(recommended\)\n {4}id: read-meter-balance\n/)
  const byRequest = await run('explain', '--request-id', 'a:b:1', '--from', '2026-12-10T00:00:00Z', '--json')
  t.match(jsonLines(byRequest.stdout), [{ record: { decision: DECISION }, row: { table: 'recommended' } }])
  t.match(await run('explain', '--decision', newDecisionId(instantOf(0))), {
    code: 1,
    stderr: /no journal in .* has it/,
  })
  t.match(await run('explain', '--request-id', 'a:b:1'), { code: 2, stderr: /needs --from/ })
  t.match(await run('explain'), { code: 2, stderr: /give messages, or --decision/ })
})

t.test('explain and replay know tables of the store by their revision', async (t) => {
  const read = new URL('../../fixtures/southbound/read-balance-local.xml', import.meta.url).pathname
  const restricted = ['--restricted', '00-0D-5C-AA-16-9A-00-E1']
  t.match(await run('explain', read, ...restricted), { code: 1, stdout: /reject/ })
  t.match(await run('explain', read, ...restricted, '--table', revisionOf(LENIENT)), {
    code: 0,
    stdout: /forward/,
  })
  t.match(await run('replay', read, ...restricted, '--table', 'store', '--against', revisionOf(LENIENT)), {
    code: 1,
    stdout: /reject → forward.*\n +before: row read-meter-balance: stopped/,
  })
  t.match(await run('replay', read, '--against', '0123456789ab'), {
    code: 2,
    stderr: /keeps no table of the revision/,
  })
})

t.test('a roll-back names a table that was in force before', async (t) => {
  t.match(await run('table', 'roll-back', revisionOf(LENIENT), '--reason', 'back', ...by('jane')), {
    code: 1,
    stderr: /never-in-force/,
  })
})
