/** The feed of Restricted meter points: each once, as it is now, for those who may, and in the audit. */
import t from 'tap'
import { type Desk, openDesk, setBody } from './desk.ts'

const [MPAN, MPRN] = ['1200000000011', '7400000001']

async function feed(desk: Desk, party: string, after = 0, limit = 1_000) {
  const { json } = await desk.ask(party, `/api/v1/restricted-meter-points?after=${after}&limit=${limit}`)
  return json
}

t.test('a meter point comes once, as it is now, and again when it changes', async (t) => {
  const desk = await openDesk(t)
  t.same((await feed(desk, 'AUD')).meterPoints, [])
  const done = await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  const set = done.json.restriction
  await desk.ask('SUP-G', '/api/v1/restrictions', { body: setBody({ mpxn: MPRN }) })
  const first = await feed(desk, 'AUD')
  t.match(first.meterPoints, [
    { mpxn: MPAN, state: 'restricted', from: set.from, until: null },
    { mpxn: MPRN, state: 'restricted' },
  ])
  t.equal(first.next, first.latest)
  t.same((await feed(desk, 'AUD', first.next)).meterPoints, [])
  desk.clock.pass(1_000)
  const flag = await desk.ask('SUP-E', `/api/v1/restrictions/${set.id}`)
  const cleared = await desk.ask('SUP-E', `/api/v1/restrictions/${set.id}/clear`, {
    body: { reason: 'consumer-request', reference: 'CASE-1' },
    headers: { 'if-match': flag.headers.get('etag') ?? '' },
  })
  t.equal(cleared.status, 200)
  t.match((await feed(desk, 'AUD', first.next)).meterPoints, [
    { mpxn: MPAN, state: 'not-restricted', from: null },
  ])
})

t.test('one that is to come is told with its time', async (t) => {
  const desk = await openDesk(t)
  const from = new Date(desk.clock.wall + 86_400_000).toISOString()
  await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody({ from }) })
  t.match((await feed(desk, 'AUD')).meterPoints, [{ mpxn: MPAN, state: 'scheduled', from }])
})

t.test('a Supplier sees what it supplies, and moves on past the rest', async (t) => {
  const desk = await openDesk(t)
  await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  await desk.ask('SUP-G', '/api/v1/restrictions', { body: setBody({ mpxn: MPRN }) })
  const seen = await feed(desk, 'SUP-G')
  t.match(seen.meterPoints, [{ mpxn: MPRN }])
  t.equal(seen.next, seen.latest)
})

t.test('every fetch is in the audit', async (t) => {
  const desk = await openDesk(t)
  await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  await feed(desk, 'SUP-E', 0, 1)
  const [entry] = (await desk.ask('AUD', '/api/v1/audit')).json.items
  t.match(entry, { action: 'meter-points.fetched', actor: { party: 'SUP-E' }, detail: { after: 0 } })
})
