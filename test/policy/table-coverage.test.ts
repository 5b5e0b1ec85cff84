// Tests of a table are held against the table: whatever part is turned round, one of them has to fail.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { readTable } from '../../src/config/load-table.ts'
import { readTableTests, tableTestsText } from '../../src/config/load-table-tests.ts'
import { tablePathOf } from '../../src/config/table-path.ts'
import { NEVER_BLOCK_CLASSES, type Table } from '../../src/core/policy/table.ts'
import { untestedParts } from '../../src/core/policy/table-coverage.ts'
import { runTableTests, type TableTest } from '../../src/core/policy/table-tests.ts'
import { catalogue, shipped } from './messages.ts'

function testsOf(text: string): readonly TableTest[] {
  const reading = readTableTests(text)
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  return reading.tests
}

const shippedTests = (name: string) =>
  testsOf(readFileSync(tablePathOf(name).replace('.yaml', '.tests.yaml'), 'utf8'))

for (const name of ['recommended', 'seed-2023-04-literal'])
  t.test(`${name}: each action, condition and default is held by a test`, async (t) => {
    const table = await shipped(name)
    t.same(untestedParts(table, shippedTests(name)), [])
  })

interface WrittenTable {
  readonly rows: Record<string, unknown>[]
  readonly defaults: Record<string, Record<string, unknown>>
}

/** The file with the action of one row or default turned round, without what cannot stand beside the other action. */
function turnedFiles(text: string): Map<string, string> {
  const rulesOf = ({ rows, defaults }: WrittenTable) =>
    new Map([...rows.map((row) => [String(row.id), row] as const), ...Object.entries(defaults)])
  return new Map(
    [...rulesOf(parse(text)).keys()].map((place) => {
      const table = parse(text) as WrittenTable
      const rule = rulesOf(table).get(place) ?? {}
      const isPass = rule.action === 'pass'
      for (const key of isPass ? ONLY_PASSING : ONLY_STOPPING) delete rule[key]
      Object.assign(rule, isPass ? STOPS : table.rows.includes(rule) ? PASSES : { ...PASSES, ...FORWARDS })
      return [place, stringify(table)] as const
    }),
  )
}

/** What observes an event that only a row that passes can, and defaults that a safety alert may fall under. */
const MUST_PASS_TOO = ['delete-schedule', 'unknownAlert', 'unknownDccAlert', 'unreadablePayload']

const ONLY_PASSING = ['dccAlertPayload', 'alarmAbove']
const STOPS = { action: 'block', onUnknown: 'defer', onStale: 'defer' }
const PASSES = { action: 'pass' }
/** A default always says it. */
const FORWARDS = { onUnknown: 'forward', onStale: 'forward' }
const ONLY_STOPPING = ['onUnknown', 'onStale', 'otherwise', 'when']

for (const name of ['recommended', 'seed-2023-04-literal'])
  t.test(`${name}: the file with any one action turned round is refused, or fails its tests`, async (t) => {
    const refused: string[] = []
    const turned = turnedFiles(readFileSync(tablePathOf(name), 'utf8'))
    for (const [place, text] of turned) {
      const compiled = readTable(text, catalogue)
      if (!compiled.ok) refused.push(place)
      else t.not(runTableTests(compiled.table, shippedTests(name)).length, 0, place)
    }
    const table = await shipped(name)
    t.equal(turned.size, table.rows.length + Object.keys(table.defaults).length)
    const neverStopped: readonly string[] = NEVER_BLOCK_CLASSES
    const mustPass = table.rows.filter((row) => neverStopped.includes(row.class)).map(({ id }) => id)
    t.same(
      refused.sort(),
      [...mustPass, ...MUST_PASS_TOO].sort(),
      'refused is what nothing can stop, and no more',
    )
  })

t.test('without tests every row that a message can show is untested, and every default', async (t) => {
  const table = await shipped('recommended')
  const parts = untestedParts(table, [])
  const untested = new Set(parts.map(({ where, part }) => `${where} ${part}`))
  const missing = table.rows.filter(({ id }) => !untested.has(`${id} action`)).map((row) => row.class)
  t.same(
    missing.filter((one) => !NEVER_STOPPED.includes(one)),
    [],
    'only rows of classes that nothing can stop have nothing to show',
  )
  for (const name of Object.keys(table.defaults)) t.ok(untested.has(`defaults.${name} action`), name)
  for (const part of [
    'defaults.unreadablePayload otherwise',
    'set-payment-mode when.paymentMode',
    'set-payment-mode otherwise',
  ])
    t.ok(untested.has(part), part)
})

const NEVER_STOPPED: readonly string[] = ['top-up', 'firmware', 'security', 'safety', 'credentials']

t.test('the tests that are missing hold what they were made for, also once written and read', async (t) => {
  const table: Table = await shipped('recommended')
  const parts = untestedParts(table, [])
  const written = testsOf(tableTestsText(parts.map(({ missing }) => missing)))
  t.same(runTableTests(table, written), [])
  t.same(untestedParts(table, written), [])
  t.same(
    written.map(({ given, expect }) => ({ given, expect })),
    parts.map(({ missing: { given, expect } }) => ({ given, expect })),
  )
})

t.test('a condition on a command variant is shown by a message with that variant', async (t) => {
  const text = readFileSync(tablePathOf('recommended'), 'utf8')
  const changed = text.replace(
    /(srv: \['4\.8\.1', '4\.8\.2', '4\.8\.3'\]\n)/,
    '$1    when: { commandVariant: [5] }\n    otherwise: pass\n',
  )
  const reading = readTable(changed, catalogue)
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  const parts = untestedParts(reading.table, []).filter(({ where }) => where === 'read-profiles')
  t.match(
    parts.map(({ part, missing }) => [part, missing.given.commandVariant, missing.expect.verdict]),
    [
      ['action', 5, 'reject'],
      ['otherwise', undefined, 'forward'],
      ['when.commandVariant', undefined, 'forward'],
    ],
  )
})

t.test('a condition on the log is shown by a message that reads that log', async (t) => {
  const parts = untestedParts(await shipped('recommended'), [])
  const logs = parts.filter(({ missing }) => missing.given.logToRead !== undefined)
  t.ok(logs.length > 0)
  for (const { missing } of logs) t.same(missing.given.srv, ['6.13'])
})

t.test('taking out the one test of a row leaves it untested', async (t) => {
  const table = await shipped('recommended')
  const tests = shippedTests('recommended').filter(({ expect }) => expect.rule !== 'commission')
  t.match(untestedParts(table, tests), [{ where: 'commission', part: 'action' }])
})
