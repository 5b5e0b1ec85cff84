/** The memory of forwarded Requests beside a plain map, over more Requests than it has room for. */
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { decide } from '../../src/core/policy/decide.ts'
import { SentRequests } from '../../src/gateway/sent-requests.ts'
import { randomFrom } from '../http1/request-bytes.ts'
import { clear, NOON, request, response, shipped, srv } from '../policy/messages.ts'

const HOUR = 3_600_000
const table = { ...(await shipped('recommended')), deliverInFlightMs: 24 * HOUR }
const verdict = decide(table, request([srv('4.8.1')]), [clear()], NOON)

const idOf = (counter: bigint) => `90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:${counter}`

for (const capacity of [1, 7, 64, 1_000]) {
  t.test(`remembers the newest ${capacity} Requests with the last time of each`, async (t) => {
    const random = randomFrom(capacity)
    const sent = new SentRequests(capacity)
    const noted: { readonly id: string; readonly at: number }[] = []
    for (let i = 0; i < 5_000; i++) {
      const id = idOf((BigInt(Math.floor(random() * 3 * capacity)) << 40n) | 0xffffn)
      const at = NOON + i
      sent.note(table, request([srv('4.8.1')], { requestId: id }), verdict, instantOf(at))
      noted.push({ id, at })
      const asked = noted[Math.floor(random() * noted.length)]?.id
      const expected = noted.slice(-capacity).findLast((one) => one.id === asked)?.at
      const found = sent.sentAt(table, response([srv('4.8.1')], { requestId: asked }))
      if (found !== expected) t.equal(found, expected, `step ${i}`)
    }
    t.equal(sent.size, capacity)
    t.equal(sent.forgotten, 5_000 - capacity)
  })
}

t.test('tells counters of 64 bits apart', async (t) => {
  const sent = new SentRequests(10)
  const [one, other] = [2n ** 64n - 1n, 2n ** 53n].map(idOf)
  sent.note(table, request([srv('4.8.1')], { requestId: one }), verdict, NOON)
  t.equal(sent.sentAt(table, response([srv('4.8.1')], { requestId: one })), NOON)
  t.equal(sent.sentAt(table, response([srv('4.8.1')], { requestId: other })), undefined)
})

t.test('one that was too old to matter is not counted as forgotten', async (t) => {
  const sent = new SentRequests(1)
  for (const hours of [0, 24, 25]) {
    sent.note(
      table,
      request([srv('4.8.1')], { requestId: idOf(1n) }),
      verdict,
      instantOf(NOON + hours * HOUR),
    )
  }
  t.equal(sent.forgotten, 1)
})
