/**
 * The shipped tables: what every table of this gateway must hold (BR4), and that their golden grid is up to date.
 */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { expectedDecisions } from '../../scripts/expected-decisions.ts'
import { canBlock } from '../../src/core/policy/conditions.ts'
import { NEVER_BLOCK_CLASSES, type Table, type TableRow } from '../../src/core/policy/table.ts'
import { differencesOf } from '../../src/core/policy/table-diff.ts'
import { catalogue, shipped } from './messages.ts'

const recommended = await shipped('recommended')
const literal = await shipped('seed-2023-04-literal')

const UNCONDITIONALLY_BLOCKED = [
  ...[
    '4.1.1',
    '4.1.2',
    '4.1.3',
    '4.1.4',
    '4.11.1',
    '4.13',
    '4.2',
    '4.3',
    '4.14',
    '4.4.2',
    '4.4.3',
    '4.4.4',
    '4.4.5',
    '4.6.1',
    '4.6.2',
  ],
  ...[
    '4.17',
    '4.8.1',
    '4.8.2',
    '4.8.3',
    '4.12.1',
    '4.12.2',
    '4.15',
    '4.16',
    '4.18',
    '7.7',
    '7.11',
    '7.15',
    '14.1',
  ],
]

for (const table of [recommended, literal]) {
  t.test(`${table.name} places every known code exactly once`, async (t) => {
    t.equal(table.bySrv.size, 129)
    t.equal(table.byAlert.size, 190)
    t.equal(table.byDccAlert.size, 66)
    t.equal(codesOf(table.rows, 'srv').length, 129)
    t.equal(codesOf(table.rows, 'alert').length, 190)
    t.equal(codesOf(table.rows, 'dccAlert').length, 66)
  })

  t.test(`${table.name} blocks the proposed SRVs and conditions four more`, async (t) => {
    const blocking = table.rows.filter((row) => row.srv.length > 0 && canBlock(row))
    const isConditional = (row: TableRow) => row.otherwise !== undefined || row.action === 'as-inner'
    t.strictSame(
      sorted(
        codesOf(
          blocking.filter((row) => !isConditional(row)),
          'srv',
        ),
      ),
      sorted(UNCONDITIONALLY_BLOCKED),
    )
    t.strictSame(sorted(codesOf(blocking.filter(isConditional), 'srv')), ['1.6', '4.10', '5.1', '6.13'])
  })

  t.test(`${table.name} never stops what keeps a Device safe, secure and up to date`, async (t) => {
    for (const row of table.rows.filter((row) =>
      (NEVER_BLOCK_CLASSES as readonly string[]).includes(row.class),
    ))
      t.notOk(canBlock(row), row.id)
    for (const firmware of ['11.1', '11.2', '11.3', '11.4'])
      t.equal(table.bySrv.get(firmware)?.class, 'firmware')
    for (const supply of ['7.1', '7.2', '7.3', '7.4']) t.equal(table.bySrv.get(supply)?.class, 'supply')
    for (const topUp of ['2.2', '2.5']) t.equal(table.bySrv.get(topUp)?.class, 'top-up')
    for (const tamper of ['8F3F', '8F74', '8F75', '8F76'])
      t.equal(table.byAlert.get(tamper)?.class, 'security')
    for (const gas of ['81B4', '81B6', '8F1D']) t.equal(table.byAlert.get(gas)?.class, 'safety')
  })

  t.test(`${table.name} stops no critical SRV but a move to prepayment`, async (t) => {
    const critical = catalogue.data.serviceRequests
      .filter((entry) => entry.critical)
      .map((entry) => entry.srv)
    t.strictSame(
      critical.filter((srv) => isBlocking(table.bySrv.get(srv))),
      ['1.6'],
    )
  })

  t.test(`${table.name} never lets a row release data because the flag is not known`, async (t) => {
    for (const row of table.rows.filter(canBlock)) {
      t.equal(row.onUnknown, 'defer', row.id)
      t.equal(row.onStale, 'defer', row.id)
    }
  })

  t.test(`${table.name} passes unknown alerts and stops unknown reads`, async (t) => {
    const { defaults } = table
    t.equal(defaults.unknownAlert.action, 'pass')
    t.equal(defaults.unknownDccAlert.action, 'pass')
    t.equal(defaults.unknownSrv.action, 'pass')
    t.equal(defaults.unknownReadingSrv.action, 'block')
    t.equal(defaults.unclassifiedResponse.action, 'block')
    t.match(defaults.unreadablePayload, { action: 'pass', otherwise: 'block' })
  })
}

t.test(
  'recommended stops eight Device Alerts; the literal profile also those of a power outage',
  async (t) => {
    const outage = ['8F35', '8F36', '8F37', '8F38', '8F39', '8F3A', '8F3B', '8F3C']
    const both = ['8131', '8161', '8162', '81A6', '8F0A', '8F86', '8F87', '8F88']
    t.strictSame(sorted(codesOf(recommended.rows.filter(canBlock), 'alert')), both)
    t.strictSame(sorted(codesOf(literal.rows.filter(canBlock), 'alert')), sorted([...both, ...outage]))
    t.strictSame(codesOf(recommended.rows.filter(canBlock), 'dccAlert'), [])
    t.strictSame(codesOf(literal.rows.filter(canBlock), 'dccAlert'), ['AD1'])
  },
)

t.test('what is said of a table as a whole is told with its own name where it differs', async (t) => {
  t.same(differencesOf(recommended, recommended), [])
  const [unlisted] = differencesOf(recommended, {
    ...recommended,
    defersUnlisted: !recommended.defersUnlisted,
  })
  t.match(unlisted, { what: 'unlistedDevice', before: { rule: 'unlistedDevice', does: 'forward' } })
  t.match(unlisted, { after: { rule: 'unlistedDevice', does: 'defer' } })
  const [inFlight] = differencesOf(recommended, { ...recommended, deliverInFlightMs: 1_000 })
  t.match(inFlight, { what: 'inFlight', before: { rule: 'inFlight', does: 'withhold' } })
  t.match(inFlight, { after: { rule: 'inFlight', does: 'deliver for 1000 ms' } })
})

t.test('the two profiles differ in nothing else', async (t) => {
  const differing = recommended.rows.filter((row) => {
    const { why: _, ...said } = row
    const { why: __, ...other } = literal.rows.find(({ id }) => id === row.id) ?? row
    return JSON.stringify(said) !== JSON.stringify(other)
  })
  t.strictSame(
    differing.map((row) => row.id),
    ['supply-restored-alerts', 'hub-power-loss-alert'],
  )
})

t.test(
  'the golden grid shows what the tables decide; run node scripts/expected-decisions.ts after a change',
  async (t) => {
    const grid = readFileSync(new URL('../../policy/expected-decisions.txt', import.meta.url), 'utf8')
    t.equal(expectedDecisions(), grid)
  },
)

function codesOf(rows: readonly TableRow[], list: 'srv' | 'alert' | 'dccAlert'): string[] {
  return rows.flatMap((row) => row[list])
}

function isBlocking(row: Table['rows'][number] | undefined): boolean {
  return row !== undefined && canBlock(row)
}

function sorted(codes: readonly string[]): string[] {
  return [...codes].sort()
}
