/**
 * One listening side of the gateway: connections in, one message after another handled, until it drains.
 *
 * The parser is Node's in its strict mode. What it objects to never becomes a message: it is answered here, on the bare
 * connection, and only where no other answer is under way. Pipelined messages wait for the one before them, and a
 * connection that is to be closed gives no further message, whatever bytes still come.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { DECISION_HEADER, newDecisionId } from './decision-id.ts'
import type { GatewayFaultCode } from './faults.ts'
import type { GatewayLimits } from './limits.ts'
import { faultAnswer } from './refuse.ts'

export interface ListenerOptions {
  readonly limits: GatewayLimits
  /** Handles one message to its end, answer included. */
  readonly handle: (incoming: IncomingMessage, reply: ServerResponse) => Promise<void>
  /** Tells of bytes that were not HTTP, or did not come in time. */
  readonly onMalformed: (code: GatewayFaultCode) => void
  readonly onConnectionRefused: () => void
}

/** An address to listen on; port 0 takes any free one. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

export class Listener {
  readonly #server: Server
  readonly #limits: GatewayLimits
  readonly #handle: ListenerOptions['handle']
  readonly #onMalformed: ListenerOptions['onMalformed']
  readonly #inFlight = new Set<ServerResponse>()
  /** The last message of each connection, as a promise of its end. */
  readonly #turns = new WeakMap<Socket, Promise<void>>()
  /** Connections whose last answer has been given. */
  readonly #closing = new WeakSet<Duplex>()
  #connections = 0
  #isDraining = false
  #whenIdle: (() => void) | undefined

  constructor(options: ListenerOptions) {
    this.#limits = options.limits
    this.#handle = options.handle
    this.#onMalformed = options.onMalformed
    this.#server = createStrictServer(options.limits)
      .on('request', (incoming, reply) => this.#enqueue(incoming, reply))
      .on('checkContinue', (incoming, reply) => this.#enqueue(incoming, reply))
      .on('checkExpectation', (incoming, reply) => this.#enqueue(incoming, reply))
      .on('clientError', (error: ParserError, socket) => this.#answerMalformed(error, socket))
      .on('connection', (socket) => this.#countConnection(socket))
      .on('drop', options.onConnectionRefused)
  }

  /** Messages being handled. */
  get inFlight(): number {
    return this.#inFlight.size
  }

  /** Open connections. */
  get connections(): number {
    return this.#connections
  }

  /** The port listened on, once `listen` is done. */
  get port(): number {
    const address = this.#server.address() as AddressInfo | null
    return address?.port ?? 0
  }

  /** Begins to take connections; rejects when the address is not to be had. */
  async listen({ host, port }: ListenAddress): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject).listen(port, host, resolve)
    await promise
    this.#server.off('error', reject)
  }

  /** From now on every reply closes its connection; new connections are still taken. */
  announceDrain(): void {
    this.#isDraining = true
    for (const reply of this.#inFlight) reply.shouldKeepAlive = false
  }

  /**
   * Takes no more connections and waits until nothing is in flight, or `deadline` settles. Idle connections stay for
   * `drainIdleMs`, for a client that has already sent its next message would see them reset.
   */
  async drain(deadline: Promise<unknown>): Promise<void> {
    this.announceDrain()
    const isClosed = new Promise((resolve) => NetServer.prototype.close.call(this.#server, resolve))
    await Promise.race([delay(this.#limits.drainIdleMs), isClosed, deadline])
    await Promise.race([this.#idle(), deadline])
    this.#server.close()
    await Promise.race([isClosed, delay(LAST_WORDS_MS), deadline])
    this.#server.closeAllConnections()
    await isClosed
  }

  #idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#inFlight.size === 0) resolve()
      else this.#whenIdle = resolve
    })
  }

  #enqueue(incoming: IncomingMessage, reply: ServerResponse): void {
    const { socket } = incoming
    this.#inFlight.add(reply)
    if (this.#isDraining) reply.shouldKeepAlive = false
    const turn = this.#takeTurn(this.#turns.get(socket), incoming, reply)
    this.#turns.set(socket, turn)
  }

  async #takeTurn(before: Promise<void> | undefined, incoming: IncomingMessage, reply: ServerResponse) {
    const { socket } = incoming
    try {
      if (before) await before
      if (this.#closing.has(socket)) return
      await this.#handle(incoming, reply)
      if (!reply.shouldKeepAlive) this.#closing.add(socket)
    } catch {
      socket.destroy()
    } finally {
      this.#inFlight.delete(reply)
      if (this.#inFlight.size === 0) this.#whenIdle?.()
    }
  }

  #answerMalformed(error: ParserError, socket: Duplex): void {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy()
      return
    }
    const code = MALFORMED[error.code ?? ''] ?? 'GW_HTTP_MALFORMED'
    this.#onMalformed(code)
    // A request refused by the gate in this very turn gets that answer first.
    setImmediate(() => this.#closeMalformed(code, socket))
  }

  /** Messages that were whole before the fault keep their answers; one that was not is answered with the fault. */
  #closeMalformed(code: GatewayFaultCode, socket: Duplex): void {
    if (this.#closing.has(socket)) return
    const busy = [...this.#inFlight].filter((reply) => reply.req.socket === socket)
    const last = busy.at(-1)
    if (last?.req.complete) {
      last.shouldKeepAlive = false
      return
    }
    const isFree = busy.length <= 1 && !last?.headersSent && socket.writable
    socket.end(isFree ? bareAnswer(code) : undefined)
    setTimeout(() => socket.destroy(), this.#limits.lingerMs).unref()
  }

  #countConnection(socket: Socket): void {
    this.#connections++
    socket.once('close', () => {
      this.#connections--
    })
  }
}

/** How often slow connections are looked for: a time-out is kept to within this. */
const CHECK_MS = 1_000

/** Time for the last replies of a drain to leave. */
const LAST_WORDS_MS = 500

function createStrictServer(limits: GatewayLimits): Server {
  const server = createServer({
    insecureHTTPParser: false,
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: CHECK_MS,
    noDelay: true,
  })
  server.maxConnections = limits.maxConnections
  // Node would silently drop fields beyond its own count; the gate counts them instead.
  server.maxHeadersCount = 0
  // Longer than any message may take: a client that takes no bytes of its reply does not stay for ever.
  server.timeout = limits.requestMs + limits.peerReplyMs
  return server
}

interface ParserError extends Error {
  readonly code?: string
}

const MALFORMED: Readonly<Record<string, GatewayFaultCode>> = {
  HPE_HEADER_OVERFLOW: 'GW_HTTP_HEADERS',
  ERR_HTTP_REQUEST_TIMEOUT: 'GW_TOO_SLOW',
}

/** An answer for a connection on which no request was understood, so that Node has no reply object for it. */
function bareAnswer(code: GatewayFaultCode): string {
  const decision = newDecisionId()
  const { status, body } = faultAnswer(code, decision, 0)
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `${DECISION_HEADER}: ${decision}`,
    'Connection: close',
    '',
    body.toString(),
  ].join('\r\n')
}
