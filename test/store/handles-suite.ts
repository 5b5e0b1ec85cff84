/** Several handles on one place, as several processes have them. */

import { deviceKeyOf } from '../../src/core/duis/eui64.ts'
import { verifyChain } from '../../src/core/restriction/audit-chain.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { lift, restrict } from '../support/restrict.ts'
import { entry, put, restriction } from './flag-life.ts'
import { at, type Check, changesOf, device, GPF, METER, NOW, openStore } from './place.ts'

export function handlesSuite(check: Check): void {
  check('keeps everything when it is closed and opened again', async (t, store, place) => {
    await store.change((unit) => unit.inventory.put([device(METER, { mpxn: '1' })]))
    await restrict(store, [METER], NOW)
    const before = [await store.load([METER]), await changesOf(store), await store.restrictionHistory(METER)]
    await store.close()
    const again = await openStore(t, place)
    t.same([await again.load([METER]), await changesOf(again), await again.restrictionHistory(METER)], before)
    t.equal(await restrict(again, [GPF], NOW), 3)
  })

  check('shows a change to every handle once it is answered', async (t, store, place) => {
    const reader = await openStore(t, place)
    for (let round = 0; round < 50; round++) {
      if (round % 2) await lift(store, [METER], at(round))
      else await restrict(store, [METER], at(round - 1))
      t.equal(await reader.position(), round + 1)
      t.same(await reader.load([METER]), await store.load([METER]))
    }
  })

  check('numbers the changes of interleaved writers without gaps', async (t, store, place) => {
    const other = await openStore(t, place)
    const keys = Array.from({ length: 60 }, (_, index) => deviceKeyOf(7, index))
    await Promise.all(
      keys.flatMap((key, index) => [
        (index % 2 ? store : other).change((unit) => unit.inventory.put([device(key)])),
        restrict(index % 2 ? other : store, [key, METER], at(-index)),
      ]),
    )
    const changes = await changesOf(store)
    t.same(
      changes.map(({ sequence }) => sequence),
      changes.map((_, index) => index + 1),
    )
    t.equal(await other.position(), changes.length)
    for (const key of keys) t.equal(changes.filter((change) => change.key === key).length, 2)
  })

  check('keeps one chain and one sequence under writers on two handles', async (t, store, place) => {
    const other = await openStore(t, place)
    const write = (handle: SqlStore, n: number) =>
      handle.change(async (unit) => {
        await unit.restrictions.put(restriction({ id: `R-${n}`, members: [METER, deviceKeyOf(8, n)] }))
        await unit.audit.append(entry({ subject: `R-${n}` }))
        if (n % 5 === 0) throw new Error('thought better of it')
      })
    const writes = Array.from({ length: 40 }, (_, n) => write(n % 2 ? store : other, n))
    t.equal((await Promise.allSettled(writes)).filter(({ status }) => status === 'fulfilled').length, 32)
    const [entries, end] = await store.read(async (view) => [
      await view.audit.from(1, 99),
      await view.audit.end(),
    ])
    t.same(verifyChain(entries, [end]), end)
    t.equal(end.count, 32)
    const changes = await changesOf(other)
    t.same(
      changes.map(({ sequence }) => sequence),
      Array.from({ length: 64 }, (_, index) => index + 1),
    )
    const [record] = await store.load([METER])
    t.equal(record?.version, changes.filter(({ key }) => key === METER).at(-1)?.sequence)
  })

  check('lets look-ups through while a writer holds the store', async (t, store, place) => {
    const other = await openStore(t, place)
    await put(store)
    await store.change(async (unit) => {
      await unit.restrictions.put(restriction({ until: at(1), version: 2 }))
      t.match(await other.load([METER]), [{ restriction: { from: NOW, until: undefined }, version: 1 }])
      t.match(await store.load([METER]), [{ version: 1 }], 'also of the same handle')
      t.same([await store.position(), (await store.changedSince(0, 9)).length], [1, 1])
    })
    t.match(await other.load([METER]), [{ restriction: { until: at(1) }, version: 2 }])
  })

  check('brings the schema up to date once, however many open it at once', async (t, _, place) => {
    const handles = await Promise.all(Array.from({ length: 5 }, () => openStore(t, place)))
    const ids = await Promise.all(handles.map((handle) => handle.storeId()))
    t.equal(new Set(ids).size, 1)
  })
}
