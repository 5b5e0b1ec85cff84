/** Uptake of a flag on a Device that the inventory does not know: it counts for its Supplier, and under no region. */
import t from 'tap'
import { LEAK_RECORDS } from '../../src/control/documents/report-csv.ts'
import { instantOf } from '../../src/core/device/device.ts'
import { parseMonth } from '../../src/core/report/span.ts'
import { UptakeSums } from '../../src/core/report/uptake.ts'
import { csvTexts } from '../../src/csv/csv-writer.ts'
import type { Leak } from '../../src/reports/leaks.ts'
import { Reports } from '../../src/reports/reports.ts'
import { AUDITOR, asked, CENTRE, DAY, granted, PARTIES, STRAY, SUP_E, scene } from '../restriction/scene.ts'

t.test('a flag on a Device that nobody knows counts for its Supplier and under no region', async (t) => {
  const { service, store, now, pass } = await scene(t)
  const onBehalf = { onBehalfOf: 'SUP-G', ticket: 'INC-204711' }
  granted(await service.set(SUP_E, asked()))
  granted(await service.set(CENTRE, asked({ ...onBehalf, device: STRAY, fuel: 'gas' })))
  pass(60_000)
  const reports = new Reports({ store, parties: PARTIES, regionsOfCsp: new Map(), clock: { now } })
  const month = parseMonth(new Date(instantOf(now())).toISOString().slice(0, 7))
  if (!month) throw new Error('no month')
  const rows = await reports.uptake(AUDITOR, month)
  t.same(rows.map(({ supplier, region, set, inEffect }) => [supplier, region, set, inEffect]).sort(), [
    ['SUP-E', 'North', 1, 1],
    ['SUP-G', '', 1, 1],
  ])
})

t.test('a flag belongs to the band of its age, the last day of a band included', async (t) => {
  const october = parseMonth('2026-10')
  if (!october) throw new Error('no month')
  const bandOf = (days: number, moreMs = 0) => {
    const sums = new UptakeSums(october, october.until)
    const from = instantOf(october.until - days * DAY - moreMs)
    const at = () => ({ supplier: 'SUP-E', region: 'North' })
    sums.add({ from, until: undefined, isClosed: false, clearReason: undefined, at })
    return Object.entries(sums.rows()[0]?.ages ?? {}).flatMap(([name, count]) => (count === 1 ? name : []))
  }
  t.same([bandOf(1), bandOf(30)], [['up to 30 days'], ['up to 30 days']])
  t.same([bandOf(30, 1), bandOf(90)], [['31 to 90 days'], ['31 to 90 days']])
  t.same([bandOf(90, 1), bandOf(365)], [['91 to 365 days'], ['91 to 365 days']])
  t.same([bandOf(365, 1), bandOf(4_000)], [['over a year'], ['over a year']])
})

t.test(
  'a flag is in effect at the end of a month when it began before and has not ended by then',
  async (t) => {
    const october = parseMonth('2026-10')
    if (!october) throw new Error('no month')
    const end = october.until
    const inEffect = (from: number, until?: number) => {
      const sums = new UptakeSums(october, end)
      const times = { from: instantOf(from), until: until === undefined ? undefined : instantOf(until) }
      const at = () => ({ supplier: 'SUP-E', region: 'North' })
      sums.add({ ...times, isClosed: false, clearReason: undefined, at })
      return sums.rows()[0]?.inEffect ?? 0
    }
    t.same([inEffect(end - 1), inEffect(end - 1, end), inEffect(end - 2, end + DAY)], [1, 1, 1])
    t.same([inEffect(end), inEffect(end - 2, end - 1), inEffect(end + 1, end + 2)], [0, 0, 0])
  },
)

t.test('each column of the list of leaks has its name', async (t) => {
  const leak: Leak = {
    ...{ fault: 'let-through-while-restricted', time: '2026-10-01T00:00:00.000Z', decision: 'D-1' },
    ...{ direction: 'southbound', code: '4.1.1', device: '00-DB-12-34-56-78-90-A0', verdict: 'forward' },
    ...{ outcome: 'forwarded', tableRevision: 'abc' },
  }
  let text = ''
  for await (const part of csvTexts(LEAK_RECORDS, [leak])) text += part
  const [names, values] = text.trim().split('\r\n')
  t.equal(names, 'fault,time,decision,direction,code,device,verdict,outcome,tableRevision')
  t.equal(values, Object.values(leak).join())
})
