/** Which log a 6.13 or its answer is about is a fact of the message, and where several things say it, all of them are. */
import t from 'tap'
import { type Direction, LOGS_TO_READ } from '../../src/core/duis/facts.ts'
import { gbcsPayload } from '../fixtures/gbcs.ts'
import { deviceResponse, ESME, references, request, responseMessage, USER } from '../fixtures/message.ts'
import { ra, smets1Signed } from '../fixtures/northbound/parts.ts'
import { logPeriod } from '../fixtures/southbound/parts.ts'
import { readByteByByte, readWhole } from '../support/plans.ts'
import { officialModel, placesInBody } from '../support/xsd-places.ts'

function logsIn(direction: Direction, text: string) {
  const [whole, pieces] = [readWhole, readByteByByte].map((read) => read(direction, Buffer.from(text)))
  if (!whole?.ok || !pieces?.ok) throw new Error('refused')
  t.same(whole.facts, pieces.facts)
  return whole.facts.logsToRead
}

const logElement = (log: string) => `<sr:LogToRead>${log}</sr:LogToRead>`
const asked = (content: string) =>
  logsIn(
    'southbound',
    request({
      srv: '6.13',
      body: `<sr:ReadEventOrSecurityLog>${logPeriod}${content}</sr:ReadEventOrSecurityLog>`,
    }),
  )

t.test('the logs known are those of the XSD', { skip: officialModel ? false : 'no XSD' }, async (t) => {
  const place = placesInBody('Request').find(({ path }) => path === 'ReadEventOrSecurityLog/LogToRead')
  t.same(place?.enumeration, LOGS_TO_READ)
})

t.test('a request says it in LogToRead', async (t) => {
  for (const log of LOGS_TO_READ) t.same(asked(logElement(log)), [log])
  t.same(asked(logElement('Sec<!-- -->urity')), ['Security'])
  t.same(asked(logElement('E&#118;ent')), ['Event'])
  for (const other of ['security', ' Security', 'Security ', 'SecurityEvent', ''])
    t.same(asked(logElement(other)), ['unreadable'], `"${other}"`)
  t.same(asked(logElement('Security') + logElement('Event')), ['Security', 'Event'])
  t.same(asked(''), [])
})

const ofCode = (messageCode: string) =>
  `<sr:GBCSPayload>${gbcsPayload({ cra: 'response', originator: ESME, target: USER, messageCode })}</sr:GBCSPayload>`
const answered = (content: string) =>
  logsIn('northbound', deviceResponse(ESME, responseMessage('6.13', content)))

t.test('an answer says it by its message code', async (t) => {
  t.same(answered(ofCode('0048')), ['Event'])
  t.same(answered(ofCode('0014')), ['Event', 'GSMEEvent'])
  t.same(answered(ofCode('0093')), ['Event'])
  t.same(answered(ofCode('00A1')), ['Security', 'GSMESecurity'])
  t.same(answered(ofCode('00FD')), ['ALCSEvent'])
  t.same(answered(ofCode('0059')), [], 'a firmware version is no log')
  t.same(answered('<sr:GBCSPayload>AAAA</sr:GBCSPayload>'), [])
})

const inClear = (header: string, data: string) =>
  logsIn(
    'northbound',
    smets1Signed({
      device: ESME,
      references: references('6.13'),
      header: header && `<ra:GBCSHexadecimalMessageCode>${header}</ra:GBCSHexadecimalMessageCode>`,
      body: `<sr:ResponseMessage ${ra}><ra:SMETSData><ra:ReadEventOrSecurityLogRsp MessageSuccess="true">${data}</ra:ReadEventOrSecurityLogRsp></ra:SMETSData></sr:ResponseMessage>`,
    }),
  )

t.test('a SMETS1 answer says it by its header, or by the element of the log of switches', async (t) => {
  t.same(inClear('', '<ra:Log/>'), ['unreadable'])
  t.same(inClear('0049', '<ra:Log/>'), ['Security'])
  t.same(inClear('0059', '<ra:Log/>'), ['unreadable'], 'the code of something else')
  t.same(inClear('7777', '<ra:Log/>'), ['unreadable'], 'a code that nobody knows')
  t.same(inClear('', '<ra:ALCSEvent/>'), ['ALCSEvent'])
  t.same(inClear('0049', '<ra:ALCSEvent/>'), ['Security', 'ALCSEvent'])
  t.same(inClear('', ''), [])
})
