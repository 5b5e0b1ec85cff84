/** DCC schedules of every driver: which are live, and which have gone dark. */
import type { Schedule } from '../../src/core/restriction/schedule.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { restrict } from '../support/restrict.ts'
import { trafficEvent } from './flag-life.ts'
import { at, BIG_KEYS, type Check, GPF, METER, NOW, STRANGER } from './place.ts'

const [OWNER = METER, OTHER = GPF] = BIG_KEYS

function schedule(id: string, over: Partial<Schedule> = {}): Schedule {
  return { id, device: METER, owner: OWNER, srvs: ['4.8.1'], createdAt: NOW, until: undefined, ...over }
}

const put = (store: SqlStore, ...schedules: Schedule[]) =>
  store.change(async (unit) => {
    for (const each of schedules) await unit.schedules.put(each)
  })

const liveOf = async (store: SqlStore, when = NOW) =>
  (await store.read((view) => view.schedules.live([METER, GPF], when, 10))).map(({ id }) => id)

const darkAt = async (store: SqlStore, when = NOW) =>
  (await store.change((unit) => unit.schedules.takeDark(when, 10))).map(({ schedule: { id } }) => id)

export function schedulesSuite(check: Check): void {
  check('gives schedules back as they were put, of the Devices asked for', async (t, store) => {
    const full = schedule('1', { until: at(9), srvs: ['4.8.1', '14.1'] })
    const ofProxy = schedule('2', { device: GPF, owner: OTHER, srvs: [], createdAt: at(1) })
    await put(store, ofProxy, full, schedule('3', { device: STRANGER }))
    t.same(await store.read((view) => view.schedules.live([METER, GPF], NOW, 10)), [full, ofProxy])
    t.same(await store.read((view) => view.schedules.live([METER, GPF], NOW, 1)), [full])
    t.same(await store.read((view) => view.schedules.live([], NOW, 10)), [])
    t.same(await liveOf(store, at(9)), ['2'], 'it ends when its time has come')
  })

  check('ends a schedule by its number, also when its creation is told of later', async (t, store) => {
    await put(store, schedule('1'))
    await store.change((unit) => unit.schedules.end('1', at(5)))
    await store.change((unit) => unit.schedules.end('2', at(5)))
    await put(store, schedule('2', { createdAt: at(4) }))
    t.same(await liveOf(store, at(5)), [])
    await put(store, schedule('2', { createdAt: at(6) }))
    t.same(await liveOf(store, at(6)), ['2'], 'a number that is given out again counts')
    await store.change((unit) => unit.schedules.end('2', at(5)))
    t.same(await liveOf(store, at(6)), ['2'], 'and an end from before does not end it')
  })

  check('ends the schedules of a Device, of one owner or of all', async (t, store) => {
    await put(store, schedule('1'), schedule('2', { owner: OTHER }), schedule('3', { device: GPF }))
    await store.change((unit) => unit.schedules.endOf(METER, at(1), OWNER))
    t.same(await liveOf(store, at(1)), ['2', '3'])
    await store.change((unit) => unit.schedules.endOf(METER, at(1)))
    t.same(await liveOf(store, at(1)), ['3'])
  })

  check('takes a schedule once for each flag, when that takes effect', async (t, store) => {
    await put(store, schedule('1'), schedule('2', { until: at(3) }), schedule('3', { device: GPF }))
    await store.change((unit) => unit.schedules.darken(METER, { from: at(5), until: undefined }))
    t.same(await darkAt(store, at(4)), [])
    t.equal(await store.read((view) => view.outbox.hasEntries(at(4))), false)
    t.equal(await store.read((view) => view.outbox.hasEntries(at(5))), true)
    t.same(await darkAt(store, at(5)), ['1'], 'one that has ended is not there')
    t.same(await darkAt(store, at(5)), [])
    await store.change((unit) => unit.schedules.darken(METER, { from: at(5), until: at(9) }))
    t.same(await darkAt(store, at(8)), [], 'another end of the same flag')
    await store.change((unit) => unit.schedules.darken(METER, { from: at(20), until: undefined }))
    await store.change((unit) => unit.schedules.darken(METER, undefined))
    t.same(await darkAt(store, at(20)), [], 'a flag that was taken back')
  })

  check('has a schedule go dark that is created while a flag is to come', async (t, store) => {
    await restrict(store, [METER], at(5))
    await put(store, schedule('1'))
    t.same(await darkAt(store, at(5)), ['1'])
  })

  check('keeps what a request and its answer say of a schedule', async (t, store) => {
    const event = trafficEvent({ requestId: 'R', stage: 'done', scheduleId: '7', scheduleUntil: at(7) })
    await store.change(async (unit) => {
      await unit.traffic.take(event)
      t.match(await unit.traffic.eventsOf('R', event.event), [{ scheduleId: '7', scheduleUntil: at(7) }])
    })
  })
}
