/** Uptake of a flag on a Device that the inventory does not know: it counts for its Supplier, and under no region. */
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { parseMonth } from '../../src/core/report/span.ts'
import { Reports } from '../../src/reports/reports.ts'
import { AUDITOR, asked, CENTRE, granted, PARTIES, STRAY, SUP_E, scene } from '../restriction/scene.ts'

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
