/** The index in front of cache and store: what it spares, and that it never takes a Restricted Device for clear. */
import t, { type Test } from 'tap'
import { type Instant, instantOf } from '../../src/core/device/device.ts'
import { type DeviceKey, deviceKeyOf } from '../../src/core/duis/eui64.ts'
import type { LiveFlagsOptions } from '../../src/flags/live-flags.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { DeviceChange } from '../../src/store/store.ts'
import { quiet } from '../support/fake-time.ts'
import { lift, restrict } from '../support/restrict.ts'
import { type Bench, device, GPF, HUB, KEYS, METER, openBench, STRANGER } from './bench.ts'

const FLEET = Array.from({ length: 10_000 }, (_, low) => deviceKeyOf(0x90b3_d51f, low))
const LONG_AGO = instantOf(0)

/** Started, with its index loaded. */
async function openIndexed(t: Test, options: LiveFlagsOptions = {}, flagged: readonly DeviceKey[] = []) {
  const bench = openBench(t, options, {})
  await restrict(bench.store, flagged, LONG_AGO)
  await bench.flags.start()
  await untilLoaded(bench)
  return bench
}

async function untilLoaded({ flags }: Bench): Promise<void> {
  for (let turn = 0; turn < 100 && flags.status().index?.state !== 'loaded'; turn++) await quiet()
}

const later = ({ time }: Bench, ms: number): Instant => instantOf(time.now() + ms)

t.test('a clear Device costs no question to the store, however many are asked for first', async (t) => {
  const { flags, records, time } = await openIndexed(t, {}, [METER])
  const readings = FLEET.map((key) => flags.read([key], time.now()))
  t.ok(readings.every((reading) => Array.isArray(reading) && reading[0]?.state === 'clear'))
  t.same(records.loads, [])
  t.match(flags.status(), { index: { state: 'loaded', devices: 1 }, hits: FLEET.length, misses: 0 })
})

t.test('a reading from it has the last change applied, an age, and becomes stale', async (t) => {
  const { flags, records, time, read } = await openIndexed(t, { maxStalenessMs: 1_000 }, [METER])
  t.same(await read(STRANGER), [{ state: 'clear', type: undefined, version: 1, ageMs: 0, isStale: false }])
  records.fault = 'fails'
  await time.advance(900)
  t.match(await read(STRANGER), [{ state: 'clear', ageMs: 900, isStale: false }])
  await time.advance(200)
  t.match(await read(STRANGER), [{ state: 'clear', ageMs: 1_100, isStale: true }])
  t.equal(flags.status().unknowns, 0)
})

t.test('past the lease the record counts before the index, because it knows the type', async (t) => {
  const { store, records, flags, time, read } = await openIndexed(t, { maxStalenessMs: 100, pollMs: 10_000 })
  await store.change((unit) => unit.inventory.put([device(GPF, 'GPF')]))
  await flags.catchUp()
  await time.advance(200)
  t.match(await read(GPF), [{ state: 'clear', type: 'GPF', isStale: true }])
  t.same(records.loads, [[GPF]])
})

t.test(
  'with a store that is down, clear Devices are known and Restricted ones are not taken for clear',
  async (t) => {
    const { records, time, states } = await openIndexed(t, {}, [METER])
    records.fault = 'fails'
    await time.advance(500)
    t.same(await states(METER, GPF), ['unknown', 'clear'])
  },
)

t.test('a flag that begins later is in it, and one that ended long ago is not', async (t) => {
  const bench = openBench(t, {}, {})
  await restrict(bench.store, [METER], later(bench, 60_000))
  await restrict(bench.store, [GPF, HUB], LONG_AGO)
  await lift(bench.store, [GPF], later(bench, 10))
  await bench.time.advance(86_400_020)
  await lift(bench.store, [HUB], later(bench, -1_000))
  await bench.flags.start()
  await untilLoaded(bench)
  t.match(bench.flags.status().index, { state: 'loaded', devices: 2 })
  t.same(await bench.states(METER, GPF, HUB), ['restricted', 'clear', 'clear'])
  t.same(bench.records.loads, [[METER, HUB]], 'one that has just ended is asked for')
})

t.test('a flag that is set is in it before the change counts as applied', async (t) => {
  const { store, flags, time, states } = await openIndexed(t)
  for (const key of KEYS) {
    t.same(await states(key), ['clear'])
    await restrict(store, [key], time.now())
    await flags.catchUp()
    t.same(await states(key), ['restricted'])
  }
})

