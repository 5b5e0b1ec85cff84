/** Setting and clearing a flag through the forms of the page, without scripts: by the Supplier, by the Service Centre for one, and what is refused. */
import t from 'tap'
import { formatEui64 } from '../../../src/core/duis/eui64.ts'
import { ESME, EUI_OF_NEXT, MPAN, MPRN, STRAY } from '../../restriction/scene.ts'
import { household, NEW_MPAN, NOW, SPARE_MPAN } from './household.ts'
import { DECLARED, restrict, signedIn } from './steps.ts'

const DAY = 86_400_000

t.test('a Supplier finds a meter, restricts it, sees it in force and clears it', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  await visit.get(`/search?q=${MPAN.slice(0, 2)}+${MPAN.slice(2, 6)}+${MPAN.slice(6)}`)
  t.equal(visit.at, `/meter-points/${MPAN}`)
  t.match(visit.text, 'Not Restricted')
  t.match(visit.text, 'Commissioned')

  await visit.get(visit.link('Restrict this meter'))
  t.match(visit.text, '<h1 class="govuk-heading-l">Restrict this meter</h1>')
  await visit.post(visit.at, DECLARED)
  t.match(visit.at, /\/check$/)
  t.match(visit.text, 'Remote meter readings')
  t.match(visit.text, 'Firmware updates.')
  t.match(visit.text, formatEui64(ESME))

  await visit.post(visit.at, {})
  t.match(visit.at, /^\/receipts\/R-[0-9A-Z]{26}\/set$/)
  t.match(visit.text, 'The meter is Restricted')
  t.match(visit.text, 'Propagating')
  house.pass(340)
  await house.gatewayInStep()
  await visit.get(visit.at)
  t.match(visit.text, 'In force in every gateway after 340 ms')

  await visit.get(`/meter-points/${MPAN}`)
  t.match(visit.text, 'set by SUP-E (jane.doe)')
  t.match(visit.text, '23 November 2026, 14:05 GMT')
  await visit.get(visit.link('Clear the flag'))
  await visit.post(visit.at, { reason: 'consumer-request', reference: 'CASE-4712', when: 'now' })
  t.match(visit.text, 'The consumer asks for smart services again')
  t.match(
    visit.text,
    /Passes again.*Remote meter readings.*Does not come back.*destroyed.*Schedules are not made/s,
  )
  house.pass(1_000)
  await visit.post(visit.at, {})
  t.match(visit.text, 'The meter is no longer Restricted')
  await visit.get(`/meter-points/${MPAN}`)
  t.match(visit.text, 'Readings and Alerts of this meter pass.')
  t.match(visit.text, 'The flag was cleared')
})

t.test(
  'the check and the receipt of a set list the schedules that go dark, and whose they are',
  async (t) => {
    const house = await household(t)
    const owned = { owner: EUI_OF_NEXT, srvs: ['4.8.1'], createdAt: NOW, until: undefined }
    await house.store.change((unit) => unit.schedules.put({ id: '4711', device: ESME, ...owned }))
    const visit = await signedIn(house, 'supplier')
    await visit.get(`/restrict?mpxn=${MPAN}`)
    await visit.post(visit.at, DECLARED)
    t.match(visit.text, /Schedules that go dark.*4711.*4\.8\.1.*SUP-N/s)
    await visit.post(visit.at, {})
    t.match(visit.text, /The meter is Restricted.*Schedules that go dark.*4711.*SUP-N/s)
    await restrict(visit, {}, SPARE_MPAN)
    t.match(visit.text, 'The meter is Restricted')
    t.notMatch(visit.text, 'Schedules that go dark')
  },
)

t.test('a form sent twice makes one flag and shows one receipt', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  await visit.get(`/restrict?mpxn=${MPAN}`)
  await visit.post(visit.at, DECLARED)
  const check = visit.at
  const csrf = visit.hidden('csrf')
  await visit.post(check, {})
  const receipt = visit.at
  await visit.post(check, { csrf })
  t.equal(visit.at, receipt)
  await visit.get(check)
  t.equal(visit.at, receipt, 'the way back leads to the receipt too')
  const flags = await house.store.read((view) => view.restrictions.ofMeterPoint(MPAN))
  t.equal(flags.length, 1)
})

t.test('two clicks at once make one flag', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  await visit.get(`/restrict?mpxn=${MPAN}`)
  await visit.post(visit.at, DECLARED)
  const [check, csrf] = [visit.at, visit.hidden('csrf')]
  await Promise.all([visit.post(check, { csrf }), visit.post(check, { csrf })])
  const flags = await house.store.read((view) => view.restrictions.ofMeterPoint(MPAN))
  t.equal(flags.length, 1)
  t.equal(flags[0]?.version, 1)
})

