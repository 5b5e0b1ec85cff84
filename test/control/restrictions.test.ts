import t from 'tap'
import type { ClockSkew } from '../../src/store/control-store.ts'
import { MPRN, supplied } from '../restriction/scene.ts'
import { CLEAR_BODY, freshKey, openDesk, setBody } from './desk.ts'

t.test('a Supplier sets the flag of its meter point and gets a receipt', async (t) => {
  const desk = await openDesk(t)
  const set = await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody({ reference: 'CASE-1' }) })
  t.equal(set.status, 201)
  t.equal(set.json.outcome, 'set')
  t.equal(set.headers.get('etag'), '"1"')
  t.equal(set.headers.get('location'), `/api/v1/restrictions/${set.json.restriction.id}`)
  t.match(set.json.restriction, {
    mpxn: '1200000000011',
    fuel: 'electricity',
    meter: '00-DB-00-00-00-00-00-03',
    members: ['00-DB-00-00-00-00-00-03'],
    state: 'effective',
    propagation: { state: 'propagating', inForceAt: null, inForceAfterMs: null },
    setter: { by: { party: 'SUP-E', role: 'supplier' }, reference: 'CASE-1' },
  })
  const read = await desk.ask('SUP-E', set.headers.get('location') ?? '')
  t.same(read.json, set.json.restriction, 'what is read is what was answered')
})

t.test('setting what is set answers the earlier receipt', async (t) => {
  const desk = await openDesk(t)
  const first = await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  const second = await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  t.equal(second.status, 200)
  t.equal(second.json.outcome, 'already-set')
  t.equal(second.json.restriction.id, first.json.restriction.id)
})

t.test('a refusal names each rule and what to do', async (t) => {
  const desk = await openDesk(t)
  const body = setBody({
    declaration: { steps: [], date: '', evidence: '', isLastResort: false, isCreditMode: false },
  })
  const refused = await desk.ask('SUP-E', '/api/v1/restrictions', { body })
  t.equal(refused.status, 422)
  t.equal(refused.json.code, 'refused')
  t.equal(refused.headers.get('content-type'), 'application/problem+json')
  const rules = refused.json.refusals.map(({ rule }: { rule: string }) => rule)
  t.ok(rules.includes('steps-missing') && rules.includes('evidence-missing'), rules.join(' '))
  for (const refusal of refused.json.refusals) t.ok(refusal.text && refusal.whatToDo)
})

t.test('another Supplier cannot tell from refusals whether there is a flag', async (t) => {
  const desk = await openDesk(t)
  const { json } = await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  const there = await desk.ask('SUP-N', `/api/v1/restrictions/${json.restriction.id}`)
  const absent = await desk.ask('SUP-N', '/api/v1/restrictions/R-00000000000000000000000000')
  t.equal(there.status, 404)
  const { instance: _, ...one } = there.json
  const { instance: __, ...other } = absent.json
  t.same(one, other)
  const clear = { body: CLEAR_BODY, headers: { 'if-match': '"9"' } }
  const cleared = await desk.ask('SUP-N', `/api/v1/restrictions/${json.restriction.id}/clear`, clear)
  t.equal(cleared.status, 422, 'not 412: its version is nobody else’s business')
})

t.test('a preview says what stops and what stays, and changes nothing', async (t) => {
  const desk = await openDesk(t)
  const before = await desk.store.position()
  const { status, json } = await desk.ask('SUP-E', '/api/v1/restrictions/preview', { body: setBody() })
  t.equal(status, 200)
  t.equal(json.outcome, 'set')
  t.ok(json.stops.length > 0 && json.stays.length > 0)
  t.equal(await desk.store.position(), before)
})

