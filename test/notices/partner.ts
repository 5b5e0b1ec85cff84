/** A partner on a real socket that behaves as a test says, and remembers every attempt. */
import { EventEmitter, once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { TLSSocket, type TlsOptions } from 'node:tls'
import type { Test } from 'tap'
import { isSignedBy } from '../../src/core/notice/signature.ts'
import { bodyOf, closed, listening } from '../../src/demo/stub-upstreams.ts'

export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

/** One POST as it came, whatever was answered. */
export interface Arrival {
  readonly id: string
  readonly type: string
  readonly device: string | undefined
  readonly data: Readonly<Record<string, unknown>> & {
    readonly sequence?: number
    readonly isAfterGap?: boolean
  }
  readonly body: string
  readonly isSigned: boolean
  /** Subject of the client certificate; undefined when none was shown. */
  readonly client: string | undefined
  /** What was answered; undefined when nothing was. */
  readonly status: number | undefined
}

/** A status to answer with, `never` for no answer, `cut` for a connection that breaks. */
export type Behaviour = (arrival: Omit<Arrival, 'status'>) => number | 'never' | 'cut'

export class TestPartner {
  readonly url: URL
  readonly arrivals: Arrival[] = []
  behave: Behaviour
  readonly #news = new EventEmitter()

  private constructor(url: URL, behave: Behaviour) {
    this.url = url
    this.behave = behave
  }

  /** Closes with the test. `port` 0 takes a free one; `tls` makes it https. */
  static async start(
    t: Pick<Test, 'teardown'>,
    behave: Behaviour = () => 204,
    port = 0,
    tls?: TlsOptions,
  ): Promise<TestPartner> {
    let partner: TestPartner | undefined
    const onRequest: RequestListener = async (request, response) => {
      const body = (await bodyOf(request)).toString('utf8')
      const fields = Object.entries(request.headers).map(([name, value]) => [name, value?.toString()])
      const { socket } = request
      const client = socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.subject : undefined
      partner?.take(body, Object.fromEntries(fields), client, response)
    }
    const server = tls ? createSecureServer(tls, onRequest) : createServer(onRequest)
    t.teardown(() => closed(server))
    const address = await listening(server, port)
    partner = new TestPartner(new URL(`http${tls ? 's' : ''}://127.0.0.1:${address.port}/take`), behave)
    return partner
  }

  take(
    body: string,
    fields: Record<string, string | undefined>,
    client: string | undefined,
    response: ServerResponse,
  ): void {
    const { id, type, subject, data } = JSON.parse(body)
    const isSigned = isSignedBy(SECRET, fields, body, Number(fields['webhook-timestamp']))
    const arrival = { id, type, device: subject, data, body, isSigned, client }
    const outcome = this.behave(arrival)
    if (outcome === 'cut') response.destroy()
    else if (outcome !== 'never') response.writeHead(outcome).end()
    this.arrivals.push({ ...arrival, status: typeof outcome === 'number' ? outcome : undefined })
    this.#news.emit('arrival')
  }

  /** Those it said yes to, in order. */
  get taken(): readonly Arrival[] {
    return this.arrivals.filter(({ status }) => status !== undefined && status < 300)
  }

  /** Settles once the arrivals are as wanted. */
  async until(isReached: (partner: this) => boolean): Promise<void> {
    while (!isReached(this)) await once(this.#news, 'arrival')
  }
}
