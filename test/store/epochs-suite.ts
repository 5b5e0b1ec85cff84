/** What a store that has epochs makes of reports. For drivers whose data outlive a handle. */
import type { SqlSession } from '../../src/store/sql/session.ts'
import { put, report } from './flag-life.ts'
import { inForce, LIVE_MS } from './gateways-suite.ts'
import { at, type Check, NOW, type StorePlace } from './place.ts'

/** Makes the epoch that the store has, or one, the epoch that is held until then. */
async function setEpoch(place: StorePlace, id: string, heldUntil: number): Promise<void> {
  await inTransaction(place, async (session) => {
    if ((await session.run('UPDATE epochs SET held_until_ms = ?', heldUntil)) > 0) return
    await session.run("INSERT INTO epochs VALUES (1, 'here', 1, ?, 0, ?)", id, heldUntil)
  })
}

function epochOf(place: StorePlace): Promise<string> {
  return inTransaction(place, async (session) => String((await session.get('SELECT id FROM epochs'))?.id))
}

async function inTransaction<Result>(
  place: StorePlace,
  work: (session: SqlSession) => Promise<Result>,
): Promise<Result> {
  const { database } = await place.connect()
  try {
    return await database.write('being tested', work)
  } finally {
    await database.close()
  }
}

export function epochsSuite(check: Check): void {
  check('counts a sequence only in the epoch that it is of', async (t, store, place) => {
    await setEpoch(place, 'E', 0)
    await put(store)
    await store.reportGateway({ ...report('one', 1), epoch: 'the one before' }, LIVE_MS)
    t.same(await inForce(store), [undefined])
    t.match(await store.read((view) => view.gateways.statuses()), [{ sequence: 0, epoch: 1 }])
    await store.reportGateway({ ...report('one', 1), epoch: await epochOf(place) }, LIVE_MS)
    t.same(await inForce(store), [NOW])
  })

  check('calls nothing in force while its epoch is held', async (t, store, place) => {
    await put(store)
    await setEpoch(place, 'E', at(300))
    await store.reportGateway(report('one', 1), LIVE_MS)
    place.clock.now = at(299)
    await store.reportGateway(report('one', 1), LIVE_MS)
    t.same(await inForce(store), [undefined])
    place.clock.now = at(300)
    await store.reportGateway(report('one', 1), LIVE_MS)
    t.same(await inForce(store), [at(300)])
  })

  check('holds an epoch longer by the time in which nobody could report', async (t, store, place) => {
    await put(store)
    await store.reportGateway(report('one', 1), LIVE_MS)
    await put(store, { id: 'R-2', mpxn: 'other' })
    await setEpoch(place, 'E', at(300))
    place.clock.now = at(60_000)
    await store.reportGateway(report('one', 2), LIVE_MS)
    t.same((await inForce(store)).at(-1), undefined)
    for (const offset of [60_200, 60_300]) {
      place.clock.now = at(offset)
      await store.reportGateway(report('one', 2), LIVE_MS)
    }
    t.same((await inForce(store)).at(-1), at(60_300))
  })
}
