/**
 * Makes documents that look like DUIS: mostly legal, in every spelling XML allows, with decoys wherever they fit, and
 * now and then a fault.
 */
import fc from 'fast-check'
import type { Direction } from '../../src/core/duis/facts.ts'
import { type GbcsHeader, gbcsPayload } from '../fixtures/gbcs.ts'
import { DCC, DS, RA, SR, USER } from '../fixtures/message.ts'
import { catalogue } from '../support/plans.ts'
import { device, mostly, noise, requestId, space, spelled, token } from './value-spellings.ts'

export interface MadeDocument {
  readonly direction: Direction
  readonly bytes: Buffer
  /** A place to cut it at, as a fraction of its length. */
  readonly cut: number
}

// --- elements ----------------------------------------------------------------------------------------------------

/** Names that mean something at one place and must mean nothing at another. */
const CONFUSING = [
  'Request',
  'Response',
  'Header',
  'Body',
  'RequestID',
  'ResponseID',
  'DeviceID',
  'OtherDeviceID',
  'DeviceIDList',
  'ServiceReference',
  'ServiceReferenceVariant',
  'AlertCode',
  'DCCAlertCode',
  'GBCSPayload',
  'ExecutionDateTime',
  'constructor',
  '__proto__',
]

const allSrvs = catalogue.data.serviceRequests.map(({ srv }) => srv)
const srv = fc.oneof(fc.constantFrom(...allSrvs), fc.constantFrom('4.99', '9.9', '4.1.1', '8.2'))
const alertCode = mostly(['8F0A', '8f0a', '008F0A', '8F3F', '81A6', '9999', ''], ['8F0', '0x8F'])
const messageCode = fc.constantFrom('0027', '0037', '0061', '008B', '001B', '0062', '1000', '0050', 'FFFF')

/** Headers whose parts stand elsewhere than in the usual ones. */
const ODD_HEADERS: readonly Partial<GbcsHeader>[] = [
  { macLengthBytes: 1 },
  { macLengthBytes: 5, supplementaryParty: USER },
  { macLengthBytes: 4, macFieldBytes: [0, 0, 0, 12, 0] },
  { macLengthBytes: 3, macFieldBytes: [8, 8, 8, 12, 90] },
  { dateTimeBytes: 7 },
  { dateTimeBytes: 200, macLengthBytes: 2 },
]

const payload = fc
  .record({
    cra: fc.constantFrom('command' as const, 'response' as const, 'alert' as const),
    originator: device,
    target: device,
    messageCode,
    isFutureDated: fc.boolean(),
    more: fc.constantFrom({}, {}, ...ODD_HEADERS),
  })
  .map(({ more, ...header }) => gbcsPayload({ ...header, ...more, contentBytes: 8 }))

const valueOfAnyKind = fc.oneof(
  token(device),
  token(requestId(fc.constant(USER), device)),
  spelled(srv),
  spelled(alertCode),
  spelled(payload),
  fc.constantFrom('', 'text', '&amp;'),
)

type Binding = readonly [prefix: string, declaration: string]
const binding: fc.Arbitrary<Binding> = fc.constantFrom<Binding>(
  ['sr:', ''],
  ['sr:', ''],
  ['sr:', ''],
  ['', ` xmlns="${SR}"`],
  ['n1:', ` xmlns:n1='${SR}'`],
  ['sr:', ` xmlns:sr="${SR}"`],
)
const foreignBinding: fc.Arbitrary<Binding> = fc.constantFrom<Binding>(
  ['x:', ' xmlns:x="urn:x"'],
  ['', ''],
  ['', ' xmlns=""'],
  ['sr:', ' xmlns:sr="urn:other"'],
  ['ra:', ` xmlns:ra="${RA}"`],
)

function element(name: string, content: fc.Arbitrary<string>, bound = binding): fc.Arbitrary<string> {
  const attributes = fc.constantFrom('', '', ' a="&gt;>"', " b='4.1.1'")
  return fc.tuple(bound, attributes, space, content).map(([[prefix, declaration], extra, gap, inside]) => {
    const pad = gap.startsWith('&') ? '' : gap
    // Only an unprefixed name may rely on a default namespace; its children write their own.
    return `<${prefix}${name}${declaration}${extra}${pad}>${inside}</${prefix}${name}${pad}>`
  })
}