t.test('a Device whose record shows no flag leaves it, and comes back with the next change', async (t) => {
  const { store, flags, records, time, states } = await openIndexed(t)
  await store.change((unit) => unit.inventory.put([device(METER)]))
  await flags.catchUp()
  t.equal(flags.status().index?.devices, 1, 'a change of the inventory may be a change of the flag')
  t.same(await states(METER), ['clear'])
  t.equal(flags.status().index?.devices, 0)
  t.equal(records.loads.length, 1)
  await restrict(store, [METER], time.now())
  await flags.catchUp()
  t.same(await states(METER), ['restricted'])
})

t.test('a record that is newer than what was applied does not leave it yet', async (t) => {
  const { store, flags, time, states } = await openIndexed(t, { pollMs: 10_000 }, [METER])
  await lift(store, [METER], instantOf(time.now() - 86_400_000))
  await states(METER)
  t.equal(flags.status().index?.devices, 1)
})

t.test(
  'a change that arrives while it is loaded is in it, wherever the page of its Device was',
  async (t) => {
    for (const key of KEYS) {
      const bench = openBench(t, {}, {})
      const { store, records, flags, states } = bench
      await restrict(store, [...KEYS.filter((other) => other !== key), ...FLEET.slice(0, 9)], LONG_AGO)
      const gate = Promise.withResolvers<void>()
      records.heldPages = gate.promise
      await flags.start()
      await quiet()
      t.equal(records.pages, 1)
      await restrict(store, [key], LONG_AGO)
      await flags.catchUp()
      records.heldPages = undefined
      gate.resolve()
      await untilLoaded(bench)
      t.equal(flags.status().index?.devices, KEYS.length + 9)
      t.same(await states(key), ['restricted'])
      await flags.stop()
    }
  },
)

t.test('it answers only once a poll after its last page was in step', async (t) => {
  const bench = openBench(t, {}, {})
  const { store, records, flags, time, states } = bench
  await restrict(store, [METER], LONG_AGO)
  const gate = Promise.withResolvers<void>()
  records.heldPages = gate.promise
  await flags.start()
  await quiet()
  records.fault = 'fails'
  records.heldPages = undefined
  gate.resolve()
  for (let turn = 0; turn < 20; turn++) await quiet()
  t.match(flags.status(), { state: 'in-step', index: { state: 'loading', devices: 0 } })
  records.fault = 'none'
  await time.advance(2_000)
  await untilLoaded(bench)
  t.same(await states(METER, GPF), ['restricted', 'clear'])
})

t.test('while it is loaded anew, cache and store answer', async (t) => {
  const bench = await openIndexed(t, {}, [METER])
  const { store, records, flags, states, time } = bench
  const gate = Promise.withResolvers<void>()
  records.heldPages = gate.promise
  await changeInventoryAsAWhole(bench)
  t.match(flags.status().index, { state: 'loading', devices: 0, bytes: 0 })
  t.same(await states(METER, GPF), ['restricted', 'clear'])
  t.same(records.loads.at(-1), [METER, GPF])
  await restrict(store, [GPF], time.now())
  await flags.catchUp()
  records.heldPages = undefined
  gate.resolve()
  await time.advance(2_000)
  await untilLoaded(bench)
  t.same(await states(METER, GPF, HUB), ['restricted', 'restricted', 'clear'])
})

/** An import does this; here the feed is told so. */
async function changeInventoryAsAWhole({ store, records, flags }: Bench): Promise<void> {
  records.rewriteChanges = withoutKeyOf(STRANGER)
  await store.change((unit) => unit.inventory.put([device(STRANGER)]))
  await flags.catchUp()
}

/** Changes of the Device are told as ones of the whole inventory. */
const withoutKeyOf = (key: DeviceKey) => (changes: DeviceChange[]) =>
  changes.map((change) => (change.key === key ? { ...change, key: undefined } : change))

t.test('a store that went back is refused, and its index with it', async (t) => {
  const bench = await openIndexed(t, {}, [METER])
  const { records, flags, states, time, refusals } = bench
  const wiped = openSqliteStore({ file: ':memory:' })
  t.teardown(() => wiped.close())
  records.source = wiped
  await flags.catchUp()
  t.equal(refusals.length, 1)
  t.match(flags.status().index, { state: 'loading', devices: 0 })
  t.same(await states(METER, GPF), ['unknown', 'unknown'])
  await time.advance(5_000)
  t.match(flags.status().index, { state: 'loading' }, 'it is not loaded from it either')
  flags.acceptReset()
  await time.advance(5_000)
  await untilLoaded(bench)
  t.same(await states(METER, GPF), ['clear', 'clear'])
})