t.test('of 100 changes made against the same ETag one is done and 99 answer 412', async (t) => {
  const desk = await openDesk(t)
  const { json, headers } = await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  const path = `/api/v1/restrictions/${json.restriction.id}/clear`
  const etag = headers.get('etag') ?? ''
  const clears = Array.from({ length: 100 }, () =>
    desk.ask('SUP-E', path, { body: CLEAR_BODY, headers: { 'if-match': etag } }),
  )
  const statuses = (await Promise.all(clears)).map(({ status }) => status)
  t.equal(statuses.filter((status) => status === 200).length, 1)
  t.equal(statuses.filter((status) => status === 412).length, 99)
  const read = await desk.ask('SUP-E', `/api/v1/restrictions/${json.restriction.id}`)
  t.equal(read.json.version, 2, 'changed once')
  t.equal(read.json.state, 'cleared')
})

t.test('a change without If-Match answers 428', async (t) => {
  const desk = await openDesk(t)
  const ahead = new Date(desk.clock.now() + 86_400_000).toISOString()
  const { json } = await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody({ from: ahead }) })
  const before = await desk.store.position()

  const clear = await desk.ask('SUP-E', `/api/v1/restrictions/${json.restriction.id}/clear`, {
    body: CLEAR_BODY,
  })
  t.equal(clear.status, 428)
  const change = await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  t.equal(change.status, 428, 'an earlier start is a change of the flag that is there')
  t.match(change.json.detail, json.restriction.id)
  t.equal(await desk.store.position(), before, 'neither changed anything')

  const known = await desk.ask('SUP-E', '/api/v1/restrictions', {
    body: setBody(),
    headers: { 'if-match': '"1"' },
  })
  t.equal(known.status, 200)
  t.equal(known.json.outcome, 'changed')
  const stale = await desk.ask('SUP-E', '/api/v1/restrictions', {
    body: setBody({ from: ahead }),
    headers: { 'if-match': '"1"' },
  })
  t.equal(stale.status, 412)
})

t.test('an ETag that is none is named as such', async (t) => {
  const desk = await openDesk(t)
  for (const etag of ['3', 'W/"3"', '*', '"x"']) {
    const { status, json } = await desk.ask('SUP-E', '/api/v1/restrictions/R-1/clear', {
      body: CLEAR_BODY,
      headers: { 'if-match': etag },
    })
    t.equal(status, 400, etag)
    t.equal(json.invalid[0].where, 'header.if-match')
  }
})

t.test('a request with an Idempotency-Key is done once', async (t) => {
  const desk = await openDesk(t)
  const once = { body: setBody(), headers: { 'idempotency-key': freshKey() } }
  const first = await desk.ask('SUP-E', '/api/v1/restrictions', once)
  const position = await desk.store.position()
  const again = await desk.ask('SUP-E', '/api/v1/restrictions', once)
  t.equal(again.status, 201, 'the same answer, not already-set')
  t.equal(again.text, first.text)
  for (const name of ['etag', 'location']) t.equal(again.headers.get(name), first.headers.get(name))
  t.equal(await desk.store.position(), position)
})

t.test('twenty requests at once with one Idempotency-Key have one effect and one answer', async (t) => {
  const desk = await openDesk(t)
  const once = { body: setBody(), headers: { 'idempotency-key': freshKey() } }
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => desk.ask('SUP-E', '/api/v1/restrictions', once)),
  )
  t.equal(new Set(answers.map(({ text }) => text)).size, 1)
  t.ok(answers.every(({ status }) => status === 201))
})

t.test('an Idempotency-Key of another request answers 422', async (t) => {
  const desk = await openDesk(t)
  const headers = { 'idempotency-key': freshKey() }
  const { json } = await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody(), headers })
  const otherBody = await desk.ask('SUP-E', '/api/v1/restrictions', {
    body: setBody({ reference: 'CASE-2' }),
    headers,
  })
  const path = `/api/v1/restrictions/${json.restriction.id}/clear`
  const otherPath = await desk.ask('SUP-E', path, {
    body: CLEAR_BODY,
    headers: { ...headers, 'if-match': '"1"' },
  })
  for (const { status, json } of [otherBody, otherPath]) {
    t.equal(status, 422)
    t.equal(json.code, 'idempotency-key-reused')
  }
  const foreign = await desk.ask('SUP-G', '/api/v1/restrictions', {
    body: setBody({ mpxn: '7400000001' }),
    headers,
  })
  t.equal(foreign.status, 201, 'keys of one party are nothing to another')
})

