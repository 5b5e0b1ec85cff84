/** A server of `src/http1` on a free port for the tests of the server, and handlers for it. */
import { once } from 'node:events'
import type { CutReason, Exchange } from '../../src/http1/exchange.ts'
import { HttpServer, type ServerLimits } from '../../src/http1/server.ts'
import { Ticker } from '../../src/http1/ticker.ts'
import { WriteBatch } from '../../src/http1/write-batch.ts'
import { openSocket } from '../support/raw-client.ts'
import type { TestScope } from '../support/start-gateway.ts'
import { TEST_LIMITS } from './differential.ts'

export const LINE = 'POST /a HTTP/1.1\r\nHost: h\r\n'

/** A measured request, with further field lines. */
export function request(body: string, fields = ''): string {
  return `${LINE}${fields}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

export async function startServer(
  t: TestScope,
  handle: (exchange: Exchange) => void,
  limits: Partial<ServerLimits> = {},
): Promise<HttpServer> {
  const server = new HttpServer({
    limits: { ...TEST_LIMITS, ...limits },
    ticker: new Ticker(),
    batch: new WriteBatch(),
    handle,
    onMalformed: (reason) => ({ status: 400, fields: ['X-Reason', reason], body: '', closes: true }),
    onConnectionRefused: () => {},
  })
  await server.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => server.drain(Promise.resolve()))
  return server
}

/** Settles once a time-out of the server of that length, begun now, is over. */
export function afterTimeout({ ticker }: HttpServer, milliseconds: number): Promise<void> {
  const due = ticker.after(milliseconds)
  const { promise, resolve } = Promise.withResolvers<void>()
  const watch = { onTick: (now: number) => (now >= due ? resolve() : undefined) }
  ticker.add(watch)
  return promise.finally(() => ticker.delete(watch))
}

/**
 * Settles once a count has stayed the same while the server answered a hundred messages of somebody else, one after the
 * other: it had as many turns to go on. Its handler has to `echo` what comes to `/other`.
 */
export async function untilStill({ port }: HttpServer, count: () => number): Promise<void> {
  const socket = await openSocket(port)
  const other = request('x').replace('/a', OTHER)
  for (let answered = 0, last = count(); answered < 100; answered++) {
    socket.write(other)
    await once(socket, 'data')
    if (count() !== last) answered = 0
    last = count()
  }
  socket.destroy()
}

/** Where the messages of somebody else go. */
export const OTHER = '/other'

/** Takes the body and answers with it. */
export function echo(exchange: Exchange, closes = false): void {
  takeWhole(exchange, (body) => exchange.reply({ status: 200, fields: [], body, closes }))
}

export function takeWhole(
  exchange: Exchange,
  onBody: (body: Buffer) => void,
  onCut = (_: CutReason) => {},
): void {
  const pieces: Buffer[] = []
  exchange.take({ onPiece: (piece) => pieces.push(piece), onEnd: () => onBody(Buffer.concat(pieces)), onCut })
}
