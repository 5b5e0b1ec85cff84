/** Harmless messages, and what somebody makes of each who wants its skeleton to carry something else. */
import type { Direction } from '../../src/core/duis/facts.ts'
import { DEFAULT_READ_LIMITS } from '../../src/core/duis/read-limits.ts'
import { gbcsPayload } from '../fixtures/gbcs.ts'
import {
  CHF,
  dccAlert,
  dccRequest,
  deviceAlert,
  deviceResponse,
  ESME,
  GPF,
  request,
  responseMessage,
  synchronousResponse,
  USER,
} from '../fixtures/message.ts'
import { withoutComments } from './altered-documents.ts'

export const READ = '<sr:ReadInstantaneousImportRegisters/>'
export const TOP_UP = '<sr:TopUpDevice><sr:UTRN>11112222333344445555</sr:UTRN></sr:TopUpDevice>'
export const payload = (messageCode: string, originator = ESME, target = USER) =>
  gbcsPayload({ cra: 'alert', originator, target, messageCode })
export const TAMPER = deviceAlert(ESME, '8F3F', payload('1000'))

export const ATTACKS: readonly {
  readonly name: string
  readonly direction: Direction
  readonly harmless: string
  readonly made: (xml: string) => string
}[] = [...southboundAttacks(), ...northboundAttacks()]

function southboundAttacks() {
  const topUp = request({ srv: '2.2', body: TOP_UP })
  const of = (name: string, made: (xml: string) => string, harmless = topUp) => ({
    name,
    direction: 'southbound' as const,
    harmless,
    made,
  })
  const replaced = (from: string, to: string) => (xml: string) => {
    if (!xml.includes(from)) throw new Error(`${from} is not there`)
    return xml.replace(from, to)
  }
  const mode = request({ srv: '1.6', body: '<sr:UpdatePaymentMode><sr:Credit/></sr:UpdatePaymentMode>' })
  const off = request({
    srv: '7.2',
    body: '<sr:DisableSupply><sr:ExecutionDateTime>2026-01-01T00:00:00Z</sr:ExecutionDateTime></sr:DisableSupply>',
  })
  const log = request({
    srv: '6.13',
    body: '<sr:ReadEventOrSecurityLog><sr:LogToRead>Security</sr:LogToRead></sr:ReadEventOrSecurityLog>',
  })
  const list = (devices: string) =>
    dccRequest({
      srv: '8.11',
      body: `<sr:UpdateHANDeviceLog><sr:RequestType>Add</sr:RequestType><sr:DeviceID>${devices}</sr:DeviceID></sr:UpdateHANDeviceLog>`,
    })
  return [
    of('the SRV of a read', replaced('Variant>2.2<', 'Variant>4.1.1<')),
    of('the ServiceReference of a read', replaced('Reference>2.2<', 'Reference>4.1<')),
    of('the body of a read', (xml) => xml.replace(TOP_UP, READ)),
    of('a read beside the body', replaced('</sr:TopUpDevice>', `</sr:TopUpDevice>${READ}`)),
    of('another Command Variant', replaced('Variant>1<', 'Variant>2<')),
    of(
      'a second RequestID',
      replaced('</sr:RequestID>', `</sr:RequestID><sr:RequestID>${USER}:${GPF}:1</sr:RequestID>`),
    ),
    of('a comment in a value', replaced(':1000<', ':10<!-- -->00<')),
    of('CDATA in a value', replaced('>1111', '><![CDATA[1111]]>')),
    of('an instruction in a value', replaced('>1111', '><?a b?>1111')),
    of('a reference in a value', replaced(':1000<', ':100&#48;<')),
    of('a reference where nothing is read', replaced('>1111', '>&lt;1111')),
    of('the end of CDATA in a value', replaced('>1111', '>]]>1111')),
    of('a bracket in a value', replaced('>1111', '>a]b1111')),
    of('the end of a tag in a value', replaced('>1111', '>a>b1111')),
    of(
      'a time longer than any value',
      replaced('Time>2', `Time>${' '.repeat(DEFAULT_READ_LIMITS.maxValueBytes)}2`),
      off,
    ),
    of('single quotes', replaced('schemaVersion="5.4"', "schemaVersion='5.4'")),
    of('an attribute more', replaced('<sr:UTRN>', '<sr:UTRN a="b">')),
    of('another namespace for the body', replaced('<sr:TopUpDevice>', '<sr:TopUpDevice xmlns:sr="urn:x">')),
    of('an element in a value that nobody reads', replaced('>1111', '><sr:DeviceID/>1111')),
    of('a byte that is no ASCII', replaced('>1111', '>\u00e91111')),
    of('a control character', replaced('>1111', '>\u00011111')),
    of('something behind the root', (xml) => `${xml}<sr:Request/>`),
    of('text behind the root', (xml) => `${xml}x`),
    of('the end missing', (xml) => xml.slice(0, -4)),
    of('a longer declaration', replaced('"UTF-8"', '"UTF-8" standalone="yes"')),
    of('a counter that is none', replaced(':1000<', ':01000<')),
    of(
      'a value longer than any',
      replaced(`<sr:RequestID>`, `<sr:RequestID>${' '.repeat(DEFAULT_READ_LIMITS.maxValueBytes)}`),
    ),
    of('prepayment in place of credit', replaced('<sr:Credit/>', '<sr:Prepayment/>'), mode),
    of('the log of events', replaced('>Security<', '>Event<'), log),
    of('a Device removed', replaced('>Add<', '>Remove<'), list(ESME)),
    of('a list in place of a Device', replaced(`DeviceID>${ESME}`, `DeviceID>${ESME},${GPF}`), list(ESME)),
    of(
      'a Device more',
      replaced('</sr:DeviceID>', `</sr:DeviceID><sr:DeviceID>${GPF}</sr:DeviceID>`),
      list(ESME),
    ),
  ]
}

