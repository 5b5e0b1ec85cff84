import t from 'tap'
import { CLEAR_BODY, openDesk, setBody } from './desk.ts'

const EUI = /(?:[0-9a-f]{2}-){7}[0-9a-f]{2}/i
const LONG_NUMBER = /(?<![\d.:T-])\d{10,}(?!\d)/

t.test('the log names the route of a request, and none where there is no such place', async (t) => {
  const desk = await openDesk(t)
  await desk.ask('SUP-E', '/api/v1/meter-points/1200000000011')
  await desk.ask('SUP-E', '/api/v1/1200000000011')
  const lines = desk.logged().split('\n').filter(Boolean)
  t.same(
    lines.map((line) => JSON.parse(line).route),
    ['/api/v1/meter-points/:mpxn', 'none'],
  )
})

t.test('the log holds no meter point, no Device ID, no token and nothing of a body', async (t) => {
  const desk = await openDesk(t)
  const { json } = await desk.ask('SUP-E', '/api/v1/restrictions', {
    body: setBody({ reference: 'CASE-SECRET' }),
  })
  await desk.ask('SUP-E', `/api/v1/restrictions/${json.restriction.id}/clear`, {
    body: CLEAR_BODY,
    headers: { 'if-match': '"1"' },
  })
  await desk.ask('SUP-E', '/api/v1/meter-points/1200000000011')
  await desk.ask('SUP-E', '/api/v1/devices/00-DB-00-00-00-00-00-03')
  await desk.ask('SUP-E', '/api/v1/search?q=00DB000000000003')
  await desk.ask('SUP-E', '/api/v1/bulk/set', {
    body: 'mpxn,steps,date,evidence,isLastResort,isCreditMode\r\n1200000000011,,,,,\r\n',
  })
  await desk.ask('SUP-E', '/api/v1/1200000000011')
  await desk.ask(undefined, '/api/v1/me', { headers: { authorization: 'Bearer duisgate_wrong' } })
  await desk.store.close()
  await desk.ask('SUP-E', '/api/v1/meter-points/1200000000011')

  const log = desk.logged()
  t.ok(log.split('\n').length > 9, 'there is a line for every request')
  for (const word of [
    '1200000000011',
    '00DB000000000003',
    'CASE-SECRET',
    'duisgate_',
    'R-01',
    ...Object.values(desk.tokens),
  ])
    t.notOk(log.includes(word), word.slice(0, 16))
  t.notMatch(log, EUI)
  t.notMatch(log, LONG_NUMBER)
})
