/**
 * The load of a measurement: `node scripts/data-plane/load.ts`, driven by messages from its parent.
 *
 * A closed loop over so many keep-alive connections. Messages are the public templates in a fixed order; `pick` keeps
 * those that a gateway answers as the workload asks (`forward`: with the stub's acknowledgement; `reject`: with the refusal
 * code), so that every answer of a round can be checked: a wrong one is counted and makes the round fail.
 */
import { connect, type Socket } from 'node:net'
import { duisTemplates } from '../../test/support/templates.ts'

export type Workload = 'forward' | 'reject'

/** What the parent asks for. */
export type Order =
  | { readonly kind: 'pick'; readonly port: number; readonly workload: Workload }
  | {
      readonly kind: 'run'
      readonly port: number
      readonly connections: number
      readonly seconds: number
      /** Messages a second over all connections; 0 sends as fast as answers come. */
      readonly rate: number
      readonly workload: Workload
    }

export interface RoundResult {
  readonly messages: number
  readonly wrong: number
  readonly seconds: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

const MARKS: Record<Workload, string> = {
  forward: '<sr:ResponseCode>I99<',
  reject: '<sr:ResponseCode>E5<',
}

const requests = duisTemplates().map(({ bytes }) =>
  Buffer.concat([
    Buffer.from(
      `POST /api/v1/serviceS HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/xml\r\nUser-Agent: adapter\r\nAccept: */*\r\nContent-Length: ${bytes.length}\r\n\r\n`,
    ),
    bytes,
  ]),
)
let chosen = requests

process.on('message', async (order: Order) => {
  process.send?.(order.kind === 'pick' ? await pick(order.port, order.workload) : await run(order))
})

async function pick(port: number, workload: Workload): Promise<number> {
  const client = new Client(port, MARKS[workload])
  chosen = []
  for (const request of requests) if ((await client.exchange(request)) === 'right') chosen.push(request)
  client.close()
  return chosen.length
}

async function run({
  port,
  connections,
  seconds,
  rate,
  workload,
}: Extract<Order, { kind: 'run' }>): Promise<RoundResult> {
  const until = performance.now() + seconds * 1_000
  const from = performance.now()
  const latencies: number[] = []
  let wrong = 0
  let turn = 0
  const loop = async () => {
    const client = new Client(port, MARKS[workload])
    while (performance.now() < until) {
      if (rate > 0) await dueAt(from + (turn * 1_000) / rate)
      const request = chosen[turn++ % chosen.length]
      const begun = performance.now()
      if (!request || (await client.exchange(request)) !== 'right') wrong++
      latencies.push(performance.now() - begun)
    }
    client.close()
  }
  await Promise.all(Array.from({ length: connections }, loop))
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0
  return {
    messages: latencies.length,
    wrong,
    seconds: (performance.now() - from) / 1_000,
    p50: at(0.5),
    p99: at(0.99),
  }
}

/** Settles at once when the time has come, else at the next tick of the timers after it. */
async function dueAt(time: number): Promise<void> {
  const ahead = time - performance.now()
  if (ahead > 0) await new Promise((resolve) => setTimeout(resolve, ahead))
}

class Client {
  readonly #socket: Socket
  readonly #mark: string
  #waiting: Buffer = Buffer.alloc(0)
  #settle: ((answer: 'right' | 'wrong') => void) | undefined

  constructor(port: number, mark: string) {
    this.#mark = mark
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', (chunk) => this.#take(chunk))
    this.#socket.on('error', () => this.#settle?.('wrong'))
    this.#socket.on('close', () => this.#settle?.('wrong'))
  }

  exchange(request: Buffer): Promise<'right' | 'wrong'> {
    return new Promise((resolve) => {
      this.#settle = resolve
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#settle = undefined
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#waiting = this.#waiting.length === 0 ? chunk : Buffer.concat([this.#waiting, chunk])
    const headEnd = this.#waiting.indexOf('\r\n\r\n')
    if (headEnd < 0) return
    const length = /content-length: *(\d+)/i.exec(this.#waiting.latin1Slice(0, headEnd))
    const end = headEnd + 4 + Number(length?.[1] ?? 0)
    if (this.#waiting.length < end) return
    const isRight = this.#waiting.includes(this.#mark)
    this.#waiting = Buffer.alloc(0)
    this.#settle?.(isRight ? 'right' : 'wrong')
  }
}
