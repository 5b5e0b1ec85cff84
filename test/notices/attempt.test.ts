// What an answer to an attempt says of the partner, and what it says of the notice.
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { type AttemptLimits, type DeliveryReply, outcomeOf } from '../../src/core/notice/attempt.ts'

const backOff = { firstMs: 1_000, mostMs: 8_000 }
const LIMITS: AttemptLimits = {
  maxRefusals: 3,
  giveUpAfterMs: 100_000,
  backOff,
  downBackOff: { firstMs: 16_000, mostMs: 64_000 },
}
const created = { refusals: 0, createdAt: instantOf(0), othersPassed: false }
const outcome = (answer: DeliveryReply, tried = created, now = 10) =>
  outcomeOf(answer, tried, LIMITS, instantOf(now), 1)

t.test('a status of the 200s delivers, those beside them do not', async (t) => {
  for (const status of [200, 204, 299]) t.match(outcome({ status }), { kind: 'delivered' })
  for (const status of [199, 300]) t.match(outcome({ status }), { kind: 'refused' })
})

t.test(
  'no answer, a status of the 500s and 429 say that the partner is down, others that it refuses',
  async (t) => {
    const down: readonly DeliveryReply[] = [
      { failure: 'ECONNREFUSED' },
      { status: 500 },
      { status: 503 },
      { status: 429 },
    ]
    for (const answer of down) t.match(outcome(answer), { kind: 'partner-down' }, JSON.stringify(answer))
    for (const status of [400, 428, 430, 499])
      t.match(outcome({ status }), { kind: 'refused' }, String(status))
  },
)

t.test(
  'a partner that is down is tried again after the first wait, however often a notice was refused',
  async (t) => {
    for (const refusals of [0, 1])
      t.match(outcome({ status: 503 }, { ...created, refusals }), { nextAt: 16_010 })
  },
)

t.test('a partner that takes others meanwhile is not down: it is this notice that it refuses', async (t) => {
  const tried = { ...created, othersPassed: true }
  t.match(outcome({ status: 503 }, tried), { kind: 'refused' })
  t.match(outcome({ failure: 'ETIMEDOUT' }, tried), { kind: 'refused', problem: 'ETIMEDOUT' })
})

t.test('the third refusal gives a notice up, and so does its age, whatever the reason', async (t) => {
  t.match(outcome({ status: 400 }, { ...created, refusals: 1 }), { nextAt: 2_010 })
  t.match(outcome({ status: 400 }, { ...created, refusals: 2 }), { nextAt: undefined })
  t.match(outcome({ status: 503 }, created, 99_999), { kind: 'partner-down' })
  for (const status of [400, 503]) t.match(outcome({ status }, created, 100_000), { nextAt: undefined })
})