t.test('a store that goes back while it is loaded leaves nothing of the load behind', async (t) => {
  const bench = openBench(t, {}, {})
  const { store, records, flags, states } = bench
  await restrict(store, [METER], LONG_AGO)
  const gate = Promise.withResolvers<void>()
  records.heldPages = gate.promise
  await flags.start()
  await quiet()
  const wiped = openSqliteStore({ file: ':memory:' })
  t.teardown(() => wiped.close())
  records.source = wiped
  records.heldPages = undefined
  gate.resolve()
  await flags.catchUp()
  for (let turn = 0; turn < 20; turn++) await quiet()
  t.match(flags.status(), { state: 'refused', index: { state: 'loading', devices: 0 } })
  t.same(await states(GPF), ['unknown'])
})

t.test('with more flags than it may hold there is none, and the alarm is raised once', async (t) => {
  const alarms: number[] = []
  const { store, flags, time, states } = openBench(
    t,
    {},
    { maxIndexed: 5, onTooMany: (most) => alarms.push(most) },
  )
  await restrict(store, KEYS, time.now())
  await flags.start()
  for (let turn = 0; turn < 20; turn++) await quiet()
  await time.advance(10_000)
  t.match(flags.status().index, { state: 'too-many', devices: 0, bytes: 0 })
  t.same(alarms, [5])
  t.same(await states(METER, STRANGER), ['restricted', 'restricted'])
  await flags.stop()
})

t.test('a flood of changes fills it up: it is dropped, and loaded anew', async (t) => {
  const bench = await openIndexed(t, {}, [METER])
  const { store, records, flags, time, states } = bench
  records.pageLimit = 1_000
  const flood = Array.from({ length: 40_000 }, (_, low) => deviceKeyOf(0x1111_1111, low))
  await store.change((unit) => unit.inventory.put(flood.map((key) => device(key))))
  const before = records.pages
  await flags.catchUp()
  t.same(await states(METER), ['restricted'])
  await time.advance(2_000)
  await untilLoaded(bench)
  t.ok(records.pages > before)
  t.match(flags.status().index, { state: 'loaded', devices: 1 })
  t.same(await states(METER, deviceKeyOf(0x1111_1111, 5)), ['restricted', 'clear'])
})

/**
 * What makes everything unsure, each with a flag of METER that no change tells by its key: only a load that begins after it
 * finds the flag.
 */
const startsOver: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  'the inventory changes as a whole': async ({ store, records }) => {
    records.rewriteChanges = withoutKeyOf(METER)
    await restrict(store, [METER], LONG_AGO)
  },
  'the feed falls far behind': async ({ store }) => {
    await store.change((unit) => unit.inventory.put(FLEET.slice(0, 1_500).map((key) => device(key))))
    await restrict(store, [METER], LONG_AGO)
  },
}
/** Whether the feed hears of it before the held page arrives, or only from the poll at the end of the load. */
const moments = { 'while its pages are read': true, 'by the poll at its end': false }

for (const [what, startOver] of Object.entries(startsOver)) {
  for (const [moment, isHeardBefore] of Object.entries(moments)) {
    t.test(`a load under way is dropped when ${what}, ${moment}`, async (t) => {
      const bench = openBench(t, { maxCatchUp: 100 }, {})
      const { store, records, flags, time, states } = bench
      await restrict(store, [GPF, HUB], LONG_AGO)
      const gate = Promise.withResolvers<void>()
      records.heldPages = gate.promise
      await flags.start()
      await quiet()
      t.equal(records.pages, 1)
      await startOver(bench)
      if (isHeardBefore) t.ok(await flags.catchUp())
      records.heldPages = undefined
      gate.resolve()
      for (let turn = 0; turn < 20; turn++) await quiet()
      t.match(flags.status(), { state: 'in-step', index: { state: 'loading', devices: 0 } })
      t.same(await states(METER), ['restricted'])
      await time.advance(2_000)
      await untilLoaded(bench)
      t.equal(flags.status().index?.state, 'loaded')
      t.same(await states(METER), ['restricted'])
    })
  }
}

t.test('a load under way is dropped when an operator accepts another store', async (t) => {
  const bench = openBench(t, {}, {})
  const { store, records, flags, time, states } = bench
  await restrict(store, [GPF, HUB], LONG_AGO)
  const gate = Promise.withResolvers<void>()
  records.heldPages = gate.promise
  await flags.start()
  await quiet()
  const other = openSqliteStore({ file: ':memory:' })
  t.teardown(() => other.close())
  await restrict(other, [METER], LONG_AGO)
  records.source = other
  await flags.catchUp()
  flags.acceptReset()
  t.ok(await flags.catchUp())
  records.heldPages = undefined
  gate.resolve()
  for (let turn = 0; turn < 20; turn++) await quiet()
  t.same(await states(METER, GPF), ['restricted', 'clear'])
  await time.advance(2_000)
  await untilLoaded(bench)
  t.match(flags.status(), { state: 'in-step', index: { state: 'loaded', devices: 1 } })
  t.same(await states(METER, GPF), ['restricted', 'clear'])
})
