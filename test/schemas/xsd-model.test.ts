/**
 * The model of the schemas against the official V5.1: what it must find, and that each place is where it says.
 */
import t from 'tap'
import { placesBelow } from '../../scripts/schemas/places.ts'
import { XsdModel } from '../../scripts/schemas/xsd-model.ts'
import { officialSchemas } from '../support/official-xsd.ts'

const SR = 'http://www.dccinterface.co.uk/ServiceUserGateway'
const RA = 'http://www.dccinterface.co.uk/ResponseAndAlert'

const schemas = officialSchemas()
const skip = schemas === undefined && '@smartdcc/duis-sign-wrap is not installed'

t.test('global elements and types', { skip }, async (t) => {
  const model = new XsdModel(schemas ?? new Map())
  t.same(model.names('element', SR), [
    'Request',
    'Response',
    'SMETS1SignedResponse',
    'S1SPAlert',
    'RequestID',
  ])
  t.ok(model.names('type', RA).includes('GBCSDataType'))
  t.match(model.files, [{ name: 'duis-5.1.xsd', sha256: /^[0-9a-f]{64}$/, namespace: SR }, {}, {}])
  t.throws(() => model.element(SR, 'Nothing'), /no element Nothing/)
})

t.test('each place below the roots stands at its line', { skip }, async (t) => {
  const model = new XsdModel(schemas ?? new Map())
  const lines = new Map([...(schemas ?? [])].map(([name, text]) => [name, text.split('\n')]))
  for (const [root, count] of Object.entries({ Request: 1331, Response: 2235 })) {
    const places = [...placesBelow(model.element(SR, root))]
    t.equal(places.length, count, root)
    const astray = places.filter(({ kind, path, file, line }) => {
      const name = path
        .split('/')
        .at(-1)
        ?.replace(/^@|^\w+:/, '')
      // A tag may go over a few lines.
      const text = lines
        .get(file)
        ?.slice(line - 1, line + 4)
        .join(' ')
      return kind !== 'any' && !text?.includes(`name="${name}"`)
    })
    t.same(astray, [])
  }
})

t.test('types by name, by base and written in place', { skip }, async (t) => {
  const model = new XsdModel(schemas ?? new Map())
  const places = [...placesBelow(model.element(SR, 'Response'))]
  const of = (end: string) => places.find(({ path }) => path.endsWith(end))
  t.match(of('ResponseMessage/ra:GBCSData'), {
    kind: 'element',
    type: 'GBCSDataType',
    builtin: 'base64Binary',
    file: 'mmc-5.1.xsd',
    minOccurs: 0,
    maxOccurs: 100,
  })
  t.match(of('ra:GBCSData/@format'), { kind: 'attribute', type: 'string', builtin: 'string', minOccurs: 1 })
  t.match(of('DSPInventory/Device/DeviceID'), { type: 'EUI', builtin: 'token', file: 'duis-5.1.xsd' })
  t.match(of('DeviceAlertMessage/AlertCode'), { type: 'hexBinary', builtin: 'hexBinary' })
  t.match(of('ra:LastDayOfMonth'), { type: 'NoType', builtin: undefined })
  t.match(of('ds:X509Data/*'), { kind: 'any', builtin: undefined })
})

t.test('what it does not understand is refused', async (t) => {
  const schema = (inside: string) =>
    `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t">${inside}</xs:schema>`
  const type = (inside: string) => () => new XsdModel(new Map([['t.xsd', schema(inside)]])).type('urn:t', 'T')
  t.throws(
    type(
      '<xs:complexType name="T"><xs:all><xs:element name="A" type="xs:string"/></xs:all></xs:complexType>',
    ),
    /all is not understood/,
  )
  t.throws(
    type('<xs:simpleType name="T"><xs:list itemType="xs:string"/></xs:simpleType>'),
    /without one restriction/,
  )
  t.throws(
    type('<xs:complexType name="T"><xs:sequence/><xs:attributeGroup ref="t"/></xs:complexType>'),
    /two content models/,
  )
})