const decoy: fc.Arbitrary<string> = fc
  .constantFrom(...CONFUSING)
  .chain((name) => element(name, valueOfAnyKind, fc.oneof(foreignBinding, binding)))
const wrappedDecoy = fc.oneof(
  decoy,
  fc.constantFrom(...CONFUSING).chain((name) => element(name, decoy)),
)
const filler = fc.oneof({ weight: 4, arbitrary: noise }, { weight: 1, arbitrary: wrappedDecoy })

/** Nested elements for a path like `A/B/C`. */
function nested(path: string, content: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const [name = '', ...rest] = path.split('/')
  return element(name, rest.length > 0 ? nested(rest.join('/'), content) : content)
}

function joined(...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc.tuple(...parts).map((texts) => texts.join(''))
}

/** Leaves out, doubles or swaps children once in a while. */
function disturbed(children: fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  const kind = mostly(['no'], ['drop', 'double', 'swap', 'decoy'])
  return fc
    .tuple(fc.tuple(...children), kind, fc.nat(), wrappedDecoy)
    .map(([texts, disturbance, at, extra]) => {
      const index = at % texts.length
      const copy = [...texts]
      if (disturbance === 'drop') copy.splice(index, 1)
      if (disturbance === 'double') copy.splice(index, 0, copy[index] ?? '')
      if (disturbance === 'swap') copy.reverse()
      if (disturbance === 'decoy') copy.splice(index, 0, extra)
      return copy.join('')
    })
}

// --- messages ----------------------------------------------------------------------------------------------------

const signature = fc
  .tuple(wrappedDecoy, fc.boolean())
  .map(([inside, isPresent]) =>
    isPresent ? `<ds:Signature xmlns:ds="${DS}"><ds:Object>${inside}</ds:Object></ds:Signature>` : '',
  )

const reference = srv.map((text) => text.split('.').slice(0, 2).join('.'))

const requestHeader = element(
  'Header',
  disturbed([
    element('RequestID', token(requestId(fc.constant(USER), fc.oneof(device, fc.constant(DCC))))),
    element('CommandVariant', token(mostly(['1', '01', '+5', '8'], ['0', 'x', '']))),
    element('ServiceReference', spelled(reference)),
    element('ServiceReferenceVariant', spelled(srv)),
  ]),
)

const requestBodies = catalogue.data.serviceRequests.map(({ bodyElement, devicePaths }) => {
  const devices = devicePaths.map(({ path, as }) =>
    nested(
      path.split('/').slice(1).join('/'),
      as === 'eui'
        ? token(device)
        : as === 'eui-list'
          ? deviceList()
          : token(requestId(fc.constant(USER), device)),
    ),
  )
  return element(bodyElement, joined(filler, ...devices, filler))
})

function deviceList(): fc.Arbitrary<string> {
  return spelled(fc.array(device, { minLength: 1, maxLength: 4 }).map((list) => list.join(',')))
}

const scheduleElements = [...catalogue.byScheduleElement.keys()]
const createSchedule = element(
  'CreateSchedule',
  disturbed([
    element('DSPScheduledServiceReference', spelled(reference)),
    element('DSPScheduledServiceReferenceVariant', spelled(srv)),
    element('DeviceID', token(device)),
    fc.constantFrom(...scheduleElements).chain((name) => element(name, filler)),
  ]),
)

const requestBody = element(
  'Body',
  fc.oneof(
    fc.oneof(...requestBodies),
    createSchedule,
    element('SignedPreCommand', joined(filler, element('GBCSPayload', spelled(payload)))),
    element('ReturnLocalCommandResponse', element('DeviceGBCSResponse', spelled(payload))),
    wrappedDecoy,
  ),
)

const responseHeader = element(
  'Header',
  disturbed([
    element('RequestID', token(requestId(fc.constant(USER), device))),
    element('ResponseID', token(requestId(device, fc.constant(USER)))),
    element('ResponseCode', fc.constantFrom('I0', 'I99', 'E5')),
    element('ResponseDateTime', fc.constant('2026-03-01T00:00:00Z')),
  ]),
)

