/** Signing in at a real OpenID provider over real sockets: the whole flow, and all that lets nobody in. */
import t from 'tap'
import { lateServer } from './openid-provider.ts'
import { type PageAtProvider, pageAtProvider, Somebody } from './signing-in.ts'

const HOUR = 3_600_000

async function audited({ house }: PageAtProvider) {
  const { items } = await house.store.read((view) => view.audit.list({}, 20))
  return items.map(({ action, actor, subject, detail }) => ({ action, name: actor.name, subject, detail }))
}

for (const inIdToken of [true, false]) {
  t.test(
    `whoever signs in at the provider acts for its party, by ${inIdToken ? 'the ID token' : 'userinfo'}`,
    async (t) => {
      const page = await pageAtProvider(t, { inIdToken })
      const jane = await new Somebody().signIn(page, 'jane', '/tasks?done=yes')
      t.equal(jane.status, 200)
      t.equal(jane.at.href, `${page.origin}/tasks?done=yes`, 'and goes on where it wanted to')
      t.match(jane.text, /Electricity Supplier · Supplier · jane.doe/)
      t.match(await audited(page), [
        { action: 'session.opened', name: 'jane.doe', detail: { by: /localhost/ } },
      ])
      const sent = new URL(jane.way.find((address) => address.includes('/auth?')) ?? '')
      t.equal(sent.searchParams.get('code_challenge_method'), 'S256')
      t.ok(sent.searchParams.get('nonce'))
    },
  )
}

t.test('whoever has several roles chooses one', async (t) => {
  const page = await pageAtProvider(t)
  const bo = await new Somebody().signIn(page, 'bo', '/tasks')
  t.equal(bo.at.pathname, '/role')
})

for (const [login, why, text] of [
  ['stranger', 'no-party', 'belongs to no party that is known'],
  ['twofold', 'several-parties', 'belongs to several parties'],
  ['idle', 'no-role', 'has no role here'],
  ['proud', 'role-of-another', 'a role that your organisation does not have'],
  ['nameless', 'no-name', 'no name that could stand in the audit'],
] as const) {
  t.test(`claims with ${why} let nobody in, and the audit has it`, async (t) => {
    const page = await pageAtProvider(t)
    const somebody = await new Somebody().signIn(page, login)
    t.equal(somebody.status, 403)
    t.match(somebody.text, text)
    t.equal(somebody.cookie('duisgate'), undefined)
    t.match(await audited(page), [{ action: 'session.refused', subject: login, detail: { why } }])
  })
}

const now = () => Math.floor(Date.now() / 1_000)

for (const [name, alter] of [
  ['another nonce', (claims) => ({ ...claims, nonce: 'another' })],
  ['no nonce', ({ nonce: _, ...claims }) => claims],
  ['another issuer', (claims) => ({ ...claims, iss: 'https://other.example' })],
  ['another audience', (claims) => ({ ...claims, aud: 'other' })],
  [
    'several audiences and another authorised party',
    (claims) => ({ ...claims, aud: ['duisgate', 'other'], azp: 'other' }),
  ],
  ['an end that is past', (claims) => ({ ...claims, iat: now() - 7_200, exp: now() - 3_600 })],
] as readonly (readonly [string, (claims: Record<string, unknown>) => Record<string, unknown>])[]) {
  t.test(`an ID token with ${name} lets nobody in`, async (t) => {
    const page = await pageAtProvider(t)
    page.provider.hands.alter = alter
    const jane = await new Somebody().signIn(page, 'jane')
    t.equal(jane.status, 403)
    t.match(jane.text, 'does not hold')
    t.equal(jane.cookie('duisgate'), undefined)
    t.same(await audited(page), [], 'nobody is known, so nothing is audited')
    t.match(page.logged(), /signing in at the OpenID provider failed/)
  })
}

