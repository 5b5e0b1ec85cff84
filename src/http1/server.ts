/**
 * A strict HTTP/1.1 server for messages: connections in, exchanges out, until it drains.
 *
 * Cast: the `Server` of node:net accepts (or a `Door`), a `ServerConnection` reads and answers, an `Exchange` is what the
 * handler gets, the `Ticker` keeps all time-outs, the `WriteBatch` all writes of a turn. Promised: a handler sees a message only when its head is beyond doubt
 * or says what is in doubt (`head.objection`); answers go out in the order of the messages of their connection; bytes
 * behind an answer that closes are never read as a message.
 */
import { type AddressInfo, createServer, type Server, type ServerOpts, type Socket } from 'node:net'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import type { Exchange } from './exchange.ts'
import type { Reply } from './reply.ts'
import {
  type ConnectionHost,
  type ConnectionLimits,
  type MalformedReason,
  ServerConnection,
} from './server-connection.ts'
import type { Ticker } from './ticker.ts'
import type { WriteBatch } from './write-batch.ts'

export interface ServerLimits extends ConnectionLimits {
  readonly maxConnections: number
  /** How long a drain leaves idle connections open, so that a client that has just sent is not cut off. */
  readonly drainIdleMs: number
}

export interface HttpServerOptions {
  readonly limits: ServerLimits
  readonly ticker: Ticker
  readonly batch: WriteBatch
  /** Handles one message; must end it with `reply` or `abandon`, and not throw. */
  readonly handle: (exchange: Exchange) => void
  /** The answer to bytes that are no message. */
  readonly onMalformed: (reason: MalformedReason) => Reply
  /** A connection was closed at once because there were as many as there may be. */
  readonly onConnectionRefused: () => void
  /** What stands before connections; nothing when absent. */
  readonly door?: Door
}

/** The accepting side, where a connection has to get through something before it is one: a handshake. */
export interface Door {
  /** Makes the server; `onConnection` gets connections that are through. */
  open(options: ServerOpts, onConnection: (socket: Socket) => void): Server
  /** Cuts what is not through yet. */
  cutUnready(): void
}

/** An address to listen on; port 0 takes any free one. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

const SOCKETS: ServerOpts = { allowHalfOpen: true, noDelay: true }

/** Time for the last answers of a drain to leave. */
const LAST_WORDS_MS = 500

export class HttpServer implements ConnectionHost {
  readonly limits: ServerLimits
  readonly ticker: Ticker
  readonly batch: WriteBatch
  readonly malformed: (reason: MalformedReason) => Reply
  readonly #server: Server
  readonly #door: Door | undefined
  readonly #handle: HttpServerOptions['handle']
  readonly #connections = new Set<ServerConnection>()
  #inFlight = 0
  #isDraining = false
  #whenIdle: (() => void) | undefined
  #linesOf = { second: 0, closing: '', keepAlive: '' }

  constructor(options: HttpServerOptions) {
    const { limits, door } = options
    this.limits = limits
    this.ticker = options.ticker
    this.batch = options.batch
    this.malformed = options.onMalformed
    this.#handle = options.handle
    this.#door = door
    const onConnection = (socket: Socket) => void this.#connections.add(new ServerConnection(socket, this))
    this.#server = door ? door.open(SOCKETS, onConnection) : createServer(SOCKETS, onConnection)
    // Without the second, workers of node:cluster offer each other a connection too many without end.
    Object.assign(this.#server, { maxConnections: limits.maxConnections, dropMaxConnection: true })
    this.#server.on('drop', options.onConnectionRefused)
  }

  /** Messages being handled. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Open connections. */
  get connections(): number {
    return this.#connections.size
  }

  /** The port listened on, once `listen` is done. */
  get port(): number {
    const address = this.#server.address() as AddressInfo | null
    return address?.port ?? 0
  }

  get isDraining(): boolean {
    return this.#isDraining
  }

  /** Begins to take connections; rejects when the address is not to be had. */
  async listen({ host, port }: ListenAddress): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject).listen(port, host, resolve)
    await promise
    this.#server.off('error', reject)
  }

  /** From now on every answer closes its connection; new connections are still taken. */
  announceDrain(): void {
    this.#isDraining = true
  }

  /**
   * Takes no more connections and waits until nothing is in flight, or `deadline` settles. Idle connections stay for
   * `drainIdleMs`, for a client that has already sent its next message would see them reset.
   */
  async drain(deadline: Promise<unknown>): Promise<void> {
    this.announceDrain()
    const isClosed = new Promise((resolve) => this.#server.close(resolve))
    await Promise.race([delay(this.limits.drainIdleMs), isClosed, deadline])
    await nextTurn() // What came while this process stood still has not been read yet: timers come before sockets.
    await Promise.race([this.#idle(), deadline])
    this.#door?.cutUnready()
    for (const connection of this.#connections) connection.closeIdle()
    await Promise.race([isClosed, this.#lastWords(), deadline])
    for (const connection of this.#connections) connection.destroy()
    await isClosed
  }

  begin(exchange: Exchange): void {
    this.#inFlight++
    this.#handle(exchange)
  }

  ended(): void {
    this.#inFlight--
    if (this.#inFlight === 0) this.#whenIdle?.()
  }

  closed(connection: ServerConnection): void {
    this.#connections.delete(connection)
  }

  closingLines(): string {
    return this.#lines().closing
  }

  keepAliveLines(): string {
    return this.#lines().keepAlive
  }

  /** Written once a second, not once an answer. */
  #lines() {
    const second = Math.floor(Date.now() / 1_000)
    if (this.#linesOf.second === second) return this.#linesOf
    const date = `Date: ${new Date(second * 1_000).toUTCString()}\r\n`
    const timeout = Math.floor(this.limits.keepAliveMs / 1_000)
    const keepAlive = `${date}Connection: keep-alive\r\nKeep-Alive: timeout=${timeout}\r\n`
    this.#linesOf = { second, closing: `${date}Connection: close\r\n`, keepAlive }
    return this.#linesOf
  }

  /** Answers that clients are still taking leave whole. */
  async #lastWords(): Promise<void> {
    do await delay(LAST_WORDS_MS)
    while ([...this.#connections].some((connection) => connection.isFlushing))
  }

  #idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#inFlight === 0) resolve()
      else this.#whenIdle = resolve
    })
  }
}
