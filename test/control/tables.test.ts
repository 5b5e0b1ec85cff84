/** Tables over the API: two people, the history for everybody, the impact and decisions by role. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { ROLES } from '../../src/core/restriction/party.ts'
import { newDecisionId } from '../../src/gateway/decision-id.ts'
import { LENIENT, LENIENT_TESTS, RECOMMENDED, RECOMMENDED_TESTS, revisionOf } from '../governance/tables.ts'
import { START } from '../restriction/scene.ts'
import { temporaryFolder } from '../support/start-gateway.ts'
import { type Desk, freshKey, openDesk, partyWith } from './desk.ts'

const PROPOSAL = { content: RECOMMENDED, tests: RECOMMENDED_TESTS, reason: 'the first list' }

const ask = (desk: Desk, party: string, path: string, body?: unknown, headers = {}) =>
  desk.ask(party, `/api/v1${path}`, body === undefined ? {} : { body, headers })

async function bringIn(desk: Desk, body: object): Promise<string> {
  const { json } = await ask(desk, 'OPS', '/table-proposals', body)
  // A note is all that it could say, so it may have no body.
  const headers = { 'idempotency-key': freshKey() }
  const path = `/api/v1/table-proposals/${json.proposal.id}/approve`
  const { status } = await desk.ask('OPS-2', path, { method: 'POST', headers })
  if (status !== 200) throw new Error(`not approved: ${status}`)
  return json.proposal.id
}

t.test('the list in force is the one that live gateways run', async (t) => {
  const desk = await openDesk(t)
  const own = (await ask(desk, 'SUP-E', '/table')).json.revision
  await bringIn(desk, { content: LENIENT, tests: LENIENT_TESTS, reason: 'because' })
  const report = (id: string, tableRevision: string) =>
    desk.store.reportGateway({ id, sequence: 0, state: 'in-step', tableRevision, counts: {} }, 9_000)
  t.equal((await ask(desk, 'SUP-E', '/table')).json.revision, own, 'nobody runs any')
  await report('g1', 'never-kept')
  t.match(await ask(desk, 'SUP-E', '/table'), { status: 503, json: { code: 'list-not-at-hand' } })
  await report('g2', revisionOf(LENIENT))
  t.match(await ask(desk, 'SUP-E', '/table'), { status: 200, json: { revision: revisionOf(LENIENT) } })
  await report('g3', own)
  t.equal((await ask(desk, 'SUP-E', '/table')).json.revision, own, 'one of them runs its own')
})

t.test(
  'one person proposes, another approves, and everybody can read the list in force and its history',
  async (t) => {
    const desk = await openDesk(t)
    t.match((await ask(desk, 'SUP-E', '/tables')).json, { isGoverned: true, inForce: null, spans: [] })
    t.equal((await ask(desk, 'SUP-E', '/tables/at')).status, 404)
    const proposed = await ask(desk, 'OPS', '/table-proposals', PROPOSAL)
    t.equal(proposed.status, 201)
    const { id } = proposed.json.proposal
    t.equal(proposed.headers.get('location'), `/api/v1/table-proposals/${id}`)
    const own = await ask(desk, 'OPS', `/table-proposals/${id}/approve`, {})
    t.match(own, { status: 422, json: { code: 'refused', refusals: [{ rule: 'same-person' }] } })
    const untyped = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'looked at' }
    t.equal((await desk.ask('OPS-2', `/api/v1/table-proposals/${id}/approve`, untyped)).status, 415)
    const approved = await ask(desk, 'OPS-2', `/table-proposals/${id}/approve`, { note: 'looked at' })
    t.match(approved, {
      status: 200,
      json: { outcome: 'approved', proposal: { stage: 'in-force', note: 'looked at' } },
    })
    await desk.store.reportGateway(
      { id: 'g1', sequence: 0, state: 'in-step', tableRevision: 'other', counts: {} },
      9_000,
    )
    await desk.store.reportGateway(
      { id: 'g2', sequence: 0, state: 'in-step', tableRevision: revisionOf(RECOMMENDED), counts: {} },
      9_000,
    )
    for (const role of ROLES)
      t.match((await ask(desk, partyWith(role), '/tables')).json, {
        inForce: { revision: revisionOf(RECOMMENDED), until: null },
        gateways: { live: 2, running: 1 },
      })
    desk.clock.pass(3_600_000)
    await bringIn(desk, { content: LENIENT, tests: LENIENT_TESTS, reason: 'because' })
    const then = (await ask(desk, 'SUP-E', `/tables/at?at=${new Date(START + 60_000).toISOString()}`)).json
    t.equal(then.content, RECOMMENDED)
    t.equal((await ask(desk, 'SUP-E', '/tables/at')).json.content, LENIENT)
    t.same(
      (await ask(desk, 'AUD', '/table-proposals')).json.items.map(({ stage }: { stage: string }) => stage),
      ['in-force', 'superseded'],
    )
  },
)

t.test('an approver sees what changes, code by code', async (t) => {
  const desk = await openDesk(t)
  await bringIn(desk, PROPOSAL)
  const { json } = await ask(desk, 'OPS', '/table-proposals', {
    ...PROPOSAL,
    content: LENIENT,
    tests: LENIENT_TESTS,
  })
  const whole = (await ask(desk, 'DCC', `/table-proposals/${json.proposal.id}`)).json
  t.match(whole, { content: LENIENT, tests: LENIENT_TESTS, proposal: { basis: revisionOf(RECOMMENDED) } })
  t.match(whole.differences, [
    {
      what: 'SRV 4.18',
      before: { words: /^block; unknown defer/ },
      after: { words: /^pass; class billing/ },
    },
  ])
  t.equal((await ask(desk, 'DCC', '/table-proposals/P-1')).status, 404)
})

t.test(
  'a proposal that is sent again is made once, and one that is refused says what is wrong',
  async (t) => {
    const desk = await openDesk(t)
    const headers = { 'idempotency-key': freshKey() }
    const [first, again] = [
      await ask(desk, 'OPS', '/table-proposals', PROPOSAL, headers),
      await ask(desk, 'OPS', '/table-proposals', PROPOSAL, headers),
    ]
    t.same(again.json, first.json)
    const reused = await ask(desk, 'OPS', '/table-proposals', { ...PROPOSAL, reason: 'other' }, headers)
    t.match(reused, { status: 422, json: { code: 'idempotency-key-reused' } })
    const bad = await ask(desk, 'OPS', '/table-proposals', { ...PROPOSAL, content: 'name: x' })
    t.match(bad, { status: 422, json: { refusals: [{ rule: 'table-has-problems' }] } })
    t.match(await ask(desk, 'OPS', '/table-proposals/P-1/approve', {}), { status: 404 })
    const { id } = first.json.proposal
    t.match(await ask(desk, 'OPS-2', `/table-proposals/${id}/reject`, { reason: ' ' }), { status: 422 })
    t.match((await ask(desk, 'OPS-2', `/table-proposals/${id}/reject`, { reason: 'no' })).json, {
      outcome: 'rejected',
    })
    const { json } = await ask(desk, 'AUD', '/audit')
    t.same(
      json.items
        .map(({ action }: { action: string }) => action)
        .filter((action: string) => action.startsWith('table.')),
      ['table.rejected', 'table.refused', 'table.refused', 'table.refused', 'table.proposed'],
    )
  },
)

t.test('a roll-back takes two people as well', async (t) => {
  const desk = await openDesk(t)
  await bringIn(desk, PROPOSAL)
  desk.clock.pass(1_000)
  await bringIn(desk, { content: LENIENT, tests: LENIENT_TESTS, reason: 'because' })
  const back = { revision: revisionOf(RECOMMENDED), reason: 'the balance leaks' }
  const { json } = await ask(desk, 'OPS', '/table-roll-backs', back)
  t.equal((await ask(desk, 'SUP-E', '/tables')).json.inForce.revision, revisionOf(LENIENT))
  t.equal((await ask(desk, 'OPS-2', `/table-proposals/${json.proposal.id}/approve`, {})).status, 200)
  t.equal((await ask(desk, 'SUP-E', '/tables')).json.inForce.revision, revisionOf(RECOMMENDED))
})

t.test(
  'a rejection’s reference is resolved by the Service Centre, and by a Supplier for messages of its own',
  async (t) => {
    const folder = await temporaryFolder(t)
    const desk = await openDesk(t, { journalFolders: [folder] })
    await bringIn(desk, PROPOSAL)
    const decision = newDecisionId(instantOf(Date.parse('2026-12-10T09:00:00Z')))
    const requestId = '90-B3-D5-1F-30-01-00-01:00-DB-00-00-00-00-00-03:7'
    const record = {
      ...{ decision, time: '2026-12-10T09:00:00.000Z', direction: 'southbound', part: 'message' },
      ...{ kind: 'service-request', codes: ['4.18'], devices: ['00-DB-00-00-00-00-00-03'], deviceCount: 1 },
      ...{ user: '90-B3-D5-1F-30-01-00-01', requestId, verdict: 'reject', rule: 'read-meter-balance' },
      ...{
        class: 'billing',
        tableRevision: revisionOf(RECOMMENDED),
        flag: 'restricted',
        outcome: 'rejected',
      },
      ...{ flagDevice: '00-DB-00-00-00-00-00-03', flagVersion: 7, flagAgeMs: 12 },
    }
    writeFileSync(join(folder, 'gateway-2026-12-10.ndjson'), `${JSON.stringify(record)}\n`)
    for (const party of ['DCC', 'OPS', 'AUD', 'SUP-E']) {
      const { json } = await ask(desk, party, `/decisions/${decision}`)
      t.match(
        json.decisions,
        [{ record, row: { table: 'recommended', text: /^id: read-meter-balance/ } }],
        party,
      )
    }
    t.equal((await ask(desk, 'SUP-G', `/decisions/${decision}`)).status, 404, 'not of another Supplier')
    t.equal((await ask(desk, 'CSP-N', `/decisions/${decision}`)).status, 403)
    t.equal((await ask(desk, 'DCC', `/decisions/${newDecisionId(START)}`)).status, 404)
    const query = new URLSearchParams({ requestId, from: '2026-12-10T00:00:00Z' })
    t.equal((await ask(desk, 'DCC', `/decisions?${query}`)).json.decisions.length, 1)
    t.equal((await ask(desk, 'SUP-G', `/decisions?${query}`)).json.decisions.length, 0)

    await ask(desk, 'OPS', '/table-proposals', { content: LENIENT, tests: LENIENT_TESTS, reason: 'what if' })
    const impact = await ask(desk, 'OPS', `/tables/${revisionOf(LENIENT)}/impact?month=2026-12`)
    t.match(impact.json, { decided: 1, changed: 1, undecidable: 0, isComplete: true, files: 1 })
    t.match(impact.json.rows, [
      { codes: '4.18', role: 'supplier', region: 'North', before: 'reject', after: 'forward', messages: 1 },
    ])
    t.equal(
      (await ask(desk, 'OPS', `/tables/${revisionOf(LENIENT)}/impact`)).json.decided,
      1,
      'the last month',
    )
    t.equal((await ask(desk, 'OPS', '/tables/0123456789ab/impact')).status, 404)
    t.equal((await ask(desk, 'OPS', `/tables/${revisionOf(LENIENT)}/impact?month=soon`)).status, 400)
    t.equal((await ask(desk, 'SUP-E', `/tables/${revisionOf(LENIENT)}/impact`)).status, 403)
  },
)
