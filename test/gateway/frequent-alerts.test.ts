/** An alert that passes, and that a Restricted Device sends often, raises an alarm and goes on passing. */
import t from 'tap'
import { type Instant, instantOf } from '../../src/core/device/device.ts'
import { FrequentAlerts } from '../../src/gateway/frequent-alerts.ts'
import type { Clock } from '../../src/observe/clock.ts'
import { deviceAlert, ESME, OTHER_ESME } from '../fixtures/message.ts'
import { alertFrom } from '../fixtures/northbound/parts.ts'
import { clear, deviceAlert as factsOfAlert, restricted } from '../policy/messages.ts'
import { deviceKey } from '../support/plans.ts'
import { restrict } from '../support/restrict.ts'
import { recommendedTable, startScenario, untilMetric } from '../support/start-gateway.ts'

const DAY = 86_400_000

class SetClock implements Clock {
  at: Instant = instantOf(Date.UTC(2026, 0, 1, 12))
  now(): Instant {
    return this.at
  }
  monotonicMs(): number {
    return performance.now()
  }
  pass(ms: number): void {
    this.at = instantOf(this.at + ms)
  }
}

t.test('the eleventh load limit alert of a day raises the alarm, and passes', async (t) => {
  const clock = new SetClock()
  const scenario = await startScenario(t, { clock })
  await restrict(scenario.store, [deviceKey(ESME)], clock.at)
  await scenario.flags.catchUp()
  clock.pass(1)
  const loadLimit = deviceAlert(ESME, '8F01', alertFrom(ESME, '1001'))
  for (let i = 0; i < 12; i++) await scenario.sendNorth(loadLimit)
  for (let i = 0; i < 12; i++)
    await scenario.sendNorth(deviceAlert(OTHER_ESME, '8F01', alertFrom(OTHER_ESME, '1001')))
  for (let i = 0; i < 12; i++) await scenario.sendNorth(deviceAlert(ESME, '8F3F', alertFrom(ESME, '1001')))
  t.equal(scenario.user.deliveries.length, 36, 'all of them pass')
  await untilMetric(scenario.gateway.metrics, 'duisgate_alarms_total{alarm="frequent-alert"} 2')
  clock.pass(DAY)
  await scenario.sendNorth(loadLimit)
  const records = await scenario.journal()
  t.same(
    records.flatMap(({ alarms }, index) => ((alarms as string[]).length > 0 ? [[index, alarms]] : [])),
    [
      [10, ['frequent-alert']],
      [11, ['frequent-alert']],
    ],
    'only of the Restricted Device, only of that alert, and no more on the next day',
  )
})

t.test('memory is bounded: the Device that was counted first makes room', async (t) => {
  const clock = new SetClock()
  const alerts = new FrequentAlerts({ read: (keys) => keys.map(() => restricted()) }, clock, 2)
  const from = (device: string) =>
    factsOfAlert([{ type: 'alert', code: '8F01', source: 'alert' }], { devices: [deviceKey(device)] })
  const send = (device: string, times: number) =>
    Array.from({ length: times }, () => alerts.isTooMany(recommendedTable, from(device))).includes(true)
  t.notOk(send(ESME, 10))
  t.notOk(send(OTHER_ESME, 1))
  t.notOk(send('00-00-00-00-00-00-00-03', 1))
  t.notOk(send(ESME, 10), 'forgotten, so it begins anew')
  t.ok(send(ESME, 1))
})

t.test('a flag that had to be looked up counts when that is done', async (t) => {
  const clock = new SetClock()
  let isKnown = false
  const read = (keys: readonly unknown[]) => {
    const readings = keys.map(() => restricted())
    return isKnown ? readings : Promise.resolve(readings)
  }
  const alerts = new FrequentAlerts({ read }, clock)
  const facts = factsOfAlert([{ type: 'alert', code: '8F01', source: 'alert' }])
  for (let i = 0; i < 10; i++) t.notOk(alerts.isTooMany(recommendedTable, facts))
  await new Promise(setImmediate)
  isKnown = true
  t.ok(alerts.isTooMany(recommendedTable, facts))
  const others = new FrequentAlerts({ read: (keys) => keys.map(() => clear()) }, clock)
  for (let i = 0; i < 30; i++) t.notOk(others.isTooMany(recommendedTable, facts), 'no Device is Restricted')
})
