/** Unit tests of tables: the shipped ones hold, say what they mean, and notice when a table does not. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { readTableTests, tableTestsSchema, testsPathOf } from '../../src/config/load-table-tests.ts'
import { differencesOf, lostNeverBlocked } from '../../src/core/policy/table-diff.ts'
import { runTableTests, type TableTest } from '../../src/core/policy/table-tests.ts'
import { shipped } from './messages.ts'

const recommended = await shipped('recommended')
const literal = await shipped('seed-2023-04-literal')

function testsOf(text: string): readonly TableTest[] {
  const reading = readTableTests(text)
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  return reading.tests
}

function shippedTests(name: string): readonly TableTest[] {
  return testsOf(readFileSync(new URL(`../../policy/${name}.tests.yaml`, import.meta.url), 'utf8'))
}

for (const table of [recommended, literal])
  t.test(`the tests of ${table.name} hold, and name every row that can stop something`, async (t) => {
    const tests = shippedTests(table.name)
    t.same(runTableTests(table, tests), [])
    const named = new Set(tests.map(({ expect }) => expect.rule))
    const blocking = table.rows.filter(({ action, otherwise }) => action === 'block' || otherwise === 'block')
    t.same(
      blocking.map(({ id }) => id).filter((id) => !named.has(id)),
      [],
    )
  })

t.test('the tests of one profile notice the other', async (t) => {
  t.same(
    runTableTests(literal, shippedTests('recommended')).map(({ where }) => where),
    ['Supply restored arrives', "The hub's loss of power arrives"],
  )
})

t.test('a test that fails says what was expected, what it is, and why', async (t) => {
  const tests = testsOf(`
tests:
  - name: wrong in every way
    given: { srv: '4.8.1', flag: restricted }
    expect: { verdict: forward, rule: firmware, alarms: [unknown-srv], events: [hub-change] }
`)
  const [failure] = runTableTests(recommended, tests)
  t.match(failure, { where: 'wrong in every way', line: 3 })
  t.match(
    failure?.text,
    /^expected the verdict forward, and it is reject; expected the rule firmware, and it is read-profiles; expected the alarms unknown-srv, and it is none; expected the events hub-change, and it is none\. SRV 4\.8\.1 is stopped/,
  )
})

t.test('a file that is not as described is told with its place', async (t) => {
  const problemOf = (text: string) => {
    const reading = readTableTests(text)
    return reading.ok ? undefined : reading.problems[0]
  }
  t.match(problemOf('tests: ['), { where: 'tests', text: /this is not plain YAML/ })
  t.match(problemOf('tests:\n  - { name: a, given: {}, expect: { verdict: refuse } }'), {
    where: 'tests.0.expect.verdict',
    line: 2,
  })
  t.match(problemOf('tests:\n  - { name: a, given: { flagg: clear }, expect: { verdict: forward } }'), {
    text: /flagg/,
    line: 2,
  })
})

t.test('the tests of a table lie beside it', async (t) => {
  t.equal(testsPathOf('a/list.yaml'), 'a/list.tests.yaml')
  t.equal(testsPathOf('a/list.yml'), 'a/list.tests.yml')
})

t.test('schemas/policy-tests.schema.json is in step; node scripts/policy-schema.ts writes it', async (t) => {
  const published = readFileSync(new URL('../../schemas/policy-tests.schema.json', import.meta.url), 'utf8')
  t.same(JSON.parse(published), tableTestsSchema())
})

t.test('what is never blocked is missed where a table has it in another class', async (t) => {
  t.same(lostNeverBlocked(recommended, literal), [])
  const firmware = recommended.bySrv.get('11.1')
  const moved = new Map([...recommended.bySrv, ['11.1', { ...firmware, class: 'configuration' }]])
  t.same(lostNeverBlocked(recommended, { ...recommended, bySrv: moved } as typeof recommended), [
    'SRV 11.1 (firmware)',
  ])
})

t.test('the difference of two tables is told code by code', async (t) => {
  t.same(differencesOf(recommended, recommended), [])
  const differences = differencesOf(recommended, literal)
  t.equal(differences.length, 9)
  t.match(differences[0], {
    what: 'Device Alert 8F35',
    before: { rule: 'supply-restored-alerts', does: 'passes', words: 'pass; class network' },
    after: {
      rule: 'supply-restored-alerts',
      does: 'stopped',
      why: /^The April 2023 summary/,
      words: 'block; unknown defer; stale defer; class network',
    },
  })
})
