/** What auditors, operations and incident desks see and do on the page: audit, gateways over time, incidents, months, the list in force. */
import t from 'tap'
import { MPAN } from '../../restriction/scene.ts'
import { household } from './household.ts'
import { restrict, signedIn } from './steps.ts'

t.test('reports go from month to month up to the one under way, which is marked', async (t) => {
  const visit = await signedIn(await household(t), 'auditor')
  await visit.get('/reports/uptake')
  t.match(visit.text, 'Uptake, October 2026<')
  t.match(visit.text, '<title id="uptake-months-title">')
  t.match(visit.text, 'data-column="Month">November 2025<', 'a year up to the month')
  await visit.get(visit.link('November 2026 so far'))
  t.match(visit.text, 'Uptake, November 2026 so far')
  t.match(visit.text, 'October 2026<')
  t.throws(() => visit.link('December 2026'))
  await visit.get('/tables/0123456789ab/impact')
  t.equal(visit.status, 404)
})

t.test('the figures of uptake stand as such, and names do not', async (t) => {
  const house = await household(t)
  await restrict(await signedIn(house, 'supplier'))
  house.pass(60_000)
  const visit = await signedIn(house, 'auditor')
  await visit.get('/reports/uptake?month=2026-11')
  const [table] = /By Supplier and region<\/caption>.*?<\/table>/s.exec(visit.text) ?? ['']
  const figures = [...table.matchAll(/<td [^>]*--numeric" data-column="([^"]*)"/g)].map(([, name]) => name)
  t.same(figures, [
    ...['Set', 'Cleared', 'Closed', 'In effect'],
    ...['Up to 30 days', '31 to 90 days', '91 to 365 days', 'Over a year'],
  ])
})

t.test('the list in force is grouped by class and can be searched', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'csp')
  await visit.get('/list-in-force')
  t.match(visit.text, '>Consumption</h2>')
  t.match(visit.text, />Safety<\/h2>(?:(?!<h2).)*Never stopped, whatever the list says\./s)
  t.notMatch(visit.text, /<h2[^>]*><\/h2>/, 'every class has its name')
  await visit.get('/list-in-force?q=0x8F0A')
  t.match(visit.text, '<strong>8F0A</strong>')
  t.notMatch(visit.text, '<strong>4.8.1</strong>')
  await visit.get('/list-in-force?q=nothing-like-it')
  t.match(visit.text, 'No row has “nothing-like-it”')
})

t.test('an auditor sees who did what, and finds it by receipt', async (t) => {
  const house = await household(t)
  const supplier = await signedIn(house, 'supplier')
  await restrict(supplier)
  const receipt = /R-[0-9A-Z]{26}/.exec(supplier.at)?.[0] ?? ''
  const visit = await signedIn(house, 'auditor')
  await visit.get(`/audit?subject=${receipt}`)
  t.match(visit.text, 'restriction.set')
  t.match(visit.text, 'SUP-E, Supplier, jane.doe')
  t.notMatch(visit.text, 'data-column="What">Signed in')
})

t.test('an auditor narrows the audit by day, person and action, with looks and sign-ins apart', async (t) => {
  const house = await household(t)
  const supplier = await signedIn(house, 'supplier')
  await restrict(supplier)
  await supplier.get(`/meter-points/${MPAN}`)
  const visit = await signedIn(house, 'auditor')
  const listed = async (query: string) => {
    await visit.get(`/audit?${query}`)
    return [...visit.text.matchAll(/data-column="What">([^<]*)</g)].map(([, what]) => what)
  }
  t.same(await listed(''), ['The flag was set'])
  for (const field of ['kind', 'action', 'name', 'from', 'until'])
    t.match(visit.text, new RegExp(`<(?:select|input)[^>]* name="${field}"`), `the form asks for ${field}`)
  t.same(new Set(await listed('kind=looks')), new Set(['Somebody looked at it']))
  t.same(new Set(await listed('kind=sign-ins')), new Set(['Signed in']))
  t.ok((await listed('kind=all')).length > 3)
  t.same(await listed('name=jane.doe&action=restriction.set&from=2026-11-23&until=2026-11-23'), [
    'The flag was set',
  ])
  t.same(await listed('until=2026-11-22'), [])
  t.same(await listed('from=2026-11-24'), [])
  t.same(await listed('name=nobody'), [])
  await listed('from=yesterday')
  t.match(visit.text, 'href="#from"')
})

t.test('an auditor has the whole trail checked on the page; nobody else does', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'auditor')
  await visit.get('/audit')
  await visit.post('/audit/verify', {})
  t.match(visit.text, 'The audit trail is whole')
  t.match(visit.text, /Hash of the last.*[0-9a-f]{64}/)
  await visit.get('/audit?kind=looks')
  t.match(visit.text, 'The whole trail was checked')
  const desk = await signedIn(house, 'service centre')
  await desk.get('/audit')
  t.notMatch(desk.text, 'Check the whole trail')
  t.equal((await desk.post('/audit/verify', {})).status, 403)
})

t.test('operations sees gateways, how far behind they are, and what they decided', async (t) => {
  const house = await household(t)
  await house.gatewayInStep()
  await restrict(await signedIn(house, 'supplier'))
  const visit = await signedIn(house, 'operations')
  await visit.get('/operations')
  t.match(visit.text, 'gw-1')
  t.match(visit.text, '48,213')
  t.match(visit.text, 'Let through although the Device was Restricted')
  t.match(visit.text, '<svg role="img" aria-labelledby="verdicts-title"')
  t.match(visit.text, 'data-column="Behind by">1<')
})