t.test('an ID token under a key that the provider does not have lets nobody in', async (t) => {
  const page = await pageAtProvider(t)
  page.provider.hands.isForged = true
  t.equal((await new Somebody().signIn(page, 'jane')).status, 403)
})

t.test('clocks may be apart by the tolerance', async (t) => {
  const page = await pageAtProvider(t, { clockToleranceMs: 120_000 })
  page.provider.hands.alter = (claims) => ({ ...claims, iat: now() - 160, exp: now() - 60 })
  t.equal((await new Somebody().signIn(page, 'jane')).status, 200)
  const strict = await pageAtProvider(t, { clockToleranceMs: 0 })
  strict.provider.hands.alter = page.provider.hands.alter
  t.equal((await new Somebody().signIn(strict, 'jane')).status, 403)
})

/** The address that the provider sends the browser back to, before anybody went there. */
async function comingBack({ origin }: PageAtProvider, somebody: Somebody): Promise<URL> {
  somebody.stopsBefore = `${origin}/sign-in/callback`
  await somebody.signIn({ origin }, 'jane')
  somebody.stopsBefore = undefined
  return new URL(somebody.sentTo)
}

t.test('what comes back counts once, in the browser that began, with its state', async (t) => {
  const page = await pageAtProvider(t)
  const jane = new Somebody()
  const address = await comingBack(page, jane)
  const asked = page.provider.asked()
  const wrong = new URL(address)
  wrong.searchParams.set('state', 'another')
  const stranger = await new Somebody().get(address)
  t.equal(stranger.status, 403, 'in another browser')
  t.match(stranger.text, 'was not begun in this browser')
  t.equal(page.provider.asked(), asked, 'and the provider is not asked')
  t.equal((await jane.get(address)).status, 200)
  t.equal((await jane.get(address)).status, 403, 'a second time')
  const again = new Somebody()
  await comingBack(page, again)
  t.equal((await again.get(wrong)).status, 403, 'with another state')
})

t.test(
  'a trip to the provider begun at one control plane may end at another of the same configuration',
  async (t) => {
    const page = await pageAtProvider(t)
    const jane = new Somebody()
    const address = await comingBack(page, jane)
    page.turnToAnother()
    await jane.get(address)
    t.equal(jane.status, 200)
    t.equal(jane.at.href, `${page.origin}/`)
    t.match(jane.text, /Electricity Supplier · Supplier · jane.doe/)
    t.match(await audited(page), [{ action: 'session.opened', name: 'jane.doe' }])
    await jane.signOut()
    t.equal(jane.at.href, `${page.origin}/sign-in`, 'and it signs out at the provider too')
    const later = await new Somebody().signIn(page, 'jane')
    page.turnToAnother()
    await later.get('/tasks')
    t.equal(later.at.pathname, '/sign-in', 'a session is known to the one that opened it')
  },
)

t.test('a code that was used is worth nothing even with its cookie', async (t) => {
  const page = await pageAtProvider(t)
  const jane = new Somebody()
  const address = await comingBack(page, jane)
  await jane.get(`${page.origin}/sign-in`)
  const pending = jane.cookie('duisgate-sign-in') ?? ''
  await jane.get(address)
  const thief = new Somebody()
  await thief.get(`${page.origin}/sign-in`)
  thief.setCookie('duisgate-sign-in', pending)
  t.equal((await thief.get(address)).status, 403)
  t.equal(thief.cookie('duisgate'), undefined)
})

t.test('a code from another issuer lets nobody in', async (t) => {
  const page = await pageAtProvider(t)
  const jane = new Somebody()
  const address = await comingBack(page, jane)
  address.searchParams.set('iss', 'https://other.example')
  t.equal((await jane.get(address)).status, 403)
})

t.test('whoever turns back at the provider is told so', async (t) => {
  const page = await pageAtProvider(t)
  const jane = new Somebody()
  const address = await comingBack(page, jane)
  address.searchParams.delete('code')
  address.searchParams.set('error', 'access_denied')
  address.searchParams.set('error_description', '<b>free text</b>')
  await jane.get(address)
  t.match(jane.text, 'did not let you in, or you turned back')
  t.notMatch(jane.text, 'free text')
})

