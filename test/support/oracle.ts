/**
 * A second reader, on libxml2: DOM and XPath where the gateway has a byte scanner, strings where it has numbers.
 *
 * It shares the catalogue's data with the reader and no code. It sees what an XML processor that follows the XSD's
 * paths would act on; the reader must see at least as much.
 */
import { ParseOption, XmlDocument, type XmlElement, type XmlNode } from 'libxml2-wasm'
import type { Catalogue, DevicePath } from '../../src/core/catalogue/catalogue.ts'
import { formatEui64 } from '../../src/core/duis/eui64.ts'
import type { MessageFacts } from '../../src/core/duis/facts.ts'
import { gbcsHeader } from './oracle-header.ts'
import {
  ALERT_NAMES,
  ALERT_PATHS,
  HEADER_NAMES,
  MISNAMED,
  OPEN_PLACES,
  PAYLOAD_NAMES,
  PAYLOAD_PATHS,
  REFERENCE_NAMES,
  RESPONSE_BODIES,
  RESPONSE_DEVICE_PATHS,
  RESPONSE_KIND_PATHS,
  RESPONSE_LIST_PATHS,
  SMETS1_ALERT_PATH,
  SMETS1_DATA_PATH,
  SMETS1_DEVICE_PATHS,
  SMETS1_MESSAGE_CODE_PATH,
  SRV_NAMES,
} from './oracle-places.ts'

const NAMESPACES = {
  sr: 'http://www.dccinterface.co.uk/ServiceUserGateway',
  ra: 'http://www.dccinterface.co.uk/ResponseAndAlert',
  ds: 'http://www.w3.org/2000/09/xmldsig#',
}

/** What libxml2 makes of a byte string. Everything is as XPath finds it, in document order, without repeats. */
export interface OracleView {
  readonly wellFormed: boolean
  /** Why libxml2 does not take the bytes; absent when it does. */
  readonly refusal: string | undefined
  readonly hasDoctype: boolean
  /** `{namespace}name`; absent when the bytes are not well formed. */
  readonly root: string | undefined
  /** Upper-case EUIs; the DCC's are left out. */
  readonly devices: readonly string[]
  readonly srvs: readonly string[]
  readonly alerts: readonly string[]
  readonly dccAlerts: readonly string[]
}

const NOTHING = { devices: [], srvs: [], alerts: [], dccAlerts: [] }

/** Text before XML white space handling, as the XSD's xs:token sees it. */
function collapsed(node: XmlNode): string {
  return node.content.replace(/[\t\n\r ]+/g, ' ').trim()
}

export interface OracleOptions {
  readonly catalogue: Catalogue
  /** As text, upper case. */
  readonly dccEuis: readonly string[]
}

/** Reads with libxml2. Never throws: bytes it cannot parse are not well formed. */
export function consultOracle(bytes: Uint8Array, options: OracleOptions): OracleView {
  let document: XmlDocument
  try {
    document = XmlDocument.fromBuffer(bytes, {
      option: ParseOption.XML_PARSE_NO_XXE | ParseOption.XML_PARSE_HUGE,
    })
  } catch (error) {
    const refusal = error instanceof Error ? error.message.trim() : String(error)
    return { wellFormed: false, refusal, hasDoctype: false, root: undefined, ...NOTHING }
  }
  try {
    return viewOf(document, options)
  } finally {
    document.dispose()
  }
}

function viewOf(document: XmlDocument, options: OracleOptions): OracleView {
  const root = document.root
  const name = `{${root.namespaceUri}}${root.name}`
  const hasDoctype = document.dtd !== null
  const base = { wellFormed: true, refusal: undefined, hasDoctype, root: name }
  if (name === `{${NAMESPACES.sr}}Request`) return { ...base, ...new Sight(root, options).ofRequest() }
  if (name === `{${NAMESPACES.sr}}Response`) return { ...base, ...new Sight(root, options).ofResponse() }
  return { ...base, ...NOTHING }
}

type Seen = Pick<OracleView, 'devices' | 'srvs' | 'alerts' | 'dccAlerts'>

/** One look at one document: collects as it goes. */
class Sight {
  readonly #root: XmlElement
  readonly #options: OracleOptions
  readonly #devices = new Set<string>()
  readonly #srvs = new Set<string>()
  readonly #alerts = new Set<string>()
  readonly #dccAlerts = new Set<string>()

  constructor(root: XmlElement, options: OracleOptions) {
    this.#root = root
    this.#options = options
  }

