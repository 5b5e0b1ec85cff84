/** An upstream that stalls for a second must show in the percentiles: a generator that waits with it would hide it. */
import t from 'tap'
import { BenchProcess } from '../../bench/processes/calls.ts'
import type { FarSideCalls } from '../../bench/processes/far-side.ts'
import { Driver } from '../../src/cli/load/driver.ts'
import type { Shipment } from '../../src/cli/load/lane.ts'

const RATE = 200
const SECONDS = 3

async function farSide(t: { teardown(handler: () => unknown): void }) {
  const process = new BenchProcess<FarSideCalls>('far-side.ts')
  t.teardown(() => process.stop())
  const { plain: port } = await process.call('start', {})
  return { process, lanes: [{ host: '127.0.0.1', port }] }
}

const message: Shipment = {
  bytes: Buffer.from(
    'POST / HTTP/1.1\r\nHost: x\r\nUser-Agent: duisgate-bench\r\nContent-Length: 1\r\n\r\nx',
  ),
  lane: 0,
  judge: ({ status }) => String(status),
}

t.test('a stall of one second shows as p99.9 of 900 ms or more, and no message is left out', async (t) => {
  const { process, lanes } = await farSide(t)
  const driver = new Driver({ lanes, next: () => message, maxConnections: 16 })
  const running = driver.runOpen(RATE, { seconds: SECONDS })
  await process.call('stall', { afterMs: 500, forMs: 1_000 })
  const report = await running
  t.equal(report.sent, RATE * SECONDS)
  t.same(report.outcomes, { 200: RATE * SECONDS })
  t.ok(report.latency.p999 >= 900, `p99.9 is ${report.latency.p999} ms`)
  t.comment(`figure: p99.9 of ${Math.round(report.latency.p999)} ms reported`)
  // A quarter of the run at the least waited 250 ms or more, however few connections there were to wait on.
  t.ok(report.latency.p90 >= 250, `p90 is ${report.latency.p90} ms`)
})

t.test('a connection that cannot be had is a failure and not a latency', async (t) => {
  const driver = new Driver({
    lanes: [{ host: '127.0.0.1', port: 1 }],
    next: () => message,
    maxConnections: 4,
  })
  const report = await driver.runOpen(100, { messages: 20 })
  t.equal(report.answered, 0)
  t.equal(
    Object.values(report.failures).reduce((sum, count) => sum + count, 0),
    20,
  )
})

t.test('an upstream that never answers ends the run, and every message counts as unanswered', async (t) => {
  const { process, lanes } = await farSide(t)
  await process.call('stall', { afterMs: 0, forMs: 5_000 })
  const driver = new Driver({ lanes, next: () => message, maxConnections: 4, graceMs: 500 })
  const report = await driver.runClosed(4, { messages: 8 })
  t.same(report.failures, { 'no answer in time': 4 })
})

t.test('runs of one driver share its connections and count for themselves', async (t) => {
  const { lanes } = await farSide(t)
  const driver = new Driver({ lanes, next: () => message, maxConnections: 4, keepsConnections: true })
  t.teardown(() => driver.close())
  const first = await driver.runClosed(4, { messages: 40 })
  const second = await driver.runClosed(2, { messages: 10 })
  t.same([first.outcomes, second.outcomes], [{ 200: 40 }, { 200: 10 }])
  t.same([first.sent, second.sent, second.answered], [40, 10, 10])
})

t.test('a closed loop that has no time sends the messages that may be in flight at a time', async (t) => {
  const { lanes } = await farSide(t)
  const report = await new Driver({ lanes, next: () => message, maxConnections: 4 }).runClosed(4, {
    seconds: 0,
  })
  t.same([report.sent, report.outcomes], [4, { 200: 4 }])
})