t.test('operations sees at once when something went on that must never go on', async (t) => {
  const house = await household(t)
  const report = { id: 'gw-2', sequence: 0, state: 'in-step', tableRevision: 'r' }
  await house.store.reportGateway({ ...report, counts: { restrictedButForwarded: 1_234 } }, 10_000)
  const visit = await signedIn(house, 'operations')
  await visit.get('/operations')
  const shown = visit.text.slice(visit.text.indexOf('Let through although the Device was Restricted'))
  t.match(shown, /^[\s\S]{0,200}govuk-tag--red[^>]*>\s*1,234/)
  t.match(shown, /Stopped although[\s\S]{0,200}govuk-tag--green[^>]*>\s*0/)
})

t.test('operations sees what was decided minute by minute, and how soon changes were in force', async (t) => {
  const house = await household(t)
  await house.gatewayInStep()
  const visit = await signedIn(house, 'operations')
  await visit.get('/operations')
  t.match(visit.text, 'since <time datetime="2026-11-23T14:05:00.000Z">')
  t.match(
    visit.text,
    'data-column="Let through">0<',
    'what was decided before the first look is of no minute',
  )
  await restrict(await signedIn(house, 'supplier'))
  await visit.get('/operations')
  t.match(visit.text, 'data-column="Not in force yet">1<')
  house.pass(61_000)
  await house.gatewayInStep({ forward: 48_313, reject: 130 })
  await visit.get('/operations')
  t.match(
    visit.text,
    '14:06 GMT</time></td><td class="govuk-table__cell govuk-table__cell--numeric" data-column="Let through">100<',
  )
  t.match(visit.text, 'data-column="Stopped by the flag">3<')
  t.match(
    visit.text,
    'govuk-visually-hidden">Verdicts a minute, the newest first<',
    'its heading says the same',
  )
  t.match(visit.text, 'data-column="Longest time">1 minute<')
})

t.test('an incident about a Restricted meter is opened for a reason, told on the page first', async (t) => {
  const house = await household(t)
  await restrict(await signedIn(house, 'supplier'))
  const visit = await signedIn(house, 'service centre')
  await visit.get(`/meter-points/${MPAN}`)
  await visit.get(visit.link('Open an incident'))
  const device = /name="device"[^>]*value="([^"]*)"/.exec(visit.text)?.[1] ?? ''
  const incident = { reference: 'INC-204711', device, when: 'now', regions: '', srvs: '4.8.1, 4.1.1' }
  await visit.post('/incidents/new', incident)
  t.equal(visit.status, 422)
  t.match(visit.text, 'Restricted since 23 November 2026, 14:05 GMT by consumer choice, excluded from')
  t.match(visit.text, 'href="#reason"')
  await visit.post('/incidents/new', { ...incident, reason: 'the hub is off the network too' })
  t.match(visit.text, 'INC-204711 is recorded.')
  t.match(visit.text, '4.8.1, 4.1.1')
  house.pass(60_000)
  await visit.post('/incidents/end', { reference: 'INC-204711' })
  t.notMatch(visit.text, 'It has ended')
  await visit.post('/incidents/new', { ...incident, reference: '?', device: 'nonsense' })
  t.match(visit.text, 'href="#device"')
  await visit.post('/incidents/new', { ...incident, reference: '?', device: '' })
  t.match(visit.text, 'href="#reference"')
})

t.test('a CSP is told too, and sees its own incidents', async (t) => {
  const house = await household(t)
  await restrict(await signedIn(house, 'supplier'))
  const visit = await signedIn(house, 'csp')
  await visit.get('/incidents/new')
  await visit.post('/incidents/new', {
    ...{ reference: 'INC-1', device: '00-DB-00-00-00-00-00-03', when: 'now', reason: 'its hub is silent' },
  })
  t.match(visit.text, 'INC-1 is recorded.')
  t.match(visit.text, '>CSP-N<')
})

t.test('the page of operations renews itself without a script, and can be held still', async (t) => {
  const visit = await signedIn(await household(t), 'operations')
  await visit.get('/operations')
  t.match(visit.text, '<noscript><meta http-equiv="refresh" content="10"></noscript>')
  await visit.get(visit.link('Hold it still'))
  t.notMatch(visit.text, 'refresh')
  t.match(visit.link('Let it renew itself'), '/operations')
})

t.test('the Service Centre sees its own acts in the audit, and all about the meter it names', async (t) => {
  const house = await household(t)
  const supplier = await signedIn(house, 'supplier')
  await restrict(supplier)
  const receipt = /R-[0-9A-Z]{26}/.exec(supplier.at)?.[0] ?? ''
  const visit = await signedIn(house, 'service centre')
  await visit.get('/audit')
  t.match(visit.text, 'You see what your own party did')
  t.notMatch(visit.text, 'jane.doe')
  await visit.get('/audit?party=SUP-E')
  t.match(visit.text, /<title>Error: Audit/)
  await visit.get(`/audit?subject=${receipt}`)
  t.match(visit.text, 'SUP-E, Supplier, jane.doe')
})
