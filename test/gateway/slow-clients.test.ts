/** A client that is slow, or says nothing, holds a connection only for as long as the limits say. */
import { once } from 'node:events'
import t from 'tap'
import { request } from '../fixtures/message.ts'
import { openSocket, readToEnd, statusesIn } from '../support/raw-client.ts'
import { startScenario, type TestScope } from '../support/start-gateway.ts'

const message = request({ srv: '4.1.1', body: '<sr:ReadInstantaneousImportRegisters/>' })
const head = `POST /api/v1/serviceS HTTP/1.1\r\nHost: gateway\r\nContent-Length: ${message.length}\r\n\r\n`

/** Test plan H8, here and below; answers that are taken slowly are in test/http1/slow-takers.test.ts. */
t.test('cuts a connection whose headers do not come', async (t) => {
  const scenario = await startScenario(t, { limits: { headersMs: 100, requestMs: 200 } })
  const socket = await openSocket(scenario.gateway.ports.southbound)
  socket.write('POST /api/v1/serviceS HTTP/1.1\r\nHost: gateway\r\nX-')
  const replies = await readToEnd(socket)
  t.same(statusesIn(replies), [408])
  t.match(replies, 'GW_TOO_SLOW')
})

t.test('cuts a connection whose body stops, and forwards nothing', async (t) => {
  const scenario = await startScenario(t, { limits: { idleBodyMs: 50 } })
  const socket = await openSocket(scenario.gateway.ports.southbound)
  socket.write(head + message.slice(0, 400))
  const replies = await readToEnd(socket)
  t.same(statusesIn(replies), [408])
  t.equal(scenario.dsp.begun, 0)
  t.match(await scenario.journal(), [{ outcome: 'refused', fault: 'GW_TOO_SLOW', bytes: 400 }])
})

t.test('waits on for a body that comes in pieces, each of them in time', async (t) => {
  const scenario = await startScenario(t, { limits: { idleBodyMs: 2_000 } })
  const socket = await openSocket(scenario.gateway.ports.southbound)
  const replies = readToEnd(socket)
  socket.write(head.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
  const pieces = message.match(/[\s\S]{1,64}/g) ?? []
  const sending = setInterval(() => socket.write(pieces.shift() ?? ''), 4_000 / pieces.length)
  t.teardown(() => clearInterval(sending))
  t.same(statusesIn(await replies), [200])
  t.equal(scenario.dsp.deliveries[0]?.body.toString(), message)
})

t.test('closes a connection that says nothing after its message', async (t) => {
  const scenario = await startScenario(t, { limits: { keepAliveMs: 50 } })
  const socket = await openSocket(scenario.gateway.ports.southbound)
  socket.write(head + message)
  t.same(statusesIn(await readToEnd(socket)), [200])
})

t.test('keeps the connection after a rejection', async (t) => {
  const scenario = await startScenario(t)
  await scenario.restrict()
  const socket = await openSocket(scenario.gateway.ports.southbound)
  for (let i = 0; i < 3; i++) {
    socket.write(head + message)
    const [reply] = await once(socket, 'data')
    t.match(reply.toString(), /^HTTP\/1.1 200 OK.*connection: keep-alive.*E5/is)
  }
  socket.destroy()
})

t.test('takes no more connections than it may have', async (t) => {
  const scenario = await startScenario(t, { limits: { maxConnections: 2 } })
  const { southbound } = scenario.gateway.ports
  const open = [await openSocket(southbound), await openSocket(southbound)]
  const third = await openSocket(southbound)
  t.equal(await readToEnd(third), '')
  for (const socket of open) socket.destroy()
  const { text } = await scenario.gateway.metrics.exposition()
  t.match(text, 'duisgate_connections_refused_total{direction="southbound"} 1')
})

t.test('cuts those who drip, however steadily, while a healthy client is served', async (t) => {
  const scenario = await startScenario(t, {
    limits: { headersMs: 1_500, idleBodyMs: 1_500, requestMs: 3_000 },
  })
  const { southbound } = scenario.gateway.ports
  const manners = {
    header: ['POST /api/v1/serviceS HTTP/1.1\r\nHost: gateway\r\nX-', 'a'],
    body: [head, ' '],
    silent: ['', ''],
  } as const
  const slow = await Promise.all(
    Object.values(manners).flatMap((manner) =>
      Array.from({ length: 100 }, () => drip(t, southbound, manner)),
    ),
  )
  let served = 0
  const ended = Promise.all(slow.map(({ replies }) => replies)).then((all) => {
    t.same(new Set(all.flatMap(statusesIn)), new Set([408]))
    return true
  })
  let isOver = false
  void ended.then(() => {
    isOver = true
  })
  while (!isOver) {
    const { status } = await scenario.sendSouth(message)
    if (status !== 200) t.fail(`answered ${status}`)
    served++
  }
  await ended
  t.ok(served > 0, `${served} served meanwhile`)
  t.equal(scenario.dsp.deliveries.length, served)
})

/** Sends the beginning, then a byte every few milliseconds until it is cut off. */
async function drip(t: TestScope, port: number, [beginning, byte]: readonly [string, string]) {
  const socket = await openSocket(port)
  if (beginning !== '') socket.write(beginning)
  const dripping = byte === '' ? undefined : setInterval(() => socket.write(byte), 50)
  t.teardown(() => clearInterval(dripping))
  socket.once('close', () => clearInterval(dripping))
  return { replies: readToEnd(socket) }
}
