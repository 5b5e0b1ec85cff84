/**
 * The client side of one origin: messages out, one reply each, over connections that are kept.
 *
 * Cast: `OriginClient` shares connections out and holds what must wait for one, a `ClientConnection` carries one message
 * at a time, the `Ticker` keeps time-outs. Promised: a message is written once, to one connection; a reply goes to the
 * message that was written before it on its connection and to no other; a connection that shows anything unforeseen is never used again.
 */
import { connect, type OnReadOpts, type Socket } from 'node:net'
import { ClientConnection } from './client-connection.ts'
import type { Failure, OutgoingMessage, OutgoingRequest, ReplyConsumer } from './client-message.ts'
import type { Ticked, Ticker } from './ticker.ts'
import type { WriteBatch } from './write-batch.ts'

export interface ClientLimits {
  readonly connectMs: number
  /** Longest wait for a reply to begin, for its next bytes, and for a free connection. */
  readonly replyMs: number
  /** Idle connections are closed after this; sooner when the server says that it closes sooner. */
  readonly idleMs: number
  readonly maxConnections: number
  /** Bytes of a reply's body. */
  readonly maxReplyBytes: number
  readonly maxHeaderBytes: number
  /** Field lines of a reply's head. */
  readonly maxHeaders: number
}

export interface ClientOptions {
  /** Scheme, host and port. */
  readonly origin: URL
  readonly limits: ClientLimits
  readonly ticker: Ticker
  readonly batch: WriteBatch
  /** Opens a connection and calls back when it may be written to; plain TCP when absent. */
  readonly open?: (onOpen: () => void) => Socket
}

/**
 * What a plain connection has received, until its reader has taken it: one for all, as it is taken before another is read. Node
 * makes 64 KiB for each read otherwise, which costs a tenth of sending a message and reading its reply.
 */
const RECEIVED = Buffer.allocUnsafeSlow(65_536)

export class OriginClient implements Ticked {
  readonly limits: ClientLimits
  readonly ticker: Ticker
  readonly batch: WriteBatch
  /** The Host field of every message. */
  readonly host: string
  readonly #open: (onOpen: () => void, onData: (bytes: Buffer) => void) => Socket
  readonly #all = new Set<ClientConnection>()
  /** The one used last is on top: those that are not needed get old and close. */
  readonly #idle: ClientConnection[] = []
  readonly #waiting: OutgoingMessage[] = []
  #isClosed = false

  constructor({ origin, limits, ticker, batch, open }: ClientOptions) {
    this.limits = limits
    this.ticker = ticker
    this.batch = batch
    this.host = origin.host
    const port = Number(origin.port || 80)
    const host = origin.hostname.replace(/^\[(.*)\]$/, '$1')
    this.#open = open
      ? (onOpen, onData) => open(onOpen).on('data', onData)
      : (onOpen, onData) => connect({ host, port, noDelay: true, onread: copied(onData) }, onOpen)
    ticker.add(this)
  }

  /** Sends a message, in one write when its body is whole; the consumer is told once. */
  send(request: OutgoingRequest, body: OutgoingMessage['body'], consumer: ReplyConsumer): void {
    this.#dispatch({ request, body, consumer, due: this.ticker.after(this.limits.replyMs) })
  }

  /** Cuts all connections; messages under way and waiting fail. */
  close(): void {
    this.#isClosed = true
    this.ticker.delete(this)
    for (const { consumer } of this.#waiting.splice(0)) consumer.onFailure(CLOSED)
    for (const connection of this.#all) connection.destroy()
  }

  /** Messages that have waited too long for a connection; the oldest stands first. */
  onTick(now: number): void {
    while (this.#waiting[0] && now >= this.#waiting[0].due)
      this.#waiting.shift()?.consumer.onFailure(NO_CONNECTION)
  }

  openSocket(onOpen: () => void, onData: (bytes: Buffer) => void): Socket {
    return this.#open(onOpen, onData)
  }

  /** A connection has its reply and may carry the next message. */
  freed(connection: ClientConnection): void {
    const next = this.#waiting.shift()
    if (next) connection.runLate(next)
    else this.#idle.push(connection)
  }

  /** A connection is gone. */
  closed(connection: ClientConnection): void {
    this.#all.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    const next = this.#waiting.shift()
    if (next) this.#dispatch(next)
  }

  #dispatch(message: OutgoingMessage): void {
    if (this.#isClosed) {
      message.consumer.onFailure(CLOSED)
      return
    }
    const connection = this.#takeIdle() ?? this.#openAnother()
    if (connection) connection.run(message)
    else this.#waiting.push(message)
  }

  #takeIdle(): ClientConnection | undefined {
    for (;;) {
      const connection = this.#idle.pop()
      if (connection === undefined || connection.isUsable) return connection
      connection.destroy()
    }
  }

  #openAnother(): ClientConnection | undefined {
    if (this.#all.size >= this.limits.maxConnections) return undefined
    const connection = new ClientConnection(this)
    this.#all.add(connection)
    return connection
  }
}

const CLOSED: Failure = { kind: 'closed', cause: new Error('the client was closed') }
const NO_CONNECTION: Failure = {
  kind: 'reply-timeout',
  cause: new Error('no connection became free in time'),
}

/** Hands over a copy of what is received, as a reply may be kept. */
function copied(onData: (bytes: Buffer) => void): OnReadOpts {
  const callback = (length: number) => {
    onData(Buffer.from(RECEIVED.subarray(0, length)))
    return true
  }
  return { buffer: RECEIVED, callback }
}
