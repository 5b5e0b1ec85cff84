/** The client beside origins that misbehave: no reply for another message, nothing sent twice, no bad connection kept. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, Socket } from 'node:net'
import t from 'tap'
import { type ClientLimits, OriginClient } from '../../src/http1/client.ts'
import type { BodySocket, Failure, IncomingReply } from '../../src/http1/client-message.ts'
import { Ticker } from '../../src/http1/ticker.ts'
import { WriteBatch } from '../../src/http1/write-batch.ts'
import type { TestScope } from '../support/start-gateway.ts'
import { oneOf, randomFrom } from './request-bytes.ts'

const LIMITS: ClientLimits = {
  connectMs: 10_000,
  replyMs: 10_000,
  idleMs: 4_000,
  maxConnections: 8,
  maxReplyBytes: 10_000,
  maxHeaderBytes: 16_384,
  maxHeaders: 64,
}

type Outcome = IncomingReply | (Failure & { readonly status?: never })

interface Origin {
  readonly port: number
  /** Bodies of the messages that arrived whole. */
  readonly arrived: string[]
  readonly connections: Socket[]
}

/** How a raw origin answers the message with this id. */
type Answering = (socket: Socket, id: string) => void

async function startOrigin(t: TestScope, answer: Answering): Promise<Origin> {
  const arrived: string[] = []
  const connections: Socket[] = []
  const server: Server = createServer({ noDelay: true }, (socket) => {
    connections.push(socket)
    let waiting = ''
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      waiting += bytes.toString('latin1')
      const [, head, length, body = ''] = /^(.*?\r\nContent-Length: (\d+)\r\n\r\n)(.*)$/s.exec(waiting) ?? []
      if (head === undefined || body.length < Number(length)) return
      waiting = ''
      arrived.push(body)
      answer(socket, body)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of connections) socket.destroy()
  })
  return { port: (server.address() as AddressInfo).port, arrived, connections }
}

function clientTo(t: TestScope, port: number, limits: Partial<ClientLimits> = {}, open?: () => Socket) {
  const client = new OriginClient({
    origin: new URL(`http://127.0.0.1:${port}`),
    limits: { ...LIMITS, ...limits },
    ticker: new Ticker(),
    batch: new WriteBatch(),
    ...(open && { open }),
  })
  t.teardown(() => client.close())
  return client
}

function send(client: OriginClient, body: string): Promise<Outcome> {
  return new Promise((resolve) => {
    client.send({ target: '/', fields: [] }, body, { onReply: resolve, onFailure: resolve })
  })
}

function reply(id: string, fields = ''): string {
  return `HTTP/1.1 200 OK\r\n${fields}Content-Length: ${id.length}\r\n\r\n${id}`
}

const good: Record<string, Answering> = {
  measured: (socket, id) => socket.write(reply(id)),
  chunked: (socket, id) =>
    socket.write(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${id.length.toString(16)}\r\n${id}\r\n0\r\n\r\n`,
    ),
  'after 100 and 103': (socket, id) =>
    socket.write(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${reply(id)}`),
  'byte by byte': async (socket, id) => {
    for (const byte of reply(id)) {
      socket.write(byte)
      await new Promise((resolve) => setImmediate(resolve))
    }
  },
  'with Connection: close': (socket, id) => socket.end(reply(id, 'Connection: close\r\n')),
  'with two Connection fields': (socket, id) =>
    socket.write(reply(id, 'Connection: keep-alive\r\nConnection: close\r\n')),
  'with two Connection fields, the other way round': (socket, id) =>
    socket.write(reply(id, 'Connection: close\r\nConnection: keep-alive\r\n')),
  'until the end': (socket, id) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${id}`),
  'as HTTP/1.0': (socket, id) => socket.write(reply(id).replace('HTTP/1.1', 'HTTP/1.0')),
}

t.test('a reply that is kept is not touched by those that come after it', async (t) => {
  const { port } = await startOrigin(t, (socket, id) => socket.write(reply(id)))
  const client = clientTo(t, port)
  const kept = await send(client, 'the first')
  await Promise.all(['the second', 'the third'].map((id) => send(client, id)))
  t.equal(kept.kind === 'answered' && kept.body.toString(), 'the first')
})

const evil = reply('evil!')

/** Replies that end wrong; what follows on their connection must never be anybody's. */
const bad: Record<string, Answering> = {
  'a second reply behind it': (socket, id) => socket.write(reply(id) + evil),
  'a stray byte behind it': (socket, id) => socket.write(`${reply(id)}\n`),
  'a length that is too short': (socket, id) => socket.write(reply(id).replace(/Length: \d+/, 'Length: 3')),
  'a length that is too long, and an end': (socket, id) =>
    socket.end(reply(id).replace(/Length: \d+/, 'Length: 999')),
  'two framings': (socket, id) => socket.write(reply(id, 'Transfer-Encoding: chunked\r\n') + evil),
  'two lengths': (socket, id) => socket.write(reply(id, 'Content-Length: 2\r\n') + evil),
  'a bare LF': (socket, id) => socket.write(reply(id).replace('OK\r\n', 'OK\n') + evil),
  'a chunk that is none': (socket) =>
    socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n${evil}`),
  'a change of protocol': (socket) => socket.write(`HTTP/1.1 101 Switching Protocols\r\n\r\n${evil}`),
  'an end in the middle of the body': (socket) =>
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'),
  'a reset': (socket) => socket.resetAndDestroy(),
  'nothing of HTTP': (socket) => socket.write('hello\r\n\r\n'),
}

