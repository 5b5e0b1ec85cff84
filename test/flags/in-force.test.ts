// When a change is called in force, and that no gateway the store does not wait for answers as if it knew.
import t, { type Test } from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { quiet } from '../support/fake-time.ts'
import { restrict } from '../support/restrict.ts'
import { METER } from './bench.ts'
import { type Fleet, type Gateway, LEASE_MS, openFleet } from './fleet.ts'

t.test('a change is in force once every live gateway has reported it, and not before', async (t) => {
  const { store, time, started, inForceAt } = openFleet(t)
  const [one, two] = [await started('one'), await started('two')]
  const sequence = await restrict(store, [METER], time.now())
  await one.flags.catchUp()
  await time.advance(0)
  t.equal(await inForceAt(sequence), undefined, 'the other one has not asked yet')
  await two.flags.catchUp()
  await time.advance(0)
  t.equal(await inForceAt(sequence), time.now())
  t.match(await one.read(METER), { state: 'restricted', isStale: false })
})

t.test('a gateway knows no flag and is not ready before the store has taken its report', async (t) => {
  const { time, gateway } = openFleet(t)
  const one = gateway('one')
  one.faults.report = 'fails'
  await one.start()
  await time.advance(500)
  t.match(await one.read(METER), { state: 'unknown' })
  t.match(one.flags.status(), { state: 'starting' })
  t.notOk(one.flags.isReady)
  one.faults.report = 'none'
  await time.advance(1_000)
  t.match(await one.read(METER), { state: 'clear', isStale: false })
  t.ok(one.flags.isReady)
})

t.test('what was in force before a gateway joined is in force at it from its first answer on', async (t) => {
  const { store, time, started, inForceAt, gateway } = openFleet(t)
  const one = await started('one')
  const late = gateway('late')
  late.faults.report = 'fails'
  await late.start()
  const sequence = await restrict(store, [METER], time.now())
  await one.flags.catchUp()
  await time.advance(0)
  t.ok(await inForceAt(sequence))
  late.faults.report = 'none'
  await late.reporter.wake()
  await time.advance(0)
  t.match(await late.read(METER), { state: 'restricted' })
})

/** Lets time pass in small steps; after each a gateway that says "clear" must be stale if the flag is in force. */
async function neverWrong(t: Test, fleet: Fleet, gateway: Gateway, sequence: number, forMs: number) {
  const seen = { fresh: 0, stale: 0 }
  for (let passedMs = 0; passedMs < forMs; passedMs += 50) {
    await fleet.time.advance(50)
    const reading = await gateway.read(METER)
    const isFreshAndClear = reading?.state === 'clear' && !reading.isStale
    if (isFreshAndClear && (await fleet.inForceAt(sequence)) !== undefined)
      t.fail(`answers "clear" ${passedMs} ms after, with the flag in force`)
    seen[isFreshAndClear ? 'fresh' : 'stale']++
  }
  return seen
}

for (const [name, cut] of [
  ['reports, while it can still ask what has changed', { report: 'hangs', beat: 'hangs', poll: 'none' }],
  ['the store altogether', { report: 'fails', beat: 'fails', poll: 'hangs' }],
  ['what has changed, while it can still report', { report: 'none', beat: 'none', poll: 'fails' }],
] as const) {
  t.test(`a gateway cut off from ${name} is stale before the change counts as in force`, async (t) => {
    const fleet = openFleet(t)
    const [, cutOff] = [await fleet.started('one'), await fleet.started('two')]
    await cutOff.read(METER)
    Object.assign(cutOff.faults, cut)
    if (cut.poll === 'none') await cutOff.flags.catchUp()
    const sequence = await restrict(fleet.store, [METER], fleet.time.now())
    const seen = await neverWrong(t, fleet, cutOff, sequence, 5 * LEASE_MS)
    t.ok(seen.stale > 0 || cut.poll === 'none')
    Object.assign(cutOff.faults, { report: 'none', beat: 'none', poll: 'none' })
    await fleet.time.advance(2_000)
    t.match(await cutOff.read(METER), { state: 'restricted', isStale: false })
    t.ok(await fleet.inForceAt(sequence))
  })
}

t.test('a gateway that the store no longer waits for does not trust a cache that is in step', async (t) => {
  const fleet = openFleet(t)
  const [one, uncounted] = [await fleet.started('one'), await fleet.started('two')]
  Object.assign(uncounted.faults, { report: 'hangs', beat: 'hangs' })
  await fleet.time.advance(4 * LEASE_MS)
  await uncounted.read(METER)
  const sequence = await restrict(fleet.store, [METER], fleet.time.now())
  await one.flags.catchUp()
  await fleet.time.advance(0)
  t.ok(await fleet.inForceAt(sequence), 'in force before the next poll of the other one')
  t.match(await uncounted.read(METER), { state: 'clear', isStale: true })
  t.match(uncounted.flags.status(), { state: 'behind' })
})

