/**
 * `node:http` and undici's `dispatch` alone: forwards whole messages and reads nothing of them.
 * `node scripts/data-plane/pipe-node.ts DSP_URL`; prints its port.
 */
import { createServer } from 'node:http'
import { Pool } from 'undici'

const pool = new Pool(process.argv[2] ?? '', { connections: 256, pipelining: 1 })
const server = createServer((incoming, reply) => {
  const pieces: Buffer[] = []
  incoming.on('data', (piece) => pieces.push(piece))
  incoming.on('end', () => {
    const [first] = pieces
    const body = first && pieces.length === 1 ? first : Buffer.concat(pieces)
    const back: Buffer[] = []
    let status = 502
    pool.dispatch(
      { path: incoming.url ?? '', method: 'POST', headers: ['content-type', 'application/xml'], body },
      {
        onRequestStart() {},
        onResponseStart(_, code) {
          status = code
        },
        onResponseData(_, piece) {
          back.push(piece)
        },
        onResponseEnd() {
          const bytes = Buffer.concat(back)
          reply.writeHead(status, ['content-type', 'application/xml', 'content-length', String(bytes.length)])
          reply.end(bytes)
        },
        onResponseError: () => reply.destroy(),
      },
    )
  })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as { port: number }).port))
process.on('SIGTERM', () => process.exit(0))
