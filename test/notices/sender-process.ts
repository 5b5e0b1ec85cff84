/**
 * A process that changes flags and sends the notices of it until it is killed; its words: driver, place (see `open-at.ts`), the
 * partner's URL, and how many Devices there are.
 */
import { flushCompileCache } from 'node:module'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { instantOf } from '../../src/core/device/device.ts'
import { deviceKeyOf } from '../../src/core/duis/eui64.ts'
import { openAt } from '../store/open-at.ts'
import { lift, restrict } from '../support/restrict.ts'
import { SECRET } from './partner.ts'
import { NORTH, QUICK, startTelling } from './telling.ts'

const [driver = '', place = '', url = '', devices = '1'] = process.argv.slice(2)
const store = await openAt(driver, place)
const webhooks = [{ party: 'CSP-N', url: new URL(url), secrets: [SECRET] }]
startTelling({ teardown: () => {} }, store, {
  ...{ partners: [NORTH], webhooks },
  // So that a killed one's lane is soon taken over.
  limits: { ...QUICK, leaseMs: 500 },
})
// A process that is killed keeps nothing of what it compiled.
flushCompileCache()
for (;;) {
  const key = deviceKeyOf(1, Math.floor(Math.random() * Number(devices)))
  const [record] = await store.load([key])
  const isSet = record?.restriction !== undefined && record.restriction.until === undefined
  const now = instantOf(Date.now())
  // Another process may be writing, or have written the same; the next try is as good.
  await (isSet ? lift(store, [key], now) : restrict(store, [key], now)).catch(() => {})
  process.send?.('changed')
  await pause(1)
}
