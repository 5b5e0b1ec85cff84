/** What a gateway sees is known to the control plane, a process of its own: from a message through the spool to the API. */
import { join } from 'node:path'
import t from 'tap'
import { deviceAlert, request, responseMessage, synchronousResponse } from '../fixtures/message.ts'
import { DAY } from '../restriction/scene.ts'
import { answering } from '../support/stub-dsp.ts'
import { startDelivering } from './delivering.ts'
import { openDesk, setBody } from './desk.ts'

const METER = '00-DB-00-00-00-00-00-03'
const TOP_UP = request({
  srv: '2.2',
  target: METER,
  body: '<sr:TopUpDevice><sr:UTRN>1</sr:UTRN></sr:TopUpDevice>',
})

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
