import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { formatEui64 } from '../../../src/core/duis/eui64.ts'
import {
  ESME,
  EUI_OF_NEXT,
  GSME,
  granted,
  MPAN,
  MPRN,
  STRAY,
  SUP_E,
  supplied,
} from '../../restriction/scene.ts'
import { type Household, household, NEW_MPAN, NOW, SPARE_MPAN, Visit } from './household.ts'

const DAY = 86_400_000

const DECLARED = {
  steps: ['advice-given', 'alternatives-offered'],
  'date-day': '20',
  'date-month': '11',
  'date-year': '2026',
  evidence: 'CASE-4711',
  isLastResort: 'yes',
  isCreditMode: 'yes',
  when: 'now',
} as const

async function signedIn(house: Household, holder: string): Promise<Visit> {
  return new Visit(house).signIn(house.tokenOf(holder))
}

/** Goes through the form and the check page, up to the receipt. */
async function restrict(
  visit: Visit,
  fields: Readonly<Record<string, string | readonly string[]>> = {},
  mpxn = MPAN,
) {
  await visit.get(`/restrict?mpxn=${mpxn}`)
  await visit.post(visit.at, { ...DECLARED, ...fields })
  return visit.post(visit.at, {})
}

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

t.test('another Supplier is told that it is not its meter point, and cannot restrict it', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'gas supplier')
  await visit.get(`/meter-points/${NEW_MPAN}`)
  t.equal(visit.status, 403)
  t.match(visit.text, 'is not yours to see')
  await visit.get(`/restrict?mpxn=${NEW_MPAN}`)
  await visit.post(visit.at, DECLARED)
  t.equal(visit.status, 422)
  t.match(visit.text, 'you are not its Responsible Supplier')
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

t.test('a Network Operator sees yes or no and since when, and not by whom', async (t) => {
  const house = await household(t)
  await restrict(await signedIn(house, 'supplier'))
  const visit = await signedIn(house, 'network operator')
  await visit.get(`/meter-points/${MPAN}`)
  t.match(visit.text, 'Restricted</strong> by consumer choice')
  t.match(visit.text, 'raise no incident')
  t.notMatch(visit.text, 'jane.doe')
  t.notMatch(visit.text, 'Clear the flag')
})

t.test('a CSP sees Devices of its region by Device ID and no meter point', async (t) => {
  const house = await household(t)
  await restrict(await signedIn(house, 'supplier'))
  const visit = await signedIn(house, 'csp')
  await visit.get(`/devices/${formatEui64(ESME)}`)
  t.equal(visit.status, 200)
  t.match(visit.text, 'by consumer choice')
  t.notMatch(visit.text, MPAN)
})

t.test('a search understands every spelling and says what to do when nothing is found', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'auditor')
  for (const spelling of [
    '00-DB-00-00-00-00-00-03',
    '00db000000000003',
    '00:db:00:00:00:00:00:03',
    ' 00 DB 00 00 00 00 00 03 ',
  ]) {
    await visit.get(`/search?q=${encodeURIComponent(spelling)}`)
    t.equal(visit.at, `/devices/${formatEui64(ESME)}`, spelling)
  }
  await visit.get('/search?q=1200000000012')
  t.equal(visit.status, 422)
  t.match(visit.text, 'check digit')
  await visit.get('/search?q=no+number')
  t.match(visit.text, 'Enter an MPAN (13 digits), an MPRN (6 to 10 digits) or a Device ID')
  await visit.get('/search?q=7400000099')
  t.equal(visit.status, 404)
  t.match(visit.text, 'Nothing found for 7400000099')
  t.match(visit.text, 'Try the Device ID of the meter instead')
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

t.test('a gaining Supplier confirms a flag it took over', async (t) => {
  const house = await household(t)
  await restrict(await signedIn(house, 'supplier'))
  await house.service.importRegistrations({ party: 'OPS', role: 'operations', name: 'import' }, [
    supplied(MPAN, 'SUP-E', NOW - 400 * DAY, NOW + 1),
    supplied(MPAN, 'SUP-G', NOW + 1),
  ])
  house.pass(1_000)
  await house.service.runDueJobs()
  const visit = await signedIn(house, 'gas supplier')
  t.match(visit.text, '1 task</a> waits for an answer')
  await visit.get('/tasks')
  await visit.get(visit.link('Confirm the flag'))
  const task = visit.at
  await visit.post(task, {})
  t.match(visit.text, 'Choose what should happen to the flag.')
  await visit.post(task, { outcome: 'keep' })
  t.match(visit.text, 'Your answer is recorded')
  await visit.get('/tasks')
  t.match(visit.text, 'There is nothing to do.')
  await visit.get('/tasks?done=yes')
  t.match(visit.text, 'Keep the flag')
})

