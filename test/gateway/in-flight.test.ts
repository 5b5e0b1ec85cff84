/** `inFlight: deliver` through a whole gateway: what was asked for before the flag arrives, nothing else does. */
import t from 'tap'
import { type Instant, instantOf } from '../../src/core/device/device.ts'
import type { Clock } from '../../src/observe/clock.ts'
import {
  deviceAlert,
  deviceResponse,
  ESME,
  OTHER_ESME,
  request,
  responseMessage,
  USER,
} from '../fixtures/message.ts'
import { deviceKey } from '../support/plans.ts'
import { restrict } from '../support/restrict.ts'
import {
  type Changes,
  recommendedTable,
  startScenario,
  type TestScope,
  untilMetric,
} from '../support/start-gateway.ts'
import { answering } from '../support/stub-dsp.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const delivering = { ...recommendedTable, deliverInFlightMs: 24 * HOUR }

const asked = (counter = '1000', device = ESME) =>
  request({ srv: '4.1.1', counter, target: device, body: '<sr:ReadInstantaneousImportRegisters/>' })
const DATA = '<sr:GBCSPayload>AAAA</sr:GBCSPayload>'
const answer = (counter = '1000', content = DATA) =>
  deviceResponse(ESME, responseMessage('4.1.1', content)).replaceAll(':1000<', `:${counter}<`)

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

/** A gateway with a delivering table, whose clock the test moves. */
async function start(t: TestScope, changes: Changes = {}) {
  const clock = new SetClock()
  const scenario = await startScenario(t, { table: delivering, clock, ...changes })
  return {
    ...scenario,
    clock,
    /** Sets the flag, in effect `ms` from now. */
    async flag(ms = 0) {
      await restrict(scenario.store, [deviceKey(ESME)], instantOf(clock.at + ms))
      await scenario.flags.catchUp()
    },
    /** Whether the User got the Response as it came. */
    async delivers(message: string): Promise<boolean> {
      const before = scenario.user.deliveries.length
      await scenario.sendNorth(message)
      return scenario.user.deliveries.slice(before).some(({ body }) => body.toString() === message)
    },
  }
}

t.test('delivers the Response to what it forwarded before the flag, and journals why', async (t) => {
  const scenario = await start(t)
  await scenario.sendSouth(asked())
  scenario.clock.pass(MINUTE)
  await scenario.flag()
  scenario.clock.pass(MINUTE)
  t.ok(await scenario.delivers(answer()))
  t.ok(await scenario.delivers(answer()), 'also when the DSP delivers it again')
  await untilMetric(scenario.gateway.metrics, 'duisgate_delivered_in_flight_total 2')
  await untilMetric(scenario.gateway.metrics, 'duisgate_requests_remembered 1')
  const [, record] = await scenario.journal()
  t.match(record, {
    outcome: 'forwarded',
    verdict: 'forward',
    flag: 'restricted',
    flagDevice: ESME,
    inFlight: true,
    rule: 'read-registers',
  })
})

t.test('knows a RequestID in another letter case', async (t) => {
  const scenario = await start(t)
  await scenario.sendSouth(asked().replaceAll(ESME, ESME.toLowerCase()))
  scenario.clock.pass(1)
  await scenario.flag()
  t.ok(await scenario.delivers(answer()))
})

t.test('delivers the reply that the DSP gives at once, when the flag takes effect meanwhile', async (t) => {
  const scenario = await start(t)
  scenario.dsp.behave(async (incoming, reply, takeBody) => {
    scenario.clock.pass(MINUTE)
    await scenario.flag()
    await answering(200, answer())(incoming, reply, takeBody)
  })
  t.equal((await scenario.sendSouth(asked())).body.toString(), answer())
})

