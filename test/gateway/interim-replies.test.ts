/** What an upstream says before its answer (1xx) is neither the answer nor passed on, whenever it comes. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import t from 'tap'
import { request } from '../fixtures/message.ts'
import { firmwareUpdate } from '../support/large-messages.ts'
import { beginPost, post, startScenario, type TestScope } from '../support/start-gateway.ts'

const small = request({ srv: '6.4.1', body: '<sr:UpdateDeviceConfigurationLoadLimitingGeneralSettings/>' })
const large = firmwareUpdate(900_000)

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\nContent-Length: 5\r\n\r\n'
const answer = 'HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n'

/** A gateway whose DSP is raw sockets: what it says when a message begins, and when it is whole. */
async function startBefore(t: TestScope, atBeginning: readonly string[], atEnd: readonly string[]) {
  const seen = { connections: 0, messages: 0 }
  const server = createServer({ noDelay: true }, (socket) => {
    seen.connections++
    let text = ''
    socket.on('error', () => {})
    socket.on('data', async (bytes) => {
      if (text === '') await say(socket, atBeginning)
      text += bytes.toString('latin1')
      if (!/<\/sr:Request>\n$/.test(text)) return
      text = ''
      seen.messages++
      await say(socket, atEnd)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const dspUrl = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return { seen, scenario: await startScenario(t, { dspUrl }) }
}

/** Each piece in a packet of its own. */
async function say(socket: Socket, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    await new Promise((resolve) => socket.write(piece, resolve))
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const manners: Record<string, [readonly string[], readonly string[]]> = {
  '100 and 103 with the answer': [[], [CONTINUE + HINTS + answer]],
  '100 and 103 before the answer, byte by byte': [[], [...CONTINUE, ...HINTS, ...answer]],
  '100 and 103 before it has the message': [[CONTINUE, HINTS], [answer]],
}
for (const [what, [atBeginning, atEnd]] of Object.entries(manners)) {
  t.test(`a DSP may say ${what}`, async (t) => {
    const { seen, scenario } = await startBefore(t, atBeginning, atEnd)
    const { southbound } = scenario.gateway.ports
    for (let i = 0; i < 3; i++) {
      const { status, headers } = await post(southbound, small, { path: '/api/v1/serviceS' })
      t.equal(status, 202)
      t.equal(headers.link, undefined)
    }
    const { client, answered } = beginPost(southbound, {
      path: '/api/v1/serviceD',
      headers: { 'content-length': String(Buffer.byteLength(large)) },
    })
    client.end(large)
    t.equal((await answered).status, 202)
    t.same(seen, { connections: 1, messages: 4 }, 'one connection served them all')
  })
}
