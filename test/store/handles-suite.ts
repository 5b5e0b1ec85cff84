/** Several handles on one place, as several processes have them. */
import { deviceKeyOf } from '../../src/core/duis/eui64.ts'
import { at, type Check, changesOf, device, GPF, METER, NOW, openStore } from './place.ts'

export function handlesSuite(check: Check): void {
  check('keeps everything when it is closed and opened again', async (t, store, place) => {
    await store.putDevices([device(METER, { mpxn: '1' })])
    await store.setRestriction([METER], NOW)
    const before = [await store.load([METER]), await changesOf(store), await store.restrictionHistory(METER)]
    await store.close()
    const again = await openStore(t, place)
    t.same([await again.load([METER]), await changesOf(again), await again.restrictionHistory(METER)], before)
    t.equal(await again.setRestriction([GPF], NOW), 3)
  })

  check('shows a change to every handle once it is answered', async (t, store, place) => {
    const reader = await openStore(t, place)
    for (let round = 0; round < 50; round++) {
      const position =
        round % 2
          ? await store.clearRestriction([METER], at(round))
          : await store.setRestriction([METER], at(round - 1))
      t.equal(await reader.position(), position)
      t.same(await reader.load([METER]), await store.load([METER]))
    }
  })

  check('numbers the changes of interleaved writers without gaps', async (t, store, place) => {
    const other = await openStore(t, place)
    const keys = Array.from({ length: 60 }, (_, index) => deviceKeyOf(7, index))
    await Promise.all(
      keys.flatMap((key, index) => [
        (index % 2 ? store : other).putDevices([device(key)]),
        (index % 2 ? other : store).setRestriction([key, METER], at(-index)),
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
}
