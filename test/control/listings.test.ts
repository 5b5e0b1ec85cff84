import { parse } from 'csv-parse/sync'
import t from 'tap'
import type { RestrictionRecord } from '../../src/core/restriction/restriction.ts'
import { DECLARATION, ESME, MPAN, MPRN, START, SUP_E, supplied } from '../restriction/scene.ts'
import { type Desk, openDesk, setBody } from './desk.ts'

/** Flags that were set long ago, numbered in the order in which they were set. */
async function putFlags({ store }: Desk, from: number, to: number): Promise<void> {
  await store.change(async (unit) => {
    for (let number = from; number <= to; number++) await unit.restrictions.put(flag(number))
  })
}

function flag(number: number): Omit<RestrictionRecord, 'sequence' | 'inForceAt'> {
  return {
    id: `R-${String(number).padStart(26, '0')}`,
    mpxn: '1200000000011',
    fuel: 'electricity',
    meter: ESME,
    members: [ESME],
    from: START,
    until: START,
    isClosed: false,
    setBy: SUP_E,
    onBehalfOf: undefined,
    ticket: undefined,
    reference: number === 3 ? '=cmd()' : undefined,
    declaration: { ...DECLARATION, steps: ['advice-given'], isLastResort: true, isCreditMode: true },
    clearReason: 'other',
    version: 1,
    recordedAt: START,
  }
}

async function* pages(desk: Desk, party: string, path: string) {
  let cursor: string | null = null
  do {
    const more: string = cursor === null ? '' : `&cursor=${cursor}`
    const { json } = await desk.ask(party, path + more)
    yield json.items as { id: string }[]
    cursor = json.next
  } while (cursor !== null)
}

t.test('paging gives every flag once, also when flags are set meanwhile', async (t) => {
  const desk = await openDesk(t)
  await putFlags(desk, 1, 25)
  const seen: string[] = []
  let next = 26
  for await (const items of pages(desk, 'SUP-E', '/api/v1/restrictions?state=all&limit=4')) {
    seen.push(...items.map(({ id }) => id))
    await putFlags(desk, next, next + 2)
    next += 3
  }
  t.equal(seen.length, 25)
  t.same(seen, seen.toSorted().reverse(), 'newest first')
  t.equal(new Set(seen).size, 25)
})

t.test('a cursor is good for its listing, filter, party and role only', async (t) => {
  const desk = await openDesk(t)
  await putFlags(desk, 1, 5)
  const path = '/api/v1/restrictions?state=all&limit=2'
  const { next } = (await desk.ask('SUP-E', path)).json
  t.type(next, 'string')
  t.equal((await desk.ask('SUP-E', `${path}&cursor=${next}`)).status, 200)
  const flipped = `${next[0] === 'A' ? 'B' : 'A'}${next.slice(1)}`
  for (const [party, url] of [
    ['SUP-E', `${path}&cursor=${flipped}`],
    ['SUP-E', `${path}&cursor=${Buffer.from('R-00000000000000000000000004').toString('base64url')}`],
    ['SUP-E', `${path}&cursor=`],
    ['SUP-E', `/api/v1/restrictions?state=open&limit=2&cursor=${next}`],
    ['SUP-E', `/api/v1/tasks?cursor=${next}`],
    ['AUD', `${path}&cursor=${next}`],
  ] as const) {
    const { status, json } = await desk.ask(party, url)
    t.equal(status, 400, `${party} ${url.slice(0, 40)}`)
    t.equal(json.code, 'cursor-invalid')
  }
})

t.test('a Supplier lists its own meter points, the Service Centre all', async (t) => {
  const desk = await openDesk(t)
  await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  await desk.ask('SUP-G', '/api/v1/restrictions', { body: setBody({ mpxn: '7400000001' }) })
  const fuels = async (party: string) =>
    (await desk.ask(party, '/api/v1/restrictions')).json.items
      .map(({ fuel }: { fuel: string }) => fuel)
      .sort()
  t.same(await fuels('SUP-E'), ['electricity'])
  t.same(await fuels('SUP-G'), ['gas'])
  t.same(await fuels('SUP-N'), [])
  t.same(await fuels('DCC'), ['electricity', 'gas'])
  const byDevice = await desk.ask('DCC', '/api/v1/restrictions?device=00db000000000002')
  t.same(
    byDevice.json.items.map(({ fuel }: { fuel: string }) => fuel),
    ['gas'],
    'the Gas Proxy Function is a member',
  )
})

