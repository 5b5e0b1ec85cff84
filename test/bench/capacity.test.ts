/** The simulation behind docs/scaling.md, against what queueing theory says must come out. */
import t from 'tap'
import { type Scenario, simulate } from '../../bench/capacity/simulate.ts'

const CALM: Scenario = {
  workers: 2,
  costMicros: 100,
  rate: 4_000,
  burst: { rate: 4_000, fromSecond: 10, seconds: 10 },
  seconds: 20,
  pause: { everyMs: 1_000, ms: 0 },
  queueLimit: 1_000,
  seed: 1,
}

/** Whether two figures lie within `share` of one another. */
function isNear(value: number, expected: number, share: number): boolean {
  return Math.abs(value - expected) <= expected * share
}

t.test('workers are busy for what arrives times what it costs', async (t) => {
  const { busy, shed } = simulate(CALM)
  t.ok(isNear(busy.before, 0.2, 0.05), String(busy.before))
  t.ok(isNear(busy.burst, 0.2, 0.05), String(busy.burst))
  t.equal(shed, 0)
})

t.test('one worker at half load: a message takes what Pollaczek and Khinchine say', async (t) => {
  // Mean wait = rate × E[S²] / (2 × (1 − busy)), E[S²] = 1.5 × mean²; the median of so skewed a time is below its mean.
  const { before } = simulate({ ...CALM, workers: 1, rate: 5_000 })
  const mean = 0.1 + (5 * 1.5 * 0.1 ** 2) / (2 * 0.5)
  t.ok(before.p50 < mean && before.p50 > mean / 2, `${before.p50} of ${mean}`)
  t.ok(before.p99 > 2 * mean && before.p99 < 8 * mean, `${before.p99} of ${mean}`)
})

t.test('what is more than the workers can do is answered 503, once the queues are full', async (t) => {
  const burst = { rate: 30_000, fromSecond: 10, seconds: 10 }
  const { shed, longestQueue, busy } = simulate({ ...CALM, burst })
  t.ok(isNear(shed, 100_000, 0.05), String(shed))
  t.equal(longestQueue, CALM.queueLimit)
  t.ok(busy.burst > 0.98)
})

t.test('a pause is felt by one message in a hundred when it takes a hundredth of the time', async (t) => {
  const pause = { everyMs: 1_000, ms: 20 }
  const { before } = simulate({ ...CALM, pause })
  t.ok(before.p50 < 0.3)
  t.ok(before.p999 > 10, String(before.p999))
})

t.test('the same seed gives the same answer', async (t) => t.same(simulate(CALM), simulate(CALM)))
