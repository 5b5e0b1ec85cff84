import t, { type Test } from 'tap'
import { isRole } from '../../src/control/identity.ts'
import type { MountPage } from '../../src/control/page-seam.ts'
import { Sessions } from '../../src/control/sessions.ts'
import { ALL_PARTIES, type Desk, DeskClock, type DeskOptions, openDesk } from './desk.ts'

const HOUR = 3_600_000

/** A page of three: sign in, home, and a form that changes something. */
const mountPage: MountPage = (tools) => {
  tools.get('/sign-in', 'public', (context) => context.html('sign in'))
  tools.post('/sign-in', 'public', async (context) => {
    const { token = '', role } = (await context.req.parseBody()) as { token?: string; role?: string }
    const done = await tools.signIn(context, token, role !== undefined && isRole(role) ? role : undefined)
    return done.ok ? context.redirect('/', 303) : context.html(`no: ${done.roles.join()}`, 422)
  })
  tools.get('/', 'signed-in', (context) => context.html(`csrf=${context.get('session')?.csrf}`))
  tools.get('/audit', { operation: 'audit' }, (context) => context.html('audit'))
  tools.post('/change', { operation: 'set' }, (context) => context.html('changed'))
  tools.post('/role', 'signed-in', async (context) => {
    const { role = '' } = (await context.req.parseBody()) as { role?: string }
    const done = isRole(role) ? await tools.changeRole(context, role) : { ok: false }
    return done.ok ? context.redirect('/', 303) : context.html('not yours', 403)
  })
  tools.post('/sign-out', 'signed-in', async (context) => {
    await tools.signOut(context)
    return context.redirect('/sign-in', 303)
  })
  return {
    problem: (context, { code }) =>
      code === 'unauthenticated' ? context.redirect('/sign-in', 303) : context.html(`problem ${code}`, 403),
  }
}

class Browser {
  readonly #desk: Desk
  readonly #site: Record<string, string>
  cookie = ''
  setCookie = ''

  constructor(desk: Desk, site: Record<string, string> = { 'sec-fetch-site': 'same-origin' }) {
    this.#desk = desk
    this.#site = site
  }

  async get(path: string): Promise<Response> {
    return this.#keep(await this.#desk.control.app.request(path, { headers: { cookie: this.cookie } }))
  }

  async post(
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const body = new URLSearchParams(fields)
    const all = {
      cookie: this.cookie,
      'content-type': 'application/x-www-form-urlencoded',
      ...this.#site,
      ...headers,
    }
    return this.#keep(await this.#desk.control.app.request(path, { method: 'POST', body, headers: all }))
  }

