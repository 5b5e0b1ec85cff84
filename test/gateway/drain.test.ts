/** Stopping: nothing in flight is lost, nobody is cut off, and the end comes within its time. */
import { Agent, request as httpRequest } from 'node:http'
import t from 'tap'
import { request } from '../fixtures/message.ts'
import { openSocket, readToEnd } from '../support/raw-client.ts'
import { problemCode, startScenario } from '../support/start-gateway.ts'
import { answering, hanging } from '../support/stub-dsp.ts'

const message = request({ srv: '4.1.1', body: '<sr:ReadInstantaneousImportRegisters/>' })

t.test('finishes a message in flight, then closes its connection', async (t) => {
  const scenario = await startScenario(t)
  const { promise: mayAnswer, resolve: answerNow } = Promise.withResolvers<void>()
  scenario.dsp.behave(async (_, reply, takeBody) => {
    await takeBody()
    await mayAnswer
    reply.end()
  })
  const begun = scenario.dsp.nextBegun()
  const answered = scenario.sendSouth(message)
  await begun
  const drained = scenario.gateway.drain()
  t.same(scenario.gateway.readiness(), { ready: false, reasons: ['draining'] })
  answerNow()
  const answer = await answered
  t.equal(answer.status, 200)
  t.equal(answer.headers.connection, 'close')
  await drained
})

t.test('resets nobody and delivers everything once while it drains under load', async (t) => {
  const scenario = await startScenario(t, { limits: { drainIdleMs: 300 } })
  const { southbound } = scenario.gateway.ports
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  t.teardown(() => agent.destroy())
  let delivered = 0
  scenario.dsp.behave((incoming, reply) => {
    incoming.resume().on('end', () => {
      delivered++
      reply.end()
    })
  })
  const results = { answered: 0, refused: 0, broken: [] as unknown[] }
  const client = async () => {
    while (results.refused === 0) {
      try {
        await postWith(agent, southbound)
        results.answered++
      } catch (error) {
        if ((error as { code?: string }).code === 'ECONNREFUSED') results.refused++
        else results.broken.push(error)
      }
      if (results.answered === 200) void scenario.gateway.drain()
    }
  }
  await Promise.all(Array.from({ length: 16 }, client))
  await scenario.gateway.drain()
  t.ok(results.answered >= 200)
  t.same(results.broken, [])
  t.equal(delivered, results.answered)
  t.comment(`figure: ${results.answered} answered, 0 reset, ${delivered} delivered`)
  t.equal((await scenario.journal()).length, delivered)
})

t.test(
  'answers what was sent while the process stood still for longer than idle connections stay',
  async (t) => {
    const scenario = await startScenario(t, { limits: { drainIdleMs: 100 } })
    scenario.dsp.behave(answering(200, ''))
    const socket = await openSocket(scenario.gateway.ports.southbound)
    const drained = scenario.gateway.drain()
    socket.write(
      `POST /api/v1/serviceS HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(message)}\r\n\r\n`,
    )
    socket.write(message)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
    t.match(await readToEnd(socket), /^HTTP\/1\.1 200 /)
    await drained
  },
)

t.test('ends in its time although the upstream never answers', async (t) => {
  const scenario = await startScenario(t, { limits: { drainMs: 200 } })
  scenario.dsp.behave(hanging)
  const begun = scenario.dsp.nextBegun()
  const answered = scenario.sendSouth(message)
  answered.catch(() => {})
  await begun
  await scenario.gateway.drain()
  await t.rejects(answered, { code: 'ECONNRESET' })
})

t.test('lets go of clients that only keep a connection open', async (t) => {
  const scenario = await startScenario(t)
  const idle = await openSocket(scenario.gateway.ports.southbound)
  const unfinished = await openSocket(scenario.gateway.ports.northbound)
  unfinished.write('POST / HTTP/1.1\r\nHost: x\r\n')
  await Promise.all([scenario.gateway.drain(), readToEnd(idle), readToEnd(unfinished)])
  t.pass('all closed')
})

t.test('keeps serving connections it has while it only gives notice', async (t) => {
  const scenario = await startScenario(t, { limits: { drainNoticeMs: 2_000 } })
  scenario.dsp.behave(answering(200, ''))
  const drained = scenario.gateway.drain()
  const answer = await scenario.sendSouth(message)
  t.equal(answer.status, 200)
  t.equal(answer.headers.connection, 'close')
  await drained
})

t.test('leaves nothing open when an address is taken', async (t) => {
  const scenario = await startScenario(t)
  const { southbound } = scenario.gateway.ports
  await t.rejects(startScenario(t, { southboundPort: southbound }), { code: 'EADDRINUSE' })
  t.equal(problemCode(await scenario.sendSouth('<a/>')), 'DUIS_ROOT')
})

function postWith(agent: Agent, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-length': Buffer.byteLength(message) }
    httpRequest({ agent, port, host: '127.0.0.1', method: 'POST', path: '/api/v1/serviceS', headers })
      .on('error', reject)
      .on('response', (reply) => reply.resume().on('end', resolve).on('error', reject))
      .end(message)
  })
}
