/**
 * Every place of the DUIS and MMC schemas where a message may say whom or what it is about, and every one in which a payload may
 * stand: a value that is there and nowhere else must be read, or the place is an exception with its reason.
 *
 * `policy/catalogue/message-places.json` has the places of V5.4. `DUISGATE_SCHEMAS=FOLDER` checks that the schemas in that folder
 * say the same; the schemas of V5.1 come with a package and are walked as they are.
 */
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import {
  type Holding,
  type MessagePlace,
  type MessagePlaces,
  messagePlaces,
  messagePlacesText,
} from '../../scripts/schemas/message-places.ts'
import { placesBelow } from '../../scripts/schemas/places.ts'
import { readSchemaFolder, XsdModel } from '../../scripts/schemas/xsd-model.ts'
import type { Claim } from '../../src/core/duis/facts.ts'
import { gbcsPayload } from '../fixtures/gbcs.ts'
import { DCC, dccRequest, ESME, OTHER_ESME, RA, references, response, SR, USER } from '../fixtures/message.ts'
import { officialSchemas } from '../support/official-xsd.ts'
import { readWhole, summarise } from '../support/plans.ts'

/** Places of which nothing is read, by the end of their path or a part of it. */
const EXCEPTIONS: readonly (readonly [path: RegExp, reason: string])[] = [
  [/\/ds:/, 'what is inside a signature is never a fact'],
  [/PrecedingServiceRequestID$/, 'the ID of another Request'],
  [/ECoSAlert\/AlertID$/, 'the ID of the alert itself'],
  [/KAPublicSecurityCredentials?$/, 'a public key'],
  [/(?:Certificate|CertificationRequest)$/, 'a certificate, or a request for one'],
  [/DSPBrokerSecurityCredentials(?:DigitalSigning|KeyAgreement)$/, 'a certificate'],
  [/(?:CertificateHash|FirmwareHash|ManufacturerImageHash)$/, 'a hash'],
  [/InstallCode$/, 'a secret of a Device that joins'],
  [/FirmwareImage$/, 'an image for Devices, which names none'],
  [/(?:Existing|New)RemotePartyID$|SupplementaryRemotePartyID$|BusinessTargetID$/, 'a party, not a Device'],
  [/DSPScheduleDetails\/DSPScheduledServiceReference(?:Variant)?$/, 'a schedule that is listed, not run'],
  [/ServiceResponseVersionMismatch\/ServiceReference(?:Variant)?$/, 'a DCC Alert only mentions it'],
  [
    /DualBandCHAlert\/GBCSHexadecimalMessageCode$/,
    'a DCC Alert only mentions it; the code of the alert is beside it',
  ],
  [/ra:(?:LogCode|OtherInformation|EventCode)$/, 'an entry of a log: the row of the log decides'],
  [/@ResponseCode$/, 'how a command came out'],
  [
    /ra:FutureDatedCommandMessageCode$|ra:MessageCodeofCommandReceived$/,
    'the command that an alert is about',
  ],
  [
    /ra:(?:ClassId|InstanceId|AttributeId|ExtendedHeaderClusterID|FrameControl|CommandIdentifier)$/,
    'a part of that command',
  ],
]

const PAYLOAD = gbcsPayload({ cra: 'response', originator: ESME, target: USER, messageCode: '0027' })

/** What stands at the place, in turn, and what must be read of each. */
const VALUES: Record<Holding, readonly (readonly [value: string, code: string | undefined])[]> = {
  eui: [[ESME, undefined]],
  'eui-list': [[`${OTHER_ESME},${ESME}`, undefined]],
  'request-id': [[`${USER}:${ESME}:7`, undefined]],
  base64: [[PAYLOAD, '4.1.1']],
  hex: [
    ['8F0A', '8F0A'],
    ['0027', '4.1.1'],
  ],
  'dcc-alert-code': [['N24', 'N24']],
  'service-reference': [['4.8', '4.8.1']],
  srv: [['4.8.1', '4.8.1']],
}

/** Whether a message that has the value at this place alone is read as what the value says, and not as unknown data. */
function isRead({ path, holds }: MessagePlace): boolean {
  return VALUES[holds].some(([value, code]) => {
    const { direction, xml } = messageWith(
      path,
      holds === 'request-id' && path.endsWith('ResponseID') ? `${ESME}:${USER}:7` : value,
    )
    const result = readWhole(direction, Buffer.from(xml))
    if (!result.ok || result.facts.notUnderstood.includes('unknown-data')) return false
    const { codes, devices } = summarise(result.facts)
    return code === undefined ? devices.includes(ESME) : codes.includes(code)
  })
}

function messageWith(path: string, value: string): { direction: 'southbound' | 'northbound'; xml: string } {
  const [root, part = '', ...steps] = path.split('/')
  const content = nested(steps, value)
  if (root === 'Request') {
    const body = part === 'Body' ? content : '<sr:ReadInventory/>'
    const xml = dccRequest({ srv: '8.2', body })
    return { direction: 'southbound', xml: part === 'Header' ? inHeader(xml, steps, value) : xml }
  }
  const body = part === 'Body' ? content : `<sr:ResponseMessage>${references('8.2')}</sr:ResponseMessage>`
  const isReference = steps.length === 2 && /ServiceReference/.test(steps[1] ?? '')
  const whole = isReference
    ? body.replace(/^<sr:(\w+)>.*$/, (_, name) => referencesIn(name, steps[1] ?? '', value))
    : body.replace(/^<sr:ResponseMessage>(?!<sr:ServiceReference)/, (tag) => `${tag}${references('8.2')}`)
  const ids = { requestId: `${USER}:${DCC}:1`, responseId: `${DCC}:${USER}:1` }
  const xml = response({ ...ids, body: whole }).replace('xmlns:sr=', `xmlns:ra="${RA}" xmlns:sr=`)
  return { direction: 'northbound', xml: part === 'Header' ? inHeader(xml, steps, value) : xml }
}

