/** Many messages in a row on one connection: each is answered, in order, within bounded memory. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import t from 'tap'
import type { Exchange } from '../../src/http1/exchange.ts'
import { openSocket, readToEnd, sendRaw, statusesIn } from '../support/raw-client.ts'
import { echo, LINE, OTHER, request, startServer, takeWhole, untilStill } from './start-server.ts'

/** Answers in a later turn, as a gateway does that asks somebody else first. */
function echoLater(exchange: Exchange): void {
  takeWhole(exchange, (body) =>
    setImmediate(() => exchange.reply({ status: 200, fields: [], body, closes: false })),
  )
}

for (const [what, bytes, last] of [
  ['chunks that are none', `${LINE}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 408],
  ['a head that is none', 'POST /a\r\n\r\n', 400],
] as const) {
  t.test(`a message keeps its answer when ${what} follow it`, async (t) => {
    const server = await startServer(t, (exchange) => {
      const cut = () => exchange.reply({ status: 408, fields: [], body: '', closes: true })
      takeWhole(
        exchange,
        (body) => setImmediate(() => exchange.reply({ status: 200, fields: [], body, closes: false })),
        cut,
      )
    })
    const replies = await sendRaw(server.port, request('first') + bytes)
    t.same(statusesIn(replies), [200, last])
    t.match(replies, /first/)
  })
}

t.test('a client that ends its side behind three messages gets three answers', async (t) => {
  const server = await startServer(t, echoLater)
  const socket = await openSocket(server.port)
  socket.end(request('one') + request('two') + request('three'))
  t.match(await readToEnd(socket), /one.*two.*three/s)
})

const MESSAGES = 60_000
const MIB = 1_048_576

function memoryInUse(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Takes answers while it sends; counts those that come in order. */
async function ordered(socket: Socket): Promise<number> {
  let rest = ''
  let next = 0
  socket.on('data', (bytes: Buffer) => {
    const [last = '', ...whole] = (rest + bytes.toString('latin1')).split('~').reverse()
    rest = last
    for (const text of whole.reverse()) if (text.endsWith(`\r\n\r\n${next}`)) next++
  })
  await once(socket, 'close')
  return next
}

t.test(
  'answers 60,000 pipelined messages in order and holds few of them',
  { timeout: 240_000 },
  async (t) => {
    const underWay = { now: 0, most: 0 }
    let peak = 0
    const server = await startServer(t, (exchange) => {
      underWay.now++
      underWay.most = Math.max(underWay.most, underWay.now)
      takeWhole(exchange, (body) => {
        underWay.now--
        if (Number(body) % 500 === 0) peak = Math.max(peak, memoryInUse())
        const answer = () => exchange.reply({ status: 200, fields: [], body: `${body}~`, closes: false })
        if (Number(body) % 7 === 0) setImmediate(answer)
        else answer()
      })
    })
    const socket = await openSocket(server.port)
    const answered = ordered(socket)
    const before = memoryInUse()
    for (let i = 0; i < MESSAGES; i++) if (!socket.write(request(String(i)))) await once(socket, 'drain')
    socket.end()
    t.equal(await answered, MESSAGES)
    t.equal(underWay.most, 1, 'one after the other')
    t.ok(peak - before < 64 * MIB, `grew by ${Math.round((peak - before) / MIB)} MiB`)
  },
)

t.test(
  'stops reading 60,000 messages of a client that takes no answers, and goes on when it does',
  async (t) => {
    let handled = 0
    const server = await startServer(t, (exchange) => {
      if (exchange.head.target !== OTHER) handled++
      echo(exchange)
    })
    const socket = await openSocket(server.port)
    socket.pause()
    const padding = `X-Padding: ${'x'.repeat(400)}\r\n`
    for (let i = 0; i < MESSAGES; i++) socket.write(request(`${i}~`, padding))
    socket.end()
    await untilStill(server, () => handled)
    t.ok(handled < MESSAGES, `handled ${handled}`)
    t.ok(socket.writableLength > 0, 'the client has to wait')
    const answered = ordered(socket)
    socket.resume()
    t.equal(await answered, MESSAGES)
  },
)
