/**
 * One connection of the server: bytes in, one exchange at a time, answers out in order.
 *
 *   head ──► body ──► answering ──► head …        closing (last answer sent) ──► closed
 *
 * A head that is whole begins an exchange. While it lasts, bytes behind its body wait and, when there are any, the client
 * is not read from. An answer before the body's end, and every answer that closes, puts the connection into `closing`:
 * whatever still comes is thrown away, for so long that the client can read the answer.
 */
import type { Socket } from 'node:net'
import { type BodyDecoder, ChunkedDecoder, LengthDecoder } from './body-decoder.ts'
import { type BodyConsumer, type CutReason, Exchange, type ExchangeConnection } from './exchange.ts'
import { type HeadFault, HeadScanner } from './head-scanner.ts'
import { LastHead } from './last-head.ts'
import { byteLengthOf, fieldLines, hasNoContent, type Reply, statusLine, writeMessage } from './reply.ts'
import { type RequestHead, readRequestHead } from './request-head.ts'
import type { Ticked, Ticker } from './ticker.ts'
import type { WriteBatch } from './write-batch.ts'

/** Finite bounds of one connection; `Ms` are milliseconds. */
export interface ConnectionLimits {
  readonly maxHeaderBytes: number
  /** Field lines of a head; more are an objection. */
  readonly maxHeaders: number
  /** From the first byte of a head, or from the connection's beginning, to the head's end. */
  readonly headersMs: number
  /** Longest pause inside a body, while it is being taken. */
  readonly idleBodyMs: number
  /** From the first byte of a message to the last of its body; and from an answer's first byte to its last. */
  readonly requestMs: number
  /** Between the end of an answer and the next message. */
  readonly keepAliveMs: number
  /** How long a connection whose last answer was taken is kept so that the client can read it. */
  readonly lingerMs: number
}

/** Why a request was rejected before its head was complete: malformed, too long, or timed out. */
export type MalformedReason = HeadFault | 'slow'

/** What a connection needs of its server. */
export interface ConnectionHost {
  readonly limits: ConnectionLimits
  readonly ticker: Ticker
  readonly batch: WriteBatch
  readonly isDraining: boolean
  /** Date and connection fields of a reply, as lines. */
  closingLines(): string
  keepAliveLines(): string
  begin(exchange: Exchange): void
  /** An exchange is over. */
  ended(): void
  malformed(reason: MalformedReason): Reply
  closed(connection: ServerConnection): void
}

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
const NOTHING = Buffer.alloc(0)

type State = 'head' | 'body' | 'answering' | 'closing' | 'closed'

