/** What each role finds of a meter, and what is not there for it. */
import t from 'tap'
import { formatEui64 } from '../../../src/core/duis/eui64.ts'
import { device, ESME, GSME, key, MPAN } from '../../restriction/scene.ts'
import { household, NEW_MPAN, SPARE_MPAN } from './household.ts'
import { DECLARED, restrict, signedIn } from './steps.ts'

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

t.test('a Device without a meter point has the fuel that its type tells', async (t) => {
  const house = await household(t)
  const lone = key('00-DB-00-00-00-00-00-41')
  const visit = await signedIn(house, 'auditor')
  for (const [type, fuel] of [
    ['GPF', 'Gas'],
    ['GSME', 'Gas'],
    ['ESME', 'Electricity'],
  ] as const) {
    await house.store.change((unit) => unit.inventory.put([device({ key: lone, type, hub: undefined })]))
    await visit.get(`/devices/${formatEui64(lone)}`)
    t.match(visit.text, new RegExp(`Fuel</dt>\\s*<dd[^>]*>\\s*${fuel}`), type)
  }
  await house.store.change((unit) =>
    unit.inventory.put([device({ key: lone, type: 'PPMID', hub: undefined })]),
  )
  await visit.get(`/devices/${formatEui64(lone)}`)
  t.equal(visit.status, 200)
  t.notMatch(visit.text, 'Fuel</dt>')
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
