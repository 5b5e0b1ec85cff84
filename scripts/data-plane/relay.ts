/**
 * The floor: a bare relay on `node:net` with one upstream connection for each client connection. It looks for the end of
 * each head and for Content-Length, and hands the message on in one write; it checks, reads and records nothing.
 * `node scripts/data-plane/relay.ts DSP_URL`; prints its port.
 */
import { connect, createServer, type Socket } from 'node:net'

const { hostname, port } = new URL(process.argv[2] ?? '')

const server = createServer({ noDelay: true }, (client) => {
  const upstream = connect({ host: hostname, port: Number(port), noDelay: true })
  relayWhole(client, upstream)
  relayWhole(upstream, client)
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as { port: number }).port))
process.on('SIGTERM', () => process.exit(0))

function relayWhole(from: Socket, to: Socket): void {
  let waiting = Buffer.alloc(0)
  from.on('error', () => to.destroy())
  from.on('close', () => to.destroy())
  from.on('data', (chunk) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
    const headEnd = waiting.indexOf('\r\n\r\n')
    if (headEnd < 0) return
    const length = Number(/content-length: *(\d+)/i.exec(waiting.latin1Slice(0, headEnd))?.[1] ?? 0)
    if (waiting.length < headEnd + 4 + length) return
    to.write(waiting)
    waiting = Buffer.alloc(0)
  })
}
