/** The server on raw sockets: order, ends, limits, and bytes that must never become a message. */
import { connect, type Socket } from 'node:net'
import t from 'tap'
import type { CutReason, Exchange } from '../../src/http1/exchange.ts'
import { openSocket, readToEnd, sendRaw, statusesIn } from '../support/raw-client.ts'
import { echo, LINE, OTHER, request, startServer as start, takeWhole, untilStill } from './start-server.ts'

/** Test plan H7. */
t.test('answers a hundred pipelined messages in order, however long each takes', async (t) => {
  const server = await start(t, (exchange) =>
    takeWhole(exchange, (body) => {
      const answer = () => exchange.reply({ status: 200, fields: [], body: `~${body}~`, closes: false })
      if (Number(body) % 3 === 0) setImmediate(answer)
      else answer()
    }),
  )
  const ids = Array.from({ length: 100 }, (_, i) => String(i))
  const last = request('end', 'Connection: close\r\n')
  const replies = await sendRaw(server.port, ids.map((id) => request(id)).join('') + last)
  t.same(
    [...replies.matchAll(/~(\w+)~/g)].map(([, id]) => id),
    [...ids, 'end'],
  )
})

/** Test plan H5. */
t.test('never reads the rest of a body that was refused early as a message', async (t) => {
  let begun = 0
  const server = await start(t, (exchange) => {
    begun++
    exchange.take({
      onPiece: () => exchange.reply({ status: 400, fields: [], body: 'no', closes: false }),
      onEnd: () => t.fail('the body never ends'),
      onCut: () => {},
    })
  })
  const smuggled = request('x').repeat(40)
  const beginning = `${LINE}Content-Length: 14800000\r\n\r\n${'a'.repeat(2_000)}${smuggled}`
  const refuse = async () => {
    const socket = await openSocket(server.port)
    socket.write(beginning)
    socket.write(smuggled)
    t.same(statusesIn(await readToEnd(socket)), [400])
  }
  for (let done = 0; done < 1_000; done += 50) await Promise.all(Array.from({ length: 50 }, refuse))
  t.equal(begun, 1_000)
  t.comment('figure: 0 of 1,000 remainders read as a message')
})

t.test('cuts a client off that goes on sending after its refusal', async (t) => {
  const limits = { lingerMs: 200 }
  const server = await start(
    t,
    (exchange) => exchange.reply({ status: 400, fields: [], body: '', closes: true }),
    limits,
  )
  const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {}).resume()
  socket.write(`${LINE}Content-Length: 900000000\r\n\r\n`)
  const sending = setInterval(() => socket.write('a'.repeat(10_000)), 5)
  t.teardown(() => clearInterval(sending))
  await new Promise((resolve) => socket.once('close', resolve))
  t.pass('it did not have to stop by itself')
})

t.test('gives a client that ends its side its answer', async (t) => {
  const server = await start(t, (exchange) =>
    takeWhole(exchange, (body) =>
      setImmediate(() => exchange.reply({ status: 200, fields: [], body, closes: false })),
    ),
  )
  const socket = await openSocket(server.port)
  socket.end(request('hello'))
  t.match(await readToEnd(socket), /hello$/)
})

for (const [what, leave] of [
  ['ends', (socket: Socket) => socket.end()],
  ['resets', (socket: Socket) => socket.resetAndDestroy()],
] as const) {
  t.test(`tells when the client ${what} in the middle of a body`, async (t) => {
    const { promise: cut, resolve } = Promise.withResolvers<CutReason>()
    const server = await start(t, (exchange) => {
      takeWhole(
        exchange,
        () => t.fail('not whole'),
        (reason) => {
          resolve(reason)
          exchange.abandon()
        },
      )
    })
    const socket = await openSocket(server.port)
    socket.write(`${LINE}Content-Length: 10\r\n\r\nhalf`, () => leave(socket))
    t.equal(await cut, 'gone')
  })
}

t.test('tells of a body that stops, and of chunks that are none', async (t) => {
  const server = await start(
    t,
    (exchange) =>
      takeWhole(
        exchange,
        () => t.fail('not whole'),
        (reason) => exchange.reply({ status: 408, fields: [], body: reason, closes: false }),
      ),
    { idleBodyMs: 50 },
  )
  t.match(await sendRaw(server.port, `${LINE}Content-Length: 10\r\n\r\nhalf`), /close.*slow$/s)
  const chunked = `${LINE}Transfer-Encoding: chunked\r\n\r\n`
  t.match(
    await sendRaw(server.port, `${chunked}5\r\nhello!\r\n0\r\n\r\n${request('x')}`),
    /close.*malformed$/s,
  )
})

