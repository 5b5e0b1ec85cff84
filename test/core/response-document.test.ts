/** The Response that the gateway writes is one that DUIS knows: by the official XSD, and by the DCC's own parser. */
import { parseDuis } from '@smartdcc/duis-parser'
import { XMLParser } from 'fast-xml-parser'
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { canonicalDecimal, responseDocument } from '../../src/core/duis/response-document.ts'
import { officialSchemaCheck, withoutOfficialXsd } from '../support/official-xsd.ts'
import { catalogue } from '../support/plans.ts'

const content = {
  schemaVersion: '5.1',
  requestId: '90-B3-D5-1F-30-01-00-00:00-0D-5C-AA-16-9A-00-E1:1000',
  serviceReference: '4.1',
  serviceReferenceVariant: '4.1.1',
  responseCode: 'E5',
  at: instantOf(Date.UTC(2026, 0, 5, 10)),
}

t.test('says who asked for what, the code and the time, and nothing else', (t) => {
  const parser = new XMLParser({ ignoreAttributes: false, parseTagValue: false, ignoreDeclaration: true })
  t.same(parser.parse(responseDocument(content)), {
    'sr:Response': {
      '@_xmlns:sr': 'http://www.dccinterface.co.uk/ServiceUserGateway',
      '@_schemaVersion': '5.1',
      'sr:Header': {
        'sr:RequestID': content.requestId,
        'sr:ResponseCode': 'E5',
        'sr:ResponseDateTime': '2026-01-05T10:00:00.000Z',
      },
      'sr:Body': {
        'sr:ResponseMessage': { 'sr:ServiceReference': '4.1', 'sr:ServiceReferenceVariant': '4.1.1' },
      },
    },
  })
  t.end()
})

t.test('escapes what it is given', (t) => {
  const document = responseDocument({ ...content, requestId: '<&>"\'', schemaVersion: '"<5' })
  t.notMatch(document, /<&|"<5/)
  const parser = new XMLParser({ ignoreAttributes: false, parseTagValue: false })
  t.match(parser.parse(document), {
    'sr:Response': { '@_schemaVersion': '"<5', 'sr:Header': { 'sr:RequestID': '<&>"\'' } },
  })
  t.end()
})

const everySrv = 'writes every SRV of the catalogue as the official XSD has it, with and without RequestID'
t.test(everySrv, { skip: withoutOfficialXsd }, (t) => {
  const check = officialSchemaCheck()
  if (!check) throw new Error('there is no official XSD')
  for (const { srv, serviceReference } of catalogue.data.serviceRequests) {
    for (const requestId of [content.requestId, undefined]) {
      const document = responseDocument({
        ...content,
        requestId,
        serviceReference,
        serviceReferenceVariant: srv,
      })
      t.equal(check.validate(Buffer.from(document)), undefined, srv)
    }
  }
  check.dispose()
  t.end()
})

t.test('is read by the parser that Users have', (t) => {
  const parsed = parseDuis('simplified', responseDocument(content))
  t.match(parsed, {
    header: {
      type: 'response',
      requestId: { originatorId: '90-b3-d5-1f-30-01-00-00', counter: 1000n },
      responseCode: 'E5',
    },
    body: { ResponseMessage: { ServiceReference: '4.1', ServiceReferenceVariant: '4.1.1' } },
  })
  t.end()
})

t.test('writes a schemaVersion in its shortest form', (t) => {
  const forms = {
    '5.4': '5.4',
    '05.40': '5.4',
    ' 5.10 ': '5.1',
    '5': '5',
    '5.0': '5',
    '+5.1': '5.1',
    '0': '0',
    '.5': '0.5',
  }
  for (const [written, canonical] of Object.entries(forms)) t.equal(canonicalDecimal(written), canonical)
  t.equal(canonicalDecimal('five'), 'five')
  t.end()
})