t.test('many that fail are told to wait', async (t) => {
  const page = await pageAtProvider(t)
  const somebody = new Somebody()
  const statuses: number[] = []
  for (let count = 0; count < 21; count++)
    statuses.push((await somebody.get(`${page.origin}/sign-in/callback?state=${count}&code=x`)).status)
  t.equal(statuses.at(0), 403)
  t.equal(statuses.at(-1), 429)
})

t.test('nobody is sent on to another site', async (t) => {
  const page = await pageAtProvider(t)
  for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example']) {
    const jane = await new Somebody().signIn(page, 'jane', next)
    t.equal(jane.at.href, `${page.origin}/`)
  }
  const jane = new Somebody()
  const address = await comingBack(page, jane)
  await jane.get(`${page.origin}/sign-in`)
  const pending = JSON.parse(Buffer.from(jane.cookie('duisgate-sign-in') ?? '', 'base64url').toString())
  const changed = { ...pending, next: 'https://evil.example/' }
  jane.setCookie('duisgate-sign-in', Buffer.from(JSON.stringify(changed)).toString('base64url'))
  t.equal((await jane.get(address)).at.href, `${page.origin}/`, 'nor by a cookie')
})

t.test('signing out ends both sessions, here and at the provider', async (t) => {
  const page = await pageAtProvider(t)
  const jane = await new Somebody().signIn(page, 'jane')
  const session = jane.cookie('duisgate') ?? ''
  await jane.signOut()
  t.equal(jane.at.href.startsWith(`${page.origin}/sign-in`), true, 'and comes back')
  jane.setCookie('duisgate', session)
  t.match((await jane.get(`${page.origin}/`)).at.pathname, '/sign-in')
  await jane.get(`${page.origin}/sign-in/provider`)
  t.match(jane.text, /name="login"/, 'the provider asks who it is')
  t.match(
    (await audited(page)).map(({ action }) => action),
    ['session.closed', 'session.opened'],
  )
})

t.test('a session lives no longer than the ID token', async (t) => {
  const page = await pageAtProvider(t, { lifetimeS: 600 })
  const jane = await new Somebody().signIn(page, 'jane')
  page.pass(590_000)
  t.equal((await jane.get(`${page.origin}/tasks`)).at.pathname, '/tasks')
  page.pass(20_000)
  t.equal((await jane.get(`${page.origin}/tasks`)).at.pathname, '/sign-in')
})

const RENEWED = { lifetimeS: 600, scopes: ['openid', 'profile', 'offline_access'] }

t.test('with a refresh token a session is renewed, once for requests at one time', async (t) => {
  const page = await pageAtProvider(t, RENEWED)
  const jane = await new Somebody().signIn(page, 'jane')
  const asked = page.provider.asked()
  page.pass(610_000)
  const urls = ['/tasks', '/search', '/restricted'].map((path) => new URL(path, page.origin))
  const answers = await Promise.all(urls.map((url) => jane.once(url)))
  t.same(
    answers.map(({ status }) => status),
    [200, 200, 200],
  )
  t.equal(page.provider.asked(), asked + 1)
  page.pass(610_000)
  t.equal((await jane.get(`${page.origin}/tasks`)).status, 200, 'and again')
})

t.test('a session that is renewed still ends after eight hours', async (t) => {
  const page = await pageAtProvider(t, RENEWED)
  const jane = await new Somebody().signIn(page, 'jane')
  for (let quarter = 0; quarter < 31; quarter++) {
    page.pass(HOUR / 4)
    await jane.get(`${page.origin}/tasks`)
  }
  t.equal(jane.at.pathname, '/tasks')
  page.pass(HOUR / 4)
  t.equal((await jane.get(`${page.origin}/tasks`)).at.pathname, '/sign-in')
})