t.test('withholds the rest', async (t) => {
  const scenario = await start(t)
  await scenario.sendSouth(asked('1'))
  await scenario.sendSouth(
    asked('2').replace(
      '<sr:ReadInstantaneousImportRegisters/>',
      '<sr:ReadInstantaneousImportRegisters><sr:ExecutionDateTime>2026-01-01T13:00:00Z</sr:ExecutionDateTime></sr:ReadInstantaneousImportRegisters>',
    ),
  )
  await scenario.flag(MINUTE)
  scenario.clock.pass(2 * MINUTE)
  await scenario.sendSouth(asked('3'))
  t.ok(await scenario.delivers(answer('1')))
  t.notOk(await scenario.delivers(answer('2')), 'of a Request for a future date')
  t.notOk(await scenario.delivers(answer('3')), 'of a Request that was rejected')
  t.notOk(await scenario.delivers(answer('4')), 'of a Request that nobody sent')
  t.notOk(
    await scenario.delivers(
      answer('1').replace(
        'sr:GBCSPayload>AAAA</sr:GBCSPayload',
        'sr:DSPScheduledMessage><sr:GBCSPayload>AAAA</sr:GBCSPayload></sr:DSPScheduledMessage',
      ),
    ),
    'of a schedule',
  )
  t.notOk(
    await scenario.delivers(answer('1').replace(`>${ESME}:${USER}:`, `>${OTHER_ESME}:${USER}:`)),
    'of another Device than the one that was asked',
  )
  t.notOk(await scenario.delivers(deviceAlert(ESME, '8F0A', 'AAAA')), 'an alert')
  const records = await scenario.journal()
  t.same(
    records.filter(({ inFlight }) => inFlight).map(({ requestId }) => requestId),
    [`${USER}:${ESME}:1`],
  )
})

t.test('counts a flag from its effective time, also one that was set for the past', async (t) => {
  const scenario = await start(t)
  await scenario.sendSouth(asked())
  await scenario.flag(-MINUTE)
  t.notOk(await scenario.delivers(answer()))
})

t.test('delivers for a day and no longer', async (t) => {
  const scenario = await start(t)
  await scenario.sendSouth(asked())
  await scenario.flag(MINUTE)
  scenario.clock.pass(24 * HOUR - 1)
  t.ok(await scenario.delivers(answer()))
  scenario.clock.pass(1)
  t.notOk(await scenario.delivers(answer()))
})

t.test('knows nothing of what was asked before a restart', async (t) => {
  const before = await start(t)
  await before.sendSouth(asked())
  await before.gateway.drain()
  const after = await start(t)
  after.clock.pass(MINUTE)
  await after.flag()
  t.notOk(await after.delivers(answer()))
})

t.test('forgets everything when a table withholds, and remembers nothing while it does', async (t) => {
  const scenario = await start(t)
  await scenario.sendSouth(asked('1'))
  scenario.gateway.setTable(recommendedTable)
  await untilMetric(scenario.gateway.metrics, 'duisgate_requests_remembered 0')
  await scenario.sendSouth(asked('2'))
  scenario.gateway.setTable(delivering)
  scenario.clock.pass(MINUTE)
  await scenario.flag()
  t.notOk(await scenario.delivers(answer('1')))
  t.notOk(await scenario.delivers(answer('2')))
})

t.test('remembers so many Requests and no more; the oldest are forgotten and counted', async (t) => {
  const scenario = await start(t, { limits: { inFlightRequests: 8 } })
  for (let i = 0; i < 20; i++) await scenario.sendSouth(asked(String(i)))
  scenario.clock.pass(MINUTE)
  await scenario.flag()
  const delivered: number[] = []
  for (let i = 0; i < 20; i++) if (await scenario.delivers(answer(String(i)))) delivered.push(i)
  t.same(delivered, [12, 13, 14, 15, 16, 17, 18, 19])
  await untilMetric(scenario.gateway.metrics, 'duisgate_requests_remembered 8')
  await untilMetric(scenario.gateway.metrics, 'duisgate_requests_forgotten 12')
})

t.test('remembers no Request whose Response no flag can stop', async (t) => {
  const scenario = await start(t)
  await scenario.sendSouth(
    request({ srv: '6.4.1', body: '<sr:UpdateDeviceConfigurationLoadLimitingGeneralSettings/>' }),
  )
  await untilMetric(scenario.gateway.metrics, 'duisgate_requests_remembered 0')
})
