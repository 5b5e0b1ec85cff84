/**
 * Each problem a table may have, provoked once on the recommended table.
 */
import t from 'tap'
import { LOGS_TO_READ } from '../../src/core/duis/facts.ts'
import { compileTable, type TableData, type TableRow } from '../../src/core/policy/table.ts'
import { catalogue, shipped } from './messages.ts'

const recommended = await shipped('recommended')

/** The texts of the problems when the row `id` says `change` instead; each is about that row unless said otherwise. */
function problemsWith(id: string, change: Partial<TableRow>): string[] {
  const rows = recommended.rows.map((row) => (row.id === id ? { ...row, ...change } : row))
  return problemsOf({ rows }).map((problem) => problem.text)
}

function problemsOf(given: Partial<TableData>) {
  const data = {
    name: 'changed',
    basis: 'a test',
    rows: recommended.rows,
    defaults: recommended.defaults,
    ...given,
  }
  const compiled = compileTable(data, 'test', catalogue)
  return compiled.ok ? [] : compiled.problems
}

const NETWORK_DATA = { srv: ['4.10'], action: 'block', otherwise: 'pass' } as const

t.test('a sound table has no problem', async (t) => {
  t.strictSame(problemsOf({}), [])
})

t.test(
  'names an SRV, a Device Alert and a DCC Alert that nobody knows, and that a code is missing',
  async (t) => {
    t.strictSame(problemsWith('read-profiles', { srv: ['4.8.1', '4.8.2', '4.8.9'] }), [
      'SRV 4.8.9 is not in the catalogue; write it as 4.8.1 is written, or take it out',
      'SRV 4.8.3 stands in no row; add it to the row it belongs to',
      'carries gives a reason for 4.8.3, which this row does not list; move it to the row that does',
    ])
    t.strictSame(problemsWith('billing-alert', { alert: ['8F0A', '8f0a'] }), [
      'Device Alert 8f0a is not in the catalogue; write it as 8F0A is written, or take it out',
    ])
    t.match(problemsWith('hub-power-loss-alert', { dccAlert: ['AD1', 'N32'] }), [
      /^DCC Alert N32 is not in the catalogue/,
    ])
    t.match(
      problemsWith('hub-power-loss-alert', { dccAlert: [], srv: [] }).join('\n'),
      /DCC Alert AD1 stands in no row/,
    )
  },
)

t.test('names both rows of a code that is placed twice', async (t) => {
  t.strictSame(problemsWith('read-daily-logs', { srv: ['4.6.1', '4.6.2', '4.17', '4.8.1', '4.6.1'] }), [
    'SRV 4.6.1 stands twice: this row lists it already; keep one of the two',
    'SRV 4.8.1 stands twice: row read-daily-logs lists it already; keep one of the two',
  ])
})

t.test('names a row without codes, and an id that two rows share', async (t) => {
  const empty = recommended.rows.map((row) => (row.id === 'billing-alert' ? { ...row, alert: [] } : row))
  t.match(problemsOf({ rows: empty })[0], { where: 'billing-alert', text: /^the row names no SRV/ })
  const shared = recommended.rows.map((row) => (row.id === 'firmware' ? { ...row, id: 'commission' } : row))
  t.match(problemsOf({ rows: shared }), [{ where: 'commission', text: /^another row has the id commission/ }])
})

t.test('keeps never-block classes open, whichever way a row would block them', async (t) => {
  const dataless = { onUnknown: 'defer', onStale: 'defer' } as const
  const expected = ['class firmware is never blocked; set the action to pass, or correct the class']
  t.strictSame(problemsWith('firmware', { action: 'block', ...dataless }), expected)
  t.strictSame(
    problemsWith('firmware', {
      action: 'pass',
      otherwise: 'block',
      when: { deviceType: ['ESME'] },
      ...dataless,
    }),
    expected,
  )
})

t.test('leaves as-inner to 5.1, without conditions', async (t) => {
  t.match(problemsWith('read-profiles', { action: 'as-inner' }), [/^as-inner is for SRV 5\.1 alone/])
  t.match(problemsWith('create-schedule', { when: { deviceType: ['ESME'] }, otherwise: 'pass' }), [
    /^as-inner takes no conditions/,
  ])
})

t.test('pairs conditions with otherwise', async (t) => {
  t.match(problemsWith('read-network-data', { otherwise: undefined }), [/^conditions need otherwise/])
  t.match(problemsWith('read-profiles', { otherwise: 'pass' }), [/^otherwise needs conditions/])
  t.match(problemsWith('read-network-data', { otherwise: 'block' }), [/^action and otherwise are both block/])
})

