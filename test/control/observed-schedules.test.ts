/** A schedule that a gateway saw being created is listed to whoever sets the flag: from a message through the spool to the API. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { DCC, dccRequest, responseMessage, synchronousResponse } from '../fixtures/message.ts'
import { START } from '../restriction/scene.ts'
import { answering } from '../support/stub-dsp.ts'
import { startDelivering } from './delivering.ts'
import { openDesk, setBody } from './desk.ts'

const METER = '00-DB-00-00-00-00-00-03'
const OWNER = '90-B3-D5-1F-30-01-00-00'

const CREATE = readFileSync('fixtures/southbound/schedule-half-hourly-read.xml', 'utf8').replace(
  /(<sr:DeviceID>)[^<]*/,
  `$1${METER}`,
)

t.test('a preview and the receipt list the schedule with its owner, until it is deleted', async (t) => {
  const file = join(t.testdir(), 'store.db')
  const desk = await openDesk(t, { file })
  const first = await startDelivering(t, file)
  const answer = responseMessage('5.1', '<sr:DSPScheduleID>123</sr:DSPScheduleID>')
  first.dsp.behave(answering(200, synchronousResponse(DCC, answer)))
  t.equal((await first.sendSouth(CREATE, { path: '/api/v1/serviceD' })).status, 200)
  await first.delivered

  const listed = [
    {
      ...{ schedule: '123', device: METER, srvs: ['4.8.1'], owner: OWNER, party: null },
      createdAt: new Date(START).toISOString(),
    },
  ]
  const body = setBody()
  t.same((await desk.ask('SUP-E', '/api/v1/restrictions/preview', { body })).json.schedules, listed)
  t.same((await desk.ask('SUP-E', '/api/v1/restrictions', { body })).json.schedules, listed)

  const second = await startDelivering(t, file)
  second.dsp.behave(answering(200, synchronousResponse(DCC, responseMessage('5.3'))))
  const remove = '<sr:DeleteSchedule><sr:DSPScheduleID>123</sr:DSPScheduleID></sr:DeleteSchedule>'
  await second.sendSouth(dccRequest({ srv: '5.3', body: remove }), { path: '/api/v1/serviceD' })
  await second.delivered
  t.same((await desk.ask('SUP-E', '/api/v1/restrictions', { body })).json.schedules, [])
})