t.test(
  'the Service Centre sees the tasks of all Suppliers, whose they are, and how long they have waited',
  async (t) => {
    const house = await household(t)
    await restrict(await signedIn(house, 'supplier'))
    granted(await house.service.noticeTenancy(SUP_E, { mpxn: MPAN }))
    house.pass(3 * DAY)
    const centre = await signedIn(house, 'service centre')
    await centre.get('/tasks')
    t.match(centre.text, 'data-column="Supplier">SUP-E<')
    t.match(centre.text, 'data-column="Waiting">3 days<')
    const supplier = await signedIn(house, 'supplier')
    await supplier.get('/tasks')
    t.match(supplier.text, 'data-column="Waiting">3 days<')
    t.notMatch(supplier.text, 'data-column="Supplier"')
  },
)

t.test('after a change of tenancy a Supplier has the flag cleared later', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  await restrict(visit)
  await house.service.noticeTenancy({ party: 'SUP-E', role: 'supplier', name: 'jane.doe' }, { mpxn: MPAN })
  await visit.get('/tasks')
  await visit.get(visit.link('Review after a change of tenancy'))
  const task = visit.at
  await visit.post(task, { outcome: 'clear-after', days: 'ten' })
  t.equal(visit.status, 422)
  t.match(visit.text, 'href="#days"')
  await visit.post(task, { outcome: 'clear-after', days: '10' })
  t.match(visit.text, '3 December 2026')
})

t.test('a task of another Supplier is not there', async (t) => {
  const house = await household(t)
  await restrict(await signedIn(house, 'supplier'))
  await house.service.noticeTenancy({ party: 'SUP-E', role: 'supplier', name: 'jane.doe' }, { mpxn: MPAN })
  const { items } = await house.store.read((view) => view.tasks.ofParty('SUP-E', true, 1))
  const visit = await signedIn(house, 'gas supplier')
  await visit.get(`/tasks/${items[0]?.id}`)
  t.equal(visit.status, 404)
})

t.test('the list of restricted meters filters and exports what it shows', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  await restrict(visit)
  await restrict(visit, {}, SPARE_MPAN)
  await visit.get('/restricted')
  t.match(visit.text, MPAN)
  t.match(visit.text, SPARE_MPAN)
  await visit.get(`/restricted?mpxn=${SPARE_MPAN}`)
  t.notMatch(visit.text, `>${MPAN}<`)
  await visit.get(visit.link('Download this list as CSV'))
  const lines = visit.text.trim().split(' ')
  t.match(visit.text, /^receipt,mpxn,fuel,state/)
  t.match(visit.text, SPARE_MPAN)
  t.notMatch(lines.join(), `,${MPAN},`)
  await visit.get('/restricted?mpxn=12')
  t.equal(visit.status, 422)
})

t.test('another Supplier has an empty list', async (t) => {
  const house = await household(t)
  await restrict(await signedIn(house, 'supplier'))
  const visit = await signedIn(house, 'gas supplier')
  await visit.get('/restricted?states=all')
  t.match(visit.text, 'No flag matches.')
})

t.test('a bulk file has a result for each row, on the page and as CSV', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  await visit.get('/bulk')
  const fields = { key: visit.hidden('key'), change: 'set' }
  const row = (mpxn: string, evidence = 'CASE-1'): string =>
    `${mpxn},advice-given,2026-11-20,${evidence},yes,yes`
  const head = 'mpxn,steps,date,evidence,isLastResort,isCreditMode'
  const file = [head, row(MPAN), row(MPRN), row(SPARE_MPAN, '')].join('\r\n')
  await visit.upload('/bulk', fields, file)
  const here = visit.at
  await t.resolves(untilFinished(visit))
  t.match(visit.text, '1 row done, 2 refused')
  t.match(visit.text, 'You supply the other fuel here')
  await visit.get(visit.link('Download all results as CSV'))
  t.match(visit.text, /2,set,R-[0-9A-Z]{26}/)
  t.match(visit.text, '4,refused,,evidence-missing')
  await visit.get(here)
  t.match(visit.text, `data-column="Meter"><span class="dg-id">${MPRN}<`)
  await visit.get(visit.link('Download the refused rows'))
  const refused = visit.text
  t.match(refused, `problem,${head} `)
  t.match(refused, `,${row(SPARE_MPAN, '')}`)
  t.notMatch(refused, row(MPAN))
  await visit.get('/bulk')
  const mended = `problem,${head}\r\nEnter your own reference,${row(SPARE_MPAN)}\r\n`
  await visit.upload('/bulk', { key: visit.hidden('key'), change: 'set' }, mended)
  await untilFinished(visit)
  t.match(visit.text, '1 row done, 0 refused')

  await visit.get('/bulk')
  await visit.upload('/bulk', fields, file)
  t.equal(visit.at, here, 'the same form sent again finds the first run')
})

