/**
 * The far side as an HTTP endpoint: the DSP, or one Service User's Receive Response Service.
 *
 * Built on undici's `dispatch` with one small handler. A message is sent once: a Service Request may not be safe to
 * send twice, so nothing that was written is ever retried. undici itself moves a message to a fresh connection only
 * while none of its bytes has been written.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import { type Dispatcher, Pool } from 'undici'
import type { GatewayFaultCode } from './faults.ts'
import type { BodySink } from './hold.ts'
import type { GatewayLimits } from './limits.ts'

/** A reply of the peer, whole. */
export interface PeerReply {
  readonly kind: 'answered'
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** True when the reply began before the peer had been given the whole message. */
  readonly isEarly: boolean
}

/** What came back: a reply, or why there is none. */
export type PeerOutcome =
  | PeerReply
  | { readonly kind: 'failed'; readonly code: GatewayFaultCode; readonly cause: Error }

type PeerLimits = Pick<
  GatewayLimits,
  'peerConnectMs' | 'peerReplyMs' | 'peerConnections' | 'peerInFlight' | 'maxReplyBytes'
>

/** One request to a peer. `target` is the path with its query. */
export interface PeerRequest {
  readonly target: string
  /** Name, value, name, value. */
  readonly fields: readonly string[]
}

export class Peer {
  readonly #pool: Pool
  readonly #limits: PeerLimits
  #inFlight = 0

  /** One peer for each origin: scheme, host and port. */
  constructor(origin: string, limits: PeerLimits) {
    this.#limits = limits
    this.#pool = new Pool(origin, {
      connections: limits.peerConnections,
      pipelining: 1,
      headersTimeout: limits.peerReplyMs,
      bodyTimeout: limits.peerReplyMs,
      connect: { timeout: limits.peerConnectMs },
    })
  }

  /** Requests sent or waiting to be sent. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Sends a body held whole, in one write. */
  post(request: PeerRequest, body: Buffer | string): Promise<PeerOutcome> {
    return this.#dispatch(request, body, () => true)
  }

  /** Begins a request whose body follows; `contentLength` keeps the framing that the client chose. */
  upload(request: PeerRequest, contentLength: string | undefined): Upload {
    const fields =
      contentLength === undefined ? request.fields : [...request.fields, 'content-length', contentLength]
    return new Upload((body, isSent) => this.#dispatch({ ...request, fields }, body, isSent))
  }

  /** Ends all connections; requests still in flight fail. */
  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  async #dispatch(
    request: PeerRequest,
    body: Buffer | string | Readable,
    isSent: () => boolean,
  ): Promise<PeerOutcome> {
    if (this.#inFlight >= this.#limits.peerInFlight)
      return failed('GW_PEER_BUSY', new Error('too many in flight'))
    this.#inFlight++
    const { promise, resolve } = Promise.withResolvers<PeerOutcome>()
    this.#pool.dispatch(
      { path: request.target, method: 'POST', headers: [...request.fields], body },
      new ReplyCollector(resolve, isSent, this.#limits.maxReplyBytes),
    )
    const outcome = await promise
    this.#inFlight--
    return outcome
  }
}

/** Collects one reply. Informational replies (1xx) are passed over. */
class ReplyCollector implements Dispatcher.DispatchHandler {
  readonly #resolve: (outcome: PeerOutcome) => void
  readonly #isSent: () => boolean
  readonly #maxBytes: number
  readonly #chunks: Buffer[] = []
  #bytes = 0
  #status = 0
  #headers: IncomingHttpHeaders = {}
  #isEarly = false

  constructor(resolve: (outcome: PeerOutcome) => void, isSent: () => boolean, maxBytes: number) {
    this.#resolve = resolve
    this.#isSent = isSent
    this.#maxBytes = maxBytes
  }

  onRequestStart(): void {}

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return
    this.#status = status
    this.#headers = headers
    this.#isEarly = !this.#isSent()
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#maxBytes) controller.abort(new ReplyTooLarge())
    else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    const [first] = this.#chunks
    const body = first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#bytes)
    this.#resolve({
      kind: 'answered',
      status: this.#status,
      headers: this.#headers,
      body,
      isEarly: this.#isEarly,
    })
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#resolve(failed(faultOf(error), error))
  }
}

class ReplyTooLarge extends Error {}

/** The body of a large message on its way to a peer. */
export class Upload implements BodySink {
  readonly #body: Readable
  readonly #outcome: Promise<PeerOutcome>
  #wanted: (() => void) | undefined
  #isOver = false
  #isComplete = false

  constructor(send: (body: Readable, isSent: () => boolean) => Promise<PeerOutcome>) {
    this.#body = new Readable({ read: () => this.#wanted?.() })
    this.#body.on('error', () => {})
    this.#outcome = send(this.#body, () => this.#isComplete)
    void this.#outcome.then(() => {
      this.#isOver = true
      this.#wanted?.()
    })
  }

  async write(bytes: Buffer): Promise<boolean> {
    if (!this.#isOver && !this.#body.push(bytes)) {
      await new Promise<void>((resolve) => {
        this.#wanted = resolve
      })
      this.#wanted = undefined
    }
    return !this.#isOver
  }

  onOver(callback: () => void): void {
    void this.#outcome.then(callback)
  }

  /** Sends the last bytes and ends the message. */
  finish(tail: Buffer): Promise<PeerOutcome> {
    this.#isComplete = true
    if (!this.#isOver) {
      this.#body.push(tail)
      this.#body.push(null)
    }
    return this.#outcome
  }

  /** What the peer answered to a message that was not finished. */
  get outcome(): Promise<PeerOutcome> {
    return this.#outcome
  }

  /** Cuts the connection so that the peer never has the whole message; does nothing once it has been let go. */
  breakOff(): void {
    if (this.#isOver || this.#isComplete) return
    this.#body.destroy(new Error('the message was broken off'))
  }
}

function failed(code: GatewayFaultCode, cause: Error): PeerOutcome {
  return { kind: 'failed', code, cause }
}

const TIMEOUTS = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
])
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
])

function faultOf(error: Error): GatewayFaultCode {
  if (error instanceof ReplyTooLarge) return 'GW_REPLY_TOO_LARGE'
  const code = 'code' in error ? String(error.code) : ''
  if (TIMEOUTS.has(code)) return 'GW_PEER_TIMEOUT'
  if (UNREACHABLE.has(code)) return 'GW_PEER_UNREACHABLE'
  return 'GW_PEER_RESET'
}
