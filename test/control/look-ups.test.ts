import t from 'tap'
import { mpanCheckDigit } from '../../src/core/restriction/mpxn.ts'
import { openDesk, setBody } from './desk.ts'

t.test('a Device is found by its ID in any spelling', async (t) => {
  const desk = await openDesk(t)
  for (const spelling of [
    '00-DB-00-00-00-00-00-03',
    '00-db-00-00-00-00-00-03',
    '00DB000000000003',
    '00:db:00:00:00:00:00:03',
    '00db.0000.0000.0003',
    ' 00 DB 00 00 00 00 00 03 ',
  ]) {
    const found = await desk.ask('SUP-E', `/api/v1/devices/${encodeURIComponent(spelling)}`)
    t.equal(found.status, 200, spelling)
    t.ok(found.json.devices.some(({ id }: { id: string }) => id === '00-DB-00-00-00-00-00-03'))
    const searched = await desk.ask('SUP-E', `/api/v1/search?q=${encodeURIComponent(spelling)}`)
    t.same(searched.json, found.json)
  }
  for (const wrong of ['00DB00000000000', '00DB0000000000033', 'xyz', '00-DB-00-00-00-00-00-0G'])
    t.equal((await desk.ask('SUP-E', `/api/v1/devices/${wrong}`)).status, 400, wrong)
})

t.test('a meter point shows its Devices, related ones and its flags', async (t) => {
  const desk = await openDesk(t)
  await desk.ask('SUP-G', '/api/v1/restrictions', { body: setBody({ mpxn: '7400000001' }) })
  const { json } = await desk.ask('DCC', '/api/v1/search?q=7400%20000%20001')
  t.equal(json.mpxn, '7400000001')
  const restricted = json.devices.filter(({ isRestricted }: { isRestricted: boolean }) => isRestricted)
  t.same(restricted.map(({ type }: { type: string }) => type).sort(), ['GPF', 'GSME'])
  t.ok(
    json.devices.some(({ type }: { type: string }) => type === 'CHF'),
    'the hub is shown and not Restricted',
  )
  t.match(json.restrictions, [{ fuel: 'gas', state: 'effective' }])
})

t.test('what is not there and what is not shown to the role look the same', async (t) => {
  const desk = await openDesk(t)
  const foreign = await desk.ask('SUP-N', '/api/v1/meter-points/1200000000011')
  const absent = await desk.ask('SUP-N', `/api/v1/meter-points/130000000001${mpanCheckDigit('130000000001')}`)
  t.equal(foreign.status, 404)
  t.equal(absent.status, 404)
  t.equal(foreign.json.code, absent.json.code)
  t.equal(
    (await desk.ask('SUP-E', '/api/v1/meter-points/1200000000012')).status,
    400,
    'a wrong check digit is told',
  )
})

t.test('a network operator sees yes or no and since when, a CSP never a meter point', async (t) => {
  const desk = await openDesk(t)
  await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody({ reference: 'CASE-9' }) })
  const network = await desk.ask('NET', '/api/v1/meter-points/1200000000011')
  t.same(network.json.restrictions, [])
  const meter = network.json.devices.find(({ type }: { type: string }) => type === 'ESME')
  t.match(meter, { isRestricted: true, restrictedSince: '2027-01-11T12:00:00.000Z' })
  t.notMatch(network.text, /CASE-9|SUP-E|CASE-4711/)

  const csp = await desk.ask('CSP-N', '/api/v1/devices/00-DB-00-00-00-00-00-03')
  t.equal(csp.status, 200)
  t.notMatch(csp.text, /1200000000011|7400000001|SUP-E|CASE-9/)
  t.equal((await desk.ask('CSP-N', '/api/v1/meter-points/1200000000011')).status, 404)
})

t.test('the status of a Device says whether it is quiet by consumer choice', async (t) => {
  const desk = await openDesk(t)
  const path = '/api/v1/devices/00-DB-00-00-00-00-00-03/status'
  t.match((await desk.ask('CSP-N', path)).json, { isRestricted: false, restrictedSince: null, reason: null })
  await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  t.match((await desk.ask('CSP-N', path)).json, { isRestricted: true, reason: 'consumer choice' })
})

t.test('every look-up is in the audit', async (t) => {
  const desk = await openDesk(t)
  await desk.ask('NET', '/api/v1/meter-points/1200000000011')
  const [entry] = (await desk.ask('AUD', '/api/v1/audit')).json.items
  t.match(entry, { action: 'restriction.looked-up', subject: '1200000000011', actor: { party: 'NET' } })
})

t.test('tasks are answered by their Supplier, once', async (t) => {
  const desk = await openDesk(t)
  await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  const notice = await desk.ask('SUP-E', '/api/v1/tenancy-notices', { body: { mpxn: '1200000000011' } })
  t.equal(notice.status, 200)
  const [task] = (await desk.ask('SUP-E', '/api/v1/tasks')).json.items
  t.match(task, { kind: 'review-tenancy', party: 'SUP-E', doneAt: null })
  const path = `/api/v1/tasks/${task.id}/complete`
  t.equal((await desk.ask('SUP-N', path, { body: { outcome: 'keep' } })).status, 404)
  const late = await desk.ask('SUP-E', path, { body: { outcome: 'clear-after' } })
  t.match(late.json, { code: 'refused', refusals: [{ rule: 'delay-out-of-range' }] })
  const once = { body: { outcome: 'keep' }, headers: { 'idempotency-key': 'k-1' } }
  const done = await desk.ask('SUP-E', path, once)
  t.match(done.json.task, { outcome: 'keep' })
  t.equal((await desk.ask('SUP-E', path, once)).text, done.text)
  t.equal((await desk.ask('SUP-E', path, { body: { outcome: 'keep' } })).status, 422)
  t.same((await desk.ask('SUP-E', '/api/v1/tasks')).json.items, [])
  t.equal((await desk.ask('SUP-E', '/api/v1/tasks?state=done')).json.items.length, 1)
})

t.test('operations see how far behind gateways are and what they decided', async (t) => {
  const desk = await openDesk(t)
  const sequence = await desk.store.position()
  const report = { state: 'fresh', tableRevision: 'old', counts: { forward: 10, reject: 2 } }
  await desk.store.reportGateway({ id: 'gw-1', sequence, ...report }, 60_000)
  await desk.store.reportGateway({ id: 'gw-2', sequence: sequence - 1, ...report }, 60_000)
  const { json } = await desk.ask('OPS', '/api/v1/operations')
  t.match(json.gateways, [
    { id: 'gw-1', isLive: true, behind: 0, hasTableInForce: false },
    { id: 'gw-2', behind: 1 },
  ])
  t.match(json.totals, { forward: 20, reject: 4, unreadable: 0 })
  t.equal(json.devices, 5)
})

t.test('every role reads the table in force', async (t) => {
  const desk = await openDesk(t)
  const { json } = await desk.ask('CSP-N', '/api/v1/table')
  t.ok(json.rows.length > 20)
  t.match(json.revision, /^[0-9a-f]+/)
})
