/** The flag of a Device, as the data plane sees it: set, ended, taken back, listed and remembered. */
import type { Instant } from '../../src/core/device/device.ts'
import type { DeviceKey } from '../../src/core/duis/eui64.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { lift, restrict } from '../support/restrict.ts'
import { at, BIG_KEYS, byKey, type Check, device, GPF, METER, NOW, restrictionOf, STRANGER } from './place.ts'

export function flagsSuite(check: Check): void {
  check('sets the flag and answers the position at which it is in force', async (t, store) => {
    await store.change((unit) => unit.inventory.put([device(METER), device(GPF)]))
    t.equal(await restrict(store, [METER, GPF], NOW), 4)
    t.match(await store.load([METER, GPF]), [
      { restriction: { from: NOW, until: undefined }, version: 3 },
      { restriction: { from: NOW, until: undefined }, version: 4 },
    ])
  })

  check(
    'keeps the flag of a Device that no inventory names, and its type once one does',
    async (t, store) => {
      await restrict(store, [STRANGER], NOW)
      t.match(await store.load([STRANGER]), [{ type: undefined, restriction: { from: NOW }, version: 1 }])
      await store.change((unit) => unit.inventory.put([device(STRANGER, { type: 'GSME' })]))
      t.match(await store.load([STRANGER]), [{ type: 'GSME', restriction: { from: NOW }, version: 2 }])
    },
  )

  check('ends the flag at an instant, and leaves Devices without one as they are', async (t, store) => {
    await restrict(store, [METER], NOW)
    await lift(store, [METER, GPF], at(1_000))
    t.same(await restrictionOf(store, METER), { from: NOW, until: at(1_000) })
    t.equal(await restrictionOf(store, GPF), undefined)
    t.equal(await store.position(), 2)
  })

  check('begins afresh once the earlier restriction has ended', async (t, store, place) => {
    await restrict(store, [METER], NOW)
    await lift(store, [METER], at(1_000))
    place.clock.now = at(1_000)
    await restrict(store, [METER], at(2_000))
    t.same(await restrictionOf(store, METER), { from: at(2_000), until: undefined })
  })

  check('takes back a flag that has not begun, and its version still grows', async (t, store) => {
    await restrict(store, [METER], at(5_000))
    await lift(store, [METER], at(5_000))
    t.match(await store.load([METER]), [{ restriction: undefined, version: 2 }])
    t.same(await store.flaggedKeys(NOW, 10), { keys: [], next: undefined })
  })

  check('keeps the history of a flag, and when each change was recorded', async (t, store, place) => {
    await restrict(store, [METER], at(10))
    place.clock.now = at(5)
    await lift(store, [METER], at(10))
    place.clock.now = at(15)
    await restrict(store, [METER, GPF], at(20))
    place.clock.now = at(21)
    await lift(store, [METER], at(30))
    t.same(await store.restrictionHistory(METER), [
      { sequence: 1, recordedAt: NOW, restriction: { from: at(10), until: undefined } },
      { sequence: 2, recordedAt: at(5), restriction: undefined },
      { sequence: 3, recordedAt: at(15), restriction: { from: at(20), until: undefined } },
      { sequence: 5, recordedAt: at(21), restriction: { from: at(20), until: at(30) } },
    ])
    t.same(await store.restrictionHistory(STRANGER), [])
  })

  check('names the Devices whose flag is not over, page by page, each once', async (t, store) => {
    t.same(await store.flaggedKeys(NOW, 3), { keys: [], next: undefined })
    await restrict(store, BIG_KEYS, at(-10))
    await restrict(store, [METER], at(500))
    await restrict(store, [GPF, STRANGER], at(-10))
    await lift(store, [GPF], NOW)
    await lift(store, [STRANGER], at(1))
    const lasting = [...BIG_KEYS, METER, STRANGER]
    for (const limit of [1, 3, 10, 11]) {
      const named = await allFlagged(store, NOW, limit)
      t.same(named.sort(byKey), lasting.sort(byKey), `in pages of ${limit}`)
    }
    t.notOk((await allFlagged(store, at(1), 4)).includes(STRANGER), 'what ends at that time is over')
  })

  check('a flag that was taken back before it began is not named', async (t, store) => {
    await restrict(store, [METER], at(10))
    await lift(store, [METER], at(5))
    t.same(await store.flaggedKeys(at(-1_000), 10), { keys: [], next: undefined })
  })
}

async function allFlagged(store: SqlStore, since: Instant, limit: number): Promise<DeviceKey[]> {
  const named: DeviceKey[] = []
  let after: DeviceKey | undefined
  do {
    const page = await store.flaggedKeys(since, limit, after)
    named.push(...page.keys)
    after = page.next
  } while (after !== undefined)
  return named
}
