/** What is read of a DCC schedule: its number and its end, in every spelling; what is neither refuses no message. */
import t from 'tap'
import { DCC, dccRequest, responseMessage, synchronousResponse } from '../fixtures/message.ts'
import { readByteByByte, readWhole } from '../support/plans.ts'

function answered(number: string) {
  const text = synchronousResponse(
    DCC,
    responseMessage('5.1', `<sr:DSPScheduleID>${number}</sr:DSPScheduleID>`),
  )
  const [whole, pieces] = [readWhole, readByteByByte].map((read) => read('northbound', Buffer.from(text)))
  if (!whole?.ok || !pieces?.ok) return whole?.ok === pieces?.ok ? 'refused' : 'differs'
  return whole.facts.scheduleId === pieces.facts.scheduleId ? whole.facts : 'differs'
}

t.test('the number of a schedule is read in every spelling of one', async (t) => {
  for (const [text, id] of [
    ['123', '123'],
    [' \n00123 ', '123'],
    ['+7', '7'],
    ['0', '0'],
    ['000', '0'],
    ['1<!-- -->2&#51;', '123'],
    ['1000000000000', '1000000000000'],
  ] as const)
    t.match(answered(text), { scheduleId: id, isScheduleNumber: true, hasData: true }, text)
})

t.test('what is no number is none, and the message is read all the same', async (t) => {
  for (const text of ['', '-1', '12a', '1 2', '12345678901234'])
    t.match(answered(text), { scheduleId: undefined, isScheduleNumber: true }, text)
})

t.test('nothing hides in a number: an element inside it is refused', async (t) => {
  t.equal(answered('123<sr:GBCSPayload>AAAA</sr:GBCSPayload>'), 'refused')
})

t.test('a number beside data that nobody knows is not all the data there is', async (t) => {
  const number = '<sr:DSPScheduleID>7</sr:DSPScheduleID>'
  const unknown = '<sr:LaterReading>123</sr:LaterReading>'
  for (const content of [number + unknown, unknown + number]) {
    const text = synchronousResponse(DCC, responseMessage('5.1', content))
    const result = readWhole('northbound', Buffer.from(text))
    t.match(result, { facts: { scheduleId: '7', isScheduleNumber: false, hasData: true } })
  }
})

t.test('a 5.3 says which schedule, a 5.1 when it ends', async (t) => {
  const south = (srv: string, body: string) => {
    const result = readWhole('southbound', Buffer.from(dccRequest({ srv, body })))
    return result.ok ? result.facts : result.fault
  }
  const removed = '<sr:DeleteSchedule><sr:DSPScheduleID>07</sr:DSPScheduleID></sr:DeleteSchedule>'
  t.match(south('5.3', removed), { scheduleId: '7', scheduleEndDate: undefined })
  const created =
    '<sr:CreateSchedule><sr:ScheduleEndDate> 2026-03-31 </sr:ScheduleEndDate></sr:CreateSchedule>'
  t.match(south('5.1', created), { scheduleId: undefined, scheduleEndDate: '2026-03-31' })
})