t.test('a listing as a file has no more than the listing itself', async (t) => {
  const desk = await openDesk(t)
  await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  await desk.ask('SUP-G', '/api/v1/restrictions', { body: setBody({ mpxn: MPRN }) })
  const mpxns = async (party: string) => {
    const { text } = await desk.ask(party, '/api/v1/restrictions.csv')
    return (parse(text, { columns: true }) as { mpxn: string }[]).map(({ mpxn }) => mpxn).sort()
  }
  t.same(await mpxns('SUP-E'), [MPAN])
  t.same(await mpxns('SUP-G'), [MPRN])
  t.same(await mpxns('SUP-N'), [])
  for (const party of ['DCC', 'OPS', 'AUD']) t.same(await mpxns(party), [MPAN, MPRN], party)
})

t.test('a Supplier lists its own tasks, whoever sees all those of all, also as a file', async (t) => {
  const desk = await openDesk(t)
  await desk.store.change((unit) => unit.inventory.putRegistrations([supplied(MPAN, 'SUP-N')]))
  for (const [party, mpxn] of [
    ['SUP-N', MPAN],
    ['SUP-G', MPRN],
  ] as const) {
    t.equal((await desk.ask(party, '/api/v1/restrictions', { body: setBody({ mpxn }) })).status, 201)
    t.equal((await desk.ask(party, '/api/v1/tenancy-notices', { body: { mpxn } })).status, 200)
  }
  const own = { 'SUP-N': ['SUP-N'], 'SUP-G': ['SUP-G'], 'SUP-E': [] }
  const all = ['SUP-G', 'SUP-N']
  for (const [party, expected] of Object.entries({ ...own, DCC: all, OPS: all, AUD: all })) {
    const { json } = await desk.ask(party, '/api/v1/tasks')
    t.same(json.items.map((task: { party: string }) => task.party).sort(), expected, party)
    const { text } = await desk.ask(party, '/api/v1/tasks.csv')
    const rows = parse(text, { columns: true }) as { party: string }[]
    t.same(rows.map((row) => row.party).sort(), expected, `${party}, as a file`)
  }
  for (const party of ['NET', 'CSP-N']) t.equal((await desk.ask(party, '/api/v1/tasks')).status, 403, party)
})

t.test('a listing as a file has every row and is safe to open', async (t) => {
  const desk = await openDesk(t)
  await putFlags(desk, 1, 3)
  const { text, headers } = await desk.ask('SUP-E', '/api/v1/restrictions.csv?state=all')
  t.equal(headers.get('content-disposition'), 'attachment; filename="restrictions.csv"')
  const rows = parse(text, { columns: true }) as { id: string; reference: string; mpxn: string }[]
  t.equal(rows.length, 3)
  t.equal(rows[0]?.reference, "'=cmd()")
  t.equal(rows[0]?.mpxn, '1200000000011')
  for (const path of ['/api/v1/tasks.csv', '/api/v1/audit.csv'])
    t.match((await desk.ask('AUD', path)).headers.get('content-type'), /^text\/csv/)
})

t.test('the audit names who did what to which flag, newest first, by subject or party', async (t) => {
  const desk = await openDesk(t)
  const { json } = await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  await desk.ask('SUP-N', '/api/v1/restrictions', { body: setBody() })
  const all = (await desk.ask('AUD', '/api/v1/audit')).json.items
  t.match(all[0], {
    action: 'restriction.refused',
    actor: { party: 'SUP-N' },
    detail: { rules: ['not-responsible'] },
  })
  const ofFlag = (await desk.ask('AUD', `/api/v1/audit?subject=${json.restriction.id}`)).json.items
  t.match(ofFlag, [{ action: 'restriction.set', actor: { party: 'SUP-E', name: 'somebody at SUP-E' } }])
  const ofParty = (await desk.ask('AUD', '/api/v1/audit?party=SUP-N')).json.items
  t.equal(ofParty.length, 1)
})

