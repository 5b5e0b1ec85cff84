// What a process can know of the store's clock, and that its own wall clock has no part in it.
import fc from 'fast-check'
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { StoreTime } from '../../src/flags/store-time.ts'
import { FakeTime } from '../support/fake-time.ts'

t.test(
  'the time of the store is between what it would be had it answered at once, or at the last moment',
  async (t) => {
    const time = new FakeTime()
    const storeTime = new StoreTime(time)
    t.equal(storeTime.now(), time.now(), 'its own until the store was asked')
    await time.advance(40)
    storeTime.read(instantOf(5_000), 0, 40)
    t.equal(storeTime.now(), 5_040)
    t.equal(storeTime.atLeast(), 5_000)
    await time.advance(1_000)
    t.equal(storeTime.now(), 6_040)
    t.equal(storeTime.atLeast(), 6_000)
  },
)

t.test('a wall clock that jumps changes nothing', async (t) => {
  const time = new FakeTime()
  const storeTime = new StoreTime(time)
  storeTime.read(instantOf(5_000), 0, 0)
  for (const jumpMs of [-7_200_000, 10_000, -10_000]) {
    time.wall = instantOf(time.wall + jumpMs)
    t.equal(storeTime.now(), 5_000)
    t.equal(storeTime.atLeast(), 5_000)
  }
})

t.test('it never goes back, whatever the store answers, and covers what the store shows', async (t) => {
  const answer = fc.record({
    jumpMs: fc.integer({ min: -5_000, max: 5_000 }),
    toMs: fc.nat(300),
    fromMs: fc.nat(300),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 20 }), async (answers) => {
      const time = new FakeTime()
      const storeTime = new StoreTime(time)
      let aheadMs = 0
      let before = { least: Number.NEGATIVE_INFINITY, most: Number.NEGATIVE_INFINITY }
      for (const { jumpMs, toMs, fromMs } of answers) {
        aheadMs += jumpMs
        const sentAtMs = time.monotonicMs()
        await time.advance(toMs)
        const shown = instantOf(1_000_000 + time.monotonicMs() + aheadMs)
        await time.advance(fromMs)
        storeTime.read(shown, sentAtMs, time.monotonicMs())
        const now = { least: storeTime.atLeast(), most: storeTime.now() }
        t.ok(now.least >= before.least && now.most >= before.most && now.least <= now.most)
        t.ok(now.most >= shown + fromMs, 'what has begun by the store has begun')
        before = now
      }
    }),
    { numRuns: 100, seed: 169 },
  )
})

t.test('what the store has recorded, its clock has shown', async (t) => {
  const storeTime = new StoreTime(new FakeTime())
  storeTime.read(instantOf(5_000), 0, 0)
  storeTime.reached(instantOf(5_100))
  t.equal(storeTime.now(), 5_100)
  t.equal(storeTime.atLeast(), 5_100)
  storeTime.reached(instantOf(4_000))
  t.equal(storeTime.atLeast(), 5_100)
})

t.test('the skew is that of the wall clock, behind only beyond doubt', async (t) => {
  const time = new FakeTime()
  const storeTime = new StoreTime(time)
  t.equal(storeTime.skew(1_000), undefined)
  await time.advance(200)
  const shown = (aheadMs: number) => instantOf(time.now() - 100 + aheadMs)
  storeTime.read(shown(1_000), 0, 200)
  t.same(storeTime.skew(1_000), { skewMs: -1_000, isBehind: false })
  storeTime.read(shown(1_100), 0, 200)
  t.same(storeTime.skew(1_000), { skewMs: -1_100, isBehind: false }, 'the answer took 200 ms')
  storeTime.read(shown(1_101), 0, 200)
  t.same(storeTime.skew(1_000), { skewMs: -1_101, isBehind: true })
  storeTime.read(shown(-60_000), 0, 200)
  t.same(storeTime.skew(1_000), { skewMs: 60_000, isBehind: false }, 'ahead is told and no more')
})