function northboundAttacks() {
  const of = (name: string, harmless: string, made: string | ((xml: string) => string)) => ({
    name,
    direction: 'northbound' as const,
    harmless,
    made: typeof made === 'string' ? () => withoutComments(Buffer.from(made)).toString() : made,
  })
  const acknowledged = synchronousResponse(ESME, responseMessage('4.1.1'), 'I99')
  const answer = deviceResponse(
    ESME,
    responseMessage('6.11', `<sr:GBCSPayload>${payload('0027')}</sr:GBCSPayload>`),
  )
  const outage = (code: string, device = CHF) =>
    dccAlert(
      code,
      `<sr:PowerOutageEvent><sr:CommsHubDeviceID>${device}</sr:CommsHubDeviceID></sr:PowerOutageEvent>`,
    )
  return [
    of('the code of the billing alert', TAMPER, deviceAlert(ESME, '8F0A', payload('1000'))),
    of('the payload of the billing alert', TAMPER, deviceAlert(ESME, '8F3F', payload('0061'))),
    of('a payload of a code that nobody knows', TAMPER, deviceAlert(ESME, '8F3F', payload('FFFE'))),
    of('a payload that cannot be read', TAMPER, deviceAlert(ESME, '8F3F', 'AAAA')),
    of('no payload', TAMPER, deviceAlert(ESME, '8F3F', '')),
    of(
      'data beside an acknowledgement',
      acknowledged,
      synchronousResponse(
        ESME,
        responseMessage('4.1.1', `<sr:GBCSPayload>${payload('0027')}</sr:GBCSPayload>`),
        'I99',
      ),
    ),
    of('another response code', acknowledged, synchronousResponse(ESME, responseMessage('4.1.1'), 'I0')),
    of('another message code in an answer', answer, answer.replace(payload('0027'), payload('0037'))),
    of('an element of a later version', TAMPER, (xml) =>
      xml.replace('</sr:AlertCode>', '</sr:AlertCode><sr:New>8F0A</sr:New>'),
    ),
    of('another DCC Alert', outage('AD1'), outage('N24')),
    of('a Device ID that is none', outage('AD1'), outage('AD1', `${CHF}0`)),
  ]
}
