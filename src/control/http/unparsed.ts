/**
 * Requests that never become one: bytes that are no HTTP/1.1, heads that are too large or too slow, methods and expectations that
 * the server of Node answers by itself. They get a problem like all others, on a connection that is closed.
 */
import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { PROBLEMS, type ProblemCode, problemText } from './problems.ts'

/** Has the server answer all of them with problems. */
export function answerUnparsed(server: Pick<Server, 'on'>): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // Bytes of an answer may be under way already, or nobody is there to read one.
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
    else endWith(socket, CODE_OF_ERROR[error.code ?? ''] ?? 'request-unreadable')
  })
  server.on('checkExpectation', (incoming: IncomingMessage) =>
    endWith(incoming.socket, 'expectation-not-met'),
  )
  server.on('connect', (_: IncomingMessage, socket: Duplex) => endWith(socket, 'request-unreadable'))
}

const CODE_OF_ERROR: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'head-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-too-slow',
}

function endWith(socket: Duplex, code: ProblemCode): void {
  const { status } = PROBLEMS[code]
  const body = problemText({ code }, 'none')
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    ...['cache-control: no-store', 'connection: close', '', ''],
  ]
  socket.end(head.join('\r\n') + body)
}
