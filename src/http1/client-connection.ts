/**
 * One connection to an origin: a message out, its reply in, and again.
 *
 *   opening ──► idle ⇄ busy ──► closed
 *
 * Bytes that come while no reply is due, or behind one, are nobody's: the connection is cut and not used again. So is one
 * whose reply came before its message was out, or ended with the connection.
 */
import type { Socket } from 'node:net'
import { type BodyDecoder, ChunkedDecoder, LengthDecoder, UntilCloseDecoder } from './body-decoder.ts'
import type { OriginClient } from './client.ts'
import {
  type BodySocket,
  type Failure,
  isWhole,
  type OutgoingBody,
  type OutgoingMessage,
  type OutgoingRequest,
} from './client-message.ts'
import { HeadScanner } from './head-scanner.ts'
import { LastHead } from './last-head.ts'
import { byteLengthOf, fieldLines, hasNoContent, RESET_CONTENT, writeMessage } from './reply.ts'
import { type ResponseHead, readResponseHead } from './response-head.ts'
import type { Ticked } from './ticker.ts'

type State = 'opening' | 'idle' | 'busy' | 'closed'

const NOTHING = Buffer.alloc(0)

const WITHDRAWN: Failure = {
  kind: 'withdrawn',
  cause: new Error('the message was no longer wanted when there was a connection for it'),
}

export class ClientConnection implements Ticked, BodySocket {
  readonly #client: OriginClient
  readonly #socket: Socket
  readonly #scanner: HeadScanner
  readonly #lastHead = new LastHead<ResponseHead>((head, fields, framing) => ({ ...head, fields, framing }))
  #state: State = 'opening'
  /** The message under way; undefined once it has its reply. */
  #message: OutgoingMessage | undefined
  /** The turn at whose end it is written. */
  #writtenIn = -1
  /** Its body, while that is still to come. */
  #body: OutgoingBody | undefined
  /** Bytes of a measured body that are still to come. */
  #owed = 0
  /** The tick at which waiting for the other side is over; 0 while nobody waits for it. */
  #due: number
  #waiting: Buffer = NOTHING
  #head: ResponseHead | undefined
  #decoder: BodyDecoder | undefined
  #pieces: Buffer[] = []
  #pieceBytes = 0
  #isEarly = false
  #cause: Error | undefined

