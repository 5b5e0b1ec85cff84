// Flags begin and end by the store's clock, whatever the gateway's own says; and what is called in force while that is wrong.
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { lift, restrict } from '../support/restrict.ts'
import { METER } from './bench.ts'
import { openFleet } from './fleet.ts'

const HOUR_MS = 3_600_000

t.test('a flag set now begins at once at a gateway whose clock is behind', async (t) => {
  const { store, time, started, inForceAt } = openFleet(t)
  const one = await started('one')
  one.wall.aheadMs = -3_000
  const sequence = await restrict(store, [METER], time.now())
  await time.advance(1_000)
  t.match(await one.read(METER), { state: 'restricted', isStale: false })
  t.ok(await inForceAt(sequence))
})

t.test('nothing is in force while a clock is further behind than its bound, and then it is', async (t) => {
  const { store, time, started, inForceAt } = openFleet(t)
  const [, behind] = [await started('one'), await started('two')]
  behind.wall.aheadMs = -10_000
  await time.advance(1_500)
  const sequence = await restrict(store, [METER], time.now())
  await time.advance(5_000)
  t.match(await behind.read(METER), { state: 'restricted', isStale: false }, 'although it has begun there')
  t.equal(await inForceAt(sequence), undefined)
  t.match(await store.read((view) => view.gateways.statuses()), [
    { id: 'one', clock: { skewMs: 0, isBehind: false } },
    { id: 'two', clock: { skewMs: -10_000, isBehind: true }, isLive: true },
  ])
  behind.wall.aheadMs = 0
  await time.advance(2_000)
  t.ok(await inForceAt(sequence))
})

t.test('a flag that has begun does not un-begin, nor one that has ended un-end', async (t) => {
  for (const wallOf of ['gateway', 'store'] as const) {
    const fleet = openFleet(t)
    const one = await fleet.started('one')
    const putBack = () => {
      if (wallOf === 'gateway') one.wall.aheadMs = -2 * HOUR_MS
      else fleet.storeClock.aheadMs = -2 * HOUR_MS
    }
    await restrict(fleet.store, [METER], instantOf(fleet.time.now() + 10_000))
    await fleet.time.advance(9_999)
    t.match(await one.read(METER), { state: 'clear' })
    await fleet.time.advance(1)
    t.match(await one.read(METER), { state: 'restricted' })
    putBack()
    for (let step = 0; step < 5; step++) {
      await fleet.time.advance(500)
      t.match(await one.read(METER), { state: 'restricted', isStale: false }, `the clock of the ${wallOf}`)
    }
    await lift(fleet.store, [METER], await fleet.store.now())
    await fleet.time.advance(1_000)
    t.match(await one.read(METER), { state: 'clear', isStale: false })
    if (wallOf === 'gateway') one.wall.aheadMs = 2 * HOUR_MS
    await fleet.time.advance(1_000)
    t.match(await one.read(METER), { state: 'clear', isStale: false })
  }
})

t.test('a flag does not begin early at a gateway whose clock is ahead', async (t) => {
  const { store, time, started } = openFleet(t)
  const one = await started('one')
  one.wall.aheadMs = HOUR_MS
  await restrict(store, [METER], instantOf(time.now() + 60_000))
  await time.advance(59_999)
  t.match(await one.read(METER), { state: 'clear', isStale: false })
  await time.advance(1)
  t.match(await one.read(METER), { state: 'restricted', isStale: false })
})

t.test(
  'where the time is known between bounds a flag begins at the soonest and ends at the latest',
  async (t) => {
    const { store, time, started } = openFleet(t)
    const one = await started('one')
    one.clockAnswer.lateMs = 80
    await restrict(store, [METER], instantOf(time.now() + 5_000))
    await lift(store, [METER], instantOf(time.now() + 10_000))
    await time.advance(4_999)
    t.match(await one.read(METER), { state: 'clear', isStale: false })
    await time.advance(1)
    t.match(await one.read(METER), { state: 'restricted' }, 'by the most that the clock may show')
    await time.advance(5_079)
    t.match(await one.read(METER), { state: 'restricted' }, 'and by the least')
    await time.advance(1)
    t.match(await one.read(METER), { state: 'clear', isStale: false })
  },
)