t.test('a gateway that cannot report stops being waited for after three leases, not sooner', async (t) => {
  const fleet = openFleet(t)
  const [, dead] = [await fleet.started('one'), await fleet.started('dead')]
  Object.assign(dead.faults, { report: 'fails', beat: 'fails', poll: 'fails' })
  const sequence = await restrict(fleet.store, [METER], fleet.time.now())
  await fleet.time.advance(3 * LEASE_MS - 1_000)
  t.equal(await fleet.inForceAt(sequence), undefined)
  await fleet.time.advance(2_500)
  t.ok(await fleet.inForceAt(sequence))
})

t.test('a clock of the store that jumps ahead does not make a trusting gateway count as dead', async (t) => {
  for (const aheadMs of [0.9 * LEASE_MS, 1.4 * LEASE_MS, 2 * LEASE_MS, 3_600_000]) {
    const fleet = openFleet(t)
    const [, cutOff] = [await fleet.started('one'), await fleet.started('two')]
    await cutOff.read(METER)
    Object.assign(cutOff.faults, { report: 'hangs', beat: 'hangs', poll: 'hangs' })
    const sequence = await restrict(fleet.store, [METER], fleet.time.now())
    fleet.storeClock.aheadMs = aheadMs
    const seen = await neverWrong(t, fleet, cutOff, sequence, 3 * LEASE_MS)
    t.ok(seen.fresh > 0, 'it does trust itself for a while')
  }
})

t.test('a gateway stays counted while its reports wait for a long write', async (t) => {
  const fleet = openFleet(t)
  const one = await fleet.started('one')
  one.faults.report = 'hangs'
  await fleet.time.advance(10 * LEASE_MS)
  t.match(await one.read(METER), { isStale: false })
  t.match(await fleet.store.read((view) => view.gateways.statuses()), [{ id: 'one', isLive: true }])
})

t.test('nobody waits for a gateway that has said goodbye', async (t) => {
  const fleet = openFleet(t)
  const [one, two] = [await fleet.started('one'), await fleet.started('two')]
  await two.flags.stop()
  await two.reporter.stop()
  await fleet.time.advance(10)
  const sequence = await restrict(fleet.store, [METER], fleet.time.now())
  await one.flags.catchUp()
  await fleet.time.advance(0)
  t.ok(await fleet.inForceAt(sequence))
  t.match(await fleet.store.read((view) => view.gateways.statuses()), [
    { id: 'one', isLive: true },
    { id: 'two', isLive: false, state: 'stopped' },
  ])
})

t.test('a flag set for later is in force everywhere before it begins, and begins on time', async (t) => {
  const fleet = openFleet(t)
  const one = await fleet.started('one')
  const begins = instantOf(fleet.time.now() + 60_000)
  const sequence = await restrict(fleet.store, [METER], begins)
  await fleet.time.advance(1_000)
  t.ok(await fleet.inForceAt(sequence))
  t.match(await one.read(METER), { state: 'clear' })
  await fleet.time.advance(58_999)
  t.match(await one.read(METER), { state: 'clear' })
  await fleet.time.advance(1)
  t.match(await one.read(METER), { state: 'restricted', isStale: false })
})

t.test('the age that is watched is past the lease whenever flags are stale, and never else', async (t) => {
  const { time, started } = openFleet(t)
  const one = await started('one')
  const looks: string[] = []
  const look = () => {
    const { state, ageMs } = one.flags.status()
    looks.push(state)
    t.equal(ageMs !== undefined && ageMs <= LEASE_MS, state === 'in-step', `${state}, ${ageMs} ms`)
  }
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 50) {
      await time.advance(50)
      await quiet()
      look()
    }
  }
  await pass(500)
  for (const faults of [
    { report: 'fails', beat: 'fails' },
    { poll: 'fails' },
    { report: 'hangs', beat: 'fails' },
  ] as const) {
    Object.assign(one.faults, faults)
    await pass(3 * LEASE_MS)
    // The store waits for it again, and what it has is from before.
    Object.assign(one.faults, { report: 'none', beat: 'none', poll: 'fails' })
    await pass(200)
    Object.assign(one.faults, { poll: 'none' })
    await pass(2 * LEASE_MS)
  }
  t.ok(looks.includes('behind') && looks.at(-1) === 'in-step')
})