t.test(
  'an Idempotency-Key of another If-Match, path or role answers 422, though the body is the same',
  async (t) => {
    const desk = await openDesk(t)
    const mpxn = '1200000000011'
    await desk.store.change((unit) =>
      unit.inventory.putRegistrations([supplied(mpxn, 'TWO'), supplied(MPRN, 'TWO')]),
    )
    const as = (role: string, path: string, body: unknown, headers: Record<string, string>) =>
      desk.ask('TWO', path, { body, headers: { ...headers, 'duisgate-role': role } })
    const keyOf = (key: string) => ({ 'idempotency-key': key })
    const refused = { status: 422, json: { code: 'idempotency-key-reused' } }

    const setting = { body: setBody({ onBehalfOf: 'TWO', ticket: 'INC-204711' }), key: keyOf(freshKey()) }
    const set = await as('supplier', '/api/v1/restrictions', setting.body, setting.key)
    t.equal(set.status, 201)
    t.match(await as('service-centre', '/api/v1/restrictions', setting.body, setting.key), refused, 'role')

    const gas = await as('supplier', '/api/v1/restrictions', setBody({ mpxn: MPRN }), keyOf(freshKey()))
    const clearOf = ({ json }: typeof set) => `/api/v1/restrictions/${json.restriction.id}/clear`
    const clearing = keyOf(freshKey())
    const clear = (path: string, etag: string) =>
      as('supplier', path, CLEAR_BODY, { ...clearing, 'if-match': etag })
    const cleared = await clear(clearOf(set), '"1"')
    t.equal(cleared.status, 200)
    t.equal((await clear(clearOf(set), '"1"')).text, cleared.text, 'the same request')
    t.match(await clear(clearOf(set), '"2"'), refused, 'If-Match')
    t.match(await clear(clearOf(gas), '"1"'), refused, 'path')
  },
)

t.test('the kept answer outlives a restart', async (t) => {
  const file = `${t.testdir()}/control.db`
  const headers = { 'idempotency-key': freshKey() }
  const before = await openDesk(t, { file })
  const first = await before.ask('SUP-E', '/api/v1/restrictions', { body: setBody(), headers })
  await before.store.close()
  const after = await openDesk(t, { file, isEmpty: true })
  const again = await after.ask('SUP-E', '/api/v1/restrictions', { body: setBody(), headers })
  t.equal(again.status, 201)
  t.equal(again.text, first.text)
})

t.test('a refused request leaves its key free', async (t) => {
  const desk = await openDesk(t)
  const headers = { 'idempotency-key': freshKey() }
  const early = await desk.ask('SUP-N', '/api/v1/restrictions', { body: setBody(), headers })
  t.equal(early.status, 422)
  const file = `mpxn,role,party,from,until\r\n1200000000011,supplier,SUP-N,${new Date(desk.clock.now() - 1_000).toISOString()},\r\n`
  await desk.ask('OPS', '/api/v1/registrations', { body: file })
  t.equal((await desk.ask('SUP-N', '/api/v1/restrictions', { body: setBody(), headers })).status, 201)
})

t.test(
  'a change is propagating until every live gateway has it, then in force with the time it took',
  async (t) => {
    const desk = await openDesk(t)
    const report = { id: 'gw-1', state: 'fresh', tableRevision: 'x', counts: {} }
    await desk.store.reportGateway({ ...report, sequence: await desk.store.position() }, 60_000)
    const { json } = await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
    const path = `/api/v1/restrictions/${json.restriction.id}`
    t.equal((await desk.ask('SUP-E', path)).json.propagation.state, 'propagating')

    const waiting = desk.ask('SUP-E', `${path}?wait=in-force&timeoutMs=30000`)
    desk.clock.pass(120)
    await desk.store.reportGateway({ ...report, sequence: await desk.store.position() }, 60_000)
    const { propagation } = (await waiting).json
    t.match(propagation, { state: 'in force', inForceAfterMs: 120 })
  },
)

