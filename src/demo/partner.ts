/**
 * A sample partner on a real socket: a CSP that takes notices, checks their signature, and keeps for each Device the newest.
 * It is what a receiver of one's own has to do, in short; docs/notices.md has it in words.
 */
import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { TYPE_PREFIX } from '../core/notice/cloud-event.ts'
import { isSignedBy } from '../core/notice/signature.ts'
import { bodyOf, closed, listening } from './stub-upstreams.ts'

/** A notice as the partner understood it. */
export interface Received {
  readonly id: string
  readonly kind: string
  /** Absent in a digest. */
  readonly device: string | undefined
  readonly sequence: number
  readonly body: string
  /** Taken before, and sent once more. */
  readonly isRepeat: boolean
}

export interface SamplePartner {
  readonly url: URL
  /** Everything that was taken, each notice once, in order. */
  readonly received: readonly Received[]
  /** Settles once it has taken so many notices of Devices, or after so many milliseconds; answers how many it has. */
  untilTold(count: number, patienceMs: number): Promise<number>
  close(): Promise<void>
}

/** Takes what is signed with the secret: 204. Anything else is 401, and is not read further. */
export async function startSamplePartner(
  secret: string,
  onReceived: (received: Received) => void = () => {},
): Promise<SamplePartner> {
  const received: Received[] = []
  const arrivals = new EventEmitter()
  const server = createServer(async (incoming, reply) => {
    const body = (await bodyOf(incoming)).toString('utf8')
    const now = Math.floor(Date.now() / 1000)
    if (!isSignedBy(secret, fieldsOf(incoming), body, now)) {
      reply.writeHead(401).end()
      return
    }
    const understood = noticeOf(body)
    const isRepeat = received.some(({ id }) => id === understood.id)
    const notice = { ...understood, isRepeat }
    if (!isRepeat) received.push(notice)
    reply.writeHead(204).end()
    onReceived(notice)
    if (!isRepeat) arrivals.emit('notice')
  })
  const { port } = await listening(server)
  const told = () => received.filter(({ device }) => device !== undefined).length
  return {
    url: new URL(`http://127.0.0.1:${port}/notices`),
    received,
    async untilTold(count, patienceMs) {
      const patience = AbortSignal.timeout(patienceMs)
      while (told() < count && !patience.aborted)
        await once(arrivals, 'notice', { signal: patience }).catch(() => {})
      return told()
    },
    close: () => closed(server),
  }
}

function fieldsOf({ headers }: IncomingMessage): Record<string, string | undefined> {
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature']
  return Object.fromEntries(names.map((name) => [name, headers[name]?.toString()]))
}

/** Of a body whose signature was good. */
function noticeOf(body: string): Omit<Received, 'isRepeat'> {
  const event = JSON.parse(body) as {
    id: string
    type: string
    subject?: string
    data: { sequence?: number }
  }
  return {
    id: event.id,
    kind: event.type.slice(TYPE_PREFIX.length),
    device: event.subject,
    sequence: event.data.sequence ?? 0,
    body,
  }
}
