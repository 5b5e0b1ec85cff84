/** What the sender learns when the upstream does not do its part. */
import t from 'tap'
import { deviceResponse, ESME, request, responseMessage } from '../fixtures/message.ts'
import { beginPost, problemCode, startScenario, untilMetric } from '../support/start-gateway.ts'
import { answering, hanging, resetting } from '../support/stub-dsp.ts'
import { startStubUser } from '../support/stub-user.ts'

const message = request({ srv: '4.1.1', body: '<sr:ReadInstantaneousImportRegisters/>' })
const withData = deviceResponse(ESME, responseMessage('4.1.1', '<sr:GBCSPayload>AAAA</sr:GBCSPayload>'))
const delivery = deviceResponse(ESME, responseMessage('4.1.1'))

t.test('answers 502 when nobody listens at the DSP', async (t) => {
  const scenario = await startScenario(t)
  await scenario.dsp.close()
  const answer = await scenario.sendSouth(message)
  t.equal(answer.status, 502)
  t.equal(problemCode(answer), 'GW_PEER_UNREACHABLE')
  t.match(await scenario.journal(), [
    { outcome: 'upstream-failed', fault: 'GW_PEER_UNREACHABLE', status: 502 },
  ])
})

t.test('answers 502 when the DSP cuts the connection, and does not send the message twice', async (t) => {
  const scenario = await startScenario(t)
  scenario.dsp.behave(resetting)
  const answer = await scenario.sendSouth(message)
  t.equal(problemCode(answer), 'GW_PEER_RESET')
  t.equal(scenario.dsp.begun, 1)
})

t.test('answers 504 when the DSP takes the message and does not answer', async (t) => {
  const scenario = await startScenario(t, { limits: { peerReplyMs: 2_000 } })
  scenario.dsp.behave(hanging)
  const answer = await scenario.sendSouth(message)
  t.equal(answer.status, 504)
  t.equal(problemCode(answer), 'GW_PEER_TIMEOUT')
  t.equal(scenario.dsp.deliveries.length, 1)
})

t.test('answers 502 when the reply of the DSP is cut off', async (t) => {
  const scenario = await startScenario(t)
  scenario.dsp.behave(async (incoming, reply, takeBody) => {
    await takeBody()
    reply.writeHead(200, { 'content-length': 100 })
    reply.write('half', () => incoming.socket.resetAndDestroy())
  })
  t.equal(problemCode(await scenario.sendSouth(message)), 'GW_PEER_RESET')
})

t.test('answers 502 when the reply of the DSP is too long', async (t) => {
  const scenario = await startScenario(t, { limits: { maxReplyBytes: 1_000 } })
  scenario.dsp.behave(answering(200, 'x'.repeat(2_000)))
  t.equal(problemCode(await scenario.sendSouth(message)), 'GW_REPLY_TOO_LARGE')
})

t.test('answers 503 at once when too many messages are on their way', async (t) => {
  const scenario = await startScenario(t, { limits: { peerInFlight: 1 } })
  scenario.dsp.behave(hanging)
  const begun = scenario.dsp.nextBegun()
  const first = scenario.sendSouth(message)
  await begun
  const answer = await scenario.sendSouth(message)
  t.equal(answer.status, 503)
  t.equal(answer.headers['retry-after'], '5')
  t.equal(problemCode(answer), 'GW_PEER_BUSY')
  await scenario.dsp.close()
  t.equal(problemCode(await first), 'GW_PEER_RESET')
})

t.test('answers 503 when as many bytes are held as may be', async (t) => {
  const scenario = await startScenario(t, { limits: { maxHeldBytes: message.length + 100 } })
  const slow = beginPost(scenario.gateway.ports.southbound, { path: '/api/v1/serviceS' })
  slow.client.write(message.slice(0, 200))
  await untilMetric(scenario.gateway.metrics, 'duisgate_held_bytes{direction="southbound"} 200')
  const answer = await scenario.sendSouth(message)
  t.equal(answer.status, 503)
  t.equal(problemCode(answer), 'GW_OVERLOADED')
  slow.client.end(message.slice(200))
  t.equal((await slow.answered).status, 200)
  t.equal((await scenario.sendSouth(message)).status, 200)
})

t.test(
  'decides again on a message that waited for a connection while its Device became Restricted',
  async (t) => {
    const scenario = await startScenario(t, { limits: { peerConnections: 1 } })
    const release = Promise.withResolvers<void>()
    scenario.user.behave(async (_incoming, reply, takeBody) => {
      await takeBody()
      await release.promise
      reply.writeHead(204).end()
    })
    const begun = scenario.user.nextBegun()
    const first = scenario.sendNorth(deviceResponse(ESME, responseMessage('7.4')))
    await begun
    const second = scenario.sendNorth(withData)
    await untilMetric(scenario.gateway.metrics, 'duisgate_in_flight{direction="northbound"} 2')
    await scenario.restrict()
    release.resolve()
    t.equal((await first).status, 204)
    t.equal((await second).status, 204)
    const bodies = scenario.user.deliveries.map(({ body }) => body.toString())
    t.notOk(bodies.includes(withData), 'the consumption answer never left')
    t.match(await scenario.journal(), [{ outcome: 'forwarded' }, { outcome: 'withheld' }])
  },
)

t.test('answers 502 when the User that a message names has no route', async (t) => {
  const scenario = await startScenario(t, { isUserRouted: false })
  const answer = await scenario.sendNorth(delivery)
  t.equal(answer.status, 502)
  t.equal(problemCode(answer), 'GW_NO_ROUTE')
  t.match(await scenario.journal(), [{ outcome: 'refused', fault: 'GW_NO_ROUTE', verdict: 'forward' }])
})

t.test('sends a message without a route of its own to the fallback', async (t) => {
  const fallback = await startStubUser()
  t.teardown(() => fallback.close())
  const scenario = await startScenario(t, {
    isUserRouted: false,
    fallback: new URL('/all?a=b', fallback.url),
  })
  t.equal((await scenario.sendNorth(delivery)).status, 204)
  t.equal(fallback.deliveries[0]?.target, '/all?a=b')
})

t.test('tells the DSP what the User said, whatever it said', async (t) => {
  const scenario = await startScenario(t)
  scenario.user.behave(answering(400, 'not valid', { 'content-type': 'text/plain', 'x-internal': 'secret' }))
  const answer = await scenario.sendNorth(delivery)
  t.equal(answer.status, 400)
  t.equal(answer.body.toString(), 'not valid')
  t.equal(answer.headers['content-type'], 'text/plain')
  t.equal(answer.headers['x-internal'], undefined)
})

t.test('acknowledges nothing to the DSP that the User did not acknowledge', async (t) => {
  const scenario = await startScenario(t, { limits: { peerReplyMs: 2_000 } })
  for (const [behaviour, status] of [
    [resetting, 502],
    [hanging, 504],
  ] as const) {
    scenario.user.behave(behaviour)
    t.equal((await scenario.sendNorth(delivery)).status, status)
  }
})
