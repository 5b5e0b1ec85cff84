/** The straight path, both ways: what goes on goes on byte for byte, what is stopped is answered. */
import { createHash } from 'node:crypto'
import t from 'tap'
import { deviceResponse, ESME, request, responseMessage, synchronousResponse } from '../fixtures/message.ts'
import { startScenario } from '../support/start-gateway.ts'
import { answering } from '../support/stub-dsp.ts'

const reading = request({ srv: '4.1.1', body: '<sr:ReadInstantaneousImportRegisters/>' })
const readingAnswer = deviceResponse(
  ESME,
  responseMessage(
    '4.1.1',
    '<sr:GBCSPayload>3wkCAAAAAAAAA+gIANsSNFZ4kKAIkLPVHzABAAAAAgAnAQA=</sr:GBCSPayload>',
  ),
)

t.test('forwards a Service Request for a Device nobody has flagged, byte for byte', async (t) => {
  const scenario = await startScenario(t)
  const acknowledgement = Buffer.from(synchronousResponse(ESME, responseMessage('4.1.1'), 'I99'))
  scenario.dsp.behave(answering(200, acknowledgement))

  const answered = await scenario.sendSouth(reading, { path: '/api/v1/serviceS?trace=1' })

  t.equal(answered.status, 200)
  t.match(answered.headers, { 'content-type': 'application/xml', 'duisgate-decision': /^[\w-]{22}$/ })
  t.equal(sha256(answered.body), sha256(acknowledgement))
  const [delivery] = scenario.dsp.deliveries
  t.equal(delivery?.target, '/dsp/api/v1/serviceS?trace=1')
  t.equal(sha256(delivery?.body), sha256(Buffer.from(reading)))
})

t.test('rejects the same request once the Device is Restricted, and the DSP never sees it', async (t) => {
  const scenario = await startScenario(t)
  await scenario.restrict()

  const answered = await scenario.sendSouth(reading)

  t.equal(answered.status, 200)
  t.equal(answered.headers['content-type'], 'application/xml')
  t.match(answered.body.toString(), /<sr:ResponseCode>E5<\/sr:ResponseCode>/)
  t.equal(scenario.dsp.begun, 0)
})

t.test('forwards a Service Response to the User it names, and its acknowledgement to the DSP', async (t) => {
  const scenario = await startScenario(t)

  const answered = await scenario.sendNorth(readingAnswer)

  t.equal(answered.status, 204)
  t.equal(scenario.user.deliveries[0]?.target, '/receive')
  t.equal(sha256(scenario.user.deliveries[0]?.body), sha256(Buffer.from(readingAnswer)))
})

t.test('withholds a Service Response of a Restricted Device and sends a substitute', async (t) => {
  const scenario = await startScenario(t)
  await scenario.restrict()

  const answered = await scenario.sendNorth(readingAnswer)

  t.equal(answered.status, 204)
  t.equal(scenario.user.deliveries.length, 1)
  const substitute = scenario.user.deliveries[0]?.body.toString() ?? ''
  t.match(substitute, /<sr:ResponseCode>E5<\/sr:ResponseCode>/)
  t.notMatch(substitute, /GBCSPayload|ResponseID/)
})

function sha256(bytes: Buffer | undefined): string {
  return createHash('sha256')
    .update(bytes ?? '')
    .digest('hex')
}