t.test(
  'an empty form comes back with every problem, the answers kept and "Error:" in the title',
  async (t) => {
    const house = await household(t)
    const visit = await signedIn(house, 'supplier')
    await visit.get(`/restrict?mpxn=${MPAN}`)
    await visit.post(visit.at, {
      evidence: 'CASE-1',
      when: 'later',
      'when-date-day': '31',
      'when-time': 'noon',
    })
    t.equal(visit.status, 422)
    t.match(visit.text, '<title>Error: Restrict this meter')
    for (const field of ['steps', 'date', 'isLastResort', 'isCreditMode', 'when-date', 'when-time'])
      t.match(visit.text, `<a href="#${field}">`)
    t.match(visit.text, 'value="CASE-1"')
    t.match(visit.text, 'value="noon"')
    t.notMatch(visit.text, 'href="#evidence"')
  },
)

t.test('personal data in a reference are refused where they stand', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  await visit.get(`/restrict?mpxn=${MPAN}`)
  await visit.post(visit.at, { ...DECLARED, evidence: 'jane@example.org' })
  t.equal(visit.status, 422)
  t.match(visit.text, 'href="#evidence"')
})

t.test('a flag for later starts at the time on British clocks', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  const later = {
    when: 'later',
    'when-date-day': '1',
    'when-date-month': '12',
    'when-date-year': '2026',
    'when-time': '08:30',
  }
  await restrict(visit, later)
  t.match(visit.text, 'The meter will be Restricted')
  const [flag] = await house.store.read((view) => view.restrictions.ofMeterPoint(MPAN))
  t.equal(flag?.from, Date.parse('2026-12-01T08:30:00Z'))
  await visit.get(`/meter-points/${MPAN}`)
  t.match(visit.text, 'Will be Restricted')
})

t.test('a flag that changed meanwhile is shown as it stands, and nothing is changed', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  await restrict(visit)
  await visit.get(`/meter-points/${MPAN}`)
  await visit.get(visit.link('Clear the flag'))
  await visit.post(visit.at, { reason: 'other', reference: 'CASE-9', when: 'now' })
  const check = visit.at
  const [flag] = await house.store.read((view) => view.restrictions.ofMeterPoint(MPAN))
  await house.service.clear(
    { party: 'SUP-E', role: 'supplier', name: 'colleague' },
    { mpxn: MPAN, reason: 'other', reference: 'CASE-10', at: ((flag?.from ?? NOW) + DAY) as typeof NOW },
  )
  await visit.post(check, {})
  t.equal(visit.status, 412)
  t.match(visit.text, 'The flag has changed meanwhile')
  t.match(visit.text, 'It ends at')
  const [after] = await house.store.read((view) => view.restrictions.ofMeterPoint(MPAN))
  t.equal(after?.clearReason, 'other')
  t.equal(after?.version, 2)
})

t.test('gas shows the meter and its Gas Proxy Function before it is set', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'gas supplier')
  await visit.get(`/restrict?mpxn=${MPRN}`)
  await visit.post(visit.at, DECLARED)
  t.match(visit.text, '(GSME)')
  t.match(visit.text, '(GPF)')
})

t.test('the Service Centre acts for a Supplier on a ticket', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'service centre')
  await visit.get(`/meter-points/${MPAN}`)
  t.match(visit.text, 'Electricity Supplier (SUP-E)')
  await visit.get(visit.link('Restrict this meter'))
  await visit.post(visit.at, DECLARED)
  t.equal(visit.status, 422)
  t.match(visit.text, 'href="#onBehalfOf"')
  t.match(visit.text, 'href="#ticket"')
  await visit.post(visit.at, { ...DECLARED, onBehalfOf: 'SUP-E', ticket: 'INC-204711' })
  t.match(visit.text, 'Electricity Supplier (SUP-E), ticket INC-204711')
  await visit.post(visit.at, {})
  t.match(visit.at, /^\/receipts\//)
  await visit.get(`/meter-points/${MPAN}`)
  t.match(visit.text, 'DCC (sam.desk) for SUP-E, ticket INC-204711')
})

t.test('the Service Centre can restrict a Device that the inventory does not know', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'service centre')
  await visit.get(`/devices/${formatEui64(STRAY)}`)
  t.equal(visit.status, 404)
  await visit.get(visit.link('Restrict this Device all the same'))
  await visit.post(visit.at, { ...DECLARED, onBehalfOf: 'SUP-E', ticket: 'INC-1' })
  t.match(visit.text, 'href="#fuel"')
  await visit.post(visit.at, { ...DECLARED, onBehalfOf: 'SUP-E', ticket: 'INC-1', fuel: 'electricity' })
  t.match(visit.text, 'The inventory does not know this Device')
  await visit.post(visit.at, {})
  t.match(visit.text, 'The meter is Restricted')
})

t.test('a meter that is not commissioned can be restricted with a warning', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  await visit.get(`/meter-points/${NEW_MPAN}`)
  t.match(visit.text, 'The meter is not Commissioned.')
  await visit.get(`/restrict?mpxn=${NEW_MPAN}`)
  await visit.post(visit.at, DECLARED)
  t.match(visit.text, 'The meter is not Commissioned. The flag holds all the same')
})
