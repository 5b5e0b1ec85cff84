// Who is told of things: CSPs of their regions, Suppliers of what is asked of them, owners of schedules. Partners that come, go or
// change their regions: none is told too little, whoever else runs meanwhile.
import t from 'tap'
import { partnersOf } from '../../src/notices/partners.ts'
import { asked, EUI_OF_NEXT, granted, MPRN, NO_ROWS, type Scene, SUP_E, SUP_G } from '../restriction/scene.ts'
import { FOUR_G, inShort, made, PARTNERS, telling, WITH_FOUR_G } from './told-scene.ts'

const party = (id: string, role: 'supplier' | 'csp' | 'auditor', euis: (typeof EUI_OF_NEXT)[] = []) => ({
  ...{ id, roles: [role], euis },
})

t.test(
  'a party is told when it has a region, is a Supplier or sends requests; pushed when it has a webhook',
  (t) => {
    const parties = [
      party('CSP-N', 'csp'),
      party('CSP-X', 'csp'),
      party('SUP', 'supplier'),
      party('SENDS', 'auditor', [EUI_OF_NEXT]),
      party('AUD', 'auditor'),
    ]
    const regions = new Map([['CSP-N', ['North']]])
    const webhooks = [{ party: 'SUP', url: new URL('https://supplier.example'), secrets: [] }]
    const partners = partnersOf(parties, regions, { isOn: true, webhooks })
    t.same(
      partners.map(({ party: id, isSupplier, isPushed }) => [id, isSupplier, isPushed]),
      [
        ['CSP-N', false, false],
        ['SUP', true, true],
        ['SENDS', false, false],
      ],
    )
    t.notOk(partnersOf(parties, regions, { isOn: false, webhooks }).some(({ isPushed }) => isPushed))
    t.end()
  },
)

t.test('partners that gain or lose a region are told of the flags in it', async (t) => {
  const { service, news, fanOut } = await telling(t)
  granted(await service.set(SUP_G, asked({ mpxn: MPRN })))
  await news()
  const changed = fanOut([
    { party: 'CSP-N', regions: [], isSupplier: false, euis: [], isPushed: true },
    FOUR_G,
  ])
  await changed.followPartners()
  t.same(await news(), [], 'a control plane with the partners of before makes no more notices')
  await changed.run()
  t.same(inShort(await news()), [
    ...['CSP-4G set 02', 'CSP-4G set 04', 'CSP-N no-longer-yours 02', 'CSP-N no-longer-yours 04'],
  ])
  await changed.followPartners()
  await changed.run()
  t.same(await news(), [], 'once')
})

t.test(
  'partners that change between the look into the outbox and the step make no notice too few',
  async (t) => {
    const set = await telling(t)
    granted(await set.service.set(SUP_E, asked()))
    const later = set.fanOut(WITH_FOUR_G)
    let looks = 0
    const read: Scene['store']['read'] = async (work) => {
      const found = await set.store.read(work)
      if (looks++ === 0) await later.followPartners()
      return found
    }
    const earlier = set.fanOut(PARTNERS, NO_ROWS, { read, change: set.store.change.bind(set.store) })
    t.equal(await earlier.run(), 0)
    t.same(await made(set), [])
    await later.run()
    t.same(await made(set), ['CSP-4G set', 'CSP-N set'])
  },
)

t.test('while new partners are followed, a control plane with those of before makes no notice', async (t) => {
  const set = await telling(t)
  granted(await set.service.set(SUP_E, asked()))
  await set.news()
  const earlier = set.fanOut()
  const same = set.fanOut(WITH_FOUR_G)
  let [madeMeanwhile, madeByItsOwn] = [0, 0]
  const change: Scene['store']['change'] = async (work) => {
    const done = await set.store.change(work)
    madeMeanwhile += await earlier.run()
    const followed = await set.store.read((view) => view.outbox.partners())
    if (followed.startsWith('following ')) madeByItsOwn += await same.run()
    return done
  }
  const later = set.fanOut(WITH_FOUR_G, NO_ROWS, { change, read: set.store.read.bind(set.store) })
  await later.followPartners()
  t.equal(madeMeanwhile, 0)
  t.equal(madeByItsOwn, 1, 'one with the same partners need not wait')
  await later.run()
  t.same(await made(set), ['CSP-4G set', 'CSP-N set'])
})

t.test('a following that was cut short begins anew with the next start', async (t) => {
  const set = await telling(t)
  granted(await set.service.set(SUP_E, asked()))
  await set.news()
  for (const changesBeforeTheCut of [1, 2]) {
    let changes = 0
    const change: Scene['store']['change'] = (work) => {
      if (changes++ === changesBeforeTheCut) throw new Error('cut')
      return set.store.change(work)
    }
    const cut = set.fanOut(WITH_FOUR_G, NO_ROWS, { change, read: set.store.read.bind(set.store) })
    await t.rejects(cut.followPartners(), { message: 'cut' })
    t.equal(
      await set.store.read((view) => view.outbox.partners()).then((text) => text.slice(0, 10)),
      'following ',
    )
  }
  const again = set.fanOut(WITH_FOUR_G)
  await again.followPartners()
  await again.run()
  t.same(await made(set), ['CSP-4G set', 'CSP-N set'])
})
