/** Incidents about a Device: whoever opens one is told that it is Restricted, and says why it goes on. */
import t from 'tap'
import type { Role } from '../../src/core/restriction/party.ts'
import { Reports } from '../../src/reports/reports.ts'
import { month } from '../reports/reports-place.ts'
import { device, key } from '../restriction/scene.ts'
import { ALL_PARTIES, type Desk, openDesk, setBody } from './desk.ts'

const METER = '00-DB-00-00-00-00-00-03'
const HUB = '00-DB-00-00-00-00-00-01'

function opening(desk: Desk, over: object = {}) {
  const from = new Date(desk.clock.wall).toISOString()
  return { reference: 'INC-204711', from, device: METER, ...over }
}

const record = (desk: Desk, party: string, body: object) => desk.ask(party, '/api/v1/incidents', { body })

async function actions(desk: Desk) {
  const { items } = (await desk.ask('AUD', '/api/v1/audit')).json
  return items.map(({ action, subject, detail }: { action: string; subject: string; detail: object }) => ({
    ...{ action, subject, detail },
  }))
}

t.test('an incident about a Device that is not Restricted is recorded at once', async (t) => {
  const desk = await openDesk(t)
  const done = await record(desk, 'DCC', opening(desk))
  t.match(done, { status: 200, json: { device: METER, openedBy: 'DCC', until: null } })
})

t.test('one about a Restricted Device goes on for a reason only, and both are in the audit', async (t) => {
  const desk = await openDesk(t)
  await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  const since = new Date(desk.clock.wall).toISOString()
  desk.clock.pass(60_000)
  const body = opening(desk)
  const told = await record(desk, 'OPS', body)
  t.match(told, { status: 422, json: { code: 'device-restricted' } })
  t.match(told.json.detail, `Restricted since ${since} by consumer choice, excluded from`)
  t.match((await actions(desk))[0], {
    ...{ action: 'restriction.looked-up', subject: METER, detail: { incident: 'INC-204711' } },
  })
  for (const reason of ['', ' \u200b', 'ring 07700 900123', 'x'.repeat(201)])
    t.equal((await record(desk, 'OPS', { ...body, reason })).json.code, 'device-restricted', reason)
  t.same((await desk.ask('OPS', '/api/v1/incidents?month=2027-01')).json, [])
  t.equal((await record(desk, 'OPS', { ...body, reason: 'the hub is off the network' })).status, 200)
  t.match((await actions(desk))[0], {
    action: 'incident.recorded',
    detail: { device: METER, restrictedSince: since, reason: 'the hub is off the network' },
  })
  const until = new Date(desk.clock.wall + 60_000).toISOString()
  t.equal((await record(desk, 'OPS', { ...body, until })).status, 200, 'and is not asked for twice')
})

t.test('a hub stands for all Devices behind it', async (t) => {
  const desk = await openDesk(t)
  await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  const told = await record(desk, 'OPS', opening(desk, { device: HUB }))
  t.match(told.json, { code: 'device-restricted', detail: new RegExp(`^${METER}: Restricted since`) })
})

t.test('a Device that nobody knows is a slip', async (t) => {
  const desk = await openDesk(t)
  const done = await record(desk, 'OPS', opening(desk, { device: '00-DB-00-00-00-00-99-99' }))
  t.match(done.json, { code: 'refused', detail: /does not know this Device/ })
})

t.test('a role that may see no incidents is told of none, not even of its own party', async (t) => {
  const desk = await openDesk(t)
  const from = desk.clock.wall
  await desk.store.change((unit) =>
    unit.incidents.put({
      ...{ reference: 'INC-1', from, until: undefined, regions: [], srvs: [], device: undefined },
      openedBy: 'TWO',
    }),
  )
  const reports = new Reports({
    ...{ store: desk.store, parties: ALL_PARTIES, regionsOfCsp: new Map(), clock: desk.clock },
  })
  const toldTo = async (role: Role) =>
    (await reports.incidents({ party: 'TWO', role, name: 'somebody' }, month('2027-01'))).length
  t.same([await toldTo('service-centre'), await toldTo('supplier')], [1, 0])
})

t.test('a CSP opens incidents about Devices of its regions, and sees and changes no others', async (t) => {
  const desk = await openDesk(t)
  t.match((await record(desk, 'CSP-N', opening(desk, { device: undefined }))).json.detail, /give the Device/)
  t.match(await record(desk, 'CSP-N', opening(desk)), { status: 200, json: { openedBy: 'CSP-N' } })
  await record(desk, 'OPS', opening(desk, { reference: 'INC-2', device: undefined }))
  t.match((await record(desk, 'CSP-N', opening(desk, { reference: 'INC-2' }))).json, {
    ...{ code: 'refused', detail: /another incident/ },
  })
  const seen = (await desk.ask('CSP-N', '/api/v1/incidents?month=2027-01')).json
  t.same(
    seen.map(({ reference }: { reference: string }) => reference),
    ['INC-204711'],
  )
  const south = device({ key: key('00-DB-00-00-00-00-00-77'), type: 'ESME', region: 'South', hub: undefined })
  await desk.store.change((unit) => unit.inventory.put([south]))
  const about = { reference: 'INC-3', device: '00-DB-00-00-00-00-00-77' }
  const elsewhere = await record(desk, 'CSP-N', opening(desk, about))
  t.match(elsewhere.json, { code: 'refused', detail: /no such Device in your regions/ })
})
