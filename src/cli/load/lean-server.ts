/**
 * The upstream of a load generator: an HTTP/1.1 server that does no more than it must, so that it is not what is measured.
 *
 * It takes POSTs with a Content-Length on keep-alive connections, one at a time, and answers each from a ready buffer.
 * Anything else ends the connection, which shows as a failed message.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'

/** A request that has arrived to its last byte. Views hold only during the call. */
export interface Arrived {
  /** Request line and fields. */
  readonly head: string
  readonly body: readonly Buffer[]
}

const HEAD_END = '\r\n\r\n'
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i

export interface LeanServerOptions {
  /** Any free port of this machine when absent. */
  readonly listenAt?: { readonly host: string; readonly port: number }
  /** How long it takes over each answer; 0 when absent. */
  readonly delayMs?: number
  /** Plain text when absent. */
  readonly tls?: TlsOptions | undefined
}

/** Starts a server that answers each request with what `reply` gives: a whole HTTP reply. `close` cuts its connections. */
export async function startLeanServer(
  reply: (arrived: Arrived) => Buffer,
  { listenAt = { host: '127.0.0.1', port: 0 }, delayMs = 0, tls }: LeanServerOptions = {},
): Promise<{ port: number; server: Server; close(): void }> {
  const open = new Set<Socket>()
  const take = (socket: Socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    serve(socket, reply, delayMs)
  }
  const server = tls
    ? createTlsServer({ ...tls, noDelay: true }, take)
    : createServer({ noDelay: true }, take)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject).listen({ ...listenAt, backlog: 1_024 }, resolve)
  await promise
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const close = () => {
    server.close()
    for (const socket of open) socket.destroy()
  }
  return { port: address.port, server, close }
}

function serve(socket: Socket, reply: (arrived: Arrived) => Buffer, delayMs: number): void {
  let head = ''
  let partial: Buffer | undefined
  let body: Buffer[] = []
  let missing = 0
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    let bytes = chunk
    if (head === '') {
      if (partial) bytes = Buffer.concat([partial, chunk])
      const headEnd = bytes.indexOf(HEAD_END)
      partial = headEnd < 0 ? bytes : undefined
      if (headEnd < 0) return
      head = bytes.toString('latin1', 0, headEnd)
      bytes = bytes.subarray(headEnd + HEAD_END.length)
      const length = CONTENT_LENGTH.exec(head)?.[1]
      if (length === undefined || !head.startsWith('POST ')) return void socket.destroy()
      missing = Number(length)
    }
    if (bytes.length > missing) return void socket.destroy()
    body.push(bytes)
    missing -= bytes.length
    if (missing > 0) return
    const answer = reply({ head, body })
    head = ''
    body = []
    if (delayMs === 0) socket.write(answer)
    else setTimeout(() => socket.write(answer), delayMs)
  })
}

/** A whole HTTP reply. */
export function replyBytes(status: string, body: string | Buffer): Buffer {
  const type = body.length > 0 ? 'Content-Type: application/xml\r\n' : ''
  const head = `HTTP/1.1 ${status}\r\n${type}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), Buffer.from(body)])
}
