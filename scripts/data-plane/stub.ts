/**
 * The upstream of a measurement: answers every POST with one acknowledgement, and spends as little as it can.
 * Prints its port. Reads only Content-Length, so it is for the clients of this folder and no others.
 */
import { createServer } from 'node:net'
import { ESME, responseMessage, synchronousResponse } from '../../test/fixtures/message.ts'

const body = synchronousResponse(ESME, responseMessage('4.1.1'), 'I99')
const reply = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
)

const server = createServer({ noDelay: true }, (socket) => {
  let waiting = Buffer.alloc(0)
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
    for (;;) {
      const headEnd = waiting.indexOf('\r\n\r\n')
      if (headEnd < 0) return
      const head = waiting.latin1Slice(0, headEnd)
      const end = headEnd + 4 + Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0)
      if (waiting.length < end) return
      waiting = waiting.subarray(end)
      socket.write(reply)
    }
  })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as { port: number }).port))
process.on('SIGTERM', () => process.exit(0))
