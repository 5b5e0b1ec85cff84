/**
 * One keep-alive connection of a load generator: a message goes out in one write, its reply comes back in a callback.
 *
 * On `node:net` with a receive buffer shared by all connections of the process: no streams, no copies unless a reply
 * comes in pieces. Over TLS it reads through the ordinary stream.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type SecureContextOptions } from 'node:tls'
import { type Reply, wholeReply } from './reply.ts'

export interface Address {
  readonly host: string
  readonly port: number
  /** Plain text when absent. */
  readonly tls?: SecureContextOptions & { readonly servername?: string }
}

const REACH_MS = 5_000
/** No gateway answers with more; beyond that the connection is given up, so that no server can fill the memory. */
const MOST_REPLY_BYTES = 4_194_304

/** Settles when a connection could be opened, over TLS when the address says so; rejects with why it could not. */
export async function reachable({ host, port, tls }: Address): Promise<void> {
  const socket = tls ? connectTls({ host, port, ...tls }) : connect({ host, port })
  try {
    const timer = AbortSignal.timeout(REACH_MS)
    await once(socket, tls ? 'secureConnect' : 'connect', { signal: timer })
  } finally {
    socket.destroy()
  }
}

export interface ConnectionEvents {
  onReply(connection: LeanConnection, reply: Reply): void
  /** The connection is gone; a message that was under way on it has no reply. */
  onEnd(connection: LeanConnection, cause: string): void
}

const received = Buffer.allocUnsafeSlow(262_144)

export class LeanConnection {
  readonly #socket: Socket
  readonly #events: ConnectionEvents
  #partial: Buffer | undefined
  #cause = 'closed by the other side'

  constructor(address: Address, events: ConnectionEvents) {
    this.#events = events
    this.#socket = this.#connect(address)
    this.#socket.setNoDelay(true)
    this.#socket.on('error', (error) => {
      this.#cause = error.message
    })
    this.#socket.on('close', () => this.#events.onEnd(this, this.#cause))
  }

  /** Sends one message, head and body. The next may follow when its reply has come. */
  send(message: Buffer): void {
    this.#socket.write(message)
  }

  close(): void {
    this.#socket.destroy()
  }

  #connect({ host, port, tls }: Address): Socket {
    if (tls) return connectTls({ host, port, ...tls }).on('data', (chunk: Buffer) => this.#take(chunk))
    const callback = (length: number) => {
      this.#take(received.subarray(0, length))
      return true
    }
    return connect({ host, port, onread: { buffer: received, callback } })
  }

  #take(chunk: Buffer): void {
    const bytes = this.#partial ? Buffer.concat([this.#partial, chunk]) : chunk
    const reply = wholeReply(bytes)
    if (reply) {
      this.#partial = undefined
      this.#events.onReply(this, reply)
    } else if (bytes.length > MOST_REPLY_BYTES) {
      this.#cause = `a reply of more than ${MOST_REPLY_BYTES} bytes`
      this.#socket.destroy()
    } else {
      this.#partial = bytes === chunk ? Buffer.from(bytes) : bytes
    }
  }
}
