/** What is withheld is gone for good, and whoever waited for it is told first. */
import t from 'tap'
import { deviceAlert, deviceResponse, ESME, responseMessage, USER } from '../fixtures/message.ts'
import { problemCode, startScenario } from '../support/start-gateway.ts'
import { answering, hanging, resetting } from '../support/stub-dsp.ts'

const PAYLOAD = '<sr:GBCSPayload>3wkCAAAAAAAAA+gIAA1cqhaaAOEIkLPVHzABAAAAAgAnAQA=</sr:GBCSPayload>'
const reading = deviceResponse(ESME, responseMessage('4.1.1', PAYLOAD))

t.test('acknowledges a billing alert of a Restricted Device and sends nothing in its place', async (t) => {
  const scenario = await startScenario(t)
  await scenario.restrict()
  const answer = await scenario.sendNorth(deviceAlert(ESME, '8F0A', 'AAAA'))
  t.equal(answer.status, 204)
  t.equal(answer.body.length, 0)
  t.equal(scenario.user.begun, 0)
  t.match(await scenario.journal(), [{ outcome: 'withheld', kind: 'device-alert', codes: ['8F0A'] }])
})

t.test('sends a substitute that names the request and nothing else', async (t) => {
  const scenario = await startScenario(t)
  await scenario.restrict()
  t.equal((await scenario.sendNorth(reading)).status, 204)
  const [substitute] = scenario.user.deliveries
  t.equal(substitute?.headers['content-type'], 'application/xml')
  t.match(substitute?.body.toString(), new RegExp(`<sr:RequestID>${USER}:${ESME}:1000</sr:RequestID>`))
  t.match(await scenario.journal(), [{ outcome: 'withheld', substitute: 'acknowledged', peerStatus: 204 }])
})

t.test('acknowledges to the DSP only what the User acknowledged', async (t) => {
  const scenario = await startScenario(t, { limits: { peerReplyMs: 2_000 } })
  await scenario.restrict()
  const failures = [
    [answering(400, ''), 502, 'GW_SUBSTITUTE_REFUSED'],
    [answering(302, ''), 502, 'GW_SUBSTITUTE_REFUSED'],
    [resetting, 502, 'GW_PEER_RESET'],
    [hanging, 504, 'GW_PEER_TIMEOUT'],
  ] as const
  for (const [behaviour, status, code] of failures) {
    scenario.user.behave(behaviour)
    const answer = await scenario.sendNorth(reading)
    t.equal(answer.status, status)
    t.equal(problemCode(answer), code)
  }
  scenario.user.behave(answering(204, ''))
  t.equal((await scenario.sendNorth(reading)).status, 204)
  const records = await scenario.journal()
  t.same(
    records.map(({ outcome, substitute }) => [outcome, substitute]),
    [...failures.map(() => ['upstream-failed', 'failed']), ['withheld', 'acknowledged']],
  )
})

t.test('keeps a Response that needs a substitute with the DSP while its User has no route', async (t) => {
  const scenario = await startScenario(t, { isUserRouted: false })
  await scenario.restrict()
  t.equal(problemCode(await scenario.sendNorth(reading)), 'GW_NO_ROUTE')
})

t.test('uses the Response Code configured for the version of the message', async (t) => {
  const scenario = await startScenario(t, {
    responseCodes: { default: 'E5', bySchemaVersion: { '5.4': 'E4' } },
  })
  await scenario.restrict()
  await scenario.sendNorth(reading)
  await scenario.sendNorth(reading.replace('schemaVersion="5.4"', 'schemaVersion=" 05.3 "'))
  const [ours, other] = scenario.user.deliveries.map(({ body }) => body.toString())
  t.match(ours, '<sr:ResponseCode>E4</sr:ResponseCode>')
  t.match(other, /schemaVersion="5.3".*<sr:ResponseCode>E5<\/sr:ResponseCode>/)
})
