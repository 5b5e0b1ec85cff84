/** What a gateway sees is known to the control plane, a process of its own: from a message through the spool to the API. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { TrafficEvent } from '../../src/core/restriction/restriction.ts'
import { EventSpool } from '../../src/events/event-spool.ts'
import { trafficEventsOf } from '../../src/events/traffic-events.ts'
import { systemScheduler } from '../../src/flags/scheduler.ts'
import { RestrictionService } from '../../src/restrictions/restriction-service.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { deviceAlert, request, responseMessage, synchronousResponse } from '../fixtures/message.ts'
import { DAY, NO_ROWS, PARTIES, START } from '../restriction/scene.ts'
import { startScenario, temporaryFolder } from '../support/start-gateway.ts'
import { answering } from '../support/stub-dsp.ts'
import { openDesk, setBody } from './desk.ts'

const METER = '00-DB-00-00-00-00-00-03'
const TOP_UP = request({
  srv: '2.2',
  target: METER,
  body: '<sr:TopUpDevice><sr:UTRN>1</sr:UTRN></sr:TopUpDevice>',
})

/** A gateway that delivers into the file of the desk by a store handle of its own. */
async function startDelivering(t: Test, file: string) {
  const store = openSqliteStore({ file })
  t.teardown(() => store.close())
  const service = new RestrictionService({ store, parties: PARTIES, table: () => NO_ROWS })
  const { promise: delivered, resolve } = Promise.withResolvers<void>()
  const spool = await EventSpool.open<TrafficEvent>({
    folder: await temporaryFolder(t),
    after: (delayMs, work) => systemScheduler.after(delayMs, work),
    deliver: async (events) => {
      for (const event of events) await service.takeTrafficEvent(event)
      if (events.some(({ stage }) => stage === 'done')) resolve()
    },
  })
  t.teardown(() => spool.close())
  const gateway = await startScenario(t, {
    onEvents: async (seen) => {
      const events = trafficEventsOf({ ...seen, at: START })
      await Promise.all(events.map((event) => spool.keep(event)))
    },
  })
  return { ...gateway, delivered }
}

t.test('a set is warned of prepayment traffic that a gateway saw, and asks about it', async (t) => {
  const file = join(t.testdir(), 'store.db')
  const desk = await openDesk(t, { file })
  const { dsp, sendSouth, delivered } = await startDelivering(t, file)
  const quiet = await desk.ask('SUP-E', '/api/v1/restrictions/preview', { body: setBody() })
  t.same(quiet.json.warnings, [])

  dsp.behave(answering(200, synchronousResponse(METER, responseMessage('2.2'))))
  t.equal((await sendSouth(TOP_UP)).status, 200)
  await delivered

  const preview = await desk.ask('SUP-E', '/api/v1/restrictions/preview', { body: setBody() })
  t.match(preview.json.warnings, [{ warning: 'prepayment-seen' }])
  const set = await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  t.equal(set.status, 201, 'the declaration of the Supplier counts')
  t.match(set.json.warnings, [{ warning: 'prepayment-seen' }])
  const tasks = await desk.ask('SUP-E', '/api/v1/tasks')
  t.match(tasks.json.items, [{ kind: 'prepayment-conflict', restriction: set.json.restriction.id }])
})

t.test('prepayment traffic of long ago says nothing of the mode a meter is in now', async (t) => {
  const file = join(t.testdir(), 'store.db')
  const desk = await openDesk(t, { file })
  const { sendNorth, delivered } = await startDelivering(t, file)
  await sendNorth(deviceAlert(METER, '810D', ''))
  await delivered
  const warnings = async () =>
    (await desk.ask('SUP-E', '/api/v1/restrictions/preview', { body: setBody() })).json.warnings
  desk.clock.pass(90 * DAY - 1)
  t.match(await warnings(), [{ warning: 'prepayment-seen' }])
  desk.clock.pass(1)
  t.same(await warnings(), [])
})
