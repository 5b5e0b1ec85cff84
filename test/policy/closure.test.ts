/**
 * The shipped lists follow from what answers and alerts hold: what carries consumption, behaviour or financial items is stopped,
 * what is stopped carries one, and where neither is so the row says why.
 */
import t from 'tap'
import { loadDataItems } from '../../src/config/load-data-items.ts'
import { type Closure, closureOf, conclusionOf } from '../../src/core/policy/closure.ts'
import type { Table, TableRow } from '../../src/core/policy/table.ts'
import { catalogue, shipped } from './messages.ts'

const data = loadDataItems()
const recommended = await shipped('recommended')
const tables = [recommended, await shipped('seed-2023-04-literal')]

const codesOf = (closures: readonly Closure[]) => [...new Set(closures.map(({ code }) => code))]
const unstated = (table: Table, items = data) =>
  codesOf(closureOf(table, catalogue, items).filter(({ conclusion }) => conclusion === 'unstated'))

/** Reasons that no code of the row needs: it would follow without. */
function needlessReasons(closures: readonly Closure[]): string[] {
  const needed = new Set(
    closures.filter(({ conclusion }) => conclusion !== 'follows').map(({ code }) => code),
  )
  return closures
    .filter(({ reason, code }) => reason !== undefined && !needed.has(code))
    .map(({ code }) => code)
}

for (const table of tables)
  t.test(`${table.name} follows, or says why it does not`, async (t) => {
    const closures = closureOf(table, catalogue, data)
    t.same(unstated(table), [])
    t.same(needlessReasons(closures), [], 'no reason is left over')
    t.ok(closures.length > 400)
  })

t.test('what does not follow is told with its reason, or that there is none', async (t) => {
  const closures = closureOf(recommended, catalogue, data)
  const [follows] = closures.filter(({ conclusion }) => conclusion === 'follows')
  const [stated] = closures.filter(({ reason }) => reason !== undefined)
  if (!follows || !stated) throw new Error('the list has neither')
  t.match(conclusionOf(follows), /, because it carries .*\.$/)
  t.ok(conclusionOf(stated).endsWith(stated.reason ?? 'none'))
  t.match(conclusionOf({ ...stated, reason: undefined }), /The row does not say why\.$/)
})

t.test('a reason that is taken out is missed, each of them', async (t) => {
  for (const table of tables)
    for (const { id, carries = [] } of table.rows)
      for (const { codes } of carries)
        for (const code of codes) {
          const rest = carries
            .map((reason) => ({ ...reason, codes: reason.codes.filter((each) => each !== code) }))
            .filter((reason) => reason.codes.length > 0)
          t.same(unstated(withRow(table, id, { carries: rest })), [code], `${id} ${code}`)
        }
})

t.test(
  'a code that is moved to a row that passes is missed, unless nothing it carries is protected',
  async (t) => {
    const [recommended] = tables
    if (!recommended) throw new Error('no table')
    for (const row of recommended.rows.filter(({ action }) => action === 'block')) {
      const opened = withRow(recommended, row.id, {
        action: 'pass',
        otherwise: undefined,
        when: {},
        carries: [],
      })
      const carrying = closureOf(recommended, catalogue, data).filter(
        (closure) => closure.row?.id === row.id && closure.carrying !== 'no',
      )
      t.same(unstated(opened), codesOf(carrying), row.id)
    }
  },
)

t.test('a row that passes and is made to stop is missed', async (t) => {
  const stopping = { action: 'block', onUnknown: 'defer', onStale: 'defer' } as const
  t.same(
    unstated(withRow(recommended, 'read-settings', stopping)).length,
    10,
    'all but 4.11.2, which carries something',
  )
  t.same(unstated(withRow(recommended, 'meter-health-alerts', stopping)).length, 7)
})

t.test('an item that is classed anew is missed', async (t) => {
  const items = data.items.map((item) =>
    item.of === '7.4' && item.path === '@MessageSuccess'
      ? { ...item, classes: { behaviour: 'sure' as const } }
      : item,
  )
  t.same(unstated(recommended, { ...data, items }), ['7.4'])
})

t.test('what depends on Device or log is judged in parts', async (t) => {
  const partsOf = (code: string) =>
    closureOf(recommended, catalogue, data)
      .filter((closure) => closure.code === code)
      .map(({ when, carrying, stopping }: Closure) => [
        when?.logToRead ?? '',
        when?.deviceType?.join(' ') ?? '',
        carrying,
        stopping,
      ])
  t.same(partsOf('4.10'), [
    ['', 'ESME', 'unsure', 'never'],
    ['', 'GSME GPF', 'sure', 'always'],
  ])
  t.same(
    partsOf('6.13').filter(([, , , stopping]) => stopping === 'always'),
    [
      ['Event', 'ESME', 'sure', 'always'],
      ['Event', 'GSME', 'sure', 'always'],
      ['GSMEEvent', 'GPF', 'sure', 'always'],
      ['Event', 'PPMID HCALCS', 'unsure', 'always'],
      ['ALCSEvent', 'ESME', 'sure', 'always'],
    ],
  )
  t.same(partsOf('1.6'), [['', '', 'no', 'partly']])
  t.same(
    partsOf('4.18'),
    [
      ['', 'GSME GPF', 'sure', 'always'],
      ['', 'ESME', 'sure', 'always'],
    ],
    'meters that no item names have what all have',
  )
})

function withRow(table: Table, id: string, change: Partial<TableRow>): Table {
  const rows = table.rows.map((row) => (row.id === id ? { ...row, ...change } : row))
  const indexed = (listOf: (row: TableRow) => readonly string[]) =>
    new Map(rows.flatMap((row) => listOf(row).map((code) => [code, row] as const)))
  return {
    ...table,
    rows,
    bySrv: indexed(({ srv }) => srv),
    byAlert: indexed(({ alert }) => alert),
    byDccAlert: indexed(({ dccAlert }) => dccAlert),
  }
}
