/** Time-outs when the event loop is starved: they hold by the clock, and what arrived meanwhile is looked at first. */
import { once } from 'node:events'
import t from 'tap'
import { Ticker } from '../../src/http1/ticker.ts'
import { openSocket } from '../support/raw-client.ts'
import { echo, request, startServer } from './start-server.ts'

/** Keeps the whole process from doing anything else. */
function starve(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

t.test('a tick says what time it is, however few there were', async (t) => {
  let nowMs = 5_000
  const ticker = new Ticker(() => nowMs)
  const due = ticker.after(10_000)
  const { promise, resolve } = Promise.withResolvers<number>()
  const watch = { onTick: resolve }
  ticker.add(watch)
  nowMs += 10_300
  // A ticker alone does not keep a process up.
  const alive = setInterval(() => {}, 1_000)
  const now = await promise
  clearInterval(alive)
  ticker.delete(watch)
  t.ok(now >= due, 'the first one is late enough')
  t.ok(ticker.after(10_000) > now + 100, 'a time-out that begins now does not count what was lost before')
})

t.test('a head that does not come is cut by the clock, not by how often the loop came round', async (t) => {
  const { port } = await startServer(t, (exchange) => exchange.abandon(), { headersMs: 2_000 })
  const socket = await openSocket(port)
  socket.write('POST /a HTTP/1.1\r\nHo')
  const begunMs = performance.now()
  let turns = 0
  const starving = setInterval(() => {
    turns++
    starve(500)
  }, 1)
  await once(socket, 'data').finally(() => clearInterval(starving))
  t.ok(turns <= 10, `cut after ${turns} turns of 500 ms; as many turns as it has ticks would be 20`)
  t.ok(performance.now() - begunMs >= 2_000, 'and not early')
})

t.test('what arrived while the process stood still counts before its time-out does', async (t) => {
  const { port } = await startServer(t, (exchange) => echo(exchange), { headersMs: 300, keepAliveMs: 300 })
  const socket = await openSocket(port)
  socket.setEncoding('utf8')
  for (const _ of [1, 2, 3]) {
    const answered = Promise.race([once(socket, 'data'), once(socket, 'end')])
    socket.write(request('x'))
    starve(1_000)
    const [answer] = await answered
    t.match(answer, /^HTTP\/1.1 200/)
  }
  socket.destroy()
})
