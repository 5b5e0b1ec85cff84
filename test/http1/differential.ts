/**
 * The server of `src/http1` beside Node's own (llhttp in its strict mode): the same bytes to both over real sockets.
 *
 * What must hold: every request that ours takes whole, Node's takes too, in the same place on the connection and with the
 * same method, target, fields and body. Ours may refuse what Node's takes. Each says what it understood in its answers.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Exchange } from '../../src/http1/exchange.ts'
import { HttpServer } from '../../src/http1/server.ts'
import { Ticker } from '../../src/http1/ticker.ts'
import { WriteBatch } from '../../src/http1/write-batch.ts'

/** What two servers made of the same bytes: a request as text, one for each that was taken whole. */
interface Comparison {
  readonly ours: readonly string[]
  readonly theirs: readonly string[]
  /** Whether everything that ours took stands at the same place in theirs. */
  readonly agrees: boolean
}

export interface Pair {
  /** Sends the bytes to both in the pieces given, ends the sending side, and waits until both have closed. */
  compare(...pieces: readonly Buffer[]): Promise<Comparison>
  /** What ours alone makes of the bytes. */
  understand(...pieces: readonly Buffer[]): Promise<readonly string[]>
  close(): Promise<void>
}

export const TEST_LIMITS = {
  maxHeaderBytes: 16_384,
  maxHeaders: 64,
  headersMs: 10_000,
  idleBodyMs: 10_000,
  requestMs: 10_000,
  keepAliveMs: 10_000,
  lingerMs: 1_000,
  maxConnections: 1_000,
  drainIdleMs: 0,
}

export async function startPair(): Promise<Pair> {
  const [ours, theirs] = await Promise.all([startOurs(), startTheirs()])
  const { port } = theirs.address() as AddressInfo
  const understand = async (...pieces: readonly Buffer[]) => understoodIn(await sendPieces(ours.port, pieces))
  return {
    understand,
    async compare(...pieces) {
      const [our, raw] = await Promise.all([understand(...pieces), sendPieces(port, pieces)])
      const their = understoodIn(raw)
      return { ours: our, theirs: their, agrees: our.every((one, i) => one === their[i]) }
    },
    async close() {
      theirs.close()
      theirs.closeAllConnections()
      await ours.drain(Promise.resolve())
    },
  }
}

async function startOurs(): Promise<HttpServer> {
  const server = new HttpServer({
    limits: TEST_LIMITS,
    ticker: new Ticker(),
    batch: new WriteBatch(),
    handle: takeOurs,
    onMalformed: () => ({ status: 400, fields: [], body: '', closes: true }),
    onConnectionRefused: () => {},
  })
  await server.listen({ host: '127.0.0.1', port: 0 })
  return server
}

function takeOurs(exchange: Exchange): void {
  const { method, target, fields, objection } = exchange.head
  if (objection) {
    exchange.reply({ status: 400, fields: [], body: objection, closes: true })
    return
  }
  const pieces: Buffer[] = []
  exchange.take({
    onPiece: (piece) => pieces.push(piece),
    onEnd: () => {
      const body = understanding(method, target, fields, Buffer.concat(pieces))
      exchange.reply({ status: 200, fields: [], body, closes: false })
    },
    onCut: () => exchange.reply({ status: 400, fields: [], body: '', closes: true }),
  })
}

async function startTheirs(): Promise<Server> {
  const unanswered = new WeakMap<Duplex, Set<IncomingMessage>>()
  const take = (incoming: IncomingMessage, reply: ServerResponse) => {
    const here = unanswered.get(incoming.socket) ?? new Set()
    unanswered.set(incoming.socket, here.add(incoming))
    const pieces: Buffer[] = []
    incoming.on('data', (piece) => pieces.push(piece))
    incoming.on('end', () => {
      const { method = '', url = '', rawHeaders } = incoming
      const fields = rawHeaders.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text))
      reply.end(understanding(method, url, fields, Buffer.concat(pieces)), () => here.delete(incoming))
    })
  }
  const server = createServer({ insecureHTTPParser: false }, take)
    .on('checkContinue', (incoming, reply) => {
      reply.writeContinue()
      take(incoming, reply)
    })
    .on('checkExpectation', take)
    .on('connect', (_, socket) => void endOnceAnswered(socket, unanswered.get(socket)))
    .on('clientError', (_, socket) => void endOnceAnswered(socket, unanswered.get(socket)))
  server.maxHeadersCount = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** Requests that were whole before the fault still get their answer. */
async function endOnceAnswered(socket: Duplex, unanswered = new Set<IncomingMessage>()): Promise<void> {
  while ([...unanswered].some((incoming) => incoming.complete) && !socket.destroyed) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  socket.end()
}

function understanding(method: string, target: string, fields: readonly string[], body: Buffer): string {
  const text = JSON.stringify([method, target, fields, body.toString('latin1')])
  return `~${Buffer.from(text).toString('base64')}~`
}

function understoodIn(replies: string): string[] {
  return [...replies.matchAll(/~([^~]*)~/g)].map(([, text = '']) => Buffer.from(text, 'base64').toString())
}

/** Everything that came back; each piece arrives on its own. */
async function sendPieces(port: number, pieces: readonly Buffer[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const replies: Buffer[] = []
  socket.on('data', (bytes) => replies.push(bytes)).on('error', () => {})
  for (const piece of pieces) {
    await written(socket, piece)
    if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve))
  }
  socket.end()
  if (!socket.closed) await once(socket, 'close')
  return Buffer.concat(replies).toString('latin1')
}

function written(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => socket.write(bytes, () => resolve()))
}
