/** Who gets in and to what: signing in, roles, pages that are closed, forms without the token of their session, a store that is gone. */
import t from 'tap'
import { MPAN } from '../../restriction/scene.ts'
import { household, Visit } from './household.ts'
import { DECLARED, signedIn } from './steps.ts'

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
