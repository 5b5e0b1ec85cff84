/** What the second reader finds in one message: only codes, EUIs and names and what stands for them, never a payload. */
import type { Catalogue } from '../core/catalogue/catalogue.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { NotUnderstood } from '../core/duis/facts.ts'
import { type GbcsHeader, gbcsHeaderOf } from './gbcs-header.ts'
import { euiOf, hexCodeOf, isReference, textsAt } from './look-up.ts'
import { MISNAMED_ANSWERS } from './places.ts'
import type { XmlElement } from './xml-tree.ts'

export interface SecondReaderOptions {
  readonly catalogue: Catalogue
  /** EUIs of the DCC, which are never Devices. */
  readonly dccEuis: ReadonlySet<DeviceKey>
}

/** All of it, when the message has been read. */
export type SecondReading = Readonly<Omit<Findings, `add${string}`>>

export class Findings {
  /** Local name of the root where it is of DUIS; else empty. */
  root = ''
  kind: 'service-request' | 'service-response' | 'device-alert' | 'dcc-alert' = 'service-response'
  /** Whether the message holds more than a reference and a code. */
  hasData = true
  /** ServiceReferenceVariants as written, and what body elements stand for. */
  readonly srvs = new Set<string>()
  /** SRVs of each ServiceReference that stands alone or beside a variant of another. */
  readonly srvsOfReferences = new Set<string>()
  /** For each GBCS message code, of payloads and SMETS1 headers, the SRVs of which it stands for one. */
  readonly srvChoices: (readonly string[])[] = []
  /** Device Alert codes: upper case, four digits at least. */
  readonly alerts = new Set<string>()
  /** For each element with an alert's content in clear the alerts of which it stands for one. */
  readonly alertChoices: (readonly string[])[] = []
  readonly dccAlerts = new Set<string>()
  /** Local names of elements that say what a message is and that the catalogue does not have. */
  readonly elements = new Set<string>()
  readonly devices = new Set<DeviceKey>()
  /** EUIs in elements of the Header that no known version has. */
  readonly devicesOfLaterFields = new Set<DeviceKey>()
  /** Headers of the payloads that have one, in document order. */
  readonly payloads: GbcsHeader[] = []
  /** What the message holds and nobody here understands. */
  readonly notUnderstood = new Set<NotUnderstood>()
  /** Local names of elements outside the Header that no known version has, and of all inside them. */
  readonly laterNames = new Set<string>()
  /** Originator of the RequestID, else target of the ResponseID. */
  user: DeviceKey | undefined
  readonly #catalogue: Catalogue
  readonly #dccEuis: ReadonlySet<DeviceKey>

  constructor({ catalogue, dccEuis }: SecondReaderOptions) {
    this.#catalogue = catalogue
    this.#dccEuis = dccEuis
  }

  /** Takes the first reference and variant of this name among the children of an element. */
  addKind(parent: XmlElement, name: string): void {
    const [reference] = textsAt(parent, name)
    const [variant] = textsAt(parent, `${name}Variant`)
    if (isReference(variant)) this.srvs.add(variant)
    if (!isReference(reference) || (variant !== undefined && `${variant}.`.startsWith(`${reference}.`)))
      return
    const entries = this.#catalogue.data.serviceRequests.filter(
      ({ serviceReference }) => serviceReference === reference,
    )
    for (const srv of entries.length > 0 ? entries.map((entry) => entry.srv) : [reference])
      this.srvsOfReferences.add(srv)
  }

  /** The SRV that an element of a Request, of a schedule or of a SMETS1 answer stands for; false when it stands for none. */
  addSrvOf(name: string): boolean {
    const { byBodyElement, byScheduleElement } = this.#catalogue
    const asked = MISNAMED_ANSWERS.get(name) ?? name.replace(/Rsp$/, '')
    const entry = byBodyElement.get(name) ?? byScheduleElement.get(name) ?? byBodyElement.get(asked)
    if (entry) this.srvs.add(entry.srv)
    return entry !== undefined
  }

  /** The element that holds an alert's content stands for one of the alerts that have it. */
  addContentOfAlert(name: string): void {
    const alerts = this.#catalogue.data.deviceAlerts.filter(({ mmcElement }) => mmcElement === name)
    if (alerts.length > 0) this.alertChoices.push(alerts.map(({ code }) => code))
  }

  addAlert(text: string): void {
    const code = hexCodeOf(text)
    if (code !== undefined) this.alerts.add(code)
  }

  addPayload(base64: string): void {
    const header = gbcsHeaderOf(base64)
    if (header) this.addHeader(header)
    else this.notUnderstood.add('unreadable-payload')
  }

  /** What says of itself that it is encrypted, or of another protocol, cannot be read even where it looks like it. */
  addTypedPayload({ attributes, text }: XmlElement): void {
    if (attributes.get('format') !== 'plain' || attributes.get('type') !== 'gbcs')
      this.notUnderstood.add('unreadable-payload')
    this.addPayload(text)
  }

  /** Both IDs are Devices, but for the User's. */
  addHeader(header: GbcsHeader): void {
    this.payloads.push(header)
    const { cra, originator, target } = header
    const [device, party] = cra === 'command' ? [target, originator] : [originator, target]
    this.addDevice(device)
    if (party !== this.user) this.addDevice(party)
    this.addMessageCode(header.messageCode)
  }

  /** What a GBCS message code stands for: an alert, or one of some SRVs. */
  addMessageCode(code: string | undefined): void {
    const { alertByMessageCode, gbcs } = this.#catalogue
    if (code === undefined) return
    const alert = alertByMessageCode.get(code)
    if (alert !== undefined) this.alerts.add(alert)
    const useCase = gbcs.get(code)
    if (!useCase) this.notUnderstood.add('unknown-message-code')
    else if (useCase.srvs.length > 0) this.srvChoices.push(useCase.srvs)
  }

  addList(text: string): void {
    for (const eui of text.split(',')) this.addDevice(euiOf(eui))
  }

  addDevice(key: DeviceKey | undefined): void {
    if (key !== undefined && !this.#dccEuis.has(key)) this.devices.add(key)
  }

  /** What stands in an element of the Header that no known version has. */
  addDeviceOfLaterField(key: DeviceKey): void {
    if (!this.#dccEuis.has(key)) this.devicesOfLaterFields.add(key)
  }
}
