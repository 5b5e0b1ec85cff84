/** Stubs of the two upstreams, on real sockets: a DSP adapter that acknowledges, a Service User that receives. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A upstream that keeps what it got since it was last asked. */
export interface StubUpstream {
  readonly url: URL
  /** The bodies received since the last call, in order. */
  takeReceived(): Buffer[]
  close(): Promise<void>
}

/** Acknowledges every Service Request with I99, as the DSP does for requests that go on to a Device. */
export function startStubDsp(): Promise<StubUpstream> {
  return startFarSide((request) => ({ status: 200, body: acknowledgementOf(request) }))
}

/** Receives Responses and Alerts, and answers 204. */
export function startStubServiceUser(): Promise<StubUpstream> {
  return startFarSide(() => ({ status: 204, body: undefined }))
}

async function startFarSide(
  answerTo: (body: Buffer) => { readonly status: number; readonly body: string | undefined },
): Promise<StubUpstream> {
  let received: Buffer[] = []
  const server = createServer(async (incoming, reply) => {
    const request = await bodyOf(incoming)
    received.push(request)
    const { status, body } = answerTo(request)
    reply.writeHead(status, body === undefined ? {} : { 'content-type': 'application/xml' }).end(body)
  })
  const { port } = await listening(server)
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    takeReceived() {
      const taken = received
      received = []
      return taken
    },
    close: () => closed(server),
  }
}

/** The whole body. */
export async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Opens the server on loopback; port 0 takes a free one. */
export async function listening(server: Server, port = 0): Promise<AddressInfo> {
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return server.address() as AddressInfo
}

/** Ends the server and whatever is still connected. */
export function closed(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  server.closeAllConnections()
  return promise
}

/** The stub reads like no gateway may: it trusts what the demo itself sends. */
function acknowledgementOf(request: Buffer): string {
  const textOf = (name: string) =>
    new RegExp(`<sr:${name}>([^<]*)<`).exec(request.toString('utf8'))?.[1]?.trim() ?? ''
  const kind = ['ServiceReference', 'ServiceReferenceVariant'].map(
    (name) => `<sr:${name}>${textOf(name)}</sr:${name}>`,
  )
  return `<?xml version="1.0" encoding="UTF-8"?>
<sr:Response xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="5.4">
  <sr:Header>
    <sr:RequestID>${textOf('RequestID')}</sr:RequestID>
    <sr:ResponseCode>I99</sr:ResponseCode>
    <sr:ResponseDateTime>${new Date().toISOString()}</sr:ResponseDateTime>
  </sr:Header>
  <sr:Body>
    <sr:ResponseMessage>${kind.join('')}</sr:ResponseMessage>
  </sr:Body>
</sr:Response>
`
}
