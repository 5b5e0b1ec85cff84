/** A message on its way to an origin, and what comes back: what the client, its connections and its callers share. */

/** One request. `target` is in origin form. */
export interface OutgoingRequest {
  readonly target: string
  /** Name, value, name, value; Host and framing are added when it is written. */
  readonly fields: readonly string[]
  /** Asked right before the first byte of a message that had to wait for a connection; false withdraws it. */
  readonly mayBegin?: () => boolean
}

/** A reply, whole. */
export interface IncomingReply {
  readonly kind: 'answered'
  readonly status: number
  /** Name in lower case, value, name, value. */
  readonly fields: readonly string[]
  /** All values of Connection; undefined when there is none. */
  readonly connection: string | undefined
  readonly body: Buffer
  /** True when it came before the message had been given to the connection to its end. */
  readonly isEarly: boolean
}

/**
 * Why there is no reply.
 *
 * `unreachable`, `connect-timeout`: nothing was written. `reply-timeout`, `reset`: the message may have arrived.
 * `malformed`: the reply cannot be read beyond doubt. `too-large`: it is longer than allowed. `broken-off`: its sender
 * gave the message up. `withdrawn`: it was no longer wanted when its connection was there; nothing was written.
 * `closed`: the client was closed.
 */
export interface Failure {
  readonly kind:
    | 'unreachable'
    | 'connect-timeout'
    | 'reply-timeout'
    | 'reset'
    | 'malformed'
    | 'too-large'
    | 'broken-off'
    | 'withdrawn'
    | 'closed'
  readonly cause: Error
}

/** Told once, of one or the other. */
export interface ReplyConsumer {
  onReply(reply: IncomingReply): void
  onFailure(failure: Failure): void
}

/** Takes the bytes of a body that is still to come. */
export interface BodySocket {
  /** False when it wants no more for now; `OutgoingBody.onDrain` is called when it does. */
  write(bytes: Buffer): boolean
  /** Writes the last bytes and ends the message. */
  end(bytes: Buffer): void
  /** Cuts the connection, so that the message never arrives whole. */
  breakOff(): void
}

/** A body that is still to come, as the connection that carries it sees it. */
export interface OutgoingBody {
  /** Bytes it will have; undefined sends it in chunks. */
  readonly contentLength: number | undefined
  /** The head has been written: bytes may follow. */
  onOpen(socket: BodySocket): void
  onDrain(): void
}

/** A message, whole or with its body still to come, and who waits for the reply. */
export interface OutgoingMessage {
  readonly request: OutgoingRequest
  readonly body: Buffer | string | OutgoingBody
  readonly consumer: ReplyConsumer
  /** The tick at which it has waited long enough for a connection. */
  readonly due: number
}

/** Whether the body is all there. */
export function isWhole(body: OutgoingMessage['body']): body is Buffer | string {
  return typeof body === 'string' || Buffer.isBuffer(body)
}