t.test('finds conditions that nothing meets', async (t) => {
  t.match(problemsWith('read-network-data', { when: { deviceType: [] } }), [/^deviceType is an empty list/])
  t.match(problemsWith('read-network-data', { ...NETWORK_DATA, when: { commandVariant: [9] } }), [
    /from 1 to 8$/,
  ])
  t.match(
    problemsWith('read-network-data', {
      ...NETWORK_DATA,
      when: { direction: 'northbound', commandVariant: [1] },
    }),
    [/^only southbound Requests have a commandVariant/],
  )
  t.match(problemsWith('billing-alert', { when: { direction: 'southbound' }, otherwise: 'pass' }), [
    /^alerts only travel northbound/,
  ])
  t.match(problemsWith('billing-alert', { when: { commandVariant: [1] }, otherwise: 'pass' }), [
    /^alerts have no commandVariant/,
  ])
})

t.test('keeps paymentMode to 1.6, where it must leave something over', async (t) => {
  t.match(problemsWith('read-network-data', { when: { paymentMode: ['prepayment'] } }), [
    /^only SRV 1\.6 has a paymentMode/,
  ])
  t.match(problemsWith('set-payment-mode', { when: { paymentMode: ['credit', 'prepayment'] } }), [
    /^every mode is listed/,
  ])
})

t.test('keeps logToRead to 6.13, where it must leave something over', async (t) => {
  t.match(problemsWith('read-network-data', { when: { logToRead: ['Event'] } }), [
    /^only SRV 6\.13 has a logToRead/,
  ])
  t.match(problemsWith('read-event-logs', { when: { logToRead: LOGS_TO_READ } }), [/^every log is listed/])
  t.match(problemsWith('read-event-logs', { when: { logToRead: [] } }), [/^logToRead is an empty list/])
  t.match(problemsWith('read-event-logs', { alert: ['7FFF'] }), [/^only SRV 6\.13/, /./])
  t.same(problemsWith('read-event-logs', { when: { logToRead: LOGS_TO_READ.slice(1) } }), [])
})

t.test('keeps reasons to codes of their row, one for each', async (t) => {
  const because = (...codes: string[]) => ({ codes, why: 'because' })
  t.match(problemsWith('read-settings', { carries: [because('4.8.1')] }), [
    /^carries gives a reason for 4\.8\.1, which this row does not list/,
  ])
  t.match(problemsWith('read-settings', { carries: [because('4.11.2'), because('4.11.2')] }), [
    /^carries gives two reasons for 4\.11\.2/,
  ])
  t.match(problemsWith('read-settings', { carries: [because('S1SPAlertDSP')] }), [/does not list/])
  t.same(problemsWith('hub-power-loss-alert', { carries: [because('AD1', 'PowerOutageEvent')] }), [])
})

t.test('counts only Device Alerts that pass', async (t) => {
  const problem = [/^alarmAbove counts Device Alerts that pass/]
  t.match(problemsWith('billing-alert', { alarmAbove: 3 }), problem)
  t.match(problemsWith('read-settings', { alarmAbove: 3 }), problem)
  t.match(problemsWith('dcc-alerts', { alarmAbove: 3 }), problem)
  t.same(problemsWith('prepayment-alerts', { alarmAbove: 3 }), [])
})

t.test('wants onUnknown and onStale exactly on rows that can block', async (t) => {
  t.match(problemsWith('read-profiles', { onUnknown: undefined, onStale: undefined }), [
    /must say onUnknown; defer is the careful choice$/,
    /must say onStale; defer is the careful choice$/,
  ])
  t.match(problemsWith('create-schedule', { onUnknown: undefined }), [/must say onUnknown/])
  t.match(problemsWith('firmware', { onStale: 'defer' }), [
    /^onStale has no effect on a row that never looks/,
  ])
})

t.test('has shadow mode only where it does something', async (t) => {
  t.match(problemsWith('firmware', { mode: 'shadow' }), [/^mode shadow has no effect/])
  t.strictSame(problemsWith('read-profiles', { mode: 'shadow' }), [])
})

t.test('refuses a default that could stop a safety alert', async (t) => {
  const block = { action: 'block', onUnknown: 'defer', onStale: 'defer' } as const
  const unreadablePayload = { ...block, otherwise: 'block' } as const
  const defaults = { ...recommended.defaults, unknownAlert: block, unknownDccAlert: block, unreadablePayload }
  t.match(problemsOf({ defaults }), [
    { where: 'defaults.unknownAlert' },
    { where: 'defaults.unknownDccAlert' },
    { where: 'defaults.unreadablePayload' },
  ])
})

t.test('answers with every problem, not with the first', async (t) => {
  t.equal(
    problemsWith('read-profiles', { srv: [], onUnknown: undefined, mode: 'shadow', otherwise: 'pass' })
      .length,
    7,
  )
})
