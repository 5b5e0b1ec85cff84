/** Messages on their way out, round and round the pool: each gets its HTTP head, and its outcome is told when it is answered. */
import type { Direction } from '../../core/duis/facts.ts'
import type { Shipment } from './lane.ts'
import type { LoadMessage } from './messages.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import type { Reply } from './reply.ts'
import { type Arrivals, userAgent } from './upstream.ts'

export interface OutgoingOptions {
  /** Only messages of directions that have a target. */
  readonly messages: readonly LoadMessage[]
  /** The lane of each direction, with the URL that its paths go under. */
  readonly lanes: Readonly<Partial<Record<Direction, { readonly lane: number; readonly url: URL }>>>
  readonly rejectCode: string
  /** Undefined where nobody looks at what arrives. */
  readonly arrivals: Arrivals | undefined
  readonly onAnswered: (message: LoadMessage, outcome: Outcome, latencyMs: number) => void
}

/** The next message to send, without end. */
export function outgoing(options: OutgoingOptions): () => Shipment {
  let serial = 0
  return () => {
    const message = options.messages[serial % options.messages.length]
    const target = message && options.lanes[message.direction]
    if (!message || !target) throw new Error('there is no message that has a target')
    return new OutgoingMessage(options, message, target, ++serial)
  }
}

/** One message. Its bytes are made when they are sent: many may wait. */
class OutgoingMessage implements Shipment {
  readonly lane: number
  readonly #options: OutgoingOptions
  readonly #message: LoadMessage
  readonly #url: URL
  readonly #serial: number
  #outcome: Outcome | undefined

  constructor(
    options: OutgoingOptions,
    message: LoadMessage,
    { lane, url }: { readonly lane: number; readonly url: URL },
    serial: number,
  ) {
    this.#options = options
    this.#message = message
    this.#url = url
    this.#serial = serial
    this.lane = lane
  }

  get bytes(): Buffer {
    const { arrivals } = this.#options
    const { path, body } = this.#message
    arrivals?.expect(this.#serial, body)
    const agent = userAgent(arrivals && this.#serial)
    const head = `POST ${pathUnder(this.#url, path)} HTTP/1.1\r\nHost: ${this.#url.host}\r\nUser-Agent: ${agent}\r\nContent-Type: application/xml\r\nContent-Length: ${body.length}\r\n\r\n`
    return Buffer.concat([Buffer.from(head, 'latin1'), body])
  }

  judge(reply: Reply): string {
    const { arrivals, rejectCode } = this.#options
    const { direction } = this.#message
    const hasArrived = arrivals?.settle(this.#serial)
    this.#outcome = outcomeOf(reply, { direction, rejectCode, hasArrived })
    return this.#outcome.verdict
  }

  onAnswered(latencyMs: number): void {
    if (this.#outcome) this.#options.onAnswered(this.#message, this.#outcome, latencyMs)
  }

  onLost(): void {
    this.#options.arrivals?.settle(this.#serial)
  }
}

/** A path of a message under that of the target. */
function pathUnder({ pathname }: URL, path: string): string {
  return pathname.replace(/\/$/, '') + path
}
