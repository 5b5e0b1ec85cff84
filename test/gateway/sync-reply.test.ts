/** The DSP's synchronous reply is a northbound message and passes the same filter. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import {
  DCC,
  dccRequest,
  deviceResponse,
  ESME,
  request,
  responseMessage,
  synchronousResponse,
} from '../fixtures/message.ts'
import { problemCode, startScenario } from '../support/start-gateway.ts'
import { answering } from '../support/stub-dsp.ts'

const message = request({ srv: '6.4.1', body: '<sr:UpdateDeviceConfigurationLoadLimitingGeneralSettings/>' })
const reading = deviceResponse(
  ESME,
  responseMessage(
    '4.1.1',
    '<sr:GBCSPayload>3wkCAAAAAAAAA+gIAA1cqhaaAOEIkLPVHzABAAAAAgAnAQA=</sr:GBCSPayload>',
  ),
)
const harmless = dccRequest({
  srv: '8.2',
  body: '<sr:ReadInventory><sr:DeviceID>00-0D-5C-AA-16-9A-00-E1</sr:DeviceID></sr:ReadInventory>',
})

t.test('stops a synchronous reply with data of a Restricted Device and answers in its place', async (t) => {
  const scenario = await startScenario(t)
  await scenario.restrict()
  scenario.dsp.behave(answering(200, reading))
  const answer = await scenario.sendSouth(harmless, { path: '/api/v1/serviceD' })
  t.equal(answer.status, 200)
  t.match(answer.body.toString(), /<sr:ResponseCode>E5.*<sr:ServiceReferenceVariant>8.2</)
  t.notMatch(answer.body.toString(), 'GBCSPayload')
  const [request, reply] = await scenario.journal()
  t.match(request, { direction: 'southbound', part: 'message', outcome: 'forwarded', peerStatus: 200 })
  t.match(reply, {
    direction: 'northbound',
    part: 'reply',
    outcome: 'withheld',
    codes: ['4.1.1'],
    flag: 'restricted',
  })
  t.equal(reply?.decision, request?.decision)
})

t.test('passes a synchronous reply on while nobody has flagged the Device', async (t) => {
  const scenario = await startScenario(t)
  scenario.dsp.behave(answering(200, reading))
  const answer = await scenario.sendSouth(harmless, { path: '/api/v1/serviceD' })
  t.equal(answer.body.toString(), reading)
})

t.test('passes an acknowledgement on although the Device is Restricted', async (t) => {
  const scenario = await startScenario(t)
  await scenario.restrict()
  const acknowledgement = synchronousResponse(DCC, responseMessage('8.2'), 'I99')
  scenario.dsp.behave(answering(200, acknowledgement))
  const answer = await scenario.sendSouth(harmless, { path: '/api/v1/serviceD' })
  t.equal(answer.body.toString(), acknowledgement)
})

/** In UTF-8 an acknowledgement without data; in UTF-7 its comment ends early, and a reading follows. */
const twofold = readFileSync(new URL('ways/reply-with-two-readings.xml', import.meta.url))

t.test('stops a reply with two readings, and passes it on with one', async (t) => {
  const scenario = await startScenario(t)
  await scenario.restrict()
  const sendWith = (type: string) => {
    scenario.dsp.behave(answering(200, twofold, { 'content-type': type }))
    return scenario.sendSouth(harmless, { path: '/api/v1/serviceD' })
  }
  const answer = await sendWith('application/xml; charset=utf-7')
  t.equal(answer.status, 502)
  t.equal(problemCode(answer), 'GW_REPLY_UNREADABLE')
  t.notMatch(answer.body.toString(), 'GBCSPayload')
  const inUtf8 = await sendWith('application/xml; charset=utf-8')
  t.equal(inUtf8.status, 200)
  t.same(inUtf8.body, twofold)
  const [stopped] = await scenario.journal()
  t.match(stopped, { outcome: 'upstream-failed', fault: 'GW_REPLY_UNREADABLE', peerStatus: 200 })
  t.match(scenario.logged.join(), 'by its Content-Type the body is to be read otherwise')
})

const html = '<html><body>Bad gateway</body></html>'
const replies: Record<string, [number, string | Buffer, Record<string, string>, string | undefined]> = {
  'an empty 200': [200, '', {}, undefined],
  'an empty 500': [500, '', {}, undefined],
  'an error page of a server in between': [502, html, { 'content-type': 'text/html' }, undefined],
  'an error in JSON': [400, '{"error":1}', { 'content-type': 'application/json' }, undefined],
  'a page where a Response should be': [200, html, { 'content-type': 'text/html' }, 'GW_REPLY_UNREADABLE'],
  'a redirection with a page': [302, html, {}, 'GW_REPLY_UNREADABLE'],
  'a Response that is cut off': [200, reading.slice(0, -5), {}, 'GW_REPLY_UNREADABLE'],
  'an error with a Response that is cut off': [500, reading.slice(0, -5), {}, 'GW_REPLY_UNREADABLE'],
  'an error with a Response in UTF-16': [500, Buffer.from(reading, 'utf16le'), {}, 'GW_REPLY_UNREADABLE'],
  'an error with a Response in an envelope': [
    500,
    `<Envelope>${reading.slice(39)}</Envelope>`,
    {},
    'GW_REPLY_UNREADABLE',
  ],
  'a compressed reply': [500, 'abc', { 'content-encoding': 'gzip' }, 'GW_REPLY_UNREADABLE'],
}
for (const [what, [status, body, fields, code]] of Object.entries(replies)) {
  t.test(`${code ? 'stops' : 'passes on'} ${what}`, async (t) => {
    const scenario = await startScenario(t)
    scenario.dsp.behave(answering(status, body, fields))
    const answer = await scenario.sendSouth(message)
    t.equal(scenario.dsp.deliveries.length, 1)
    if (code) {
      t.equal(answer.status, 502)
      t.equal(problemCode(answer), code)
    } else {
      t.equal(answer.status, status)
      t.equal(answer.body.toString(), body.toString())
      t.equal(answer.headers['content-type'], fields['content-type'])
    }
  })
}
