/** The proxy that the consistency test cuts connections with does what it says, to real sockets. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { FaultProxy } from './fault-proxy.ts'

/** A server that sends back what it gets, behind a proxy. */
async function echoBehindProxy(t: Test) {
  const received: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      received.push(bytes.toString())
      socket.write(bytes)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy = await FaultProxy.start({ port, host: '127.0.0.1' })
  t.teardown(async () => {
    await proxy.close()
    server.close()
  })
  const client = async () => {
    const socket = connect(proxy.port, '127.0.0.1')
    await once(socket, 'connect')
    t.teardown(() => socket.destroy())
    return socket
  }
  return { proxy, received, client }
}

async function echoed(socket: Socket, text: string): Promise<string> {
  const answer = once(socket, 'data')
  socket.write(text)
  const [bytes] = await answer
  return String(bytes)
}

/** What was sent before has had its time once so much has gone through another proxy and back, one after the other. */
async function othersPass(t: Test): Promise<void> {
  const { client } = await echoBehindProxy(t)
  const socket = await client()
  for (let passed = 0; passed < 20; passed++) await echoed(socket, 'other')
}

t.test('lets bytes through both ways', async (t) => {
  const { client } = await echoBehindProxy(t)
  t.equal(await echoed(await client(), 'hello'), 'hello')
})

t.test('delays both ways, in order', async (t) => {
  const { proxy, client, received } = await echoBehindProxy(t)
  const socket = await client()
  await echoed(socket, 'first')
  proxy.set({ kind: 'delay', ms: 40 })
  const startMs = performance.now()
  await echoed(socket, 'slow')
  t.ok(performance.now() - startMs >= 79)
  let answer = ''
  socket.on('data', (bytes) => (answer += bytes))
  socket.write('a')
  await othersPass(t)
  proxy.set({ kind: 'none' })
  socket.write('b')
  while (answer.length < 2) await once(socket, 'data')
  t.equal(answer, 'ab')
  t.equal(received.slice(2).join(''), 'ab')
})

t.test('cuts open connections and refuses new ones', async (t) => {
  const { proxy, client } = await echoBehindProxy(t)
  const socket = await client()
  await echoed(socket, 'hello')
  const gone = new Promise((resolve) => socket.once('error', resolve))
  proxy.set({ kind: 'cut' })
  t.match(await gone, { code: 'ECONNRESET' })
  const late = connect(proxy.port, '127.0.0.1')
  t.match(await new Promise((resolve) => late.once('error', resolve)), { code: 'ECONNRESET' })
  proxy.set({ kind: 'none' })
  t.equal(await echoed(await client(), 'again'), 'again')
})

t.test('holds what is sent into a black hole and delivers it late', async (t) => {
  const { proxy, client, received } = await echoBehindProxy(t)
  const socket = await client()
  await echoed(socket, 'before')
  proxy.set({ kind: 'black-hole' })
  const late = await client()
  socket.write('held')
  late.write('new')
  await othersPass(t)
  t.same(received, ['before'])
  const answers = Promise.all([once(socket, 'data'), once(late, 'data')])
  proxy.set({ kind: 'none' })
  t.same(
    (await answers).map(([bytes]) => String(bytes)),
    ['held', 'new'],
  )
})

t.test('leaves a client talking to nobody, and resets it in the end', async (t) => {
  const { proxy, client, received } = await echoBehindProxy(t)
  const socket = await client()
  await echoed(socket, 'before')
  const gone = new Promise((resolve) => socket.once('error', resolve))
  proxy.set({ kind: 'half-open' })
  socket.write('to nobody')
  await othersPass(t)
  t.notOk(socket.destroyed)
  t.same(received, ['before'])
  proxy.set({ kind: 'none' })
  t.match(await gone, { code: 'ECONNRESET' })
  t.equal(await echoed(await client(), 'again'), 'again')
})
