/**
 * One message and its answer, as whoever handles it sees them. The connection stands behind it; an exchange that is over
 * has no more hold on it, so that an answer can never go to another message.
 */
import type { Socket } from 'node:net'
import type { Reply } from './reply.ts'
import type { RequestHead } from './request-head.ts'

/**
 * Why a body came to an end before it was whole: the client left, nothing arrived in time, or the bytes are not
 * chunks as they must be.
 */
export type CutReason = 'gone' | 'slow' | 'malformed'

/** Takes the body of one message in. It may call its exchange from within. */
export interface BodyConsumer {
  /** Bytes of the body, in order; they stay as they are. */
  onPiece(piece: Buffer): void
  /** All of the body has been given. */
  onEnd(): void
  /** No more of it comes. */
  onCut(reason: CutReason): void
}

/** What a connection does for its exchange. */
export interface ExchangeConnection {
  sendContinue(): void
  setConsumer(consumer: BodyConsumer | undefined): void
  finish(reply: Reply | undefined): void
}

export class Exchange {
  readonly head: RequestHead
  /** The connection it came on: to know whose it is, not to be read or written. */
  readonly socket: Socket
  #connection: ExchangeConnection | undefined
  /** The body has been read to its end. */
  isComplete = false
  /** The client is gone: nobody gets an answer. */
  isGone = false

  constructor(head: RequestHead, socket: Socket, connection: ExchangeConnection) {
    this.head = head
    this.socket = socket
    this.#connection = connection
  }

  /** Invites the body that the client holds back. */
  sendContinue(): void {
    this.#connection?.sendContinue()
  }

  /** Gives the body to `consumer`, what is at hand before this returns. A consumer takes the place of the one before it. */
  take(consumer: BodyConsumer): void {
    this.#connection?.setConsumer(consumer)
  }

  /** Keeps the rest of the body back until the next `take`: the client is not read from. */
  rest(): void {
    this.#connection?.setConsumer(undefined)
  }

  /** Answers, and ends the exchange; only the first answer counts. The rest of the body is never read as a message. */
  reply(reply: Reply): void {
    this.#finish(reply)
  }

  /** Ends the exchange without an answer: the connection is cut. */
  abandon(): void {
    this.#finish(undefined)
  }

  #finish(reply: Reply | undefined): void {
    const connection = this.#connection
    this.#connection = undefined
    connection?.finish(reply)
  }
}
