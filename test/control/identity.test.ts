import t from 'tap'
import { credentialProblems, Identities, newToken } from '../../src/control/identity.ts'
import { ALL_PARTIES, openDesk } from './desk.ts'

t.test('a token is 256 random bits and the configuration holds only its hash', async (t) => {
  const [one, other] = [newToken(), newToken()]
  t.match(one.token, /^duisgate_[A-Za-z0-9_-]{43}$/)
  t.match(one.tokenHash, /^[0-9a-f]{64}$/)
  t.not(one.token, other.token)
})

t.test('only the very token leads to its holder', async (t) => {
  const { token, tokenHash } = newToken()
  const identities = new Identities(ALL_PARTIES, [
    { tokenHash, party: 'SUP-E', roles: ['supplier'], name: 'jane.doe' },
  ])
  t.match(identities.find(token), { party: { id: 'SUP-E' }, roles: ['supplier'], name: 'jane.doe' })
  for (const wrong of ['', tokenHash, token.slice(0, -1), `${token}A`, token.toLowerCase(), newToken().token])
    t.equal(identities.find(wrong), undefined, wrong.slice(0, 12))
})

t.test('everything that is wrong with credentials is told at once', async (t) => {
  const { tokenHash } = newToken()
  const problems = credentialProblems(ALL_PARTIES, [
    { tokenHash: 'plain text', party: 'SUP-E', roles: ['supplier'], name: 'one' },
    { tokenHash, party: 'NOBODY', roles: ['supplier'], name: 'two' },
    { tokenHash, party: 'SUP-E', roles: ['auditor'], name: 'three' },
    { tokenHash: newToken().tokenHash, party: 'SUP-E', roles: [], name: 'four' },
  ])
  for (const [index, what] of [
    /\(one\).*SHA-256/,
    /\(two\).*NOBODY/,
    /\(three\).*auditor/,
    /\(three\).*another/,
    /\(four\).*no role/,
  ].entries())
    t.match(problems[index], what)
  t.same(
    credentialProblems(ALL_PARTIES, [{ tokenHash, party: 'SUP-E', roles: ['supplier'], name: 'one' }]),
    [],
  )
})

t.test('a role that the party does not have is never held', async (t) => {
  const { token, tokenHash } = newToken()
  const identities = new Identities(ALL_PARTIES, [
    { tokenHash, party: 'SUP-E', roles: ['auditor'], name: 'x' },
  ])
  t.same(identities.find(token)?.roles, [])
})

t.test('a request acts under exactly one role', async (t) => {
  const desk = await openDesk(t)
  const me = '/api/v1/me'
  const none = await desk.ask('BOTH', me)
  t.equal(none.status, 400)
  t.equal(none.json.code, 'role-needed')
  t.match(none.json.detail, /supplier, auditor/)
  const named = await desk.ask('BOTH', me, { headers: { 'duisgate-role': 'auditor' } })
  t.match(named.json, { role: 'auditor', roles: ['supplier', 'auditor'], party: { id: 'BOTH' } })
  const notHeld = await desk.ask('BOTH', me, { headers: { 'duisgate-role': 'operations' } })
  t.equal(notHeld.status, 403)
  t.equal(notHeld.json.code, 'role-not-held')
  t.equal((await desk.ask('SUP-E', me)).json.role, 'supplier', 'one role need not be named')
})

t.test('the role that is named counts, not all that are held', async (t) => {
  const desk = await openDesk(t)
  const asSupplier = { headers: { 'duisgate-role': 'supplier' } }
  t.equal((await desk.ask('BOTH', '/api/v1/audit', asSupplier)).status, 403)
  t.equal((await desk.ask('BOTH', '/api/v1/audit', { headers: { 'duisgate-role': 'auditor' } })).status, 200)
})

t.test('nothing but a bearer token is an identity for the API', async (t) => {
  const desk = await openDesk(t)
  const token = desk.tokens.AUD ?? ''
  for (const headers of [
    { authorization: token },
    { authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}` },
    { authorization: `Bearer ${token} x` },
    { cookie: `duisgate=${token}` },
    { 'x-authorization': `Bearer ${token}` },
  ]) {
    const { status, json, headers: answered } = await desk.ask(undefined, '/api/v1/audit', { headers })
    t.equal(status, 401, `${Object.values(headers)[0]?.slice(0, 8)}`)
    t.equal(json.code, 'unauthenticated')
    t.equal(answered.get('www-authenticate'), 'Bearer')
  }
  t.equal((await desk.ask(undefined, `/api/v1/audit?access_token=${token}`)).status, 401)
})