  ofRequest(): Seen {
    const { catalogue } = this.#options
    this.#each('sr:Header/sr:RequestID', (id) => this.#addRequestIdPart(id, 1))
    this.#addKind('sr:Header', 'sr:ServiceReference')
    for (const element of this.#root.find('sr:Body/sr:*', NAMESPACES)) {
      const entry = catalogue.byBodyElement.get((element as XmlElement).name)
      if (!entry) continue
      this.#srvs.add(entry.srv)
      this.#addDevicePaths('sr:Body', entry.devicePaths)
    }
    this.#lookIntoSchedule()
    this.#lookIntoPayloads()
    this.#lookIntoHeader(HEADER_NAMES.Request)
    const known = catalogue.data.serviceRequests.map(({ bodyElement }) => bodyElement)
    this.#lookIntoLater('sr:Body', [...known, 'SignedPreCommand'])
    return this.#seen()
  }

  ofResponse(): Seen {
    this.#each('sr:Header/sr:RequestID', (id) => this.#addRequestIdPart(id, 1))
    this.#each('sr:Header/sr:ResponseID', (id) => this.#addRequestIdPart(id, 0))
    for (const path of RESPONSE_DEVICE_PATHS) this.#each(`sr:Body/${path}`, (eui) => this.#addEui(eui))
    for (const path of RESPONSE_LIST_PATHS) this.#each(`sr:Body/${path}`, (list) => this.#addList(list))
    for (const [parent, name] of RESPONSE_KIND_PATHS) this.#addKind(parent, name)
    for (const path of ALERT_PATHS) this.#each(`sr:Body/${path}`, (code) => this.#addAlert(code))
    this.#each('sr:Body/sr:DCCAlertMessage/sr:DCCAlertCode', (code) => this.#dccAlerts.add(code))
    this.#lookIntoDccAlert()
    // Before the payloads, as it stands: a code of several SRVs adds none when one of them is known.
    this.#each(`sr:Body/${SMETS1_MESSAGE_CODE_PATH}`, (code) => this.#addMessageCode(code.toUpperCase()))
    this.#lookIntoPayloads()
    for (const element of this.#root.find(`sr:Body/${SMETS1_DATA_PATH}/ra:*`, NAMESPACES))
      this.#addKindOfElement((element as XmlElement).name)
    for (const path of SMETS1_DEVICE_PATHS)
      this.#each(`sr:Body/${SMETS1_DATA_PATH}/${path}`, (eui) => this.#addEui(eui))
    this.#addAlertsByElement()
    this.#lookIntoHeader(HEADER_NAMES.Response)
    this.#lookIntoLater('sr:Body', RESPONSE_BODIES)
    for (const [path, names] of OPEN_PLACES) this.#lookIntoLater(path, names)
    const { dccAlertPayloads, deviceAlerts } = this.#options.catalogue.data
    const payloads = dccAlertPayloads.map(({ element }) => element)
    this.#lookIntoLater('sr:Body/sr:DCCAlertMessage/sr:DCCAlert', payloads)
    this.#lookIntoLater(
      SMETS1_ALERT_PATH,
      deviceAlerts.flatMap(({ mmcElement }) => mmcElement ?? []),
    )
    return this.#seen()
  }