async function untilFinished(visit: Visit): Promise<void> {
  while (visit.text.includes('Check again')) {
    await setImmediate()
    await visit.get(visit.at)
  }
}

t.test('a bulk upload without a file or with a strange one says what is missing', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  await visit.get('/bulk')
  await visit.upload('/bulk', { key: visit.hidden('key') }, '')
  t.equal(visit.status, 422)
  t.match(visit.text, 'href="#change"')
  t.match(visit.text, 'href="#file"')
  await visit.upload('/bulk', { key: visit.hidden('key'), change: 'set' }, 'colour\r\nblue\r\n')
  t.equal(visit.status, 422)
  t.match(visit.text, 'href="#file"')
  const latin = Buffer.from('mpxn,reason,refer\xa3nce\r\n', 'latin1')
  await visit.upload('/bulk', { key: visit.hidden('key'), change: 'clear' }, latin)
  t.equal(visit.status, 422)
  t.match(visit.text, 'Line 1: byte 18 of the line (18 of the file) is 0xA3, which is not UTF-8')
})

t.test('bulk results of one Supplier are not there for another', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  await visit.get('/bulk')
  await visit.upload('/bulk', { key: visit.hidden('key'), change: 'clear' }, 'mpxn,reason,reference\r\n')
  const here = visit.at
  const other = await signedIn(house, 'gas supplier')
  await other.get(here)
  t.equal(other.status, 404)
})

t.test('what is restricted can be read, and an icon be had, by whoever has not signed in', async (t) => {
  const house = await household(t)
  const visit = new Visit(house)
  await visit.get('/sign-in')
  t.match(visit.text, 'href="/list-in-force">What is restricted')
  await visit.get('/list-in-force?q=8F0A')
  t.equal(visit.status, 200)
  t.match(visit.text, '<strong>8F0A</strong>')
  t.notMatch(visit.text, 'href="/tables"')
  t.equal((await visit.get('/favicon.ico')).status, 200)
  t.equal(new URL((await visit.get('/tables')).at, 'http://x').pathname, '/sign-in')
})

t.test('the list in force is grouped by class and can be searched', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'csp')
  await visit.get('/list-in-force')
  t.match(visit.text, '>Consumption</h2>')
  t.match(visit.text, 'Never stopped, whatever the list says.')
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

t.test('there is a letter and a script for the consumer, of the words of the list in force', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  await visit.get(`/meter-points/${MPAN}`)
  await visit.get(visit.link('Letter and script for the consumer'))
  t.match(visit.text, 'meter point number 1200000000011')
  t.match(visit.text, 'Remote meter readings: registers')
  t.match(visit.text, 'It is not in effect yet.')
  t.notMatch(visit.text, 'delete them yourself')
  await restrict(visit)
  await visit.get(visit.link('Letter and script for the consumer'))
  t.match(visit.text, 'It has been in effect since 23 November 2026.')
  await visit.get(visit.link('Download as text'))
  t.match(visit.text, '- Firmware updates.')
  t.notMatch(visit.text, '<')
  await visit.get('/devices/00-DB-00-00-00-00-00-03/letter')
  t.equal(visit.status, 200)
  t.equal((await visit.get('/meter-points/7400000001/letter')).status, 404)
  t.equal((await (await signedIn(house, 'csp')).get(`/meter-points/${MPAN}/letter`)).status, 403)
})

t.test('the page of operations renews itself without a script, and can be held still', async (t) => {
  const visit = await signedIn(await household(t), 'operations')
  await visit.get('/operations')
  t.match(visit.text, '<noscript><meta http-equiv="refresh" content="10"></noscript>')
  await visit.get(visit.link('Hold it still'))
  t.notMatch(visit.text, 'refresh')
  t.match(visit.link('Let it renew itself'), '/operations')
})