export class ServerConnection implements ExchangeConnection, Ticked {
  readonly #socket: Socket
  readonly #host: ConnectionHost
  readonly #scanner: HeadScanner
  readonly #lastHead = new LastHead<RequestHead>((head, fields, contentLength) => ({
    ...head,
    fields,
    contentLength,
  }))
  #state: State = 'head'
  /** What has arrived and not been used, from `#at` on. */
  #waiting: Buffer = NOTHING
  #at = 0
  #exchange: Exchange | undefined
  #decoder: BodyDecoder | undefined
  #consumer: BodyConsumer | undefined
  /** Why the body ended early, for a consumer that comes later. */
  #cutReason: CutReason | undefined
  /** The tick at which waiting is over; 0 while nothing is waited for. */
  #due: number
  #requestDue = 0
  /** The tick by which the client must have taken what was answered. */
  #flushDeadline = 0
  /** Found to be still taking it: what comes next is waited for once it has it. */
  #isTaking = false
  #isPumping = false
  #isFeeding = false
  #isPaused = false
  /** The client has sent its last byte. */
  #hasEnded = false

  constructor(socket: Socket, host: ConnectionHost) {
    this.#socket = socket
    this.#host = host
    this.#scanner = new HeadScanner(host.limits.maxHeaderBytes)
    this.#due = host.ticker.after(host.limits.headersMs)
    host.ticker.add(this)
    socket
      .on('data', (bytes: Buffer) => this.#onData(bytes))
      .on('end', () => this.#onEnd())
      .on('drain', () => this.#pump())
      .on('error', () => {})
      .on('close', () => this.#onClose())
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Whether the client has not yet taken all that it was answered. */
  get isFlushing(): boolean {
    return this.#socket.writableLength > 0
  }

  /** Ends the connection when no message is under way on it. */
  closeIdle(): void {
    if (this.#state === 'head') this.#close()
  }

  onTick(now: number): void {
    const isOver = this.#due !== 0 && now >= this.#due
    const isRequestOver = this.#state === 'body' && now >= this.#requestDue
    if ((isOver && !this.#isStillTaken(now)) || isRequestOver) this.#onDue()
  }

  sendContinue(): void {
    if (this.#state === 'body') this.#host.batch.add(this.#socket, CONTINUE, false)
  }

  setConsumer(consumer: BodyConsumer | undefined): void {
    this.#consumer = consumer
    if (this.#state === 'body') {
      this.#due = consumer ? this.#host.ticker.after(this.#host.limits.idleBodyMs) : 0
      if (this.#isPumping) this.#feed()
      else this.#pump()
    } else if (this.#cutReason) consumer?.onCut(this.#cutReason)
  }

  finish(reply: Reply | undefined): void {
    const isRead = this.#exchange?.isComplete || this.#decoder?.progress === 'done'
    const closes = reply?.closes || !isRead || this.#exchange?.head.wantsClose || this.#host.isDraining
    this.#exchange = undefined
    this.#decoder = undefined
    this.#consumer = undefined
    this.#cutReason = undefined
    this.#host.ended()
    if (this.#state === 'closed') return
    if (!reply) this.destroy()
    else if (closes) this.#closeWith(reply)
    else this.#goOnAfter(reply)
  }

  #closeWith(reply: Reply): void {
    this.#write(reply, this.#host.closingLines(), true)
    this.#linger()
  }

  #goOnAfter(reply: Reply): void {
    this.#write(reply, this.#host.keepAliveLines(), false)
    this.#state = 'head'
    this.#due = this.#host.ticker.after(this.#host.limits.keepAliveMs)
    this.#pump()
  }

  #write({ status, fields, body }: Reply, lines: string, isLast: boolean): void {
    this.#flushDeadline = this.#host.ticker.after(this.#host.limits.requestMs)
    const isEmpty = hasNoContent(status)
    const length = isEmpty ? '' : `Content-Length: ${byteLengthOf(body)}\r\n`
    const head = `${statusLine(status)}${fieldLines(fields)}${length}${lines}\r\n`
    writeMessage({ batch: this.#host.batch, socket: this.#socket, isLast }, head, isEmpty ? '' : body)
  }

  #close(): void {
    this.#host.batch.add(this.#socket, undefined, true)
    this.#linger()
  }

  /** The sending side has ended; the client's stays open until it ends too, or for `lingerMs`. */
  #linger(): void {
    this.#state = 'closing'
    this.#due = this.#host.ticker.after(this.#host.limits.lingerMs)
    this.#pump()
  }

  #onData(bytes: Buffer): void {
    const isUsedUp = this.#at === this.#waiting.length
    this.#waiting = isUsedUp ? bytes : Buffer.concat([this.#waiting.subarray(this.#at), bytes])
    this.#at = 0
    if (this.#state === 'body' && this.#consumer)
      this.#due = this.#host.ticker.after(this.#host.limits.idleBodyMs)
    this.#pump()
  }

  #onEnd(): void {
    this.#hasEnded = true
    this.#pump()
  }

  #onClose(): void {
    this.#state = 'closed'
    this.#host.ticker.delete(this)
    if (this.#exchange) this.#cut('gone')
    this.#host.closed(this)
  }

  /** A large answer takes its time on a slow line; the time for what follows it begins when the client has it. */
  #isStillTaken(now: number): boolean {
    if (this.#state !== 'head' && this.#state !== 'closing') return false
    if (now >= this.#flushDeadline || !(this.isFlushing || this.#isTaking)) return false
    this.#isTaking = this.isFlushing
    const waitMs = this.#host.limits[this.#state === 'closing' ? 'lingerMs' : 'keepAliveMs']
    this.#due = this.#isTaking ? now + 1 : this.#host.ticker.after(waitMs)
    return true
  }

  #onDue(): void {
    this.#due = 0
    switch (this.#state) {
      case 'head':
        if (this.#scanner.length > 0) this.#refuse('slow')
        else this.#close()
        break
      case 'body':
        this.#cut('slow')
        break
      case 'closing':
        this.destroy()
    }
  }

  /** Uses what has arrived as far as the state allows; reads from the client only while something could be used. */
  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    while (this.#step());
    this.#isPumping = false
    if (this.#at === this.#waiting.length) {
      this.#waiting = NOTHING
      this.#at = 0
    }
    this.#readOn()
  }

  /** One step; false when there is none for now. */
  #step(): boolean {
    // Cut, and not told yet: what has arrived is nobody's message any more.
    if (this.#socket.destroyed) return false
    switch (this.#state) {
      case 'head':
        return this.#takeHead()
      case 'body':
        return this.#feed()
      case 'answering':
        return false
      case 'closing':
      case 'closed':
        this.#at = this.#waiting.length
        return false
    }
  }

  /** A client that does not take its answers is not read from; neither is one that is ahead of its answers. */
  #readOn(): void {
    const isUseful = this.#waiting === NOTHING || this.#state === 'head'
    const mayRead = this.#state === 'closing' || (isUseful && !this.#socket.writableNeedDrain)
    if (mayRead !== this.#isPaused) return
    this.#isPaused = !mayRead
    if (mayRead) this.#socket.resume()
    else this.#socket.pause()
  }

  #takeHead(): boolean {
    const hasMore = this.#at + this.#scanner.length < this.#waiting.length
    if (!hasMore && this.#hasEnded) this.#close()
    if (!hasMore || this.#socket.writableNeedDrain) return false
    if (this.#scanner.length === 0) {
      this.#setDues()
      const known = this.#lastHead.find(this.#waiting, this.#at)
      if (known) return this.#beginWith(known, this.#lastHead.length)
    }
    const fault = this.#scanner.scan(this.#waiting, this.#at + this.#scanner.length)
    if (fault) this.#refuse(fault)
    if (fault || !this.#scanner.isComplete) return false
    const text = this.#waiting.toString('latin1', this.#at, this.#at + this.#scanner.length)
    const head = readRequestHead(this.#scanner, text, this.#host.limits.maxHeaders)
    if (!head) {
      this.#refuse('malformed')
      return false
    }
    if (!head.objection) this.#lastHead.keep(head, this.#scanner, this.#waiting, this.#at)
    return this.#beginWith(head, this.#scanner.length)
  }

  #beginWith(head: RequestHead, length: number): true {
    this.#at += length
    this.#scanner.reset()
    this.#begin(head)
    return true
  }

  #setDues(): void {
    const { limits, ticker } = this.#host
    this.#due = ticker.after(limits.headersMs)
    this.#requestDue = ticker.after(limits.requestMs)
  }

  #begin(head: RequestHead): void {
    const { contentLength, objection } = head
    this.#due = 0
    this.#state = objection ? 'answering' : 'body'
    if (!objection) {
      this.#decoder = contentLength === undefined ? new ChunkedDecoder() : new LengthDecoder(contentLength)
    }
    this.#exchange = new Exchange(head, this.#socket, this)
    this.#host.begin(this.#exchange)
  }

  /** Gives the body at hand to its consumer. One that is changed from within gets the rest from the call under way. */
  #feed(): boolean {
    if (this.#isFeeding) return false
    this.#isFeeding = true
    let hasMoved = false
    while (this.#state === 'body' && this.#consumer && this.#consumeBody(this.#consumer)) hasMoved = true
    this.#isFeeding = false
    return hasMoved
  }

  #consumeBody(consumer: BodyConsumer): boolean {
    const decoder = this.#decoder
    if (decoder?.progress === 'done') this.#endBody(consumer)
    else if (decoder?.progress === 'malformed') this.#cut('malformed')
    else if (decoder && this.#at < this.#waiting.length) {
      this.#at = decoder.take(this.#waiting, this.#at)
      if (decoder.piece) consumer.onPiece(decoder.piece)
    } else {
      if (this.#hasEnded) this.#cut('gone')
      return false
    }
    return true
  }

  #endBody(consumer: BodyConsumer): void {
    this.#answerNext()
    if (this.#exchange) this.#exchange.isComplete = true
    consumer.onEnd()
  }

  /** The body comes no further; its message still gets an answer, when somebody is there to read it. */
  #cut(reason: CutReason): void {
    const consumer = this.#consumer
    this.#cutReason = reason
    if (this.#exchange) this.#exchange.isGone = reason === 'gone'
    if (this.#state !== 'closed') this.#answerNext()
    consumer?.onCut(reason)
  }

  #answerNext(): void {
    this.#state = 'answering'
    this.#due = 0
    this.#consumer = undefined
  }

  /** Bytes that never became a message get their answer here. */
  #refuse(reason: MalformedReason): void {
    this.#scanner.reset()
    this.#at = this.#waiting.length
    this.#closeWith(this.#host.malformed(reason))
  }
}