t.test('a change tells which gateways nobody can vouch for', async (t) => {
  const desk = await openDesk(t)
  const report = { state: 'fresh', tableRevision: 'x', counts: {} }
  const tell = async (id: string, clock?: ClockSkew) =>
    desk.store.reportGateway({ id, ...report, clock, sequence: await desk.store.position() }, 6_000)
  await tell('gw-1')
  await tell('gw-2')
  await desk.store.reportGateway({ id: 'gone', ...report, state: 'stopped', sequence: 0 }, 0)
  const { json } = await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  const path = `/api/v1/restrictions/${json.restriction.id}`
  const notVouchedFor = async () => (await desk.ask('SUP-E', path)).json.propagation.notVouchedFor
  t.same(await notVouchedFor(), [])
  for (let passed = 0; passed < 9_000; passed += 1_500) {
    desk.clock.pass(1_500)
    await tell('gw-1')
  }
  t.match(await notVouchedFor(), [{ gateway: 'gw-2', why: 'silent', lastReportAt: /^20/ }])
  await tell('gw-1', { skewMs: -10_000, isBehind: true })
  t.match(await notVouchedFor(), [{ gateway: 'gw-1', why: 'clock-behind' }, { gateway: 'gw-2' }])
  t.match((await desk.ask('OPS', '/api/v1/operations')).json.gateways, [
    { id: 'gone', clockSkewMs: null },
    { id: 'gw-1', clockSkewMs: -10_000, holdsUpChanges: true },
    { id: 'gw-2', seenAgoMs: 9_000, holdsUpChanges: false },
  ])
})

t.test('waiting ends after the time given, with the flag as it is', async (t) => {
  const desk = await openDesk(t)
  const { json } = await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  const waited = await desk.ask(
    'SUP-E',
    `/api/v1/restrictions/${json.restriction.id}?wait=in-force&timeoutMs=0`,
  )
  t.equal(waited.status, 200)
  t.equal(waited.json.propagation.state, 'propagating')
})

t.test('who set a flag is shown to that Supplier, the Service Centre and auditors', async (t) => {
  const desk = await openDesk(t)
  const body = setBody({ onBehalfOf: 'SUP-E', ticket: 'INC-204711' })
  const { json } = await desk.ask('DCC', '/api/v1/restrictions', { body })
  const path = `/api/v1/restrictions/${json.restriction.id}`
  for (const party of ['SUP-E', 'DCC', 'AUD'])
    t.match((await desk.ask(party, path)).json.setter, { by: { party: 'DCC' }, onBehalfOf: 'SUP-E' }, party)
  t.equal((await desk.ask('OPS', path)).json.setter, null)
  for (const party of ['NET', 'CSP-N']) t.equal((await desk.ask(party, path)).status, 403, party)
})

t.test(
  'a preview of a clear says what passes again and what does not come back, and changes nothing',
  async (t) => {
    const desk = await openDesk(t)
    const set = await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
    const path = `/api/v1/restrictions/${set.json.restriction.id}`
    const position = await desk.store.position()
    const { status, json } = await desk.ask('SUP-E', `${path}/clear/preview`, { body: CLEAR_BODY })
    t.equal(status, 200)
    t.match(json, { outcome: 'cleared', mpxn: '1200000000011', stayRestricted: [] })
    t.ok(json.resumes.some((line: { codes: string[] }) => line.codes.includes('4.8.1')))
    t.match(json.notes.join(' '), /destroyed.*Schedules are not made again/)
    t.equal(await desk.store.position(), position)
    t.equal((await desk.ask('SUP-E', path)).json.state, 'effective')
    const refused = await desk.ask('SUP-G', `${path}/clear/preview`, { body: CLEAR_BODY })
    t.equal(refused.status, 422)
  },
)
