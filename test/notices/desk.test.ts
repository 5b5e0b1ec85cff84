/** Notices in the API, on the page and at the command line: who sees what, sending again, the digest. */
import t, { type Test } from 'tap'
import { formatEui64 } from '../../src/core/duis/eui64.ts'
import { FanOut } from '../../src/notices/fan-out.ts'
import { randomNoticeId } from '../../src/notices/notifier.ts'
import { createLog } from '../../src/observe/log.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { duisgate } from '../cli/run.ts'
import { type Desk, openDesk } from '../control/desk.ts'
import { asked, device, ESME, GPF, GSME, MPRN, NO_ROWS, START } from '../restriction/scene.ts'
import { ownDigest } from './own-digest.ts'
import { NORTH } from './telling.ts'

/** Flags of the household set over the API, and the notices of it made. */
async function told(t: Test, desk: Desk, isPushed = true): Promise<void> {
  const { declaration } = asked()
  for (const [party, mpxn] of [
    ['SUP-E', '1200000000011'],
    ['SUP-G', MPRN],
  ] as const)
    t.equal(
      (await desk.ask(party, '/api/v1/restrictions', { method: 'POST', body: { mpxn, declaration } })).status,
      201,
    )
  const { store, clock } = desk
  const partners = [{ ...NORTH, isPushed }]
  const log = createLog({ level: 'silent' })
  const fanOut = new FanOut({ store, clock, partners, table: () => NO_ROWS, newId: randomNoticeId, log })
  await fanOut.followPartners()
  await fanOut.run()
}

t.test('a CSP lists its own notices, operations those of all', async (t) => {
  const desk = await openDesk(t)
  await told(t, desk)
  for (const party of ['CSP-N', 'OPS', 'DCC', 'AUD']) {
    const { json, status } = await desk.ask(party, '/api/v1/notices')
    t.equal(status, 200, party)
    t.equal(json.items.length, 3)
    t.match(json.items[0], { kind: 'set', party: 'CSP-N', state: 'waiting', sequence: 1, settledAt: null })
  }
  for (const party of ['SUP-E', 'NET'])
    t.same((await desk.ask(party, '/api/v1/notices')).json.items, [], party)
  t.equal((await desk.ask('SUP-E', '/api/v1/notices?party=CSP-N')).status, 404)
  const one = await desk.ask('CSP-N', `/api/v1/notices?device=${formatEui64(ESME)}&limit=1`)
  t.match(one.json, { items: [{ device: formatEui64(ESME) }], next: null })
  t.same((await desk.ask('CSP-N', '/api/v1/notices?state=dead')).json.items, [])
  const page = await desk.ask('CSP-N', '/api/v1/notices?limit=2')
  const rest = await desk.ask('CSP-N', `/api/v1/notices?limit=2&cursor=${page.json.next}`)
  t.equal(rest.json.items.length, 1)
  const lanes = await desk.ask('OPS', '/api/v1/notices/lanes')
  t.match(lanes.json.items, [{ party: 'CSP-N', waiting: 3, dead: 0 }])
})

t.test('each partner sees its own lane, who sees all sees every lane', async (t) => {
  const desk = await openDesk(t)
  await told(t, desk)
  await desk.store.change((unit) =>
    unit.notices.add({
      ...{ id: 'N-1', party: 'SUP-N', device: ESME, number: 1, kind: 're-confirm', content: {} },
      ...{ state: 'waiting', createdAt: START },
    }),
  )
  const own = { party: 'CSP-N', waiting: 3 }
  const other = { party: 'SUP-N', waiting: 1 }
  for (const [party, lanes] of Object.entries({
    ...{ 'CSP-N': [own], 'SUP-N': [other], 'SUP-E': [], NET: [] },
    ...{ OPS: [own, other], DCC: [own, other], AUD: [own, other] },
  })) {
    const { json } = await desk.ask(party, '/api/v1/notices/lanes')
    t.equal(json.items.length, lanes.length, party)
    t.match(json.items, lanes, party)
  }
})

