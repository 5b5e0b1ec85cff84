/**
 * The upstream of both directions while a run lasts: takes what the gateway forwards, answers as a DSP and as a Service User, and
 * knows each message again by a number that its User-Agent carries through the gateway.
 */
import { readFile } from 'node:fs/promises'
import { type Arrived, replyBytes, startLeanServer } from './lean-server.ts'

/** Where the upstream listens. */
export interface ListenAt {
  readonly host: string
  readonly port: number
}

const ACKNOWLEDGEMENT = new URL('../../../fixtures/northbound/acknowledgement.xml', import.meta.url)
const SERIAL = /\r\nuser-agent: *duisgate-load\/(\d{1,15})\r?$/im

/** The User-Agent of a message; with its number where the upstream is to know it again. */
export function userAgent(serial?: number): string {
  return serial === undefined ? 'duisgate-load' : `duisgate-load/${serial}`
}

/** What of the messages under way has arrived. Forgets a message once it is asked for. */
export class Arrivals {
  /** Arrived with other bytes than were sent. */
  altered = 0
  readonly #underWay = new Map<number, { readonly body: Buffer; hasArrived: boolean }>()

  expect(serial: number, body: Buffer): void {
    this.#underWay.set(serial, { body, hasArrived: false })
  }

  /** Whether the message has arrived; it is not expected any more. */
  settle(serial: number): boolean {
    const found = this.#underWay.get(serial)
    this.#underWay.delete(serial)
    return found?.hasArrived ?? false
  }

  /** A Response that the gateway made itself carries no number; what nobody expects is of another run. */
  note({ head, body }: Arrived): void {
    const message = this.#underWay.get(Number(SERIAL.exec(head)?.[1]))
    if (!message) return
    message.hasArrived = true
    if (!isSame(body, message.body)) this.altered++
  }
}

function isSame(pieces: readonly Buffer[], whole: Buffer): boolean {
  let at = 0
  for (const piece of pieces) {
    if (whole.compare(piece, 0, piece.length, at, at + piece.length) !== 0) return false
    at += piece.length
  }
  return at === whole.length
}

export interface Upstream {
  readonly arrivals: Arrivals
  /** Where it listens. */
  readonly port: number
  close(): void
}

/** Acknowledges Service Requests with I99, and what comes northbound with 200. Rejects where the address cannot be had. */
export async function startUpstream(listenAt: ListenAt): Promise<Upstream> {
  const forRequests = replyBytes('200 OK', await readFile(ACKNOWLEDGEMENT))
  const forOthers = replyBytes('200 OK', '')
  const arrivals = new Arrivals()
  const take = (arrived: Arrived) => {
    arrivals.note(arrived)
    return isRequest(arrived) ? forRequests : forOthers
  }
  const { port, close } = await startLeanServer(take, { listenAt })
  return { arrivals, port, close }
}

/** By its root element: what a path says is the gateway's configuration. */
function isRequest({ body: [first] }: Arrived): boolean {
  return first !== undefined && /<(?:[\w.-]+:)?Request[\s>]/.test(first.toString('latin1', 0, 1_024))
}
