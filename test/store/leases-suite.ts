/** Leases, what was seen of prepayment, and kept answers that are forgotten. */
import { at, type Check, GPF, METER, NOW, openStore, STRANGER } from './place.ts'

const FOR_MS = 1_000

export function leasesSuite(check: Check): void {
  check(
    'gives a lease to one holder, until its time is over by the clock of the store',
    async (t, store, place) => {
      const hold = (holder: string) => store.holdLease('due-jobs', holder, FOR_MS)
      t.same([await hold('one'), await hold('two'), await hold('one')], [true, false, true])
      t.equal(await store.holdLease('other', 'two', FOR_MS), true, 'each lease has a holder of its own')
      place.clock.now = at(FOR_MS - 1)
      t.equal(await hold('two'), false)
      place.clock.now = at(FOR_MS)
      t.equal(await hold('two'), true)
      t.equal(await hold('one'), false, 'the holder from before has lost it')
    },
  )

  check('lets a holder renew its lease before it is over', async (t, store, place) => {
    const hold = (holder: string) => store.holdLease('due-jobs', holder, FOR_MS)
    await hold('one')
    place.clock.now = at(900)
    t.equal(await hold('one'), true)
    place.clock.now = at(1_899)
    t.equal(await hold('two'), false)
    place.clock.now = at(1_900)
    t.equal(await hold('two'), true)
  })

  check('takes a lease back from its holder alone', async (t, store) => {
    await store.holdLease('due-jobs', 'one', FOR_MS)
    await store.releaseLease('due-jobs', 'two')
    t.equal(await store.holdLease('due-jobs', 'two', FOR_MS), false)
    await store.releaseLease('due-jobs', 'one')
    t.equal(await store.holdLease('due-jobs', 'two', FOR_MS), true)
  })

  check('gives a lease to a single one of many that ask at once', async (t, store) => {
    const asked = Array.from({ length: 20 }, (_, n) => store.holdLease('due-jobs', `holder ${n}`, FOR_MS))
    t.equal((await Promise.all(asked)).filter(Boolean).length, 1)
  })

  check('knows when prepayment traffic of a Device was last seen', async (t, store) => {
    await store.change(async (unit) => {
      await unit.traffic.notePrepayment([METER, GPF], at(5))
      await unit.traffic.notePrepayment([METER], at(3))
      await unit.traffic.notePrepayment([GPF], at(9))
    })
    await store.read(async (view) => {
      t.equal(await view.traffic.prepaymentSeenAt([METER]), at(5), 'one that is told of late changes nothing')
      t.equal(await view.traffic.prepaymentSeenAt([METER, STRANGER, GPF]), at(9))
      t.equal(await view.traffic.prepaymentSeenAt([STRANGER]), undefined)
    })
  })

  check('forgets the oldest kept answers first, and none that is young enough', async (t, store) => {
    await store.change(async (unit) => {
      for (const [key, offset] of [
        ['c', 3],
        ['a', 1],
        ['b', 2],
        ['new', 10],
      ] as const)
        await unit.answers.keep({ party: 'SUP-A', key, requestHash: 'hash', answer: '{}', at: at(offset) })
    })
    const kept = () =>
      store.read(async (view) => {
        const keys = ['a', 'b', 'c', 'new']
        const found = await Promise.all(keys.map((key) => view.answers.find('SUP-A', key)))
        return keys.filter((_, index) => found[index])
      })
    t.equal(await store.change((unit) => unit.answers.forget(at(10), 2)), 2)
    t.same(await kept(), ['c', 'new'])
    t.equal(await store.change((unit) => unit.answers.forget(at(10), 2)), 1)
    t.equal(await store.change((unit) => unit.answers.forget(NOW, 2)), 0)
    t.same(await kept(), ['new'])
  })
}

/** For drivers whose handles share one place. */
export function sharedLeasesSuite(check: Check): void {
  check('gives a lease to a single one of many handles that ask at once', async (t, store, place) => {
    const handles = [store, ...(await Promise.all([1, 2, 3].map(() => openStore(t, place))))]
    const ask = () => handles.map((handle, n) => handle.holdLease('due-jobs', `handle ${n}`, FOR_MS))
    t.equal((await Promise.all(ask())).filter(Boolean).length, 1)
    place.clock.now = at(FOR_MS)
    t.equal((await Promise.all(ask())).filter(Boolean).length, 1)
  })
}