/** The message with another reference or variant than that of 8.2, the other of the two being the same. */
function referencesIn(parent: string, name: string, value: string): string {
  const inside = references('8.2').replace(new RegExp(`(<sr:${name}>)[^<]*`), `$1${value}`)
  return `<sr:${parent}>${inside}</sr:${parent}>`
}

function inHeader(xml: string, [name = '']: readonly string[], value: string): string {
  return xml.replace(new RegExp(`(<sr:${name}>)[^<]*`), `$1${value}`)
}

function nested([step, ...rest]: readonly string[], value: string): string {
  if (step === undefined) return value
  const name = step.includes(':') ? step : `sr:${step}`
  return `<${name}>${nested(rest, value)}</${name}>`
}

/** Places that are neither read nor excepted, and exceptions that are read. */
function faultsOf(places: readonly MessagePlace[], exceptions = EXCEPTIONS): string[] {
  return places.flatMap((place) => {
    const isExcepted = exceptions.some(([path]) => path.test(place.path))
    if (isExcepted === !isRead(place)) return []
    return [`${place.path} (${place.holds}) is ${isExcepted ? 'read, and an exception' : 'not read'}`]
  })
}

const FILE = new URL('../../policy/catalogue/message-places.json', import.meta.url)
const text = readFileSync(FILE, 'utf8')
const { places } = JSON.parse(text) as MessagePlaces

t.test('each place of V5.4 is read, or is an exception', async (t) => {
  t.equal(places.length, 276)
  t.same(faultsOf(places), [])
})

const official = officialSchemas()
const skip = official === undefined && '@smartdcc/duis-sign-wrap is not installed'

t.test('each place of V5.1 is read, or is an exception', { skip }, async (t) => {
  const walked = messagePlaces(new XsdModel(official ?? new Map())).places
  t.same(faultsOf(walked), [])
  const known = new Set(places.map(({ path }) => path))
  t.same(
    walked.filter(({ path }) => !known.has(path)).map(({ path }) => path),
    [],
    'V5.4 has them all',
  )
})

t.test('each exception is needed: without it the walk finds places that are not read', async (t) => {
  for (const [path, reason] of EXCEPTIONS) {
    const others = EXCEPTIONS.filter(([other]) => other !== path)
    const concerned = places.filter((place) => path.test(place.path))
    t.not(faultsOf(concerned, others).length, 0, `${reason}: ${path}`)
  }
})

t.test('a place that the plan lacks is found', async (t) => {
  const lacking: MessagePlace = {
    path: 'Response/Body/ResponseMessage/LocalCommand/OtherPayload',
    holds: 'base64',
    schema: '',
  }
  t.same(faultsOf([lacking]), [`${lacking.path} (base64) is not read`])
})

/** Names of the elements that a choice of SMETS1 content has. */
function namesBelow(model: XsdModel, holder: string): string[] {
  const start = `Body/SMETS1ResponseMessage/SMETS1SignedResponse/SMETS1Response/Body/${holder}/`
  const paths = [...placesBelow(model.element(SR, 'Response'))].map(({ path }) => path)
  const below = paths.filter((path) => path.startsWith(start)).map((path) => path.slice(start.length))
  return [...new Set(below.map((path) => path.split('/')[0] ?? ''))]
}

function areUnderstood(t: Test, model: XsdModel, holder: string, type: Claim['type']): void {
  const names = namesBelow(model, holder)
  t.ok(names.length > 5, `${names.length} elements in ${holder}`)
  for (const name of names) {
    const path = `Response/Body/SMETS1ResponseMessage/SMETS1SignedResponse/SMETS1Response/Body/${holder}/${name}`
    const result = readWhole('northbound', Buffer.from(messageWith(path, '').xml))
    t.ok(result.ok && result.facts.claims.length > 0, `${name} says what it is`)
    t.ok(result.ok && result.facts.claims.every((claim) => claim.type === type), `${name} is known`)
    t.same(result.ok && result.facts.notUnderstood, [], name)
  }
}

const ANSWERS = 'ResponseMessage/ra:SMETSData'
const ALERTS = 'DeviceAlertMessage/ra:DeviceAlertContent/ra:Payload'

t.test('each element of SMETS1 answers and alerts of V5.1 stands for a kind', { skip }, async (t) => {
  const model = new XsdModel(official ?? new Map())
  areUnderstood(t, model, ANSWERS, 'srv')
  areUnderstood(t, model, ALERTS, 'alert')
})

const folder = process.env.DUISGATE_SCHEMAS
const unset = folder === undefined && 'set DUISGATE_SCHEMAS to the folder with the schemas of V5.4'

t.test('the file is what the script writes of the schemas', { skip: unset }, async (t) => {
  t.equal(text, messagePlacesText(messagePlaces(new XsdModel(readSchemaFolder(folder ?? '')))))
})

t.test('each element of SMETS1 answers and alerts of V5.4 stands for a kind', { skip: unset }, async (t) => {
  const model = new XsdModel(readSchemaFolder(folder ?? ''))
  areUnderstood(t, model, ANSWERS, 'srv')
  areUnderstood(t, model, ALERTS, 'alert')
})
