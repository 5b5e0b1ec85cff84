/** What gateways report, and when a change is in force everywhere. */
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { restrict } from '../support/restrict.ts'
import { put, report } from './flag-life.ts'
import { at, type Check, METER, NOW } from './place.ts'

const LIVE_MS = 1_000

async function inForce(store: SqlStore): Promise<(number | undefined)[]> {
  const changes = await store.read((view) => view.changes.after(0, 100))
  return changes.map((change) => change.inForceAt)
}

export function gatewaysSuite(check: Check): void {
  check('has a change in force once every live gateway has applied it', async (t, store, place) => {
    await store.reportGateway(report('one', 0), LIVE_MS)
    await store.reportGateway(report('two', 0), LIVE_MS)
    await put(store)
    t.same(await inForce(store), [undefined], 'nobody has')
    place.clock.now = at(10)
    await store.reportGateway(report('one', 1), LIVE_MS)
    t.same(await inForce(store), [undefined], 'one of two has')
    place.clock.now = at(20)
    await store.reportGateway(report('two', 1), LIVE_MS)
    t.same(await inForce(store), [at(20)])
    t.match(await store.read((view) => view.restrictions.find('R-1')), { inForceAt: at(20) })
  })

  check('keeps for each change the time from which it was in force', async (t, store, place) => {
    await restrict(store, [METER], at(1))
    await restrict(store, [METER], at(0))
    await store.reportGateway(report('one', 2), LIVE_MS)
    await restrict(store, [METER], at(-1))
    place.clock.now = at(5)
    await store.reportGateway(report('one', 3), LIVE_MS)
    place.clock.now = at(9)
    await store.reportGateway(report('one', 3), LIVE_MS)
    t.same(await inForce(store), [NOW, NOW, at(5)])
  })

  check('leaves out a gateway that has not reported for its time', async (t, store, place) => {
    await store.reportGateway(report('gone', 0), LIVE_MS)
    await put(store)
    for (const offset of [300, 600, 900, 1_000]) {
      place.clock.now = at(offset)
      await store.reportGateway(report('here', 1), LIVE_MS)
    }
    t.same(await inForce(store), [undefined])
    place.clock.now = at(1_001)
    await store.reportGateway(report('here', 1), LIVE_MS)
    t.same(await inForce(store), [at(1_001)])
    t.match(await store.read((view) => view.gateways.statuses()), [
      { id: 'gone', isLive: false, seenAt: NOW },
      {
        id: 'here',
        isLive: true,
        seenAt: at(1_001),
        sequence: 1,
        tableRevision: 'r1',
        counts: { forward: 2 },
      },
    ])
  })

  check(
    'does not take gateways for dead because none of them could report for a while',
    async (t, store, place) => {
      await store.reportGateway(report('one', 0), LIVE_MS)
      await store.reportGateway(report('two', 0), LIVE_MS)
      await put(store)
      place.clock.now = at(60_000)
      await store.reportGateway(report('one', 1), LIVE_MS)
      t.same(await inForce(store), [undefined], 'the other has had no time to report')
      for (let offset = 60_250; offset <= 61_250; offset += 250) {
        place.clock.now = at(offset)
        await store.reportGateway(report('one', 1), LIVE_MS)
      }
      t.same(await inForce(store), [at(61_250)], 'now it has')
    },
  )

  check('does not count a gateway that is ahead of the store', async (t, store) => {
    await store.reportGateway(report('knows another history', 7), LIVE_MS)
    await put(store)
    await store.reportGateway(report('one', 1), LIVE_MS)
    t.same(await inForce(store), [undefined])
  })

  check('never takes back that a change is in force', async (t, store) => {
    await put(store)
    await store.reportGateway(report('one', 1), LIVE_MS)
    await store.reportGateway(report('restarted', 0), LIVE_MS)
    t.same(await inForce(store), [NOW])
  })

  check('does not change the sequence by a report', async (t, store) => {
    await store.reportGateway(report('one', 0), LIVE_MS)
    t.equal(await store.position(), 0)
  })
}