t.test('whoever has two roles chooses one and can change it', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'two roles')
  t.equal(visit.at, '/role')
  await visit.post('/role', { role: 'auditor' })
  t.equal(visit.at, '/')
  t.match(visit.text, 'href="/audit"')
  await visit.get('/role')
  await visit.post('/role', { role: 'operations' })
  t.equal(visit.status, 422)
  t.match(visit.text, '· Auditor ·', 'a role that is not held is not given')
  await visit.post('/role', { role: 'supplier' })
  t.match(visit.text, '· Supplier ·')
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

t.test('signing in says what is wrong, and leads back to where one wanted to go', async (t) => {
  const house = await household(t)
  const visit = new Visit(house)
  await visit.get('/restricted?states=all')
  t.equal(visit.at, `/sign-in?next=${encodeURIComponent('/restricted?states=all')}`)
  await visit.post('/sign-in', { token: 'duisgate_wrong', next: visit.hidden('next') })
  t.equal(visit.status, 422)
  t.match(visit.text, '<title>Error: Sign in')
  await visit.post('/sign-in', { token: house.tokenOf('supplier'), next: '/restricted?states=all' })
  t.equal(visit.at, '/restricted?states=all')
  await visit.post('/sign-out', {})
  t.equal(visit.at, '/sign-in')
  await visit.get('/')
  t.equal(visit.at, '/sign-in')
})

t.test('signing in never leads to another site', async (t) => {
  const house = await household(t)
  for (const next of [
    '//evil.example/',
    'https://evil.example/',
    '/\\evil.example',
    'javascript:alert(1)',
    '/\u0000//x',
  ]) {
    const visit = new Visit(house)
    await visit.get('/sign-in')
    await visit.post('/sign-in', { token: house.tokenOf('supplier'), next })
    t.equal(visit.at, '/', next)
  }
})

t.test('a form without the token of its session changes nothing', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  await visit.get(`/restrict?mpxn=${MPAN}`)
  await visit.post(visit.at, DECLARED)
  await visit.post(visit.at, { csrf: 'forged' })
  t.equal(visit.status, 403)
  t.match(visit.text, 'You may not do that')
  t.same(await house.store.read((view) => view.restrictions.ofMeterPoint(MPAN)), [])
})

t.test('a draft of one person is not there for another', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  await visit.get(`/restrict?mpxn=${MPAN}`)
  const other = await signedIn(house, 'gas supplier')
  await other.get(visit.at)
  t.equal(other.status, 404)
  t.match(other.text, 'Your answers are no longer here')
})

t.test('pages of other roles are closed, and unknown ones are not found', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'csp')
  for (const path of ['/restricted', '/tasks', '/bulk', '/audit', '/operations', `/restrict?mpxn=${MPAN}`]) {
    await visit.get(path)
    t.equal(visit.status, 403, path)
    t.match(visit.text, 'You may not do that')
  }
  await visit.get('/nowhere')
  t.equal(visit.status, 404)
  t.match(visit.text, 'Page not found')
  await visit.get('/receipts/R-00000000000000000000000000/set')
  t.equal(visit.status, 403)
})

t.test('when the store is gone the page says so and shows nothing of the inside', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  await house.store.close()
  await visit.get(`/meter-points/${MPAN}`)
  t.equal(visit.status, 503)
  t.match(visit.text, 'Sorry, the service cannot answer now')
  t.notMatch(visit.text, /sqlite|\.ts:/i)
})

t.test('the crown and the fonts of gov.uk are not served', async (t) => {
  const house = await household(t)
  const visit = new Visit(house)
  await visit.get('/assets/govuk-frontend.min.css')
  t.equal(visit.status, 200)
  t.notMatch(visit.text, '@font-face')
  for (const path of ['/assets/images/govuk-crest.svg', '/assets/fonts/bold-affa96571d-v2.woff']) {
    await visit.get(path)
    t.not(visit.status, 200, path)
  }
})

t.test('the receipt of another Supplier is not there', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  await restrict(visit)
  const other = await signedIn(house, 'gas supplier')
  await other.get(visit.at)
  t.equal(other.status, 404)
})

t.test('a Device page names its own type and status beside the flag', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'auditor')
  await visit.get(`/devices/${formatEui64(GSME)}`)
  t.match(visit.text, 'data-column="SMI status">Commissioned<')
  t.match(visit.text, 'data-column="Flag"><strong class="govuk-tag govuk-tag--green">Not Restricted')
})
