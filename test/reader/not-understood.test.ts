/** What a message holds and nobody understands is a fact of it: each kind by its own name, whatever else the message says. */
import t from 'tap'
import type { Direction } from '../../src/core/duis/facts.ts'
import { gbcsPayload } from '../fixtures/gbcs.ts'
import {
  dccRequest,
  deviceAlert,
  deviceResponse,
  ESME,
  request,
  responseMessage,
  USER,
} from '../fixtures/message.ts'
import { readByteByByte, readWhole } from '../support/plans.ts'

function notUnderstood(direction: Direction, text: string) {
  const [whole, pieces] = [readWhole, readByteByByte].map((read) => read(direction, Buffer.from(text)))
  if (!whole?.ok || !pieces?.ok) return 'refused'
  t.same(whole.facts, pieces.facts)
  return whole.facts.notUnderstood
}

const ofCode = (messageCode: string) =>
  gbcsPayload({ cra: 'response', originator: ESME, target: USER, messageCode })
const answer = (content: string) => deviceResponse(ESME, responseMessage('11.2', content))
const answerOf = (payload: string) => answer(`<sr:GBCSPayload>${payload}</sr:GBCSPayload>`)

t.test('a payload that is empty, encrypted or no GBCS message cannot be read', async (t) => {
  for (const payload of ['', ' \n ', '<!-- -->', 'AAAA', ofCode('0037').slice(0, 40), '3QAA', '===='])
    t.same(notUnderstood('northbound', answerOf(payload)), ['unreadable-payload'], payload)
  t.same(notUnderstood('northbound', deviceAlert(ESME, '8F3F', '')), ['unreadable-payload'])
  const sealed = '<sr:SignedPreCommand><sr:GBCSPayload/></sr:SignedPreCommand>'
  t.same(notUnderstood('southbound', request({ srv: '7.2', cv: 5, body: sealed })), ['unreadable-payload'])
  const brought =
    '<sr:ReturnLocalCommandResponse><sr:DeviceGBCSResponse>AAAA</sr:DeviceGBCSResponse></sr:ReturnLocalCommandResponse>'
  t.same(notUnderstood('southbound', dccRequest({ srv: '8.13', body: brought })), ['unreadable-payload'])
})

t.test('a message code that the catalogue does not have is unknown', async (t) => {
  for (const code of ['FFFF', '0000', '7777'])
    t.same(notUnderstood('northbound', answerOf(ofCode(code))), ['unknown-message-code'], code)
  for (const code of ['0037', '1000', '1001', '0116'])
    t.same(notUnderstood('northbound', answerOf(ofCode(code))), [], code)
})

t.test('data of an unknown kind count as such, and so does what stands beside them', async (t) => {
  t.same(notUnderstood('northbound', answer('<sr:NewData/>')), ['unknown-data'])
  t.same(notUnderstood('northbound', answer('')), [])
})