t.test('does not read from a client whose body nobody takes', async (t) => {
  const { promise: begun, resolve } = Promise.withResolvers<Exchange>()
  const server = await start(t, (exchange) =>
    exchange.head.target === OTHER ? echo(exchange) : resolve(exchange),
  )
  const socket = await openSocket(server.port)
  const size = 30_000_000
  socket.write(`${LINE}Content-Length: ${size}\r\n\r\n`)
  socket.write(Buffer.alloc(size))
  const exchange = await begun
  await untilStill(server, () => socket.writableLength)
  t.ok(socket.writableLength > 10_000_000, `${socket.writableLength} bytes wait`)
  let taken = 0
  exchange.take({
    onPiece: (piece) => {
      taken += piece.length
    },
    onEnd: () => exchange.reply({ status: 200, fields: [], body: String(taken), closes: true }),
    onCut: () => {},
  })
  t.match(await readToEnd(socket), new RegExp(`${size}$`))
})

t.test('does not handle the messages of a client that takes no answers', async (t) => {
  let handled = 0
  const body = Buffer.alloc(200_000)
  const server = await start(t, (exchange) => {
    if (exchange.head.target === OTHER) return echo(exchange)
    takeWhole(exchange, () => {
      handled++
      exchange.reply({ status: 200, fields: [], body, closes: false })
    })
  })
  const socket = await openSocket(server.port)
  socket.pause()
  socket.write(request('x').repeat(5_000))
  await untilStill(server, () => handled)
  t.ok(handled < 1_500, `handled ${handled} of 5,000`)
  socket.destroy()
})

t.test('only the first answer of a message counts, and none goes to the next', async (t) => {
  const seen: Exchange[] = []
  const server = await start(t, (exchange) => {
    seen.push(exchange)
    echo(exchange)
    seen[0]?.reply({ status: 500, fields: [], body: 'again', closes: false })
  })
  const replies = await sendRaw(
    server.port,
    request('one') + request('two') + request('three', 'Connection: close\r\n'),
  )
  t.same(statusesIn(replies), [200, 200, 200])
  t.notMatch(replies, 'again')
})

t.test('refuses heads that are too long as soon as they are', async (t) => {
  const server = await start(t, () => t.fail('no message'))
  const long = await sendRaw(server.port, `${LINE}X-A: ${'a'.repeat(65_536)}`)
  t.match(long, 'X-Reason: too-long')
  const many = await sendRaw(server.port, `${LINE}${'A: b\r\n'.repeat(10_000)}`)
  t.match(many, 'X-Reason: too-long')
})

t.test('refuses a wrong byte when it arrives, not when the head would end', async (t) => {
  const server = await start(t, () => t.fail('no message'))
  for (const bytes of ['\x16\x03\x01', '\r\n', 'POST /a HTTP/1.1\n', `${LINE} folded`, `${LINE}X A`]) {
    t.match(await sendRaw(server.port, bytes), 'X-Reason: malformed', JSON.stringify(bytes))
  }
})

t.test('names what it objects to and has no body for it', async (t) => {
  const objections: (string | undefined)[] = []
  const server = await start(t, (exchange) => {
    objections.push(exchange.head.objection)
    exchange.reply({ status: 400, fields: [], body: '', closes: true })
  })
  const expected: Record<string, string> = {
    version: 'POST /a HTTP/1.0\r\nHost: h\r\nContent-Length: 0\r\n\r\n',
    fields: `${LINE}${'A: b\r\n'.repeat(70)}Content-Length: 0\r\n\r\n`,
    host: 'POST /a HTTP/1.1\r\nHost: a, b\r\nContent-Length: 0\r\n\r\n',
    method: 'PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n',
    target: 'POST a:1 HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n',
    upgrade: `${LINE}Upgrade: websocket\r\nContent-Length: 0\r\n\r\n`,
    expectation: `${LINE}Expect: more\r\nContent-Length: 0\r\n\r\n`,
    length: `${LINE}\r\n`,
    framing: `${LINE}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
  }
  for (const bytes of Object.values(expected)) t.same(statusesIn(await sendRaw(server.port, bytes)), [400])
  t.same(objections, Object.keys(expected))
})