  async signIn(party: string, role?: string): Promise<Response> {
    return this.post('/sign-in', { token: this.#desk.tokens[party] ?? '', ...(role ? { role } : {}) })
  }

  async csrf(): Promise<string> {
    return (await (await this.get('/')).text()).replace('csrf=', '')
  }

  #keep(response: Response): Response {
    const set = response.headers.get('set-cookie')
    if (set) {
      this.setCookie = set
      this.cookie = set.split(';')[0] ?? ''
    }
    return response
  }
}

function openPage(t: Test, options: DeskOptions = {}): Promise<Desk> {
  return openDesk(t, { ...options, mountPage })
}

t.test('signing in with a token opens a session, signing out ends it', async (t) => {
  const desk = await openPage(t)
  const browser = new Browser(desk)
  t.equal((await browser.get('/')).headers.get('location'), '/sign-in')
  t.equal((await browser.signIn('SUP-E')).status, 303)
  t.equal((await browser.get('/')).status, 200)
  const { cookie } = browser
  t.equal((await browser.post('/sign-out', { csrf: await browser.csrf() })).status, 303)
  browser.cookie = cookie
  t.equal((await browser.get('/')).status, 303, 'the session is gone, whatever cookie the browser still has')
  const actions = (await desk.ask('AUD', '/api/v1/audit')).json.items.map(
    ({ action }: { action: string }) => action,
  )
  t.same(actions, ['session.closed', 'session.opened'])
})

t.test('a wrong token opens nothing', async (t) => {
  const browser = new Browser(await openPage(t))
  t.equal((await browser.post('/sign-in', { token: 'duisgate_wrong' })).status, 422)
  t.equal(browser.cookie, '')
})

t.test('the cookie is out of reach of scripts, other sites and, under TLS, other hosts', async (t) => {
  const plain = new Browser(await openPage(t))
  await plain.signIn('SUP-E')
  t.match(plain.setCookie, /^duisgate=[A-Za-z0-9_-]{43};/)
  for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/']) t.match(plain.setCookie, part)
  t.notMatch(plain.setCookie, /Secure|Expires|Max-Age|Domain/)
  const secure = new Browser(await openPage(t, { isSecure: true }))
  const signedIn = await secure.signIn('SUP-E')
  t.match(secure.setCookie, /^__Host-duisgate=.*Secure/)
  t.match(signedIn.headers.get('strict-transport-security'), /max-age=31536000/)
})

t.test('a session known before signing in is worth nothing after', async (t) => {
  const desk = await openPage(t)
  const browser = new Browser(desk)
  browser.cookie = 'duisgate=chosen-by-somebody-else'
  await browser.signIn('SUP-E')
  t.notMatch(browser.cookie, 'chosen-by-somebody-else')
  const first = browser.cookie
  await browser.signIn('SUP-G')
  t.not(browser.cookie, first)
  const old = new Browser(desk)
  old.cookie = first
  t.equal((await old.get('/')).status, 303, 'the session from before is closed')
})

t.test('a session ends 30 minutes after its last use', async (t) => {
  const desk = await openPage(t)
  const browser = new Browser(desk)
  await browser.signIn('SUP-E')
  for (let used = 0; used < 3; used++) {
    desk.clock.pass(HOUR / 2 - 1)
    t.equal((await browser.get('/')).status, 200)
  }
  desk.clock.pass(HOUR / 2)
  t.equal((await browser.get('/')).status, 303)
})

t.test('a session ends 8 hours after sign-in however much it is used', async (t) => {
  const desk = await openPage(t)
  const browser = new Browser(desk)
  await browser.signIn('SUP-E')
  for (let quarter = 0; quarter < 31; quarter++) {
    desk.clock.pass(HOUR / 4)
    t.equal((await browser.get('/')).status, 200)
  }
  desk.clock.pass(HOUR / 4)
  t.equal((await browser.get('/')).status, 303)
})

t.test('another role is another session, and no way to stay longer', async (t) => {
  const desk = await openPage(t)
  const browser = new Browser(desk)
  await browser.signIn('BOTH', 'supplier')
  t.equal((await browser.get('/audit')).status, 403)
  const first = browser.cookie
  desk.clock.pass(HOUR / 4)
  t.equal((await browser.post('/role', { role: 'auditor', csrf: await browser.csrf() })).status, 303)
  t.not(browser.cookie, first)
  t.equal((await browser.get('/audit')).status, 200)
  const old = new Browser(desk)
  old.cookie = first
  t.equal((await old.get('/')).status, 303, 'the session under the first role is over')
  for (let quarter = 0; quarter < 30; quarter++) {
    desk.clock.pass(HOUR / 4)
    await browser.get('/')
  }
  desk.clock.pass(HOUR / 4)
  t.equal((await browser.get('/')).status, 303)
})

t.test('a role that is not held can be neither signed in with nor changed to', async (t) => {
  const desk = await openPage(t)
  const browser = new Browser(desk)
  const refused = await browser.signIn('BOTH', 'operations')
  t.equal(await refused.text(), 'no: supplier,auditor')
  await browser.signIn('BOTH', 'supplier')
  t.equal((await browser.post('/role', { role: 'operations', csrf: await browser.csrf() })).status, 403)
})

/** What a browser says of where a form comes from, and whether that is us. */
async function formsFrom(
  t: Test,
  desk: Desk,
  sites: readonly (readonly [Record<string, string>, 200 | 403])[],
) {
  const owner = new Browser(desk)
  await owner.signIn('SUP-E')
  const csrf = await owner.csrf()
  for (const [site, status] of sites) {
    const browser = new Browser(desk, site)
    browser.cookie = owner.cookie
    t.equal((await browser.post('/change', { csrf })).status, status, JSON.stringify(site))
    const outsider = new Browser(desk, site)
    const signIn = await outsider.signIn('SUP-E')
    t.equal(signIn.status, status === 200 ? 303 : 403, 'signing in alike')
  }
}

t.test('a form counts only from our own origin', async (t) => {
  await formsFrom(t, await openPage(t), [
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ 'sec-fetch-site': 'same-origin', origin: 'null' }, 200],
    [{ origin: 'http://localhost' }, 200],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'cross-site', origin: 'http://localhost' }, 403],
    [{ 'sec-fetch-site': 'none' }, 403],
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'http://localhost.evil.example' }, 403],
    [{ origin: 'https://localhost' }, 403],
    [{ origin: 'null' }, 403],
    [{}, 403],
  ])
})

