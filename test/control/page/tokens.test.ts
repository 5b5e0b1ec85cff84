/** Tokens that people make on the page, for the API: made, shown once, listed, expiring, revoked. */
import t, { type Test } from 'tap'
import { createControlApp } from '../../../src/control/app.ts'
import { createLog } from '../../../src/observe/log.ts'
import { type Household, household, Visit } from './household.ts'

const DAY = 86_400_000
const FORM = { purpose: 'nightly upload', days: '7' }

async function signedIn(house: Household, holder = 'supplier'): Promise<Visit> {
  return new Visit(house).signIn(house.tokenOf(holder))
}

/** Makes one with the form of the page; answers with the token. */
async function make(visit: Visit, fields: Record<string, string | readonly string[]> = {}): Promise<string> {
  await visit.get('/tokens')
  await visit.post('/tokens', { id: visit.hidden('id'), ...FORM, ...fields })
  return /duisgate_[A-Za-z0-9_-]{43}/.exec(visit.text)?.[0] ?? ''
}

async function me({ control }: Pick<Household, 'control'>, token: string, role?: string) {
  const headers = { authorization: `Bearer ${token}`, ...(role && { 'duisgate-role': role }) }
  const response = await control.app.request('/api/v1/me', { headers })
  return { status: response.status, ...((await response.json()) as Record<string, unknown>) }
}

async function revoke(visit: Visit, purpose = 'nightly upload'): Promise<Visit> {
  await visit.get('/tokens')
  const found = new RegExp(`action="(/tokens/[^"]+/revoke)"(?:(?!</form>).)*${purpose}`).exec(visit.text)
  return visit.post(found?.[1] ?? '/tokens/none/revoke', {})
}

t.test('a token that somebody makes is shown once and acts in their name', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house)
  const token = await make(visit)
  t.equal(visit.status, 200)
  t.match(visit.text, 'shown only this once')
  t.match(await me(house, token), {
    ...{ status: 200, party: { id: 'SUP-E' }, name: 'jane.doe', role: 'supplier', roles: ['supplier'] },
  })
  await visit.get('/tokens')
  t.match(visit.text, /nightly upload.*Works/)
  t.notMatch(visit.text, token)
  const { items } = await house.store.read((view) => view.audit.list({}, 1))
  t.match(items, [
    { action: 'token.made', detail: { purpose: 'nightly upload' }, actor: { name: 'jane.doe' } },
  ])
  const [kept] = (await house.store.read((view) => view.tokens.list(undefined, 9))).items
  t.notMatch(JSON.stringify([kept, items]), token, 'it is kept nowhere')
})

t.test('a form that is sent twice makes one token', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house)
  await visit.get('/tokens')
  const fields = { id: visit.hidden('id'), ...FORM }
  await visit.post('/tokens', fields)
  await visit.get('/tokens')
  await visit.post('/tokens', fields)
  t.equal(visit.status, 422)
  t.match(visit.text, 'its token was made then')
  t.equal((await house.store.read((view) => view.tokens.list(undefined, 9))).items.length, 1)
})

t.test('a token expires', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house)
  const token = await make(visit)
  house.pass(7 * DAY - 1)
  t.equal((await me(house, token)).status, 200)
  house.pass(1)
  t.equal((await me(house, token)).status, 401)
  await visit.get('/tokens')
  t.match(visit.text, /nightly upload.*Expired/)
  t.notMatch(visit.text, '/revoke"')
})

t.test('a token that was revoked is worth nothing at any control plane from then on', async (t) => {
  const house = await household(t)
  const other = anotherPlane(house)
  const visit = await signedIn(house)
  const token = await make(visit)
  t.equal((await me(other, token)).status, 200, 'made at one, known at the other')
  await revoke(visit)
  t.equal(visit.at, '/tokens')
  t.match(visit.text, /nightly upload.*Revoked/)
  t.equal((await me(other, token)).status, 401)
  t.equal((await me(house, token)).status, 401)
  const { items } = await house.store.read((view) => view.audit.list({}, 1))
  t.match(items, [{ action: 'token.revoked', detail: { party: 'SUP-E', name: 'jane.doe' } }])
})

/** A second control plane on the same store, where tokens live for a time of its own. */
function anotherPlane(house: Household, tokenDays = 90, parties = house.options.restrictions.parties) {
  return {
    control: createControlApp({
      ...house.options,
      restrictions: { ...house.options.restrictions, parties },
      ...{ log: createLog({ level: 'silent' }), signIn: { takesTokens: true, tokenDays } },
    }),
  }
}

