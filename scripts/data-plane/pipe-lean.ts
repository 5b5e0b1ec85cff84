/**
 * The HTTP of `src/http1` alone: forwards whole messages and reads nothing of them.
 * `node scripts/data-plane/pipe-lean.ts DSP_URL`; prints its port.
 */

import { DEFAULT_GATEWAY_LIMITS } from '../../src/gateway/limits.ts'
import { OriginClient } from '../../src/http1/client.ts'
import { HttpServer } from '../../src/http1/server.ts'
import { Ticker } from '../../src/http1/ticker.ts'
import { WriteBatch } from '../../src/http1/write-batch.ts'

const shared = { ticker: new Ticker(), batch: new WriteBatch() }
const { peerConnectMs, peerReplyMs, peerConnections, maxReplyBytes, maxHeaderBytes } = DEFAULT_GATEWAY_LIMITS
const client = new OriginClient({
  ...shared,
  origin: new URL(process.argv[2] ?? ''),
  limits: {
    connectMs: peerConnectMs,
    replyMs: peerReplyMs,
    idleMs: 4_000,
    maxConnections: peerConnections,
    maxReplyBytes,
    maxHeaderBytes,
  },
})
const failed = { status: 502, fields: [], body: '', closes: true }
const server = new HttpServer({
  ...shared,
  limits: DEFAULT_GATEWAY_LIMITS,
  onMalformed: () => failed,
  onConnectionRefused: () => {},
  handle: (exchange) => {
    const pieces: Buffer[] = []
    exchange.take({
      onPiece: (piece) => pieces.push(piece),
      onCut: () => exchange.abandon(),
      onEnd: () => {
        const [first] = pieces
        const body = first && pieces.length === 1 ? first : Buffer.concat(pieces)
        const request = { target: exchange.head.target, fields: ['content-type', 'application/xml'] }
        client.send(request, body, {
          onReply: (reply) =>
            exchange.reply({
              status: reply.status,
              fields: ['content-type', 'application/xml'],
              body: reply.body,
              closes: false,
            }),
          onFailure: () => exchange.reply(failed),
        })
      },
    })
  },
})
await server.listen({ host: '127.0.0.1', port: 0 })
console.log(server.port)
process.on('SIGTERM', () => process.exit(0))