t.test(
  'the delta feed gives changes after a sequence, to a network operator those of its meter points',
  async (t) => {
    const desk = await openDesk(t)
    const before = (await desk.ask('NET', '/api/v1/changes')).json.latest
    await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
    await desk.ask('SUP-G', '/api/v1/restrictions', { body: setBody({ mpxn: '7400000001' }) })
    const feed = (await desk.ask('NET', `/api/v1/changes?after=${before}`)).json
    t.match(feed.changes, [
      { device: '00-DB-00-00-00-00-00-03', mpxn: '1200000000011', restriction: { state: 'effective' } },
    ])
    t.equal(feed.changes.length, 1)
    t.equal(feed.next, feed.latest)
    const whole = (await desk.ask('OPS', `/api/v1/changes?after=${before}`)).json
    t.equal(whole.changes.length, 3, 'the meter of one, meter and Gas Proxy Function of the other')
    const one = (await desk.ask('OPS', `/api/v1/changes?after=${before}&limit=1`)).json
    t.equal(one.next, before + 1)
  },
)

t.test('the Service Centre reads the audit of what it did and of what it names, and no other', async (t) => {
  const desk = await openDesk(t)
  const { json } = await desk.ask('SUP-E', '/api/v1/restrictions', { body: setBody() })
  await desk.ask('SUP-G', '/api/v1/meter-points/7400000001')
  const own = await desk.ask('DCC', '/api/v1/audit')
  t.same(own.json.items, [])
  const named = await desk.ask('DCC', `/api/v1/audit?subject=${json.restriction.id}`)
  t.match(named.json.items, [
    { action: 'audit.looked-up' },
    { action: 'restriction.set', actor: { party: 'SUP-E' } },
  ])
  const first = await desk.ask('DCC', `/api/v1/audit?subject=${json.restriction.id}&limit=1`)
  const cursor = encodeURIComponent(first.json.next)
  const next = await desk.ask('DCC', `/api/v1/audit?subject=${json.restriction.id}&limit=1&cursor=${cursor}`)
  t.match(next.json.items, [{ action: 'audit.looked-up' }])
  for (const path of [
    '/api/v1/audit?party=SUP-E',
    '/api/v1/audit.csv?party=SUP-E',
    '/api/v1/audit?subject=x',
  ])
    t.equal((await desk.ask('DCC', path)).status, 404, path)
  const file = await desk.ask('DCC', `/api/v1/audit.csv?subject=${json.restriction.id}`)
  t.equal(file.status, 200)
  t.match(file.text, /restriction\.set/)
  const looks = (await desk.ask('AUD', '/api/v1/audit?party=DCC')).json.items
  t.equal(looks.length, 3, 'one for each look, however many pages it has')
})

t.test('the audit can be asked for a period', async (t) => {
  const desk = await openDesk(t)
  await desk.ask('SUP-E', '/api/v1/meter-points/1200000000011')
  desk.clock.pass(60_000)
  await desk.ask('SUP-G', '/api/v1/meter-points/7400000001')
  const later = new Date(START + 60_000).toISOString()
  const parties = async (query: string) =>
    (await desk.ask('AUD', `/api/v1/audit?${query}`)).json.items.map(
      (entry: { actor: { party: string } }) => entry.actor.party,
    )
  t.same(await parties(`since=${later}`), ['SUP-G'])
  t.same(await parties(`until=${later}`), ['SUP-E'])
  t.equal((await desk.ask('AUD', '/api/v1/audit?since=yesterday')).status, 400)
  const file = await desk.ask('AUD', `/api/v1/audit.csv?since=${later}`)
  t.notMatch(file.text, 'SUP-E')
  t.match(file.text, 'SUP-G')
})
