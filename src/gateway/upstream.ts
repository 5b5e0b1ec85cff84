/**
 * The upstream as an HTTP endpoint: the DSP, or one Service User's Receive Response Service.
 *
 * A message is sent once: a Service Request may not be safe to send twice, so nothing that was written is ever sent
 * again, and nothing is retried.
 */
import type { Socket } from 'node:net'
import { OriginClient } from '../http1/client.ts'
import type {
  BodySocket,
  Failure,
  IncomingReply,
  OutgoingBody,
  OutgoingRequest,
  ReplyConsumer,
} from '../http1/client-message.ts'
import type { Ticker } from '../http1/ticker.ts'
import type { WriteBatch } from '../http1/write-batch.ts'
import type { GatewayFaultCode } from './faults.ts'
import type { BodySink } from './hold.ts'
import type { GatewayLimits } from './limits.ts'

/** A reply of the upstream, whole. */
export type UpstreamReply = IncomingReply

/** What came back: a reply, or why there is none. */
export type UpstreamOutcome =
  | UpstreamReply
  | { readonly kind: 'failed'; readonly code: GatewayFaultCode; readonly cause: Error }

type UpstreamLimits = Pick<
  GatewayLimits,
  | 'peerConnectMs'
  | 'peerReplyMs'
  | 'peerConnections'
  | 'peerInFlight'
  | 'maxReplyBytes'
  | 'maxHeaderBytes'
  | 'maxHeaders'
>

/** One request to an upstream. `target` is the path with its query. */
export type UpstreamRequest = OutgoingRequest

/** Opens a connection and calls back when it may be written to. */
type OpenSocket = (onOpen: () => void) => Socket

/** What all connections of a gateway share: their time-outs, and the writes of a turn. */
export interface SharedByConnections {
  readonly ticker: Ticker
  readonly batch: WriteBatch
}

/** Idle connections are given up before most servers do: a message on a connection that is being closed is lost. */
const IDLE_MS = 4_000

export class Upstream {
  readonly #client: OriginClient
  readonly #maxInFlight: number
  readonly #sent: Sending = { inFlight: 0 }

  /** One upstream for each origin: scheme, host and port. Without `open` connections are plain TCP. */
  constructor(origin: URL, limits: UpstreamLimits, shared: SharedByConnections, open?: OpenSocket) {
    this.#maxInFlight = limits.peerInFlight
    this.#client = new OriginClient({
      ...shared,
      ...(open && { open }),
      origin,
      limits: {
        connectMs: limits.peerConnectMs,
        replyMs: limits.peerReplyMs,
        idleMs: IDLE_MS,
        maxConnections: limits.peerConnections,
        maxReplyBytes: limits.maxReplyBytes,
        maxHeaderBytes: limits.maxHeaderBytes,
        maxHeaders: limits.maxHeaders,
      },
    })
  }

  /** Requests sent or waiting to be sent. */
  get inFlight(): number {
    return this.#sent.inFlight
  }

  /** Sends a body held whole, in one write. */
  post(request: UpstreamRequest, body: Buffer | string): Promise<UpstreamOutcome> {
    return new Promise((resolve) => this.#send(request, body, resolve))
  }

  /** Begins a request whose body follows; `contentLength` keeps the framing that the client chose. */
  upload(request: UpstreamRequest, contentLength: number | undefined): Upload {
    return new Upload(contentLength, (body) => new Promise((resolve) => this.#send(request, body, resolve)))
  }

  /** Ends all connections; requests still in flight fail. */
  close(): void {
    this.#client.close()
  }

  #send(request: UpstreamRequest, body: Buffer | string | OutgoingBody, settle: Settle): void {
    if (this.#sent.inFlight >= this.#maxInFlight) {
      settle(failed('GW_PEER_BUSY', new Error('too many in flight')))
      return
    }
    this.#sent.inFlight++
    this.#client.send(request, body, new AwaitedReply(this.#sent, settle))
  }
}

interface Sending {
  inFlight: number
}

type Settle = (outcome: UpstreamOutcome) => void

class AwaitedReply implements ReplyConsumer {
  readonly #sent: Sending
  readonly #settle: Settle

  constructor(sent: Sending, settle: Settle) {
    this.#sent = sent
    this.#settle = settle
  }

  onReply(reply: IncomingReply): void {
    this.#sent.inFlight--
    this.#settle(reply)
  }

  onFailure({ kind, cause }: Failure): void {
    this.#sent.inFlight--
    this.#settle(failed(FAULTS[kind], cause))
  }
}

const FAULTS: Readonly<Record<Failure['kind'], GatewayFaultCode>> = {
  unreachable: 'GW_PEER_UNREACHABLE',
  'connect-timeout': 'GW_PEER_TIMEOUT',
  'reply-timeout': 'GW_PEER_TIMEOUT',
  reset: 'GW_PEER_RESET',
  malformed: 'GW_PEER_MALFORMED',
  'too-large': 'GW_REPLY_TOO_LARGE',
  'broken-off': 'GW_PEER_RESET',
  withdrawn: 'GW_WITHDRAWN',
  closed: 'GW_PEER_RESET',
}

function failed(code: GatewayFaultCode, cause: Error): UpstreamOutcome {
  return { kind: 'failed', code, cause }
}

/** The body of a large message on its way to an upstream. */
export class Upload implements BodySink, OutgoingBody {
  readonly contentLength: number | undefined
  /** What the upstream answered, whether or not the message was finished. */
  readonly outcome: Promise<UpstreamOutcome>
  #socket: BodySocket | undefined
  /** Called when bytes may be written again, or never more. */
  #ready: (() => void) | undefined
  #isOver = false
  #isComplete = false

  constructor(contentLength: number | undefined, send: (body: OutgoingBody) => Promise<UpstreamOutcome>) {
    this.contentLength = contentLength
    this.outcome = send(this)
    this.onOver(() => {
      this.#isOver = true
      this.#ready?.()
    })
  }

  /** Whether bytes may be written now; settles when they may, or never will. */
  async begun(): Promise<boolean> {
    return (await this.#opened()) !== undefined
  }

  async write(bytes: Buffer): Promise<boolean> {
    const socket = await this.#opened()
    if (!socket) return false
    if (!socket.write(bytes)) await this.#untilReady()
    return !this.#isOver
  }

  onOver(callback: () => void): void {
    void this.outcome.then(callback)
  }

  /** Sends the last bytes and ends the message. */
  async finish(tail: Buffer): Promise<UpstreamOutcome> {
    this.#isComplete = true
    const socket = await this.#opened()
    socket?.end(tail)
    return this.outcome
  }

  /** Cuts the connection so that the upstream never has the whole message; does nothing once it has been let go. */
  breakOff(): void {
    if (this.#isOver || this.#isComplete) return
    this.#isOver = true
    this.#socket?.breakOff()
  }

  onOpen(socket: BodySocket): void {
    this.#socket = socket
    if (this.#isOver) socket.breakOff()
    else this.#ready?.()
  }

  onDrain(): void {
    this.#ready?.()
  }

  /** Where bytes may be written; undefined when it is over. */
  async #opened(): Promise<BodySocket | undefined> {
    if (!this.#socket && !this.#isOver) await this.#untilReady()
    return this.#isOver ? undefined : this.#socket
  }

  #untilReady(): Promise<void> {
    return new Promise((resolve) => {
      this.#ready = resolve
    })
  }
}
