/** The Response that stops a message, from a form that is kept: the same bytes as one written for this message alone. */
import t from 'tap'
import { type Instant, instantOf } from '../../src/core/device/device.ts'
import { isoTime } from '../../src/core/device/iso-time.ts'
import type { MessageFacts } from '../../src/core/duis/facts.ts'
import { canonicalDecimal } from '../../src/core/duis/response-document.ts'
import { type RejectionWriter, stoppedDocument } from '../../src/gateway/reject.ts'
import { allFixtures } from '../fixtures/all.ts'
import { ESME, USER } from '../fixtures/message.ts'
import { catalogue, readWhole } from '../support/plans.ts'

const AT = instantOf(Date.UTC(2026, 0, 5, 10))
const CODES = ['E5', 'E19', 'W&<']

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Written out in one go, as the form is not. */
function written(facts: MessageFacts, code: string, at: Instant): string | undefined {
  const srv = facts.serviceReferenceVariant ?? firstSrv(facts)
  const entry = srv === undefined ? undefined : catalogue.bySrv.get(srv)
  if (!entry) return undefined
  const reference = facts.serviceReferenceVariant === undefined ? undefined : facts.serviceReference
  const request =
    facts.requestId === undefined ? '' : `<sr:RequestID>${escaped(facts.requestId)}</sr:RequestID>`
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    '<sr:Response xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" ' +
    `schemaVersion="${canonicalDecimal(facts.schemaVersion)}"><sr:Header>${request}` +
    `<sr:ResponseCode>${escaped(code)}</sr:ResponseCode>` +
    `<sr:ResponseDateTime>${isoTime(at)}</sr:ResponseDateTime></sr:Header><sr:Body><sr:ResponseMessage>` +
    `<sr:ServiceReference>${reference ?? entry.serviceReference}</sr:ServiceReference>` +
    `<sr:ServiceReferenceVariant>${srv}</sr:ServiceReferenceVariant>` +
    '</sr:ResponseMessage></sr:Body></sr:Response>'
  )
}

function firstSrv({ claims }: MessageFacts): string | undefined {
  for (const claim of claims) if (claim.type === 'srv' && catalogue.bySrv.has(claim.srv)) return claim.srv
  return undefined
}

const messages = allFixtures.flatMap(({ direction, bytes, path }) => {
  const reading = readWhole(direction, bytes)
  return reading.ok ? [{ path, facts: reading.facts }] : []
})

const [sample = never()] = messages.filter(({ facts }) => facts.serviceReferenceVariant === '4.1.1')

function never(): never {
  throw new Error('this is always there')
}

function writerOf(code: string): RejectionWriter {
  return { catalogue, responseCodes: { default: code, bySchemaVersion: {} } }
}

t.test('is the same for every fixture and code, the first time and from then on', (t) => {
  for (const code of CODES) {
    const writer = writerOf(code)
    for (const time of [0, 999, 60_001])
      for (const { path, facts } of messages) {
        const at = instantOf(AT + time)
        t.equal(stoppedDocument(writer, facts, at), written(facts, code, at), path)
      }
  }
  t.end()
})

t.test('is the same for every SRV, with and without RequestID, and for each spelling of a version', (t) => {
  const writer = writerOf('E5')
  const spellings = [
    '5.4',
    '05.40',
    '5.1',
    ' 5.4 ',
    '"<5',
    ...Array.from({ length: 40 }, (_, n) => `5.${n}1`),
  ]
  for (const { srv, serviceReference } of catalogue.data.serviceRequests)
    for (const schemaVersion of ['5.4', '3.0'])
      for (const requestId of [`${USER}:${ESME}:1000`, `${USER}:${ESME}:1001`, '<&>', undefined]) {
        const named = { serviceReference, serviceReferenceVariant: srv }
        const facts = { ...sample.facts, ...named, schemaVersion, requestId }
        t.equal(stoppedDocument(writer, facts, AT), written(facts, 'E5', AT), srv)
      }
  for (const schemaVersion of [...spellings, ...spellings]) {
    const facts = { ...sample.facts, schemaVersion }
    const expected = written(facts, 'E5', AT)?.replace('""<5"', '"&quot;&lt;5"')
    t.equal(stoppedDocument(writer, facts, AT), expected, schemaVersion)
  }
  t.end()
})

t.test('has the code of its version, and of its gateway', (t) => {
  const bySchemaVersion = { '5.4': 'E57' }
  const own: RejectionWriter = { catalogue, responseCodes: { default: 'E5', bySchemaVersion } }
  const codeOf = (writer: RejectionWriter, schemaVersion: string) =>
    /<sr:ResponseCode>(.*)<\/sr:ResponseCode>/.exec(
      stoppedDocument(writer, { ...sample.facts, schemaVersion }, AT) ?? '',
    )?.[1]
  for (const _ of [1, 2]) {
    t.equal(codeOf(own, '5.40'), 'E57')
    t.equal(codeOf(own, '5.1'), 'E5')
    t.equal(codeOf(writerOf('E6'), '5.4'), 'E6')
  }
  t.end()
})

t.test('names the reference that the message named', (t) => {
  const writer = writerOf('E5')
  for (const serviceReference of ['4.1', '4.2', '4.1']) {
    const document = stoppedDocument(writer, { ...sample.facts, serviceReference }, AT)
    t.match(document, `<sr:ServiceReference>${serviceReference}</sr:ServiceReference>`)
  }
  t.equal(stoppedDocument(writer, { ...sample.facts, serviceReference: '99.9' }, AT), undefined)
  t.end()
})

t.test('is signed each time', (t) => {
  let signed = 0
  const writer = { ...writerOf('E5'), sign: (document: string) => `${document}<!-- ${++signed} -->` }
  for (const number of [1, 2])
    t.equal(stoppedDocument(writer, sample.facts, AT), `${written(sample.facts, 'E5', AT)}<!-- ${number} -->`)
  t.end()
})