t.test('where browsers find us under another origin, a form counts only from that', async (t) => {
  await formsFrom(t, await openPage(t, { origin: 'https://flags.example' }), [
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ origin: 'https://flags.example' }, 200],
    [{ 'sec-fetch-site': 'same-site', origin: 'https://flags.example' }, 403],
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://flags.example' }, 403],
    [{ 'sec-fetch-site': 'none' }, 403],
    [{ origin: 'http://localhost' }, 403],
    [{ origin: 'http://flags.example' }, 403],
    [{ origin: 'https://flags.example.evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{}, 403],
  ])
})

t.test('a form counts only with the token of its own session', async (t) => {
  const desk = await openPage(t)
  const [browser, other] = [new Browser(desk), new Browser(desk)]
  await browser.signIn('SUP-E')
  await other.signIn('SUP-E')
  t.equal((await browser.post('/change', { csrf: await browser.csrf() })).status, 200)
  for (const csrf of ['', 'x', await other.csrf(), (await browser.csrf()).slice(1)]) {
    const refused = await browser.post('/change', { csrf })
    t.equal(refused.status, 403)
    t.equal(await refused.text(), 'problem form-not-ours')
  }
  t.equal((await browser.post('/change', {})).status, 403)
  const json = { 'content-type': 'application/json' }
  t.equal(
    (await browser.post('/change', { csrf: await browser.csrf() }, json)).status,
    403,
    'and only as a form',
  )
})

t.test('a role that may not is turned away before its form is read', async (t) => {
  const browser = new Browser(await openPage(t))
  await browser.signIn('AUD')
  t.equal(
    await (await browser.post('/change', { csrf: await browser.csrf() })).text(),
    'problem not-permitted',
  )
})

t.test('a session is no identity for the API and a token none for the page', async (t) => {
  const desk = await openPage(t)
  const browser = new Browser(desk)
  await browser.signIn('AUD')
  t.equal((await browser.get('/api/v1/audit')).status, 401)
  const withToken = await desk.control.app.request('/', {
    headers: { authorization: `Bearer ${desk.tokens.AUD}` },
  })
  t.equal(withToken.status, 303)
})

t.test('a path that does not exist is answered as JSON below /api, and as a page elsewhere', async (t) => {
  const { control } = await openPage(t)
  for (const [path, status, type] of [
    ['/api', 401, /^application\/problem\+json/],
    ['/api/', 401, /^application\/problem\+json/],
    ['/api/v1/nothing', 401, /^application\/problem\+json/],
    ['/apis', 403, /^text\/html/],
    ['/nothing/api', 403, /^text\/html/],
  ] as const) {
    const response = await control.app.request(path)
    t.equal(response.status, status, path)
    t.match(response.headers.get('content-type'), type, path)
  }
})

t.test('the session that was unused longest gives way when there are too many', async (t) => {
  const [party] = ALL_PARTIES
  if (!party) throw new Error('there are no parties')
  const sessions = new Sessions(new DeskClock(), { absoluteMs: HOUR, idleMs: HOUR, maxSessions: 2 })
  const holder = { party, roles: party.roles, name: 'x' }
  const [one, two] = [sessions.open(holder), sessions.open(holder)]
  await sessions.find(one?.id ?? '')
  sessions.open(holder)
  t.ok(await sessions.find(one?.id ?? ''))
  t.notOk(await sessions.find(two?.id ?? ''))
})
