/** Access tokens of every driver: kept whole, found by hash, listed by owner, and revoked for good. */
import type { Actor } from '../../src/core/restriction/party.ts'
import type { AccessToken } from '../../src/store/token-store.ts'
import { at, type Check } from './place.ts'

const JANE: Actor = { party: 'SUP-A', role: 'supplier', name: 'jane' }
const OLGA: Actor = { party: 'OPS', role: 'operations', name: 'olga' }

export function token(id: string, over: Partial<AccessToken> = {}): AccessToken {
  return {
    ...{ id, tokenHash: id.repeat(8), party: 'SUP-A', name: 'jane', roles: ['supplier', 'auditor'] },
    ...{ purpose: 'nightly é', madeAt: at(0), expiresAt: at(100) },
    ...{ revokedAt: undefined, revokedBy: undefined },
    ...over,
  }
}

export function tokensSuite(check: Check): void {
  check('keeps an access token as it was made first, and finds it by ID and by hash', async (t, store) => {
    const first = token('A-1')
    t.equal(await store.change(({ tokens }) => tokens.add(first)), true)
    t.equal(await store.change(({ tokens }) => tokens.add(token('A-1', { purpose: 'other' }))), false)
    await store.read(async ({ tokens }) => {
      t.same(await tokens.find('A-1'), first)
      t.same(await tokens.withHash(first.tokenHash), first)
      t.equal(await tokens.find('A-2'), undefined)
      t.equal(await tokens.withHash('0'), undefined)
    })
  })

  check('refuses a second token of the same hash', async (t, store) => {
    await store.change(({ tokens }) => tokens.add(token('A-1', { tokenHash: 'same' })))
    await t.rejects(store.change(({ tokens }) => tokens.add(token('A-2', { tokenHash: 'same' }))))
    t.equal(await store.read(({ tokens }) => tokens.find('A-2')), undefined)
  })

  check('lists the tokens of a person, or of everybody, newest first', async (t, store) => {
    const [one, two] = [token('A-1'), token('A-3')]
    const [namesake, colleague] = [token('A-2', { party: 'SUP-B' }), token('A-4', { name: 'john' })]
    await store.change(async ({ tokens }) => {
      for (const each of [one, two, namesake, colleague]) await tokens.add(each)
    })
    await store.read(async ({ tokens }) => {
      t.same((await tokens.list(JANE, 9)).items, [two, one])
      t.same(await tokens.list(undefined, 9), { items: [colleague, two, namesake, one], next: undefined })
      const page = await tokens.list(JANE, 1)
      t.same(page.items, [two])
      t.same(await tokens.list(JANE, 1, page.next), { items: [one], next: undefined })
    })
  })

  check('revokes a token for good, and counts those that still work', async (t, store) => {
    await store.change(async ({ tokens }) => {
      for (const id of ['A-1', 'A-2']) await tokens.add(token(id))
      await tokens.add(token('A-3', { expiresAt: at(10) }))
    })
    const live = (now: number) => store.read(({ tokens }) => tokens.countLive(JANE, at(now)))
    t.equal(await live(9), 3)
    t.equal(await live(10), 2, 'one has expired')
    await store.change(({ tokens }) => tokens.revoke('A-1', at(11), OLGA))
    await store.change(({ tokens }) => tokens.revoke('A-1', at(12), JANE))
    t.match(await store.read(({ tokens }) => tokens.find('A-1')), { revokedAt: at(11), revokedBy: OLGA })
    t.equal(await live(12), 1)
    t.equal(await live(100), 0)
  })
}
