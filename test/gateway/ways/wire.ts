/** The four ways on which a message or a reply comes in, and what stands on the wire: bytes that no library would write. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { GatewayLimits } from '../../../src/gateway/limits.ts'
import { deviceResponse, ESME, request, responseMessage } from '../../fixtures/message.ts'
import { openSocket, readToEnd } from '../../support/raw-client.ts'
import { type Answered, type Scenario, startScenario, type TestScope } from '../../support/start-gateway.ts'

/** In the order of a message's life: to the DSP, back, from the DSP, back. */
export const WAYS = ['service request', "DSP's reply", 'response or alert', "User's reply"] as const
export type Way = (typeof WAYS)[number]

/** What stands on the wire, as Latin-1: a start line, field lines, the body. */
export interface Wire {
  readonly start: string
  readonly fields: readonly string[]
  readonly body: string
  /** Whether the sender ends the connection behind it. */
  readonly ends?: boolean
}

const read = request({ srv: '4.1.1', body: '<sr:ReadInstantaneousImportRegisters/>' })
const answer = deviceResponse(ESME, responseMessage('4.1.1', '<sr:GBCSPayload>AAAA</sr:GBCSPayload>'))

/** A message or reply that nothing speaks against. */
export function plainWire(way: Way): Wire {
  switch (way) {
    case 'service request':
      return wire('POST /api/v1/serviceS HTTP/1.1', read, ['Host: gateway', 'Connection: close'])
    case 'response or alert':
      return wire('POST / HTTP/1.1', answer, ['Host: gateway', 'Connection: close'])
    case "DSP's reply":
      return wire('HTTP/1.1 200 OK', answer)
    case "User's reply":
      return wire('HTTP/1.1 200 OK', '<taken/>')
  }
}

function wire(start: string, body: string, more: readonly string[] = []): Wire {
  return {
    start,
    fields: [...more, 'Content-Type: application/xml', `Content-Length: ${body.length}`],
    body,
  }
}

/** A request or reply as somebody received it. */
interface Received {
  /** Start line and fields. */
  readonly head: string
  readonly body: string
}

/** What came of it at its receiver: the upstream of a message, the sender of the message that a reply answers. */
export interface Arrival {
  /** Status that the other side of the exchange got; undefined when it got nothing. */
  readonly status: number | undefined
  /** Code of the fault in it. */
  readonly code: string | undefined
  /** What travelled on; undefined when nothing did. */
  readonly travelled: Received | undefined
}

/** A gateway between a DSP and a User that answer with bytes. */
export interface Ways {
  readonly scenario: Scenario
  /** Lets a message or reply come in. */
  send(way: Way, wire: Wire): Promise<Arrival>
}

export async function startWays(t: TestScope, limits: Partial<GatewayLimits> = {}): Promise<Ways> {
  const [dsp, user] = [await startRawPeer(t), await startRawPeer(t)]
  const scenario = await startScenario(t, {
    dspUrl: dsp.url,
    isUserRouted: false,
    fallback: user.url,
    limits,
  })
  const { ports } = scenario.gateway
  return {
    scenario,
    send(way, sent) {
      switch (way) {
        case 'service request':
          return sendMessage(ports.southbound, sent, dsp)
        case 'response or alert':
          return sendMessage(ports.northbound, sent, user)
        case "DSP's reply":
          return sendReply(dsp, sent, () => scenario.sendSouth(read))
        case "User's reply":
          return sendReply(user, sent, () => scenario.sendNorth(answer))
      }
    },
  }
}

async function sendMessage(port: number, sent: Wire, farSide: RawPeer): Promise<Arrival> {
  farSide.reply = { start: 'HTTP/1.1 204 No Content', fields: [], body: '' }
  const before = farSide.received.length
  const socket = await openSocket(port)
  const replies = readToEnd(socket)
  socket.write(textOf(sent), 'latin1')
  if (sent.ends) socket.end()
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(await replies) ?? []
  const [, code] = /"code":"(\w+)"/.exec(await replies) ?? []
  return {
    status: status === undefined ? undefined : Number(status),
    code,
    travelled: farSide.received[before],
  }
}

async function sendReply(peer: RawPeer, sent: Wire, ask: () => Promise<Answered>): Promise<Arrival> {
  peer.reply = sent
  const { status, headers, body } = await ask()
  const text = body.toString('latin1')
  const [, code] = /"code":"(GW_\w+)"/.exec(text) ?? []
  const fields = Object.entries(headers).flatMap(([name, value]) => `${name}: ${value}`)
  const head = [`HTTP/1.1 ${status}`, ...fields].join('\r\n')
  return { status, code, travelled: code === undefined ? { head, body: text } : undefined }
}

function textOf({ start, fields, body }: Wire): string {
  return `${[start, ...fields].join('\r\n')}\r\n\r\n${body}`
}

interface RawPeer {
  readonly url: URL
  readonly received: Received[]
  /** What the next messages are answered with. */
  reply: Wire
}

/** A upstream that takes messages with a Content-Length and answers with bytes. */
async function startRawPeer(t: TestScope): Promise<RawPeer> {
  const sockets = new Set<Socket>()
  const received: Received[] = []
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      const [whole, head = '', length] = /^(.*?\r\ncontent-length: (\d+).*?)\r\n\r\n/is.exec(text) ?? []
      if (whole === undefined || text.length < whole.length + Number(length)) return
      received.push({ head, body: text.slice(whole.length) })
      text = ''
      socket.write(textOf(peer.reply), 'latin1')
      if (peer.reply.ends) socket.end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const peer: RawPeer = { url, received, reply: { start: '', fields: [], body: '' } }
  return peer
}
