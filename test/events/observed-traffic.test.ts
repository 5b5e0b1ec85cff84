// From messages through a real gateway to the events that are kept: what is asked for, what is done, and what neither is.
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import type { TrafficEvent } from '../../src/core/restriction/restriction.ts'
import { EventSpool } from '../../src/events/event-spool.ts'
import { trafficEventsOf } from '../../src/events/traffic-events.ts'
import { systemScheduler } from '../../src/observe/scheduler.ts'
import { gbcsPayload } from '../fixtures/gbcs.ts'
import {
  DCC,
  dccRequest,
  deviceAlert,
  deviceResponse,
  ESME,
  request,
  responseMessage,
  synchronousResponse,
  USER,
} from '../fixtures/message.ts'
import { deviceKey } from '../support/plans.ts'
import { startScenario, temporaryFolder, untilMetric } from '../support/start-gateway.ts'
import { answering } from '../support/stub-dsp.ts'

const DECOMMISSION = dccRequest({
  srv: '8.3',
  body: `<sr:DecommissionDevice><sr:DeviceID>${ESME}</sr:DeviceID></sr:DecommissionDevice>`,
})
const TENANCY = request({ srv: '3.2', body: '<sr:RestrictAccessForChangeOfTenancy/>', cv: 1 })
const DECOMMISSIONED = { event: 'decommissioned', codes: ['8.3'], requestId: `${USER}:${DCC}:1000` }

/** A gateway whose events go through a spool on disk into a list. */
async function startObserved(t: Test) {
  const taken: TrafficEvent[] = []
  const arrivals = new EventTarget()
  const spool = await EventSpool.open<TrafficEvent>({
    folder: await temporaryFolder(t),
    after: (delayMs, work) => systemScheduler.after(delayMs, work),
    deliver: async (events) => {
      taken.push(...events)
      arrivals.dispatchEvent(new Event('arrival'))
    },
  })
  const scenario = await startScenario(t, {
    onEvents: async (seen) => {
      await Promise.all(trafficEventsOf(seen).map((event) => spool.keep(event)))
    },
  })
  const allTaken = async () => {
    await scenario.gateway.drain()
    while (spool.backlogBytes > 0)
      await new Promise((resolve) => arrivals.addEventListener('arrival', resolve, { once: true }))
    await spool.close()
    return taken
  }
  return { ...scenario, allTaken }
}

t.test('a request is only asked for, the synchronous reply with I0 says that it was done', async (t) => {
  const { dsp, sendSouth, allTaken } = await startObserved(t)
  dsp.behave(answering(200, synchronousResponse(DCC, responseMessage('8.3'))))
  t.equal((await sendSouth(DECOMMISSION, { path: '/api/v1/serviceD' })).status, 200)
  const [asked, done, ...more] = await allTaken()
  t.match(asked, { ...DECOMMISSIONED, stage: 'requested', devices: [deviceKey(ESME)], user: deviceKey(USER) })
  t.match(done, { ...DECOMMISSIONED, stage: 'done' })
  t.not(asked?.decision, done?.decision)
  t.same(more, [])
})

t.test('an acknowledgement and a failure say nothing was done', async (t) => {
  for (const code of ['I99', 'E5']) {
    const { dsp, sendSouth, allTaken } = await startObserved(t)
    dsp.behave(answering(200, synchronousResponse(DCC, responseMessage('8.3'), code)))
    await sendSouth(DECOMMISSION, { path: '/api/v1/serviceD' })
    t.match(await allTaken(), [{ stage: 'requested' }])
  }
})

t.test('a later Response with I0 says that it was done', async (t) => {
  const { sendSouth, sendNorth, allTaken } = await startObserved(t)
  t.equal((await sendSouth(TENANCY)).status, 200)
  t.equal((await sendNorth(deviceResponse(ESME, responseMessage('3.2')))).status, 204)
  const requestId = `${USER}:${ESME}:1000`
  t.match(await allTaken(), [
    { event: 'change-of-tenancy', stage: 'requested', requestId, devices: [deviceKey(ESME)] },
    { event: 'change-of-tenancy', stage: 'done', requestId, devices: [deviceKey(ESME)] },
  ])
})

t.test(
  'an answer that brings the command, to be signed or delivered locally, does not say that it was done',
  async (t) => {
    const command = gbcsPayload({ cra: 'command', originator: USER, target: ESME, messageCode: '0022' })
    for (const wrapper of ['LocalCommand', 'PreCommand']) {
      const { dsp, sendSouth, allTaken } = await startObserved(t)
      const content = `<sr:${wrapper}><sr:GBCSPayload>${command}</sr:GBCSPayload></sr:${wrapper}>`
      dsp.behave(answering(200, synchronousResponse(ESME, responseMessage('3.2', content))))
      t.equal((await sendSouth(TENANCY)).status, 200)
      const [asked, brought, ...more] = await allTaken()
      t.match(asked, { event: 'change-of-tenancy', stage: 'requested' })
      t.match(brought, { event: 'change-of-tenancy', codes: ['3.2'] })
      t.equal(brought?.stage, undefined, wrapper)
      t.same(more, [])
    }
  },
)

t.test('an alert has happened', async (t) => {
  const { sendNorth, allTaken } = await startObserved(t)
  await sendNorth(deviceAlert(ESME, '8F69', ''))
  t.match(await allTaken(), [{ event: 'commissioned', stage: 'done', requestId: undefined }])
})