t.test(
  'a notice that was given up is sent again by its party or by operations, and that is in the audit',
  async (t) => {
    const desk = await openDesk(t)
    await told(t, desk)
    const { json } = await desk.ask('CSP-N', '/api/v1/notices')
    const { id } = json.items[0]
    await desk.store.change((unit) =>
      unit.notices.recordAttempts([
        { id, state: 'dead', isRefusal: true, nextAt: desk.clock.now(), problem: 'no', at: desk.clock.now() },
      ]),
    )
    t.match((await desk.ask('OPS', '/api/v1/notices?state=dead')).json.items, [
      { id, attempts: 1, problem: 'no' },
    ])
    const resend = { method: 'POST' }
    for (const [party, status] of Object.entries({ AUD: 403, DCC: 403, 'SUP-E': 404, NET: 404 }))
      t.equal((await desk.ask(party, `/api/v1/notices/${id}/resend`, resend)).status, status, party)
    t.equal((await desk.ask('OPS', '/api/v1/notices/N-nothing/resend', resend)).status, 404)
    const again = await desk.ask('CSP-N', `/api/v1/notices/${id}/resend`, resend)
    t.match(again.json, { notice: { id, state: 'waiting', attempts: 0, problem: null } })
    const { json: audit } = await desk.ask('AUD', `/api/v1/audit?subject=${id}`)
    t.match(audit.items, [{ action: 'notice.resent', actor: { party: 'CSP-N' } }])
  },
)

t.test('what is only to be fetched is listed and cannot be sent', async (t) => {
  const desk = await openDesk(t)
  await told(t, desk, false)
  const { json } = await desk.ask('CSP-N', '/api/v1/notices')
  t.match(json.items, [{ state: 'pull' }, { state: 'pull' }, { state: 'pull' }])
  const refused = await desk.ask('CSP-N', `/api/v1/notices/${json.items[0].id}/resend`, { method: 'POST' })
  t.match(refused, { status: 422, json: { code: 'refused' } })
})

t.test('the digest and the Devices that it is over fit each other', async (t) => {
  const desk = await openDesk(t)
  await told(t, desk)
  const flagged = [ESME, GSME, GPF]
  t.match((await desk.ask('CSP-N', '/api/v1/notices/digest')).json, { party: 'CSP-N', ...ownDigest(flagged) })
  t.match((await desk.ask('OPS', '/api/v1/notices/digest?party=CSP-N')).json, { count: 3 })
  t.equal((await desk.ask('OPS', '/api/v1/notices/digest')).status, 404)
  t.equal((await desk.ask('SUP-E', '/api/v1/notices/digest')).status, 404)
  const first = await desk.ask('CSP-N', '/api/v1/notices/restricted-devices?limit=2')
  const rest = await desk.ask('CSP-N', `/api/v1/notices/restricted-devices?limit=2&cursor=${first.json.next}`)
  t.same([...first.json.items, ...rest.json.items], flagged.map(formatEui64).sort())
})

t.test('notices at the command line: list, resend, digest', async (t) => {
  const file = `${t.testdir()}/store.db`
  const store = openSqliteStore({ file })
  await store.change((unit) => unit.inventory.put([device({ key: ESME, type: 'ESME', hub: undefined })]))
  await store.change((unit) =>
    unit.notices.add({
      ...{ id: 'N-1', party: 'CSP-N', device: ESME, number: 1, kind: 'set', content: {}, state: 'waiting' },
      createdAt: START,
    }),
  )
  await store.close()
  const parties = [
    { id: 'CSP-N', name: 'North', roles: ['csp'], regions: ['North'] },
    { id: 'OPS', name: 'Operations', roles: ['operations'] },
  ]
  const run = (...words: string[]) =>
    duisgate([
      'notices',
      ...words,
      '--as',
      'OPS',
      '--store',
      file,
      '--set',
      `parties=${JSON.stringify(parties)}`,
    ])
  const listed = await run('list', '--state', 'waiting')
  t.match(listed, { code: 0, stdout: /N-1 .* CSP-N {2}set {2}00-DB-00-00-00-00-00-03 {2}waiting/ })
  t.match(await run('list', '--json'), { stdout: /"id":"N-1"/ })
  t.match(await run('resend', 'N-1'), { code: 0, stdout: /N-1: goes out again to CSP-N/ })
  t.match(await run('resend', 'N-2'), { code: 1, stderr: /N-2: there is nothing of that name/ })
  t.match(await run('resend', '--all-dead'), { code: 0, stdout: '' })
  t.match(await run('digest', '--party', 'CSP-N', '--devices'), {
    code: 0,
    stdout: /CSP-N: 0 Restricted as of/,
  })
  t.match(await run('digest'), { code: 1, stderr: /check --party/ })
})