t.test(
  'whoever has lost a role, the party or the account at the provider is signed out when it is renewed',
  async (t) => {
    for (const claims of [{ roles: [] }, { organisation: 'both' }, { preferred_username: 'other' }]) {
      const page = await pageAtProvider(t, RENEWED)
      const jane = await new Somebody().signIn(page, 'jane')
      page.provider.hands.people.jane = { ...page.provider.hands.people.jane, ...claims }
      page.pass(610_000)
      t.equal((await jane.get(`${page.origin}/tasks`)).at.pathname, '/sign-in', JSON.stringify(claims))
    }
  },
)

t.test('a provider that is down stops nobody who has a token, and says so to the rest', async (t) => {
  const page = await pageAtProvider(t, RENEWED)
  const [jane, late] = [await new Somebody().signIn(page, 'jane'), new Somebody()]
  await comingBack(page, late)
  const address = await comingBack(page, late)
  await page.provider.stop()
  t.equal((await late.get(address)).status, 503, 'who was on the way')
  t.equal((await jane.get(`${page.origin}/tasks`)).status, 200, 'who is in stays in')
  page.pass(610_000)
  t.equal((await jane.get(`${page.origin}/tasks`)).at.pathname, '/sign-in', 'until it was to be renewed')
  page.pass(2 * HOUR)
  t.equal((await new Somebody().get(`${page.origin}/sign-in/provider`)).status, 503)
  t.match(page.logged(), 'it cannot be reached')
  const other = await new Somebody().get(`${page.origin}/sign-in`)
  await other.post('/sign-in', { token: page.house.tokenOf('supplier'), next: '/' })
  t.equal(other.at.pathname, '/')
})

for (const [name, setUp, reason] of [
  [
    'another path',
    { issuer: (own: string) => `${own}/elsewhere` },
    'it answered with another status than 200',
  ],
  [
    'another name',
    { issuer: (own: string) => own.replace('localhost', '127.0.0.1') },
    /it cannot be reached|another issuer/,
  ],
] as const) {
  t.test(`a provider at ${name} is in the log with the reason`, async (t) => {
    const page = await pageAtProvider(t, setUp)
    const jane = await new Somebody().get(`${page.origin}/sign-in/provider`)
    t.equal(jane.status, 503)
    t.match(jane.text, 'does not answer, or not as it should')
    t.match(page.logged(), reason)
  })
}

t.test('a discovery document that lacks an address is in the log with what it lacks', async (t) => {
  const server = await lateServer('localhost')
  t.teardown(() => server.stop())
  const issuer = `http://localhost:${server.port}`
  const ends = { authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token` }
  server.serve((_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ issuer, ...ends })),
  )
  const page = await pageAtProvider(t, { issuer: () => issuer })
  t.equal((await new Somebody().get(`${page.origin}/sign-in/provider`)).status, 503)
  t.match(page.logged(), 'its discovery document has no jwks_uri')
})

t.test('a wrong client secret is the service’s fault and not the person’s', async (t) => {
  const page = await pageAtProvider(t, { secret: 'wrong' })
  const jane = await new Somebody().signIn(page, 'jane')
  t.equal(jane.status, 503)
  t.match(page.logged(), 'it did not accept clientId and secret')
  t.notMatch(page.logged(), /code=|wrong"/)
})

t.test('where the page takes no tokens it has no form for them, and the API still does', async (t) => {
  const page = await pageAtProvider(t, { takesTokens: false })
  const somebody = await new Somebody().get(`${page.origin}/sign-in`)
  t.notMatch(somebody.text, 'Access token')
  await somebody.post('/sign-in', { token: page.house.tokenOf('supplier') })
  t.equal(somebody.status, 405)
  const headers = { authorization: `Bearer ${page.house.tokenOf('supplier')}` }
  t.equal((await fetch(`${page.origin}/api/v1/me`, { headers })).status, 200)
})
