/**
 * Messages that say one thing thousands of times: refused at a limit, before work grows with the square of it.
 */
import t from 'tap'
import { gbcsPayload } from '../fixtures/gbcs.ts'
import {
  dccRequest,
  ESME,
  RA,
  request,
  response,
  responseMessage,
  smets1Message,
  USER,
} from '../fixtures/message.ts'
import { catalogue, readWhole } from '../support/plans.ts'

function faultOf(direction: 'southbound' | 'northbound', xml: string): string | undefined {
  const result = readWhole(direction, Buffer.from(xml))
  return result.ok ? undefined : result.fault.code
}

t.test('refuses a schemaVersion longer than any spelling of one', async (t) => {
  const plain = request({ srv: '4.1.1', body: '<sr:ReadInstantaneousImportRegisters/>' })
  for (const version of [`5.${'0'.repeat(16_000)}1`, `5${' '.repeat(16_000)}4`]) {
    t.equal(faultOf('southbound', plain.replace('"5.4"', `"${version}"`)), 'DUIS_VALUE')
  }
  t.equal(faultOf('southbound', plain.replace('"5.4"', '" 05.40 "')), undefined, 'a legal spelling is read')
})

t.test('takes one unknown element as what a schedule runs, and not two', async (t) => {
  const scheduling = (elements: string) =>
    dccRequest({
      srv: '5.1',
      body: `<sr:CreateSchedule><sr:DeviceID>${ESME}</sr:DeviceID>${elements}</sr:CreateSchedule>`,
    })
  t.equal(faultOf('southbound', scheduling('<sr:DSPReadOne/>')), undefined)
  t.equal(faultOf('southbound', scheduling('<sr:DSPReadOne/><sr:DSPReadTwo/>')), 'DUIS_STRUCTURE')
})

t.test('takes one alert code of a Device Alert', async (t) => {
  const codes = Array.from({ length: 2 }, (_, index) => `<sr:AlertCode>8F${index + 10}</sr:AlertCode>`).join(
    '',
  )
  const body = `<sr:DeviceAlertMessage>${codes}<sr:GBCSPayload/></sr:DeviceAlertMessage>`
  t.equal(faultOf('northbound', response({ responseId: `${ESME}:${USER}:1`, body })), 'DUIS_STRUCTURE')
})

t.test(
  'takes the payloads of a SMETS1 message whatever they are: the codes that claim most, 100 and more',
  async (t) => {
    const entries = [...catalogue.data.gbcsMessages].sort((a, b) => b.srvs.length - a.srvs.length)
    const payloads = entries.map(({ code }) => {
      const payload = gbcsPayload({ cra: 'response', originator: ESME, target: USER, messageCode: code })
      return `<ra:GBCSData format="plain" sequence="0" name="x" type="gbcs">${payload}</ra:GBCSData>`
    })
    t.ok(payloads.length > 200)
    const body = `<sr:ResponseMessage xmlns:ra="${RA}">${payloads.join('')}</sr:ResponseMessage>`
    const xml = response({ responseId: `${ESME}:${USER}:1`, body: smets1Message({ device: ESME, body }) })
    const result = readWhole('northbound', Buffer.from(xml))
    t.ok(result.ok && result.facts.claims.length > 100)
  },
)

t.test('refuses a message that claims more kinds than any message does', async (t) => {
  const claims = (count: number) =>
    Array.from({ length: count }, (_, index) => {
      const code = (0x8000 + index).toString(16)
      return `<sr:FutureDatedAlertCode>${code}</sr:FutureDatedAlertCode>`
    }).join('')
  const answer = (count: number) =>
    response({
      requestId: `${USER}:${ESME}:1`,
      body: responseMessage(
        '1.1.1',
        `<sr:FutureDatedDeviceAlertMessage>${claims(count)}</sr:FutureDatedDeviceAlertMessage>`,
      ),
    })
  t.equal(faultOf('northbound', answer(511)), undefined)
  t.equal(faultOf('northbound', answer(512)), 'XML_LIMIT')
})
