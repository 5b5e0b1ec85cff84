/**
 * Values that mean something to a gateway: IDs of Devices that come back, payloads with a GBCS header, codes that exist.
 */
import { type ElementDeclaration, innermost, type SimpleType } from '../../../scripts/schemas/xsd-model.ts'
import { type GbcsHeader, gbcsPayload } from '../../fixtures/gbcs.ts'
import { DCC, ESME, GPF, GSME, OTHER_ESME, USER } from '../../fixtures/message.ts'
import { catalogue } from '../../support/plans.ts'
import type { Random } from './random.ts'
import { anyValue } from './values.ts'

const DEVICES = [ESME, OTHER_ESME, GSME, GPF]
const PAYLOAD_NAMES = ['GBCSPayload', 'DeviceGBCSResponse', 'GBCSData']
/** MAC wrappers and date-times whose lengths put the header at many places. */
const WRAPPERS: readonly Partial<GbcsHeader>[] = [
  { macLengthBytes: 1 },
  { macLengthBytes: 2 },
  { macLengthBytes: 3 },
  { macLengthBytes: 5, supplementaryParty: USER },
  { macLengthBytes: 4, macFieldBytes: [0, 0, 0, 12, 0] },
  { macLengthBytes: 3, macFieldBytes: [8, 8, 8, 12, 90] },
  { macLengthBytes: 3, macKeyInformation: [2, 1, 5, 1, 5] },
  { dateTimeBytes: 7 },
  { dateTimeBytes: 200, macLengthBytes: 2 },
]
const MESSAGE_CODES = [...catalogue.gbcs.keys()]
const ALERT_CODES = catalogue.data.deviceAlerts.map(({ code }) => code)
const VARIANTS = catalogue.data.serviceRequests

/** The SRV that the parts of one document mostly agree on. */
export interface MessageSubject {
  readonly srv: string
  readonly serviceReference: string
}

export function anySubject(random: Random): MessageSubject {
  return random.pick(VARIANTS)
}

/** A value that the type allows. */
export function messageValue(
  element: ElementDeclaration,
  type: SimpleType,
  subject: MessageSubject,
  random: Random,
): string {
  const usual = usualValue(element, type, subject, random)
  const isAllowed = usual !== undefined && isAmong(usual, innermost(type, 'enumeration'))
  return isAllowed ? usual : anyValue(type, random)
}

function isAmong(value: string, enumeration: readonly string[]): boolean {
  return enumeration.length === 0 || enumeration.includes(value)
}

/** What a message of this kind would mostly say there; undefined where anything does. */
function usualValue(
  { name }: ElementDeclaration,
  type: SimpleType,
  { srv, serviceReference }: MessageSubject,
  random: Random,
): string | undefined {
  if (random.chance(0.1)) return undefined
  if (isOrRestricts(type, 'EUI')) return eui(random)
  if (isOrRestricts(type, 'RequestIDType')) return requestId(name, random)
  if (isOrRestricts(type, 'DeviceIDList')) return euis(random)
  if (PAYLOAD_NAMES.includes(name)) return payload(random)
  if (type.builtin === 'hexBinary' && /AlertCode$/.test(name)) return hexCode(ALERT_CODES, random)
  if (type.builtin === 'hexBinary' && /MessageCode$/.test(name)) return hexCode(MESSAGE_CODES, random)
  if (type.name === 'ServiceReferenceVariant') return srv
  return type.name === 'ServiceReference' ? serviceReference : undefined
}

/** A code as number: zero bytes before it change nothing. */
function hexCode(codes: readonly string[], random: Random): string {
  return `${random.chance(0.1) ? '00' : ''}${cased(random.pick(codes), random)}`
}

function isOrRestricts(type: SimpleType, name: string): boolean {
  return type.name === name || (type.base !== undefined && isOrRestricts(type.base, name))
}

function eui(random: Random): string {
  return cased(random.pick([...DEVICES, ...DEVICES, DCC, USER]), random)
}

function euis(random: Random): string {
  return Array.from({ length: random.between(1, 5) }, () => cased(random.pick(DEVICES), random)).join(',')
}

/** A ResponseID comes from the Device and goes to the User. */
function requestId(name: string, random: Random): string {
  const device = cased(random.pick([...DEVICES, DCC]), random)
  const parties = name === 'ResponseID' ? [device, USER] : [USER, device]
  return `${parties.join(':')}:${random.pick(['0', '1000', '18446744073709551615'])}`
}

function payload(random: Random): string {
  if (random.chance(0.15)) return random.bytes(random.pick([0, 1, 30, 300])).toString('base64')
  const device = random.pick(DEVICES)
  const other = random.pick([USER, DCC])
  const cra = random.pick(['command', 'response', 'alert'] as const)
  const [originator, target] = cra === 'command' ? [other, device] : [device, other]
  const layout = random.pick([{}, {}, ...WRAPPERS])
  return gbcsPayload({
    cra,
    originator,
    target,
    messageCode: random.chance(0.9) ? random.pick(MESSAGE_CODES) : random.bytes(2).toString('hex'),
    counter: random.below(2 ** 40),
    isFutureDated: random.chance(0.2),
    contentBytes: layout.macLengthBytes === 1 ? 8 : random.between(0, 200),
    ...(random.chance(0.1) ? { supplementaryParty: USER } : {}),
    ...layout,
  })
}

function cased(text: string, random: Random): string {
  if (random.chance(0.6)) return text
  return [...text]
    .map((letter) => (random.chance(0.5) ? letter.toLowerCase() : letter.toUpperCase()))
    .join('')
}