const responseData = fc.oneof(
  fc.constant(''),
  element('GBCSPayload', spelled(payload)),
  element('DSPScheduledMessage', joined(element('GBCSPayload', spelled(payload)), filler)),
  element(
    'FutureDatedDeviceAlertMessage',
    joined(element('FutureDatedAlertCode', spelled(alertCode)), element('GBCSPayload', spelled(payload))),
  ),
  element('DSPInventory', joined(element('Device', element('DeviceID', token(device))), filler)),
  element('DSPUpdateFirmwareWarning', element('InvalidDeviceIDList', deviceList())),
  element('DSPWANMatrix', joined(decoy, filler)),
)

const dccAlertPayloads = catalogue.data.dccAlertPayloads.map(
  ({ element: name, devicePaths, alertCodePaths }) => {
    const within = (path: string) => path.split('/').slice(1).join('/')
    const devices = devicePaths.map(({ path, as }) =>
      nested(
        within(path),
        as === 'eui-list'
          ? deviceList()
          : token(as === 'eui' ? device : requestId(fc.constant(USER), device)),
      ),
    )
    const alerts = alertCodePaths.map((path) => nested(within(path), spelled(alertCode)))
    return element(name, joined(...devices, ...alerts, filler))
  },
)

const raElement = (name: string, content: fc.Arbitrary<string>) =>
  element(name, content, fc.constant<Binding>(['ra:', ` xmlns:ra="${RA}"`]))

const smets1 = element(
  'SMETS1ResponseMessage',
  joined(
    element('ServiceReferenceVariant', spelled(srv)),
    element(
      'SMETS1SignedResponse',
      element(
        'SMETS1Response',
        joined(
          element(
            'Header',
            joined(
              raElement('BusinessOriginatorID', token(device)),
              raElement('GBCSHexadecimalMessageCode', spelled(messageCode)),
              raElement('ServiceReferenceVariant', spelled(srv)),
            ),
          ),
          element(
            'Body',
            element(
              'DeviceAlertMessage',
              raElement('DeviceAlertContent', raElement('GBCSHexAlertCode', spelled(alertCode))),
            ),
          ),
        ),
      ),
    ),
  ),
)

const responseBody = element(
  'Body',
  fc.oneof(
    element(
      'ResponseMessage',
      disturbed([
        element('ServiceReference', spelled(reference)),
        element('ServiceReferenceVariant', spelled(srv)),
        responseData,
      ]),
    ),
    element(
      'DeviceAlertMessage',
      disturbed([element('AlertCode', spelled(alertCode)), element('GBCSPayload', spelled(payload))]),
    ),
    element(
      'DCCAlertMessage',
      disturbed([
        element('DCCAlertCode', spelled(fc.constantFrom('N24', 'AD1', 'N999', 'N77'))),
        element('DCCAlert', fc.oneof(...dccAlertPayloads)),
      ]),
    ),
    smets1,
  ),
)

const prolog = fc.constantFrom(
  '',
  '<?xml version="1.0" encoding="UTF-8"?>\n',
  "<?xml version='1.0'?>",
  '\uFEFF',
  '<!-- <sr:Request/> -->',
)
const epilog = mostly(['', '\n', '<!-- end -->', '<?end?>'], ['x', '<x/>', '&#32;'])

function message(
  root: string,
  header: fc.Arbitrary<string>,
  body: fc.Arbitrary<string>,
): fc.Arbitrary<string> {
  return fc
    .tuple(prolog, header, body, signature, noise, epilog)
    .map(([before, head, content, signed, gap, after]) => {
      const between = gap.includes('CDATA') ? '' : gap
      return `${before}<sr:${root} xmlns:sr="${SR}" schemaVersion="5.4">${head}${between}${content}${signed}</sr:${root}>${after}`
    })
}

/** Documents of the grammar. */
export const grammarDocument: fc.Arbitrary<MadeDocument> = fc.oneof(
  made('southbound', message('Request', requestHeader, requestBody)),
  made('northbound', message('Response', responseHeader, responseBody)),
)

function made(direction: Direction, text: fc.Arbitrary<string>): fc.Arbitrary<MadeDocument> {
  return fc
    .tuple(text, fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([document, cut]) => ({ direction, bytes: Buffer.from(document), cut }))
}
