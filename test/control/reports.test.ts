/** The reports over the API: who may have them, what they hold, and what the status of a Device tells apart. */
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import type { TableProposal } from '../../src/core/policy/table-proposal.ts'
import { tableHashOf } from '../../src/core/policy/table-revision.ts'
import { keptList, stoppedAt } from '../reports/reports-place.ts'
import { ESME, HUB, START } from '../restriction/scene.ts'
import { openDesk, setBody } from './desk.ts'
import { furnishReports, MONTH } from './page/furnish-reports.ts'

t.test('reports have pages, files and one month', async (t) => {
  const desk = await openDesk(t)
  await furnishReports(desk.store)
  const performance = await desk.ask('AUD', `/api/v1/reports/performance?month=${MONTH}`)
  t.match(
    performance.json.find(({ srv }: { srv: string }) => srv === '4.1.1'),
    {
      ...{ requests: 9_712, sent: 9_400, rejected: 312, succeeded: 9_120, failed: 180, exceptions: 312 },
      ...{ successRate: 9_120 / (9_120 + 180 + 312), successRateWithoutExceptions: 9_120 / 9_300 },
    },
  )
  t.match((await desk.ask('AUD', `/api/v1/reports/leaks?month=${MONTH}`)).json, [
    { gateway: 'gw-1', faults: 1, leaks: [{ code: '8F0A' }] },
    { gateway: 'gw-2', faults: 0, leaks: [] },
  ])
  const file = await desk.ask('AUD', `/api/v1/reports/performance.csv?month=${MONTH}`)
  t.match(file.headers.get('content-disposition'), `performance-${MONTH}.csv`)
  t.equal(file.text.split('\r\n').length, 5)
  for (const wrong of ['', '?month=2026-13', '?month=October', '?month=2026-10&month=2026-11'])
    t.equal((await desk.ask('AUD', `/api/v1/reports/uptake${wrong}`)).status, 400, wrong)
})

t.test('a month that has not begun is refused, and one under way says up to when it is told', async (t) => {
  const desk = await openDesk(t)
  await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  desk.clock.pass(86_400_000)
  const reports = ['exceptions', 'performance', 'uptake', 'leaks', 'evidence']
  for (const report of [...reports, 'exceptions.csv', 'performance.csv', 'uptake.csv'])
    t.match(
      (await desk.ask('AUD', `/api/v1/reports/${report}?month=2027-02`)).json,
      { status: 400, invalid: [{ where: 'query.month', text: /^2027-02 has not begun\./ }] },
      report,
    )
  const now = new Date(START + 86_400_000).toISOString()
  const file = async (month: string) => desk.ask('AUD', `/api/v1/reports/exceptions.csv?month=${month}`)
  const running = await file('2027-01')
  t.match(running.headers.get('content-disposition'), 'exceptions-2027-01-so-far.csv')
  t.ok(running.text.trim().split('\r\n')[1]?.endsWith(`,${now}`), 'up to now')
  desk.clock.wall = instantOf(Date.parse('2027-03-01T00:00:00Z'))
  const ended = await file('2027-02')
  t.match(ended.headers.get('content-disposition'), 'exceptions-2027-02.csv')
  t.ok(ended.text.trim().split('\r\n')[1]?.endsWith(',2027-03-01T00:00:00.000Z'), 'up to its end')
})

t.test('exceptions come in pages whose cursors are good for their month only', async (t) => {
  const desk = await openDesk(t)
  for (const mpxn of ['1200000000011', '7400000001']) {
    const party = mpxn.length > 10 ? 'SUP-E' : 'SUP-G'
    t.equal((await desk.ask(party, '/api/v1/restrictions', { body: setBody({ mpxn }) })).status, 201)
  }
  desk.clock.pass(86_400_000)
  const path = '/api/v1/reports/exceptions?month=2027-01&limit=2'
  const first = (await desk.ask('AUD', path)).json
  const second = (await desk.ask('AUD', `${path}&cursor=${first.next}`)).json
  t.equal(first.items.length + second.items.length, 3, 'a meter, and a gas meter with its Gas Proxy Function')
  t.equal(second.next, null)
  t.match(first.items[0], { region: 'North', restrictedMs: 86_400_000, blocked: [] })
  const elsewhere = await desk.ask('AUD', `${path.replace('2027-01', '2027-02')}&cursor=${first.next}`)
  t.equal(elsewhere.json.code, 'cursor-invalid')
  const seenBy = async (party: string) =>
    (await desk.ask(party, '/api/v1/reports/exceptions?month=2027-01')).json.items.map(
      ({ supplier }: { supplier: string }) => supplier,
    )
  t.same(await seenBy('SUP-E'), ['SUP-E'])
  t.same(await seenBy('CSP-N'), ['', '', ''], 'a CSP is told no Supplier')
})