for (const [what, answer] of Object.entries(good)) {
  t.test(`reads a reply ${what}`, async (t) => {
    const origin = await startOrigin(t, answer)
    const client = clientTo(t, origin.port)
    for (const id of ['one', 'two', 'three'])
      t.match(await send(client, id), { status: 200, body: Buffer.from(id) })
    const isKept = /measured|chunked|after|byte/.test(what)
    t.equal(origin.connections.length, isKept ? 1 : 3)
  })
}

/** Test plan H6. */
t.test('gives 10,000 messages their own replies or none, whatever stands on their connections', async (t) => {
  const random = randomFrom(1)
  const spoilt = new WeakSet<Socket>()
  const goods = Object.entries(good).filter(([what]) => what !== 'byte by byte')
  const origin = await startOrigin(t, (socket, id) => {
    t.notOk(spoilt.has(socket), 'a connection that misbehaved is not used again')
    const [what, answer] = oneOf(random, random() < 0.7 ? goods : Object.entries(bad))
    if (what in bad) spoilt.add(socket)
    answer(socket, id)
  })
  const client = clientTo(t, origin.port)
  let replies = 0
  let next = 0
  const loop = async () => {
    while (next < 10_000) {
      const id = `message-${next++}`
      const outcome = await send(client, id)
      if (outcome.kind !== 'answered') continue
      replies++
      if (!id.startsWith(outcome.body.toString())) t.fail(`${id} got ${outcome.body}`)
    }
  }
  await Promise.all(Array.from({ length: 16 }, loop))
  t.ok(replies > 6_000)
  t.comment(`figure: 0 of 10,000 got the reply of another, ${10_000 - replies} got none`)
  t.equal(new Set(origin.arrived).size, origin.arrived.length, 'no message arrived twice')
})

t.test('lets go of an idle connection on which something comes, and uses another', async (t) => {
  for (const spoil of [(socket: Socket) => socket.write(evil), (socket: Socket) => socket.end()]) {
    const origin = await startOrigin(t, good.measured as Answering)
    const client = clientTo(t, origin.port)
    await send(client, 'one')
    const [first] = origin.connections
    if (!first) throw new Error('no connection')
    spoil(first)
    await once(first, 'close')
    t.match(await send(client, 'two'), { body: Buffer.from('two') })
    t.equal(origin.connections.length, 2)
  }
})

t.test('does not use a connection longer than the server says that it keeps it', async (t) => {
  const origin = await startOrigin(t, (socket, id) => socket.write(reply(id, 'Keep-Alive: timeout=1\r\n')))
  const client = clientTo(t, origin.port)
  await send(client, 'one')
  const [first] = origin.connections
  if (first && !first.closed) await once(first, 'close')
  t.match(await send(client, 'two'), { body: Buffer.from('two') })
  t.equal(origin.connections.length, 2)
})

t.test('opens only so many connections; further messages wait their turn, and not for ever', async (t) => {
  const waiting: (() => void)[] = []
  const origin = await startOrigin(t, (socket, id) => void waiting.push(() => socket.write(reply(id))))
  const client = clientTo(t, origin.port, { maxConnections: 2, replyMs: 3_000 })
  const outcomes = ['one', 'two', 'three'].map((id) => send(client, id))
  while (waiting.length < 2) await new Promise((resolve) => setImmediate(resolve))
  t.equal(origin.connections.length, 2)
  waiting[0]?.()
  t.match(await outcomes[0], { status: 200 })
  t.match(await Promise.all(outcomes), [
    { status: 200 },
    { kind: 'reply-timeout' },
    { kind: 'reply-timeout' },
  ])
  t.same(origin.arrived.slice(0, 3), ['one', 'two', 'three'])
})

t.test('says when there is no connection to be had', async (t) => {
  const origin = await startOrigin(t, good.measured as Answering)
  const never = clientTo(t, origin.port, { connectMs: 50 }, () => new Socket())
  t.match(await send(never, 'one'), { kind: 'connect-timeout' })
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as AddressInfo
  closed.close()
  await once(closed, 'close')
  t.match(await send(clientTo(t, port), 'one'), { kind: 'unreachable', cause: { code: 'ECONNREFUSED' } })
})

t.test('does not take more of a reply than it may', async (t) => {
  const origin = await startOrigin(t, (socket) => socket.write(reply('x'.repeat(20_000))))
  t.match(await send(clientTo(t, origin.port), 'one'), { kind: 'too-large' })
})

for (const contentLength of [undefined, 10]) {
  t.test(`never ends a ${contentLength ? 'measured' : 'chunked'} message that was broken off`, async (t) => {
    const raw: Buffer[] = []
    const { promise: cut, resolve } = Promise.withResolvers<void>()
    const server = createServer((socket) => {
      socket
        .on('data', (bytes) => raw.push(bytes))
        .on('error', () => {})
        .on('close', () => resolve())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => server.close())
    const client = clientTo(t, (server.address() as AddressInfo).port)
    const outcome = new Promise<Outcome>((settle) => {
      const body = {
        contentLength,
        onOpen: (socket: BodySocket) => {
          socket.write(Buffer.from('hello'))
          setImmediate(() => socket.breakOff())
        },
        onDrain: () => {},
      }
      client.send({ target: '/', fields: [] }, body, { onReply: settle, onFailure: settle })
    })
    t.match(await outcome, { kind: 'broken-off' })
    await cut
    const [, body] = Buffer.concat(raw).toString().split('\r\n\r\n')
    t.equal(body, contentLength ? 'hello' : '5\r\nhello\r\n')
  })
}