t.test('everybody sees their own tokens alone; operations and auditors see all', async (t) => {
  const house = await household(t)
  await make(await signedIn(house), { purpose: 'of jane' })
  await make(await signedIn(house, 'operations'), { purpose: 'of olga' })
  for (const [holder, seen] of [
    ['supplier', ['of jane']],
    ['gas supplier', []],
    ['service centre', []],
    ['operations', ['of jane', 'of olga']],
    ['auditor', ['of jane', 'of olga']],
  ] as const) {
    const { text } = await (await signedIn(house, holder)).get('/tokens')
    t.same(
      ['of jane', 'of olga'].filter((purpose) => text.includes(`${purpose}</td>`)),
      seen,
      holder,
    )
  }
})

t.test('operations revoke any token, others their own alone', async (t) => {
  const house = await household(t)
  const token = await make(await signedIn(house))
  const [kept] = (await house.store.read((view) => view.tokens.list(undefined, 9))).items
  for (const holder of ['gas supplier', 'auditor', 'service centre']) {
    const visit = await (await signedIn(house, holder)).get('/tokens')
    t.equal((await visit.post(`/tokens/${kept?.id}/revoke`, {})).status, 404, holder)
  }
  t.equal((await me(house, token)).status, 200)
  await revoke(await signedIn(house, 'operations'))
  t.equal((await me(house, token)).status, 401)
  await (await signedIn(house, 'operations')).get('/tokens')
})

t.test('what is wrong with the form is said at its field', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'two roles')
  for (const [fields, text] of [
    [{ purpose: ' ' }, 'Say what the token is for.'],
    [{ purpose: '\u200b' }, 'Say what the token is for.'],
    [{ purpose: 'x'.repeat(61) }, 'up to 60 characters'],
    [{ days: '0' }, 'from 1 to 90'],
    [{ days: '91' }, 'from 1 to 90'],
    [{ days: '1e1' }, 'from 1 to 90'],
    [{ roles: [] }, 'Choose at least one role.'],
    [{ roles: ['operations'] }, 'Choose at least one role.'],
    [{ id: 'mine' }, 'Load the page again'],
  ] as const) {
    t.equal(await make(visit, { roles: ['auditor'], ...fields }), '', JSON.stringify(fields))
    t.equal(visit.status, 422)
    t.match(visit.text, text)
  }
})

t.test('a token has the roles that were chosen and no other', async (t) => {
  const house = await household(t)
  const token = await make(await signedIn(house, 'two roles'), { roles: ['auditor'] })
  t.match(await me(house, token), { role: 'auditor', roles: ['auditor'] })
  t.equal((await me(house, token, 'supplier')).status, 403)
})

t.test('a token made here signs nobody in, so that none makes another', async (t) => {
  const house = await household(t)
  const token = await make(await signedIn(house))
  const visit = await new Visit(house).signIn(token)
  t.equal(visit.status, 422)
  t.match(visit.text, 'is for the API')
  t.equal((await visit.get('/tokens')).at.startsWith('/sign-in'), true)
})

t.test('a person has at most twenty tokens that work', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house)
  for (let count = 0; count < 20; count++) t.not(await make(visit, { purpose: `no ${count}` }), '')
  t.equal(await make(visit), '')
  t.match(visit.text, 'Revoke one before you make another')
  await revoke(visit, 'no 3')
  t.not(await make(visit), '')
})

t.test('a lower bound, a role or a party that has gone hold for tokens from before', async (t) => {
  const house = await household(t)
  const token = await make(await signedIn(house, 'two roles'), { roles: ['supplier', 'auditor'], days: '90' })
  house.pass(2 * DAY)
  const { parties } = house.options.restrictions
  const without = (role: string) =>
    parties.map((party) => ({ ...party, roles: party.roles.filter((each) => each !== role) }))
  t.equal((await me(anotherPlane(house, 3), token, 'auditor')).status, 200)
  t.equal((await me(anotherPlane(house, 2), token, 'auditor')).status, 401)
  t.equal((await me(anotherPlane(house, 0), token, 'auditor')).status, 401)
  t.match(await me(anotherPlane(house, 90, without('auditor')), token), { roles: ['supplier'] })
  const gone = parties.filter(({ id }) => id !== 'BOTH')
  t.equal((await me(anotherPlane(house, 90, gone), token, 'auditor')).status, 401)
})

t.test('where no tokens are made the page says so', async (t: Test) => {
  const house = await household(t)
  const visit = await new Visit(anotherPlane(house, 0)).signIn(house.tokenOf('supplier'))
  await visit.get('/tokens')
  t.match(visit.text, 'Here no tokens are made')
  await visit.post('/tokens', { id: 'A-00000000000000000000000000', ...FORM })
  t.equal(visit.status, 422)
})
