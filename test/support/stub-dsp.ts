/**
 * An upstream for tests: an HTTP server on a free port that keeps what it was sent and answers as it is told.
 *
 * `startStubDsp` answers like a DSP that takes everything; `stub-user.ts` has the Service User's side.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as the upstream saw it. */
interface Delivery {
  readonly target: string
  readonly headers: IncomingMessage['headers']
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

/** What the upstream does with a request. `takeBody` reads it to its end and keeps it as delivered. */
export type Behaviour = (
  incoming: IncomingMessage,
  reply: ServerResponse,
  takeBody: () => Promise<Delivery>,
) => Promise<void> | void

export interface StubPeer {
  readonly url: URL
  /** Requests that arrived to their last byte, oldest first. */
  readonly deliveries: readonly Delivery[]
  /** Requests whose headers arrived, whole or not. */
  readonly begun: number
  /** Changes what is done with requests from now on. */
  behave(behaviour: Behaviour): void
  /** Settles when the next request has begun. */
  nextBegun(): Promise<void>
  /** Settles when a request that had begun is cut off before its end. */
  nextCutOff(): Promise<void>
  close(): Promise<void>
}

export async function startStubPeer(behaviour: Behaviour): Promise<StubPeer> {
  const deliveries: Delivery[] = []
  const events = new EventTarget()
  let current = behaviour
  let begun = 0
  const server = createServer(async (incoming, reply) => {
    begun++
    events.dispatchEvent(new Event('begun'))
    incoming.once('close', () => {
      if (!incoming.complete) events.dispatchEvent(new Event('cut-off'))
    })
    const takeBody = async () => {
      const delivery = await readDelivery(incoming)
      deliveries.push(delivery)
      return delivery
    }
    try {
      await current(incoming, reply, takeBody)
    } catch {
      // The gateway broke off: what an upstream sees then is in `nextCutOff`.
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: new URL(`http://127.0.0.1:${port}/`),
    deliveries,
    get begun() {
      return begun
    },
    behave(next) {
      current = next
    },
    nextBegun: () => nextEvent(events, 'begun'),
    nextCutOff: () => nextEvent(events, 'cut-off'),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** A DSP that takes every message and answers 200 with `reply`, or without content. */
export function startStubDsp(reply = ''): Promise<StubPeer> {
  return startStubPeer(answering(200, reply))
}

/** Takes the whole message, then answers. */
export function answering(
  status: number,
  body: string | Buffer,
  fields: Record<string, string> = {},
): Behaviour {
  return async (_, reply, takeBody) => {
    await takeBody()
    reply.writeHead(status, { ...(body.length > 0 && { 'content-type': 'application/xml' }), ...fields })
    reply.end(body)
  }
}

/** Takes the whole message and never answers. */
export const hanging: Behaviour = async (_, __, takeBody) => {
  await takeBody()
}

/** Cuts the connection as soon as the request has begun. */
export const resetting: Behaviour = (incoming) => {
  incoming.socket.resetAndDestroy()
}

async function readDelivery(incoming: IncomingMessage): Promise<Delivery> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const { url = '', headers, rawHeaders } = incoming
  return { target: url, headers, rawHeaders, body: Buffer.concat(chunks) }
}

function nextEvent(events: EventTarget, name: string): Promise<void> {
  return new Promise((resolve) => events.addEventListener(name, () => resolve(), { once: true }))
}
