/** Clients that connect and do not go on: row T6 of the test plan, in small; the fault kit has it in full. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { untilMetric } from '../support/start-gateway.ts'
import { ask, reasons, startTlsScene } from './scene.ts'

const HALF_OPEN = 200

async function connectIdly(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

t.test(
  'half-open handshakes are capped and cut, and a client that goes on is served beside them',
  async (t) => {
    const limits = { handshakeMs: 3_000, maxHandshakes: 50 }
    const scene = await startTlsScene(t, { changes: { limits } })
    const { gateway } = scene.scenario
    const idle = await Promise.all(
      Array.from({ length: HALF_OPEN }, () => connectIdly(gateway.ports.southbound)),
    )
    t.teardown(() => {
      for (const socket of idle) socket.destroy()
    })
    const closed = Promise.all(idle.map((socket) => socket.closed || once(socket, 'close')))
    for (const socket of idle) socket.resume()
    for (let i = 0; i < 5; i++) t.equal(await ask(await scene.connect()), 200)
    const { text } = await gateway.metrics.exposition()
    const [, underWay] = /^duisgate_tls_handshakes\{side="southbound.tls"\} (\d+)$/m.exec(text) ?? []
    t.ok(Number(underWay) <= limits.maxHandshakes, `${underWay} under way`)
    await closed
    const { TLS_TOO_MANY = 0, TLS_TOO_SLOW = 0 } = reasons(scene)
    t.equal(TLS_TOO_MANY + TLS_TOO_SLOW, HALF_OPEN)
    t.ok(TLS_TOO_MANY >= HALF_OPEN - limits.maxHandshakes)
    t.equal(
      scene.scenario.gateway.metrics.totals('duisgate_connections_refused_total', 'direction').southbound ??
        0,
      0,
    )
  },
)

t.test('a client that goes away in its handshake leaves nothing behind once its time is over', async (t) => {
  const scene = await startTlsScene(t, { changes: { limits: { handshakeMs: 3_000 } } })
  const { gateway } = scene.scenario
  const idle = await Promise.all(Array.from({ length: 20 }, () => connectIdly(gateway.ports.southbound)))
  for (const [index, socket] of idle.entries()) {
    if (index % 2) socket.resetAndDestroy()
    else socket.destroy()
  }
  t.equal(await ask(await scene.connect()), 200)
  await untilMetric(gateway.metrics, 'duisgate_tls_handshakes{side="southbound.tls"} 0')
  t.equal(reasons(scene).TLS_TOO_MANY, undefined)
})
