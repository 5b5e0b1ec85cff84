/** What the data plane is told of a flag: from memory, from the store, and when the store does not answer. */
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { deviceKeyOf } from '../../src/core/duis/eui64.ts'
import { quiet } from '../support/fake-time.ts'
import { lift, restrict } from '../support/restrict.ts'
import { device, GPF, HUB, KEYS, METER, openBenchInStep, STRANGER } from './bench.ts'

t.test('answers at once, without a promise, once every Device is resident', async (t) => {
  const { flags, time, store, read } = await openBenchInStep(t)
  await store.change((unit) => unit.inventory.put([device(METER), device(GPF, 'GPF')]))
  const since = time.now()
  await restrict(store, [METER], since)
  await flags.catchUp()
  await read(METER, GPF)
  const readings = flags.read([METER, GPF, METER], time.now())
  t.same(readings, [
    { state: 'restricted', type: 'ESME', version: 3, ageMs: 0, isStale: false, since },
    { state: 'clear', type: 'GPF', version: 2, ageMs: 0, isStale: false, since: undefined },
    { state: 'restricted', type: 'ESME', version: 3, ageMs: 0, isStale: false, since },
  ])
  t.same(flags.read([], time.now()), [])
})

t.test('keeps absences, so that an unknown Device is asked for once', async (t) => {
  const { records, read } = await openBenchInStep(t)
  const known = { state: 'clear', type: undefined, version: 0, ageMs: 0, isStale: false, since: undefined }
  const absent = { ...known, isUnlisted: true }
  t.same(await read(STRANGER), [absent])
  t.same(await read(STRANGER), [absent])
  t.same(records.loads, [[STRANGER]])
})

t.test(
  'loads a Device once, however many messages wait, and asks for all of one turn together',
  async (t) => {
    const { records, flags, states } = await openBenchInStep(t)
    records.fault = 'held'
    const waiting = Array.from({ length: 50 }, () => states(METER, GPF, METER))
    await quiet()
    const later = states(METER, HUB)
    await quiet()
    t.same(records.loads, [[METER, GPF], [HUB]])
    records.release()
    await Promise.all([...waiting, later])
    t.match(flags.status(), { loads: 3, batches: 2, entries: 3 })
  },
)

t.test('decides on 50,000 Devices in one message, more than it keeps, whichever is Restricted', async (t) => {
  const keys = Array.from({ length: 50_000 }, (_, low) => deviceKeyOf(0xf000_0000, low))
  const { store, records, flags, time } = await openBenchInStep(t, { maxEntries: 100 })
  for (const place of [0, 25_000, 49_999]) {
    const marked = keys[place] ?? METER
    await restrict(store, [marked], time.now())
    await flags.catchUp()
    const readings = await flags.read(keys, time.now())
    t.same(
      readings.flatMap(({ state }, index) => (state === 'restricted' ? [index] : [])),
      [place],
    )
    t.ok(readings.every(({ state }) => state !== 'unknown'))
    await lift(store, [marked], time.now())
  }
  t.ok(records.loads.every((load) => load.length <= 1_000))
  t.ok(records.loads.length <= 150)
  t.equal(flags.status().entries, 100)
})

t.test('stays bounded under a flood of unknown Devices and re-reads a Restricted one', async (t) => {
  const { store, flags, time, states } = await openBenchInStep(t, { maxEntries: 50 })
  await restrict(store, [METER], time.now())
  await flags.catchUp()
  for (let flood = 0; flood < 20; flood++) {
    await states(...Array.from({ length: 100 }, (_, low) => deviceKeyOf(flood, 1_000 + low)))
    t.same(await states(METER), ['restricted'])
    t.equal(flags.status().entries, 50)
  }
})

t.test('turns a flag on and off at its effective times, without asking the store', async (t) => {
  const { store, flags, time, records, states } = await openBenchInStep(t)
  const start = time.now()
  await restrict(store, [METER], instantOf(start + 1_000))
  await lift(store, [METER], instantOf(start + 3_000))
  await flags.catchUp()
  await states(METER)
  const stateAt = async (offsetMs: number) =>
    (await flags.read([METER], instantOf(start + offsetMs)))[0]?.state
  t.equal(await stateAt(999), 'clear')
  t.equal(await stateAt(1_000), 'restricted')
  t.equal(await stateAt(2_999), 'restricted')
  t.equal(await stateAt(3_000), 'clear')
  t.equal(records.loads.length, 1)
})

t.test('answers unknown after the look-up deadline, and not before', async (t) => {
  const { records, time, states, flags } = await openBenchInStep(t, { lookupTimeoutMs: 200 })
  records.fault = 'hangs'
  let answer: unknown
  void states(METER).then((states) => {
    answer = states
  })
  await time.advance(199)
  t.equal(answer, undefined)
  await time.advance(1)
  t.same(answer, ['unknown'])
  t.match(flags.status(), { timeouts: 1, unknowns: 1, entries: 0 })
})

t.test('answers what is resident when the rest hangs', async (t) => {
  const { records, time, states } = await openBenchInStep(t)
  await states(METER)
  records.fault = 'hangs'
  const waiting = states(METER, GPF)
  await time.advance(200)
  t.same(await waiting, ['clear', 'unknown'])
})

t.test('answers what was loaded in time when another load hangs', async (t) => {
  const { records, time, states } = await openBenchInStep(t, { batchLimit: 1 })
  records.hangKey = GPF
  const waiting = states(METER, GPF, HUB)
  await time.advance(200)
  t.same(await waiting, ['clear', 'unknown', 'clear'])
})