  constructor(client: OriginClient) {
    this.#client = client
    this.#scanner = new HeadScanner(client.limits.maxHeaderBytes)
    this.#due = client.ticker.after(client.limits.connectMs)
    client.ticker.add(this)
    this.#socket = client.openSocket(
      () => this.#onOpen(),
      (bytes) => this.#onData(bytes),
    )
    this.#socket
      .on('end', () => this.#onEnd())
      .on('drain', () => this.#onDrain())
      .on('error', (error) => {
        this.#cause = error
      })
      .on('close', () => this.#onClose())
  }

  /** Whether a message may be written to it: idle, and nothing says that the other side lets go of it. */
  get isUsable(): boolean {
    return this.#state === 'idle' && this.#socket.writable && this.#client.ticker.now < this.#due
  }

  /** Carries a message; the connection is new or usable. */
  run(message: OutgoingMessage): void {
    this.#message = message
    if (this.#state === 'idle') this.#write(message)
  }

  /** Carries a message that has waited, unless it is no longer wanted. */
  runLate(message: OutgoingMessage): void {
    if (message.request.mayBegin?.() ?? true) {
      this.run(message)
      return
    }
    this.#message = undefined
    message.consumer.onFailure(WITHDRAWN)
    this.#client.freed(this)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  onTick(now: number): void {
    if (this.#due === 0 || now < this.#due) return
    this.#due = 0
    if (this.#state === 'opening') this.#fail('connect-timeout', new Error('no connection in time'))
    else if (this.#state === 'busy') this.#fail('reply-timeout', new Error('no reply in time'))
    else this.destroy()
  }

  write(bytes: Buffer): boolean {
    if (this.#state !== 'busy') return true
    this.#owed -= bytes.length
    const wantsMore = this.#writePiece(bytes)
    this.#due = wantsMore ? 0 : this.#replyDue()
    return wantsMore
  }

  end(bytes: Buffer): void {
    const isMeasured = this.#body?.contentLength !== undefined
    this.#owed -= bytes.length
    if (this.#state !== 'busy' || (isMeasured && this.#owed !== 0)) {
      this.breakOff()
      return
    }
    if (bytes.length > 0) this.#writePiece(bytes)
    if (!isMeasured) this.#socket.write('0\r\n\r\n', 'latin1')
    this.#body = undefined
    this.#due = this.#replyDue()
  }

  breakOff(): void {
    this.#fail('broken-off', new Error('the message was broken off'))
  }

  #write({ request, body }: OutgoingMessage): void {
    this.#state = 'busy'
    if (isWhole(body)) {
      this.#due = this.#replyDue()
      this.#writtenIn = this.#client.batch.turn
      const outlet = { batch: this.#client.batch, socket: this.#socket, isLast: false }
      writeMessage(outlet, this.#headOf(request, byteLengthOf(body)), body)
      return
    }
    this.#due = 0
    this.#body = body
    this.#owed = body.contentLength ?? 0
    this.#socket.write(this.#headOf(request, body.contentLength), 'latin1')
    body.onOpen(this)
  }

  #headOf({ target, fields }: OutgoingRequest, length: number | undefined): string {
    const framing = length === undefined ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`
    return `POST ${target} HTTP/1.1\r\nHost: ${this.#client.host}\r\n${fieldLines(fields)}${framing}\r\n\r\n`
  }

  #writePiece(bytes: Buffer): boolean {
    if (this.#body?.contentLength !== undefined) return this.#socket.write(bytes)
    this.#socket.cork()
    this.#socket.write(`${bytes.length.toString(16)}\r\n`, 'latin1')
    this.#socket.write(bytes)
    const wantsMore = this.#socket.write('\r\n', 'latin1')
    this.#socket.uncork()
    return wantsMore
  }

  #replyDue(): number {
    return this.#client.ticker.after(this.#client.limits.replyMs)
  }

  #onOpen(): void {
    if (this.#state !== 'opening') return
    this.#state = 'idle'
    if (this.#message) this.runLate(this.#message)
  }

  #onDrain(): void {
    if (!this.#body) return
    this.#due = 0
    this.#body.onDrain()
  }

  #onData(bytes: Buffer): void {
    const isAwaited = this.#state === 'busy' && this.#writtenIn !== this.#client.batch.turn
    if (!isAwaited) {
      this.destroy()
      return
    }
    if (this.#head) this.#due = this.#replyDue()
    this.#waiting = this.#waiting.length === 0 ? bytes : Buffer.concat([this.#waiting, bytes])
    while (this.#state === 'busy' && (this.#head ? this.#consumeBody() : this.#takeHead()));
  }

  #onEnd(): void {
    if (this.#decoder instanceof UntilCloseDecoder) this.#complete(false)
    this.destroy()
  }

  #onClose(): void {
    const kind = this.#state === 'opening' ? 'unreachable' : 'reset'
    this.#fail(kind, this.#cause ?? new Error('the other side closed the connection'))
    this.#client.ticker.delete(this)
    this.#client.closed(this)
  }

  /** Reads on in a head; false when it is not whole, or was the last thing read here. */
  #takeHead(): boolean {
    const scanner = this.#scanner
    const known = scanner.length === 0 ? this.#lastHead.find(this.#waiting, 0) : undefined
    if (known) return this.#takeReply(known, this.#lastHead.length)
    if (scanner.scan(this.#waiting, scanner.length)) return this.#failMalformed()
    if (!scanner.isComplete) return false
    const { length } = scanner
    const { maxHeaders } = this.#client.limits
    const head = readResponseHead(scanner, this.#waiting.toString('latin1', 0, length), maxHeaders)
    if (head && isMeasured(head)) this.#lastHead.keep(head, scanner, this.#waiting, 0)
    scanner.reset()
    if (!head || head.status === SWITCHING_PROTOCOLS) return this.#failMalformed()
    return this.#takeReply(head, length)
  }

  /** Goes on behind a head of so many bytes; false when it was the last thing read here. */
  #takeReply(head: ResponseHead, length: number): boolean {
    this.#waiting = this.#waiting.subarray(length)
    if (head.status >= 200) this.#beginReply(head)
    return this.#waiting.length > 0 || this.#decoder?.progress === 'done'
  }

  #beginReply(head: ResponseHead): void {
    this.#head = head
    this.#isEarly = this.#body !== undefined
    this.#due = this.#replyDue()
    if (head.framing === 'chunked') this.#decoder = new ChunkedDecoder()
    else if (head.framing === 'close') this.#decoder = new UntilCloseDecoder()
    else this.#decoder = new LengthDecoder(head.framing)
  }

  #consumeBody(): boolean {
    const decoder = this.#decoder
    if (!decoder || decoder.progress === 'malformed') return this.#failMalformed()
    if (decoder.progress === 'done') {
      this.#complete(this.#waiting.length === 0)
      return false
    }
    if (this.#waiting.length === 0) return false
    this.#waiting = this.#waiting.subarray(decoder.take(this.#waiting, 0))
    if (decoder.piece) this.#pieces.push(decoder.piece)
    this.#pieceBytes += decoder.piece?.length ?? 0
    if (this.#pieceBytes > 0 && this.#head?.status === RESET_CONTENT) return this.#failMalformed()
    if (this.#pieceBytes <= this.#client.limits.maxReplyBytes) return true
    this.#fail('too-large', new Error('the reply is longer than allowed'))
    return false
  }

  /** The reply is whole. The connection is let go before its consumer is told, so that the consumer may use it again. */
  #complete(isClean: boolean): void {
    const { consumer } = this.#message ?? {}
    const head = this.#head
    const isEarly = this.#isEarly
    const [first] = this.#pieces
    const body = first && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces, this.#pieceBytes)
    this.#forget()
    if (isClean && head?.isPersistent && !isEarly) this.#letGo(head.keepAliveSeconds)
    else this.destroy()
    if (!head) return
    const { status, fields, connection } = head
    consumer?.onReply({ kind: 'answered', status, fields, connection, body, isEarly })
  }

  /** A connection is free once its message is out. TLS says so a turn late, when the reply may have come already. */
  #letGo(keepAliveSeconds: number | undefined): void {
    if (this.#socket.writableLength === 0) {
      this.#free(keepAliveSeconds)
      return
    }
    setImmediate(() => {
      if (!this.#socket.destroyed && this.#socket.writableLength === 0) this.#free(keepAliveSeconds)
      else this.destroy()
    })
  }

  #free(keepAliveSeconds: number | undefined): void {
    const { limits, ticker } = this.#client
    const offeredMs = keepAliveSeconds === undefined ? limits.idleMs : (keepAliveSeconds - 1) * 1_000
    this.#state = 'idle'
    this.#due = ticker.after(Math.max(0, Math.min(limits.idleMs, offeredMs)))
    this.#client.freed(this)
  }

  #forget(): void {
    this.#state = 'closed'
    this.#message = undefined
    this.#body = undefined
    this.#head = undefined
    this.#decoder = undefined
    this.#pieces = []
    this.#pieceBytes = 0
    this.#waiting = NOTHING
    this.#isEarly = false
    this.#due = 0
  }

  #failMalformed(): false {
    this.#fail('malformed', new Error('the reply is not well-formed HTTP/1.1, or its status does not fit it'))
    return false
  }

  /** Nothing is read or written after it. */
  #fail(kind: Failure['kind'], cause: Error): void {
    const consumer = this.#message?.consumer
    this.#forget()
    this.destroy()
    consumer?.onFailure({ kind, cause })
  }
}

const SWITCHING_PROTOCOLS = 101

/** Whether the length that it states, whatever it is, says where its body ends. */
function isMeasured({ status, framing }: ResponseHead): boolean {
  return status >= 200 && status !== RESET_CONTENT && !hasNoContent(status) && typeof framing === 'number'
}
