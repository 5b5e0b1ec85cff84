/**
 * The leaves of every answer, alert and DCC Alert payload in the schemas, by path and type, with the classes that people gave
 * them: what `policy/catalogue/data-items.json` is made of. A class is kept, never made up.
 */
import type { Catalogue } from '../../src/core/catalogue/catalogue.ts'
import type { DataItem, DataItems } from '../../src/core/catalogue/data-items.ts'
import { MMC_NAMES } from '../../src/core/duis/plan-smets1.ts'
import { type Place, placesBelow } from './places.ts'
import type { XsdModel } from './xsd-model.ts'

const SR = 'http://www.dccinterface.co.uk/ServiceUserGateway'
const RA = 'http://www.dccinterface.co.uk/ResponseAndAlert'

/** A leaf of the schemas, with what it is a leaf of: an SRV, an alert code, a DCC Alert payload or `*`. */
export interface Leaf {
  readonly of: string
  readonly path: string
  readonly type: string
}

/** The answer that each element below ResponseMessage is; `*`: it may be that of any SRV. */
const ANSWERS: Readonly<Record<string, string>> = {
  CINMessage: '9.1',
  DSPInventory: '8.2',
  DSPOptIn: '8.6',
  DSPScheduleID: '5.1',
  DSPScheduledMessage: '*',
  DSPSchedulesRead: '5.2',
  DSPUpdateFirmwareWarning: '11.1',
  DSPUpdatePPMIDFirmwareWarning: '11.4',
  DSPWANMatrix: '12.1',
  FutureDatedDeviceAlertMessage: '*',
  GBCSPayload: '*',
  LocalCommand: '*',
  PreCommand: '*',
  ServiceReference: '*',
  ServiceReferenceVariant: '*',
}

/** Every leaf of the schemas once, in their order; those of Headers and signatures are no part of an answer. */
export function leavesOf(model: XsdModel, catalogue: Catalogue): Leaf[] {
  const srvs = new Map(
    catalogue.data.serviceRequests.map(({ bodyElement, srv }) => [
      `${MMC_NAMES.get(bodyElement) ?? bodyElement}Rsp`,
      srv,
    ]),
  )
  const leaves = [
    ...[...placesBelow(model.element(SR, 'Response'))].flatMap(leavesOfDuis),
    ...[...placesBelow(model.element(RA, 'GBCSResponse'))].flatMap((place) =>
      leavesOfMmc(place, srvs, catalogue),
    ),
  ]
  const own = leaves.filter(({ path }) => !path.includes('ds:Signature'))
  return [...new Map(own.map((each) => [keyOf(each), each])).values()]
}

function leavesOfDuis({ path, type }: Place): Leaf[] {
  const [body, message, name = '', ...rest] = path.split('/')
  if (body !== 'Body' || message === 'SMETS1ResponseMessage') return []
  const within = [name, ...rest].join('/')
  if (message === 'ResponseMessage') return [leaf(ANSWERS[name] ?? unmapped(path), within, type)]
  if (message === 'DeviceAlertMessage') return [leaf('*', `DeviceAlertMessage/${within}`, type)]
  if (name !== 'DCCAlert') return [leaf('*', `DCCAlertMessage/${within}`, type)]
  const [payload = '', ...below] = rest
  return [leaf(payload, below.join('/') || 'text()', type)]
}

function leavesOfMmc({ path, type }: Place, srvs: ReadonlyMap<string, string>, catalogue: Catalogue): Leaf[] {
  const inside = path.replaceAll('ra:', '')
  const answer = /^Body\/ResponseMessage\/SMETSData\/(\w+)\/?(.*)$/.exec(inside)
  if (answer?.[1]) {
    const srv = srvs.get(answer[1]) ?? unmapped(path)
    return answer[2] ? [leaf(srv, answer[2], type)] : [] // an answer that is empty but for its attributes
  }
  const payload = /^Body\/DeviceAlertMessage\/DeviceAlertContent\/Payload\/(\w+)\/?(.*)$/.exec(inside)
  if (payload?.[1]) {
    const [, name, within] = payload
    const alerts = catalogue.data.deviceAlerts.filter(({ mmcElement }) => mmcElement === name)
    if (alerts.length === 0) unmapped(path)
    return alerts.map(({ code }) => leaf(code, within || name, type))
  }
  const content = /^Body\/DeviceAlertMessage\/(.*)$/.exec(inside)?.[1]
  if (content === 'DeviceAlertContent/GBCSHexAlertCode')
    return [...catalogue.alerts.keys()].map((code) => leaf(code, content, type))
  if (content !== undefined) return [leaf('*', content, type)]
  const common = /^Body\/ResponseMessage\/(.*)$/.exec(inside)?.[1]
  return common === undefined ? [] : [leaf('*', common, type)]
}

function leaf(of: string, path: string, type: string | undefined): Leaf {
  return { of, path, type: type ?? '' }
}

function unmapped(path: string): never {
  throw new Error(
    `nothing says which SRV or alert ${path} belongs to; add it to the catalogue or to scripts/schemas/data-items.ts`,
  )
}

function keyOf({ of, path }: Pick<Leaf, 'of' | 'path'>): string {
  return `${of} ${path}`
}

/**
 * The leaves with their classes, and those that have none. A leaf has several entries where its class depends. Leaves that only
 * earlier schemas have stay, at the end.
 */
export function classed(
  leaves: readonly Leaf[],
  known: readonly DataItem[],
): { readonly items: DataItem[]; readonly missing: Leaf[] } {
  const byKey = Map.groupBy(known, keyOf)
  const current = leaves.flatMap(({ of, path, type }) =>
    (byKey.get(keyOf({ of, path })) ?? []).map(({ until: _, ...item }) => ({ ...item, type })),
  )
  const keys = new Set(leaves.map(keyOf))
  const former = known.filter((item) => item.until !== undefined && !keys.has(keyOf(item)))
  return { items: [...current, ...former], missing: leaves.filter((each) => !byKey.has(keyOf(each))) }
}

/** The text of the file: one item a line. */
function dataItemsText({ schemas, items }: DataItems): string {
  const lines = items.map(({ of, path, type, until, when, classes }) =>
    JSON.stringify({ of, path, type, ...(until && { until }), ...(when && { when }), classes }),
  )
  return `{\n"schemas": ${JSON.stringify(schemas)},\n"items": [\n${lines.join(',\n')}\n]\n}\n`
}

/** The file that the schemas make of the classes in `known`, or the leaves that lack one. */
export function rebuilt(model: XsdModel, catalogue: Catalogue, known: readonly DataItem[]) {
  const { items, missing } = classed(leavesOf(model, catalogue), known)
  const schemas = Object.fromEntries(
    model.files
      .filter(({ namespace }) => namespace === SR || namespace === RA)
      .map(({ name, sha256 }) => [name, sha256]),
  )
  return { text: dataItemsText({ schemas, items }), missing }
}
