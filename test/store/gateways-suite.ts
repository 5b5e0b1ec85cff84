/** What gateways report, and when a change is in force everywhere. */
import type { GatewayReport } from '../../src/store/control-store.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { restrict } from '../support/restrict.ts'
import { put, report } from './flag-life.ts'
import { at, type Check, METER, NOW } from './place.ts'

export const LIVE_MS = 1_000

export async function inForce(store: SqlStore): Promise<(number | undefined)[]> {
  const changes = await store.read((view) => view.changes.after(0, 100))
  return changes.map((change) => change.inForceAt)
}

/** A report of the gateway `one` by one of its instances. */
function of(instance: string, sequence: number, place?: string): GatewayReport {
  const process = { id: instance, host: `host of ${instance}`, pid: 7, place }
  return { ...report('one', sequence), instance: process }
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

  check('waits no longer for a gateway because nobody had reported before it', async (t, store, place) => {
    await store.reportGateway(report('one', 0), LIVE_MS)
    place.clock.now = at(60_000)
    await store.reportGateway(report('one', 0), LIVE_MS)
    place.clock.now = at(61_001)
    t.match(await store.read((view) => view.gateways.statuses()), [{ isLive: false, silentMs: 1_001 }])
  })

  check('adds a silence of all to a gateway that was live to the last moment', async (t, store, place) => {
    await store.reportGateway(report('two', 0), LIVE_MS)
    for (const offset of [400, 800, 1_000]) {
      place.clock.now = at(offset)
      await store.reportGateway(report('one', 0), LIVE_MS)
    }
    place.clock.now = at(60_000)
    await store.reportGateway(report('one', 0), LIVE_MS)
    const live = await store.read((view) => view.gateways.statuses())
    t.match(live, [
      { id: 'one', state: 'in-step', isLive: true },
      { id: 'two', state: 'in-step', isLive: true },
    ])
    place.clock.now = at(60_001)
    t.match(await store.read((view) => view.gateways.statuses()), [{ isLive: true }, { isLive: false }])
  })

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

  check('has a name for one instance while that is live', async (t, store, place) => {
    await store.reportGateway(of('first', 0), LIVE_MS)
    place.clock.now = at(400)
    t.same(await store.reportGateway(of('first', 0), LIVE_MS), { kind: 'taken' })
    await put(store)
    place.clock.now = at(500)
    const holder = { host: 'host of first', pid: 7, since: NOW, seenAt: at(400) }
    t.same(await store.reportGateway(of('second', 1), LIVE_MS), { kind: 'refused', holder })
    t.match(await store.reportGateway(report('one', 1), LIVE_MS), { kind: 'refused' }, 'nor one without')
    t.notOk(await store.keepGatewayLive('one', LIVE_MS, 'second'))
    t.ok(await store.keepGatewayLive('one', LIVE_MS, 'first'))
    t.same(await inForce(store), [undefined], 'what the second has applied counts for nothing')
    t.match(await store.read((view) => view.gateways.statuses()), [{ id: 'one', sequence: 0 }])
  })

  check('gives a name to another instance once the first has gone', async (t, store, place) => {
    await store.reportGateway(of('first', 0), LIVE_MS)
    await store.reportGateway(report('other', 0), LIVE_MS)
    for (const offset of [400, 800, 1_000]) {
      place.clock.now = at(offset)
      await store.reportGateway(report('other', 0), LIVE_MS)
      t.match(await store.reportGateway(of('second', 0), LIVE_MS), { kind: 'refused' })
    }
    place.clock.now = at(1_001)
    t.same(await store.reportGateway(of('second', 0), LIVE_MS), { kind: 'taken' })
    t.match(await store.reportGateway(of('first', 0), LIVE_MS), {
      kind: 'refused',
      holder: { host: 'host of second', since: at(1_001) },
    })
    await store.reportGateway({ ...of('second', 0), state: 'stopped' }, 0)
    t.same(await store.reportGateway(of('third', 0), LIVE_MS), { kind: 'taken' }, 'one that said goodbye')
  })

  check(
    'takes the name of a lone gateway that is gone, however long nobody has reported',
    async (t, store, place) => {
      await store.reportGateway(of('first', 0), LIVE_MS)
      for (const offset of [600, 900, 1_000]) {
        place.clock.now = at(offset)
        t.match(await store.reportGateway(of('second', 0), LIVE_MS), { kind: 'refused' })
      }
      place.clock.now = at(1_001)
      t.same(await store.reportGateway(of('second', 0), LIVE_MS), { kind: 'taken' })
    },
  )

  check('gives a name at once to an instance with the place of the last', async (t, store) => {
    await store.reportGateway(of('first', 0, 'folder A'), LIVE_MS)
    t.match(await store.reportGateway(of('second', 0, 'folder B'), LIVE_MS), { kind: 'refused' })
    t.same(await store.reportGateway(of('third', 0, 'folder A'), LIVE_MS), { kind: 'taken' })
    t.notOk(await store.keepGatewayLive('one', LIVE_MS, 'first'))
  })

  check('takes nothing of a process that another of its place has replaced', async (t, store) => {
    await store.reportGateway(of('1 first', 0, 'folder A'), LIVE_MS)
    await store.reportGateway(of('2 second', 0, 'folder A'), LIVE_MS)
    await store.reportGateway(report('other', 0), LIVE_MS)
    t.match(await store.reportGateway(of('1 first', 0, 'folder A'), LIVE_MS), { kind: 'refused' }, 'late')
    const goodbye = { ...of('1 first', 0, 'folder A'), state: 'stopped' }
    t.match(await store.reportGateway(goodbye, 0), { kind: 'refused' })
    await put(store)
    await store.reportGateway(report('other', 1), LIVE_MS)
    t.same(await inForce(store), [undefined], 'the second is waited for')
    t.ok(await store.keepGatewayLive('one', LIVE_MS, '2 second'))
  })

  check('calls nothing in force while a gateway is waited for whose clock is behind', async (t, store) => {
    await put(store)
    const clock = { skewMs: -9_000.4, isBehind: true }
    await store.reportGateway({ ...report('one', 1), clock }, LIVE_MS)
    await store.reportGateway(report('two', 1), LIVE_MS)
    t.same(await inForce(store), [undefined])
    t.match(await store.read((view) => view.gateways.statuses()), [
      { id: 'one', sequence: 1, clock: { skewMs: -9_000, isBehind: true } },
      { id: 'two', clock: undefined },
    ])
    await store.reportGateway({ ...report('one', 1), clock: { skewMs: 3, isBehind: false } }, LIVE_MS)
    t.same(await inForce(store), [NOW])
  })

  check('has a clock that does not go back behind what it has recorded', async (t, store, place) => {
    place.clock.now = at(10_000)
    await put(store)
    place.clock.now = at(0)
    t.equal(await store.now(), at(10_000), 'a change')
    await store.reportGateway(report('one', 1), LIVE_MS)
    t.same(await inForce(store), [at(10_000)], 'no earlier than it was recorded')
    t.match(await store.read((view) => view.gateways.statuses()), [{ seenAt: at(10_000), isLive: true }])
    place.clock.now = at(20_000)
    t.equal(await store.now(), at(20_000))
    await store.reportGateway(report('one', 1), LIVE_MS)
    place.clock.now = at(0)
    t.equal(await store.now(), at(20_000), 'a report')
  })

  check('does not change the sequence by a report', async (t, store) => {
    await store.reportGateway(report('one', 0), LIVE_MS)
    t.equal(await store.position(), 0)
  })
}