t.test('what the upstream does not take is no event', async (t) => {
  const { dsp, sendSouth, allTaken } = await startObserved(t)
  dsp.behave(answering(503, ''))
  t.equal((await sendSouth(TENANCY)).status, 503)
  t.same(await allTaken(), [])
})

t.test('a move to prepayment that is rejected is told, a read that is rejected is not', async (t) => {
  const { dsp, restrict, sendSouth, allTaken } = await startObserved(t)
  const meter = '00-0D-5C-AA-16-9A-00-E1'
  await restrict(meter)
  for (const name of ['payment-mode-prepayment-transform', 'read-import-registers']) {
    const { body } = await sendSouth(readFileSync(`fixtures/southbound/${name}.xml`))
    t.match(body.toString(), /ResponseCode>E5</, name)
  }
  t.equal(dsp.deliveries.length, 0)
  const [event, ...more] = await allTaken()
  t.match(event, { event: 'payment-mode-change', codes: ['1.6'], devices: [deviceKey(meter)] })
  t.equal(event?.stage, undefined, 'it was not done')
  t.same(more, [])
})

const SCHEDULE = dccRequest({
  srv: '5.1',
  body: `<sr:CreateSchedule><sr:ScheduleFrequency>Daily</sr:ScheduleFrequency><sr:ScheduleStartDate>2026-01-06</sr:ScheduleStartDate><sr:ScheduleEndDate>2026-03-31</sr:ScheduleEndDate><sr:DSPScheduledServiceReference>4.8</sr:DSPScheduledServiceReference><sr:DSPScheduledServiceReferenceVariant>4.8.1</sr:DSPScheduledServiceReferenceVariant><sr:DeviceID>${ESME}</sr:DeviceID><sr:DSPReadActiveImportProfileData><sr:StartDateOffset>-1</sr:StartDateOffset><sr:EndDateOffset>-1</sr:EndDateOffset></sr:DSPReadActiveImportProfileData></sr:CreateSchedule>`,
})

t.test('a schedule: the request says what and of which Device, the answer its number', async (t) => {
  const { dsp, sendSouth, allTaken } = await startObserved(t)
  const answer = responseMessage('5.1', '<sr:DSPScheduleID> 00123 </sr:DSPScheduleID>')
  dsp.behave(answering(200, synchronousResponse(DCC, answer)))
  t.equal((await sendSouth(SCHEDULE, { path: '/api/v1/serviceD' })).status, 200)
  t.match(await allTaken(), [
    {
      ...{ event: 'schedule-created', stage: 'requested', codes: ['5.1', '4.8.1'], user: deviceKey(USER) },
      ...{ devices: [deviceKey(ESME)], scheduleUntil: Date.parse('2026-04-01T00:00:00Z') },
    },
    { event: 'schedule-created', stage: 'done', codes: ['5.1'], devices: [], scheduleId: '123' },
  ])
})

t.test('a schedule that is deleted: the request says which', async (t) => {
  const { dsp, sendSouth, allTaken } = await startObserved(t)
  dsp.behave(answering(200, synchronousResponse(DCC, responseMessage('5.3'))))
  const body = '<sr:DeleteSchedule><sr:DSPScheduleID>123</sr:DSPScheduleID></sr:DeleteSchedule>'
  await sendSouth(dccRequest({ srv: '5.3', body }), { path: '/api/v1/serviceD' })
  t.match(await allTaken(), [
    { event: 'schedule-deleted', stage: 'requested', scheduleId: '123', devices: [] },
    { event: 'schedule-deleted', stage: 'done' },
  ])
})

t.test('a 5.1 that is rejected creates nothing, and looking at schedules is no event', async (t) => {
  const { restrict, sendSouth, allTaken } = await startObserved(t)
  await restrict(ESME)
  t.match((await sendSouth(SCHEDULE, { path: '/api/v1/serviceD' })).body.toString(), /ResponseCode>E5</)
  const body = `<sr:ReadSchedule><sr:DeviceID>${ESME}</sr:DeviceID></sr:ReadSchedule>`
  t.equal((await sendSouth(dccRequest({ srv: '5.2', body }), { path: '/api/v1/serviceD' })).status, 200)
  t.same(await allTaken(), [])
})

t.test('a disk that hangs holds up no answer for long; it is counted and logged', async (t) => {
  const scenario = await startScenario(t, { onEvents: () => new Promise(() => {}) })
  const topUp = request({ srv: '2.2', body: '<sr:TopUpDevice/>' })
  t.equal((await scenario.sendSouth(topUp)).status, 200)
  t.equal(scenario.dsp.deliveries.length, 1)
  await untilMetric(scenario.gateway.metrics, 'duisgate_events_late_total 1')
  t.match(scenario.logged.join(), 'an answer went out before its events were kept')
})

t.test('a disk that fails stops no message; it is counted and logged', async (t) => {
  const scenario = await startScenario(t, {
    onEvents: async () => {
      throw new Error('the disk is full')
    },
  })
  t.equal((await scenario.sendSouth(TENANCY)).status, 200)
  t.equal(scenario.dsp.deliveries.length, 1)
  await untilMetric(scenario.gateway.metrics, 'duisgate_events_late_total 1')
  t.match(scenario.logged.join(), 'an answer went out before its events were kept')
})
