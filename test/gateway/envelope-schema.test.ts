/** `schemas/duis-envelope.xsd` says what the gateway reads and writes, and agrees with what it does. */
import { readFileSync } from 'node:fs'
import { XmlDocument, XsdValidator } from 'libxml2-wasm'
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { responseDocument } from '../../src/core/duis/response-document.ts'
import { allFixtures } from '../fixtures/all.ts'
import { catalogue } from '../support/plans.ts'

const file = new URL('../../schemas/duis-envelope.xsd', import.meta.url)
const schema = XmlDocument.fromBuffer(readFileSync(file))
const validator = XsdValidator.fromDoc(schema)
t.teardown(() => {
  validator.dispose()
  schema.dispose()
})

function faultOf(bytes: Uint8Array): string | undefined {
  const document = XmlDocument.fromBuffer(bytes)
  try {
    validator.validate(document)
    return undefined
  } catch (error) {
    return String(error)
  } finally {
    document.dispose()
  }
}

t.test('holds for every document that the gateway writes', (t) => {
  for (const { srv, serviceReference } of catalogue.data.serviceRequests) {
    const document = responseDocument({
      schemaVersion: '5.4',
      requestId: undefined,
      serviceReference,
      serviceReferenceVariant: srv,
      responseCode: 'E5',
      at: instantOf(0),
    })
    t.equal(faultOf(Buffer.from(document)), undefined, srv)
  }
  t.end()
})

t.test('holds for every fixture that DUIS allows', (t) => {
  const legal = allFixtures.filter(
    ({ expected, beyondXsd }) => !('fault' in expected) && beyondXsd === undefined,
  )
  t.ok(legal.length > 100)
  for (const { path, bytes } of legal) t.equal(faultOf(bytes), undefined, path)
  t.end()
})

t.test('does not hold for another root, a Header out of order, or two bodies', (t) => {
  const [legal] = allFixtures.filter(
    ({ expected, direction }) => !('fault' in expected) && direction === 'southbound',
  )
  const text = Buffer.from(legal?.bytes ?? '').toString()
  const id = /<sr:RequestID>.*?<\/sr:RequestID>/.exec(text)?.[0] ?? ''
  for (const wrong of [
    text.replaceAll('sr:Request>', 'sr:Demand>').replace('<sr:Request ', '<sr:Demand '),
    text.replace(id, ''),
    text.replace(id, id + id),
    text.replace('</sr:Body>', '<sr:More/></sr:Body>'),
  ]) {
    t.not(wrong, text)
    t.ok(faultOf(Buffer.from(wrong)))
  }
  t.end()
})