t.test('an incident is recorded, changed, and named by the exceptions of its region', async (t) => {
  const desk = await openDesk(t)
  await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  desk.clock.pass(86_400_000)
  const from = new Date(START + 3_600_000).toISOString()
  const incident = { reference: 'INC-204711', from, regions: ['North'], srvs: ['4.8.1'] }
  const recorded = await desk.ask('OPS', '/api/v1/incidents', { body: incident })
  t.equal(recorded.status, 200)
  t.same(recorded.json, { ...incident, until: null, device: null, openedBy: 'OPS' })
  await desk.ask('DCC', '/api/v1/incidents', {
    body: { ...incident, reference: 'INC-2', regions: ['South'] },
  })
  t.equal((await desk.ask('SUP-E', '/api/v1/incidents', { body: incident })).status, 403)
  const listed = async () =>
    (await desk.ask('AUD', '/api/v1/incidents?month=2027-01')).json.map(
      (each: { until: string }) => each.until,
    )
  t.same(await listed(), [null, null])
  const named = async (party: string) =>
    (await desk.ask(party, '/api/v1/reports/exceptions?month=2027-01')).json.items[0].incidents
  t.same(await named('CSP-N'), ['INC-204711'])
  t.same(await named('SUP-E'), ['INC-204711'])
  const until = new Date(START + 7_200_000).toISOString()
  t.equal((await desk.ask('OPS', '/api/v1/incidents', { body: { ...incident, until } })).status, 200)
  t.same(await listed(), [null, until])
  const wrong = await desk.ask('OPS', '/api/v1/incidents', { body: { ...incident, until: from } })
  t.match(wrong.json, { status: 422, detail: 'give an end that is after the start' })
  const trail = await desk.store.read((view) => view.audit.list({ subject: 'INC-204711' }, 10))
  t.match(trail.items, [{ action: 'incident.recorded', detail: { until } }, { detail: { until: null } }])
})

t.test('evidence shows operations no more than they may know', async (t) => {
  const desk = await openDesk(t)
  await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody({ reference: 'CASE-77' }) })
  const evidence = async (party: string) =>
    (await desk.ask(party, '/api/v1/reports/evidence?month=2027-01')).text
  t.match(await evidence('AUD'), /CASE-77[\s\S]*<\/html>/)
  t.match(await evidence('OPS'), /The flag was set/)
  t.notMatch(await evidence('OPS'), /CASE-77|somebody at SUP-E/)
})

t.test('evidence has the rows of a list that gateways decided by, in a table with its caption', async (t) => {
  const desk = await openDesk(t)
  const used = { day: '2027-01-02', firstAt: START, lastAt: START, messages: 1 }
  await desk.store.reports.keepList({ ...keptList, revision: 'abc' })
  const { mark, ...batch } = stoppedAt()
  await desk.store.reports.keepBatch({ ...batch, mark, listDays: [{ ...used, revision: 'abc' }] })
  const { text } = await desk.ask('AUD', '/api/v1/reports/evidence?month=2027-01')
  t.match(
    text,
    new RegExp(`The list ${keptList.name}, revision abc</h2>\\s*<table[^>]*>\\s*<caption[^>]*>Rows<`),
  )
})

t.test('evidence has who approved the list in force, and its text', async (t) => {
  const desk = await openDesk(t)
  const someone = (name: string) => ({ party: 'OPS', role: 'operations', name }) as const
  const approved = (id: string, content: string, inForceAt: string): TableProposal => ({
    ...{ id, kind: 'change', hash: tableHashOf(content), revision: tableHashOf(content).slice(0, 12) },
    ...{ name: `list of ${id}`, isShadow: false, reason: 'because', from: undefined, basis: undefined },
    ...{ tests: '', proposedBy: someone('jane'), proposedAt: START, state: 'approved', note: undefined },
    ...{ decidedBy: someone('john'), decidedAt: START, inForceAt: instantOf(Date.parse(inForceAt)) },
  })
  await desk.store.change(async ({ tables }) => {
    for (const [id, time] of [
      ['old', '2026-11-01T00:00:00Z'],
      ['now', '2026-12-31T23:00:00Z'],
      ['later', '2027-02-01T00:00:00Z'],
    ] as const) {
      const content = `text of <${id}>`
      const proposal = approved(id, content, time)
      await tables.keepRevision({ ...proposal, content, keptAt: START })
      await tables.putProposal(proposal)
    }
  })
  const { text } = await desk.ask('AUD', '/api/v1/reports/evidence?month=2027-01')
  t.match(text, /list of now[\s\S]*OPS, jane[\s\S]*OPS, john[\s\S]*text of &lt;now&gt;/)
  t.notMatch(text, /list of (?:old|later)/)
})

t.test('Restricted, no WAN, no response and nothing known are told apart', async (t) => {
  const desk = await openDesk(t)
  const state = async () => {
    const { json } = await desk.ask('CSP-N', '/api/v1/devices/00-DB-00-00-00-00-00-03/status')
    return json.state
  }
  const told: string[] = []
  let offset = 0
  const keep = async (device: typeof ESME, sign: 'no-wan' | 'no-response' | 'heard', at: number) => {
    const trouble = sign === 'heard' ? undefined : sign
    const sighting = {
      ...{ device, trouble, troubleAt: trouble && instantOf(at) },
      heardAt: sign === 'heard' ? instantOf(at) : undefined,
    }
    const mark = { journal: 'j', name: 'j', offset: offset + 1, records: 1, unreadable: 0 }
    await desk.store.reports.keepBatch({
      ...{ from: offset, counts: [], blocked: [], listDays: [], sightings: [sighting] },
      mark: { ...mark, firstAt: undefined, lastAt: undefined },
    })
    offset++
    told.push(await state())
  }
  t.equal(await state(), 'no-known-fault')
  await keep(ESME, 'no-response', 100)
  await keep(ESME, 'no-wan', 100)
  await keep(ESME, 'no-response', 99)
  await keep(ESME, 'heard', 90)
  await keep(ESME, 'heard', 101)
  await keep(HUB, 'no-wan', 200)
  t.same(told, ['no-response', 'no-wan', 'no-wan', 'no-wan', 'no-known-fault', 'no-wan'])
  await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  t.equal(await state(), 'restricted', 'never a fault')
})