  /** The element of a Request, of a schedule or of a SMETS1 answer that stands for an SRV. */
  #addKindOfElement(name: string): void {
    const { byBodyElement, byScheduleElement } = this.#options.catalogue
    const asked = name === MISNAMED ? 'ReadDeviceConfigurationBillingCalendar' : name.replace(/Rsp$/, '')
    const entry = byBodyElement.get(asked) ?? byScheduleElement.get(name)
    if (entry) this.#srvs.add(entry.srv)
  }

  /** The content of an alert: any code that it may have, unless the message says which. */
  #addAlertsByElement(at = SMETS1_ALERT_PATH): void {
    for (const element of this.#root.find(`${at}/ra:*`, NAMESPACES))
      this.#addAlertsOf((element as XmlElement).name)
  }

  #addAlertsOf(name: string): void {
    const { deviceAlerts } = this.#options.catalogue.data
    const codes = deviceAlerts.filter(({ mmcElement }) => mmcElement === name)
    if (codes.some(({ code }) => this.#alerts.has(code))) return
    for (const { code } of codes) this.#alerts.add(code)
  }

  #lookIntoHeader(names: readonly string[]): void {
    const others = names.map((name) => `not(self::sr:${name})`).join(' and ')
    this.#each(`sr:Header/sr:*[${others}]/descendant-or-self::*[not(*)]`, (text) => this.#addWords(text))
  }

  /** Codes, SRVs and payloads by the names they have elsewhere, and Devices and payloads by what they look like. */
  #lookIntoLater(parent: string, known: readonly string[]): void {
    const others = known.map((name) => `local-name() != "${name}"`).join(' and ')
    const inside = `${parent}/*[self::sr:* or self::ra:*][${others}]/descendant-or-self::*[not(ancestor-or-self::ds:*)]`
    const isDccAlert = parent.includes('DCCAlert')
    for (const node of this.#root.find(inside, NAMESPACES)) {
      const element = node as XmlElement
      const isDuis = element.namespaceUri === NAMESPACES.sr || element.namespaceUri === NAMESPACES.ra
      this.#lookIntoLaterElement(isDuis ? element.name : '', element, isDccAlert)
    }
  }

  #lookIntoLaterElement(name: string, element: XmlElement, isDccAlert: boolean): void {
    if (!isDccAlert) this.#addKindOfElement(name)
    this.#addAlertsOf(name)
    if (element.get('*') !== null) return
    const text = collapsed(element)
    if (ALERT_NAMES.includes(name)) this.#addAlert(text)
    else if (!isDccAlert) this.#addLaterCode(name, text, element)
    if (!PAYLOAD_NAMES.includes(name)) this.#addWords(text)
    this.#addPayload(text)
  }

  #addLaterCode(name: string, text: string, element: XmlElement): void {
    // White space of an xs:string is part of it: what has any is a reference that nobody knows.
    const isReference = /^(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){1,3}$/.test(element.content)
    if (SRV_NAMES.includes(name) && isReference) this.#srvs.add(text)
    else if (REFERENCE_NAMES.includes(name) && isReference) {
      const next = element.get('following-sibling::*[1]') as XmlElement | null
      const variant = next?.name === `${name}Variant` ? next.content.trim() : ''
      if (!`${variant}.`.startsWith(`${text}.`)) this.#addReference(text)
    } else if (name === 'DCCAlertCode' && /^[A-Z]+[0-9]+$/.test(text)) this.#dccAlerts.add(text)
    else if (name === 'GBCSHexadecimalMessageCode') this.#addMessageCode(text.toUpperCase())
  }

  #addWords(text: string): void {
    for (const word of text.split(/[ ,:;]/)) this.#addEui(word)
  }

  /** A variant; and where the ServiceReference before it is another's, every variant of that one. */
  #addKind(parent: string, name: string): void {
    const [reference, ...furtherReferences] = this.#texts(
      `${parent}/${name}[following-sibling::${name}Variant]`,
    )
    const variants = this.#texts(`${parent}/${name}Variant`)
    for (const srv of variants) this.#srvs.add(srv)
    if (variants.length === 0) for (const lone of this.#texts(`${parent}/${name}`)) this.#addReference(lone)
    const [variant, ...furtherVariants] = variants
    if (furtherReferences.length + furtherVariants.length > 0) return
    if (reference !== undefined && variant !== undefined && !`${variant}.`.startsWith(`${reference}.`)) {
      this.#addReference(reference)
    }
  }

  #addReference(reference: string): void {
    const { serviceRequests } = this.#options.catalogue.data
    const variants = serviceRequests.filter((entry) => entry.serviceReference === reference)
    for (const srv of variants.length > 0 ? variants.map((entry) => entry.srv) : [reference])
      this.#srvs.add(srv)
  }

  #lookIntoSchedule(): void {
    this.#addKind('sr:Body/sr:CreateSchedule', 'sr:DSPScheduledServiceReference')
    for (const element of this.#root.find('sr:Body/sr:CreateSchedule/sr:*', NAMESPACES)) {
      const entry = this.#options.catalogue.byScheduleElement.get((element as XmlElement).name)
      if (entry) this.#srvs.add(entry.srv)
    }
  }

  #lookIntoDccAlert(): void {
    const at = 'sr:Body/sr:DCCAlertMessage/sr:DCCAlert'
    for (const payload of this.#options.catalogue.data.dccAlertPayloads) {
      if (this.#root.get(`${at}/sr:${payload.element}`, NAMESPACES) === null) continue
      this.#addDevicePaths(at, payload.devicePaths)
      for (const path of payload.alertCodePaths) {
        this.#each(`${at}/${prefixed(path)}`, (code) => this.#addAlert(code))
      }
    }
  }

  #lookIntoPayloads(): void {
    for (const path of PAYLOAD_PATHS) this.#each(`sr:Body/${path}`, (text) => this.#addPayload(text))
  }

  #addPayload(text: string): void {
    const header = gbcsHeader(text)
    if (!header) return
    for (const id of header.ids) if (id !== this.#user()) this.#addEui(id)
    this.#addMessageCode(header.messageCode)
  }

  /** Who asked for it, or who it is sent to. */
  #user(): string | undefined {
    const [requestId] = this.#texts('sr:Header/sr:RequestID')
    const [responseId] = this.#texts('sr:Header/sr:ResponseID')
    return (requestId?.split(':')[0] ?? responseId?.split(':')[1])?.trim().toUpperCase()
  }

  /** A code may stand for several SRVs: all of them, unless the message says which. */
  #addMessageCode(code: string): void {
    const { catalogue } = this.#options
    const alert = catalogue.alertByMessageCode.get(code)
    if (alert !== undefined) this.#alerts.add(alert)
    const srvs = catalogue.gbcs.get(code)?.srvs ?? []
    if (srvs.some((srv) => this.#srvs.has(srv))) return
    for (const srv of srvs) this.#srvs.add(srv)
  }

  #addDevicePaths(at: string, paths: readonly DevicePath[]): void {
    for (const { path, as } of paths) {
      for (const text of this.#texts(`${at}/${prefixed(path)}`)) this.#addDevice(text, as)
    }
  }

  #addDevice(text: string, as: DevicePath['as']): void {
    if (as === 'eui') this.#addEui(text)
    else if (as === 'eui-list') this.#addList(text)
    else this.#addRequestIdPart(text, as === 'request-target' ? 1 : 0)
  }

  #addRequestIdPart(text: string, part: 0 | 1): void {
    this.#addEui(text.split(':')[part] ?? '')
  }

  #addList(text: string): void {
    for (const eui of text.split(',')) this.#addEui(eui)
  }

  #addEui(text: string): void {
    const eui = text.trim().toUpperCase()
    if (/^([0-9A-F]{2}-){7}[0-9A-F]{2}$/.test(eui) && !this.#options.dccEuis.includes(eui))
      this.#devices.add(eui)
  }

  #addAlert(text: string): void {
    if (!/^([0-9A-Fa-f]{2})+$/.test(text)) return
    // Without leading zero bytes, two bytes at least.
    this.#alerts.add(
      text
        .toUpperCase()
        .replace(/^(?:00)+(?=.{4})/, '')
        .padStart(4, '0'),
    )
  }

  #each(path: string, take: (text: string) => void): void {
    for (const text of this.#texts(path)) take(text)
  }

  #texts(path: string): string[] {
    return this.#root.find(path, NAMESPACES).map(collapsed)
  }

  #seen(): Seen {
    this.#lookIntoLater('.', ['Header', 'Body'])
    return {
      devices: [...this.#devices],
      srvs: [...this.#srvs],
      alerts: [...this.#alerts],
      dccAlerts: [...this.#dccAlerts],
    }
  }
}

function prefixed(path: string): string {
  return path.replace(/(^|\/)/g, '$1sr:')
}

/** What the reader holds of the things the oracle looks for. */
function viewOfFacts(facts: MessageFacts): Seen {
  const { claims } = facts
  return {
    devices: facts.devices.map(formatEui64),
    srvs: claims.flatMap((claim) => (claim.type === 'srv' ? [claim.srv] : [])),
    alerts: claims.flatMap((claim) => (claim.type === 'alert' ? [claim.code] : [])),
    dccAlerts: claims.flatMap((claim) => (claim.type === 'dcc-alert' ? [claim.code] : [])),
  }
}

/** libxml2 asks more of a namespace name than Namespaces in XML does; such a name binds nothing of DUIS. */
const NAMESPACE_IS_NO_URI = /^xmlns(:\S+)?: '[^']*' is not a valid URI$/

/**
 * What would make an accepted message unsafe: the oracle cannot parse it, sees a DOCTYPE or another root, or sees
 * something the facts do not hold. Empty when the reader saw at least as much.
 */
export function unseenByReader(view: OracleView, facts: MessageFacts): string[] {
  if (view.refusal !== undefined) {
    const isOverstrict = view.refusal.split('\n').every((line) => NAMESPACE_IS_NO_URI.test(line))
    return isOverstrict ? [] : [`libxml2 refuses it: ${view.refusal}`]
  }
  const expectedRoot = `{${NAMESPACES.sr}}${facts.direction === 'southbound' ? 'Request' : 'Response'}`
  const problems = view.hasDoctype ? ['it has a DOCTYPE'] : []
  if (view.root !== expectedRoot) problems.push(`the root is ${view.root}`)
  return [...problems, ...missing(view, viewOfFacts(facts))]
}

/** What the facts hold and the oracle does not see: nothing unsafe, but a reading that nobody can explain. */
export function inventedByReader(view: OracleView, facts: MessageFacts): string[] {
  return missing(viewOfFacts(facts), view)
}

function missing(seen: Seen, held: Seen): string[] {
  return (['devices', 'srvs', 'alerts', 'dccAlerts'] as const).flatMap((what) =>
    seen[what].filter((value) => !held[what].includes(value)).map((value) => `${what}: ${value}`),
  )
}