t.test('does not keep an answer that came after its deadline', async (t) => {
  const { records, time, states, flags } = await openBenchInStep(t)
  records.fault = 'held'
  const waiting = states(METER)
  await time.advance(200)
  t.same(await waiting, ['unknown'])
  records.release()
  await quiet()
  t.equal(flags.status().entries, 0)
})

t.test('answers unknown when the store fails, does not throw and keeps nothing', async (t) => {
  const { records, states, flags, failures, time } = await openBenchInStep(t)
  records.fault = 'fails'
  t.same(await states(METER), ['unknown'])
  t.match(failures, [{ code: 'STORE_UNAVAILABLE' }])
  records.fault = 'none'
  await time.advance(1_000)
  t.same(await states(METER), ['clear'])
  t.match(flags.status(), { failures: 1, entries: 1 })
})

t.test('spares a failing store: look-ups fail at once, and one in a second tries it', async (t) => {
  const { records, states, flags, time } = await openBenchInStep(t, { probeEveryMs: 1_000, pollMs: 60_000 })
  records.fault = 'fails'
  await states(METER)
  const tries = () => records.loads.length
  const before = tries()
  for (let message = 0; message < 100; message++)
    t.same(flags.read([METER, GPF], time.now()), [{ state: 'unknown' }, { state: 'unknown' }])
  t.equal(tries(), before)
  await time.advance(1_000)
  await Promise.all([states(METER), states(GPF), states(HUB)])
  t.equal(tries(), before + 1)
  records.fault = 'none'
  await time.advance(1_000)
  t.same(await states(METER), ['clear'])
  t.same(await states(GPF, HUB), ['clear', 'clear'])
})

t.test(
  'a message waits for the look-up that tries the store, though another of its Devices is not asked for',
  async (t) => {
    const { records, states, time } = await openBenchInStep(t, {
      probeEveryMs: 1_000,
      pollMs: 60_000,
      batchLimit: 1,
    })
    records.fault = 'fails'
    await states(METER)
    records.fault = 'none'
    await time.advance(1_000)
    t.same(await states(METER, GPF), ['clear', 'unknown'])
  },
)

t.test('fails what is in line behind a batch that failed', async (t) => {
  const { records, flags, time } = await openBenchInStep(t, { batchLimit: 2, maxLoads: 1 })
  records.fault = 'fails'
  const readings = await flags.read(KEYS, time.now())
  t.ok(readings.every(({ state }) => state === 'unknown'))
  t.equal(records.loads.length, 1)
})

t.test('takes an answer about other Devices for no answer', async (t) => {
  const { records, states, time } = await openBenchInStep(t)
  const wrongAnswers: (typeof records.rewriteLoad)[] = [
    () => [],
    (all) => all.toReversed(),
    (all) => all.slice(1),
  ]
  for (const wrong of wrongAnswers) {
    records.rewriteLoad = wrong
    t.same(await states(METER, GPF), ['unknown', 'unknown'])
    await time.advance(1_000)
  }
  records.rewriteLoad = (all) => all
  t.same(await states(METER, GPF), ['clear', 'clear'])
})

t.test('does not keep or answer a load that a change has overtaken', async (t) => {
  const { records, store, flags, time, states } = await openBenchInStep(t)
  records.fault = 'held'
  const waiting = states(METER)
  await quiet()
  records.fault = 'none'
  await restrict(store, [METER], time.now())
  await flags.catchUp()
  const newcomer = states(METER)
  records.release()
  t.same(await newcomer, ['restricted'])
  t.same(await waiting, ['restricted'], 'also for the message that had been waiting')
  t.same(await states(METER), ['restricted'])
})

t.test(
  'answers the new flag of a resident Device that changed while the message waited for another',
  async (t) => {
    for (const maxEntries of [1, 1_000]) {
      const { records, store, flags, time, states } = await openBenchInStep(t, { maxEntries })
      await states(METER)
      records.fault = 'held'
      const waiting = states(METER, GPF)
      await quiet()
      records.fault = 'none'
      await restrict(store, [METER], time.now())
      await flags.catchUp()
      records.release()
      t.same(await waiting, ['restricted', 'clear'])
    }
  },
)

t.test('answers from memory with its age while the store is down, and stale past the lease', async (t) => {
  const { records, store, flags, time, read } = await openBenchInStep(t, { maxStalenessMs: 2_000 })
  await restrict(store, [METER], time.now())
  await flags.catchUp()
  await read(METER)
  records.fault = 'fails'
  await time.advance(2_000)
  t.match(await read(METER), [{ state: 'restricted', ageMs: 2_000, isStale: false }])
  await time.advance(1)
  t.match(await read(METER), [{ state: 'restricted', ageMs: 2_001, isStale: true }])
})

t.test('extends no lease when the wall clock jumps', async (t) => {
  const { records, time, read } = await openBenchInStep(t)
  await read(METER)
  records.fault = 'fails'
  await time.advance(1_500)
  for (const jumpMs of [-3_600_000, 7_200_000]) {
    time.wall = instantOf(time.wall + jumpMs)
    t.match(await read(METER), [{ ageMs: 1_500, isStale: false }])
  }
  await time.advance(501)
  t.match(await read(METER), [{ isStale: true }])
})

t.test('leaves no timer behind once its questions are answered', async (t) => {
  const { time, states } = await openBenchInStep(t)
  await states(...KEYS)
  await quiet()
  t.equal(time.pending, 1, 'only the next poll')
})
