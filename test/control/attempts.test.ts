/** Unknown tokens are slowed down, known ones never, and the log never has one. */
import t from 'tap'
import { DEFAULT_ATTEMPT_RATES, FailedAttempts } from '../../src/control/attempts.ts'
import { createPage } from '../../src/control/page/mount-page.ts'
import { catalogue } from '../support/plans.ts'
import { type Desk, DeskClock, openDesk } from './desk.ts'

const { address: ADDRESS, token: TOKEN } = DEFAULT_ATTEMPT_RATES

/** A request to `/me` as the server hands it on that took it from this address. */
function meFrom(desk: Desk, remoteAddress: string, token: string): Promise<Response> {
  const incoming = { socket: { remoteAddress } }
  const headers = { authorization: `Bearer ${token}` }
  return Promise.resolve(desk.control.app.request('/api/v1/me', { headers }, { incoming }))
}

/** Sends unknown tokens, each another one, until the answer is 429. */
async function exhaust(desk: Desk, address: string): Promise<{ unknown: number; last: Response }> {
  for (let unknown = 0; unknown < 1_000; unknown++) {
    const last = await meFrom(desk, address, `duisgate_wrong-${address}-${unknown}`)
    if (last.status !== 401) return { unknown, last }
  }
  throw new Error('nothing was ever slowed down')
}

t.test('an address that sends unknown tokens is told to wait, and may try again after that', async (t) => {
  const desk = await openDesk(t)
  const { unknown, last } = await exhaust(desk, '192.0.2.7')
  t.equal(unknown, ADDRESS.burst)
  t.equal(last.status, 429)
  t.match(await last.json(), { code: 'too-many-attempts', type: 'urn:duisgate:problem:too-many-attempts' })
  const waitS = Number(last.headers.get('retry-after'))
  t.equal(waitS, ADDRESS.intervalMs / 1_000)
  desk.clock.pass(waitS * 1_000)
  t.equal((await meFrom(desk, '192.0.2.7', 'duisgate_another')).status, 401)
  t.equal((await meFrom(desk, '192.0.2.7', 'duisgate_yet-another')).status, 429)
})

t.test('a known token is never held up, nor is another address', async (t) => {
  const desk = await openDesk(t)
  await exhaust(desk, '192.0.2.7')
  t.equal((await meFrom(desk, '192.0.2.7', desk.tokens['SUP-E'] ?? '')).status, 200)
  t.equal((await meFrom(desk, '192.0.2.8', 'duisgate_wrong')).status, 401)
})

t.test('one unknown token is slowed down from wherever it comes', async (t) => {
  const desk = await openDesk(t)
  const statuses: number[] = []
  for (let n = 0; n <= TOKEN.burst; n++)
    statuses.push((await meFrom(desk, `198.51.100.${n}`, 'duisgate_old-token-of-a-batch-job')).status)
  t.same(statuses, [...Array(TOKEN.burst).fill(401), 429])
})

t.test('a request without a token is no attempt', async (t) => {
  const desk = await openDesk(t)
  for (let n = 0; n <= 2 * ADDRESS.burst; n++)
    t.equal((await desk.control.app.request('/api/v1/me')).status, 401)
})

t.test('the log names the address, and nothing of the tokens', async (t) => {
  const desk = await openDesk(t)
  const { unknown } = await exhaust(desk, '192.0.2.7')
  t.equal(desk.logged().split('too many failed attempts').length - 1, 1, `none of the ${unknown} before`)
  const lines = desk.logged().split('\n').filter(Boolean)
  t.match(JSON.parse(lines.at(-2) ?? ''), {
    msg: 'too many failed attempts to come in',
    address: '192.0.2.7',
  })
  t.notMatch(desk.logged(), /duisgate_/)
})

t.test('signing in with unknown tokens is slowed down, and a known one is let in at once', async (t) => {
  const desk = await openDesk(t, { mountPage: await createPage({ catalogue }) })
  const signIn = (token: string) =>
    desk.control.app.request('/sign-in', {
      method: 'POST',
      body: new URLSearchParams({ token, next: '/' }),
      headers: { 'sec-fetch-site': 'same-origin' },
    })
  const statuses: number[] = []
  for (let n = 0; n < ADDRESS.burst; n++) statuses.push((await signIn(`duisgate_wrong-${n}`)).status)
  t.same(new Set(statuses), new Set([422]))
  const last = await signIn('duisgate_wrong')
  t.equal(last.status, 429)
  t.ok(Number(last.headers.get('retry-after')) > 0)
  t.match(await last.text(), /Wait 3 seconds, then try another one/)
  t.equal((await signIn(desk.tokens['SUP-E'] ?? '')).status, 303)
})

t.test('whoever has one IPv6 address of a network has all of them', async (t) => {
  const same = [
    ['2001:db8:0:7::1', '2001:db8:0:7:ffff::9', '2001:db8::7:0:0:0:1'],
    ['::1', '::2'],
    ['192.0.2.7', '::ffff:192.0.2.7'],
  ]
  for (const addresses of same) {
    const attempts = new FailedAttempts(new DeskClock())
    const at = (n: number) => addresses[n % addresses.length] ?? ''
    for (let n = 0; n < ADDRESS.burst; n++) t.equal(attempts.count(at(n), `token ${n}`), 0)
    for (let n = 0; n < addresses.length; n++) t.ok(attempts.count(at(n), `one more ${n}`) > 0, at(n))
    t.equal(attempts.count('2001:db8:0:8::1', 'another'), 0)
  }
})

t.test('however many tokens and addresses come, those that are slowed down stay so', async (t) => {
  const attempts = new FailedAttempts(new DeskClock())
  for (let n = 0; n < ADDRESS.burst; n++) attempts.count('192.0.2.7', `token ${n}`)
  for (let n = 0; n < 20_000; n++) attempts.count(`10.0.${n >> 8}.${n % 256}`, `other ${n}`)
  t.ok(attempts.count('192.0.2.7', 'one more') > 0)
})
