/**
 * The second reader: what a message says, found by looking paths up in a tree.
 *
 * It is for comparing with what the gateway read (`differences.ts`) and never decides. It shares the catalogue's facts and the
 * EUI type with the first reader, and no line of code. It reads what the paths of the XSD say: for messages that the first reader
 * took, for it checks neither structure nor values.
 */
import type { DevicePath } from '../core/catalogue/catalogue.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { NotUnderstood } from '../core/duis/facts.ts'
import { type GbcsHeader, gbcsHeaderOf } from './gbcs-header.ts'
import { at, euiOf, euisAmong, hexCodeOf, nameOf, partiesOf, selfAndBelow, textsAt } from './look-up.ts'
import {
  ALERT_CODE_PATHS,
  ALERT_DATA_PATH,
  ALERTS_BY_DATA,
  ANSWER_PATH,
  EUI_LIST_PATHS,
  EUI_PATHS,
  HEADER_NAMES,
  KIND_PARENTS,
  KNOWN_CHILDREN,
  KNOWN_SCHEDULE_NAMES,
  MISNAMED_ANSWERS,
  PAYLOAD_PATHS,
  SMETS1_ALERT_PATH,
  SMETS1_MESSAGE_CODE_PATH,
} from './places.ts'
import type { SecondReaderOptions, SecondReading } from './second-reading.ts'
import { treeOf, type XmlElement } from './xml-tree.ts'

/** Reads a message; throws `NoTree` where the bytes are no tree of elements. */
export function readAgain(bytes: Uint8Array, options: SecondReaderOptions): SecondReading {
  const look = new Look(treeOf(bytes), options)
  look.atHeader()
  look.atBody()
  return look.reading()
}

class Look {
  readonly #root: XmlElement
  readonly #options: SecondReaderOptions
  readonly #srvs = new Set<string>()
  readonly #srvsOfReferences = new Set<string>()
  readonly #alerts = new Set<string>()
  readonly #dccAlerts = new Set<string>()
  readonly #elements = new Set<string>()
  readonly #devices = new Set<DeviceKey>()
  readonly #devicesOfLaterFields = new Set<DeviceKey>()
  readonly #payloads: GbcsHeader[] = []
  readonly #srvsOfMessageCodes: (readonly string[])[] = []
  readonly #notUnderstood = new Set<NotUnderstood>()
  #user: DeviceKey | undefined

  constructor(root: XmlElement, options: SecondReaderOptions) {
    this.#root = root
    this.#options = options
  }

  atHeader(): void {
    for (const id of textsAt(this.#root, 'sr:Header/sr:RequestID')) {
      const [originator, target] = partiesOf(id)
      this.#user = originator
      this.#addDevice(target)
    }
    for (const id of textsAt(this.#root, 'sr:Header/sr:ResponseID')) {
      const [originator, target] = partiesOf(id)
      this.#user ??= target
      this.#addDevice(originator)
    }
    const known = HEADER_NAMES.get(nameOf(this.#root) ?? '')
    for (const header of at(this.#root, 'sr:Header')) {
      const later = header.children.filter((child) => !known?.has(nameOf(child) ?? ''))
      for (const { text } of later.flatMap(selfAndBelow)) {
        for (const key of euisAmong(text)) this.#add(this.#devicesOfLaterFields, key)
      }
    }
  }

  atBody(): void {
    for (const [parent, name] of KIND_PARENTS)
      for (const element of at(this.#root, parent)) this.#addKind(element, name)
    this.#atRequestBody()
    this.#atResponseBody()
    this.#atSchedule()
    this.#atDccAlert()
    this.#atSmets1()
    for (const path of EUI_PATHS) for (const text of textsAt(this.#root, path)) this.#addDevice(euiOf(text))
    for (const path of EUI_LIST_PATHS) for (const text of textsAt(this.#root, path)) this.#addList(text)
    for (const path of ALERT_CODE_PATHS) for (const text of textsAt(this.#root, path)) this.#addAlert(text)
    for (const path of PAYLOAD_PATHS) for (const { text } of at(this.#root, path)) this.#addPayload(text)
  }

  reading(): SecondReading {
    return {
      root: nameOf(this.#root)?.replace(/^sr:|^ra:.*/, '') ?? '',
      kind: this.#kind(),
      srvs: this.#srvs,
      srvsOfReferences: this.#srvsOfReferences,
      alerts: this.#alerts,
      dccAlerts: this.#dccAlerts,
      elements: this.#elements,
      devices: this.#devices,
      devicesOfLaterFields: this.#devicesOfLaterFields,
      payloads: this.#payloads,
      srvsOfMessageCodes: this.#srvsOfMessageCodes,
      notUnderstood: this.#notUnderstood,
      user: this.#user,
      hasData: this.#hasData(),
    }
  }

  #kind(): SecondReading['kind'] {
    if (at(this.#root, 'sr:Body/sr:DCCAlertMessage').length > 0) return 'dcc-alert'
    const alerts = ['sr:Body/sr:DeviceAlertMessage', SMETS1_ALERT_PATH]
    if (alerts.some((path) => at(this.#root, path).length > 0)) return 'device-alert'
    return nameOf(this.#root) === 'sr:Request' ? 'service-request' : 'service-response'
  }

  #hasData(): boolean {
    const bodies = at(this.#root, 'sr:Body').flatMap(({ children }) => children)
    if (!bodies.every((body) => nameOf(body) === 'sr:ResponseMessage')) return true
    return bodies.some(({ children }) =>
      children.some((child) => !/^sr:ServiceReference(Variant)?$/.test(nameOf(child) ?? '')),
    )
  }

  /** A body element says what the Request is, whatever the Header says. */
  #atRequestBody(): void {
    if (nameOf(this.#root) !== 'sr:Request') return
    for (const element of at(this.#root, 'sr:Body').flatMap(({ children }) => children)) {
      const entry = this.#options.catalogue.byBodyElement.get(element.localName)
      if (entry) {
        this.#srvs.add(entry.srv)
        this.#addDevicePaths('sr:Body', entry.devicePaths)
      } else if (element.localName !== 'SignedPreCommand') this.#elements.add(element.localName)
    }
  }

  /** Data that no known version has, in place of a Response's message or inside its answer. */
  #atResponseBody(): void {
    if (nameOf(this.#root) !== 'sr:Response') return
    const unknown = [...KNOWN_CHILDREN].flatMap(([path, names]) =>
      at(this.#root, path).flatMap(({ children }) =>
        children.filter((child) => !names.has(nameOf(child) ?? '')),
      ),
    )
    if (unknown.length > 0) this.#notUnderstood.add('unknown-data')
  }

  #atSchedule(): void {
    for (const child of at(this.#root, 'sr:Body/sr:CreateSchedule').flatMap(({ children }) => children)) {
      const entry = this.#options.catalogue.byScheduleElement.get(child.localName)
      if (nameOf(child) === undefined) continue
      if (entry) this.#srvs.add(entry.srv)
      else if (!KNOWN_SCHEDULE_NAMES.has(child.localName)) this.#elements.add(child.localName)
    }
  }

  #atDccAlert(): void {
    const alert = 'sr:Body/sr:DCCAlertMessage'
    for (const code of textsAt(this.#root, `${alert}/sr:DCCAlertCode`)) this.#dccAlerts.add(code)
    for (const { devicePaths, alertCodePaths } of this.#options.catalogue.data.dccAlertPayloads) {
      this.#addDevicePaths(`${alert}/sr:DCCAlert`, devicePaths)
      for (const path of alertCodePaths) {
        for (const text of textsAt(this.#root, `${alert}/sr:DCCAlert/${ofDuis(path)}`)) this.#addAlert(text)
      }
    }
  }

  #atSmets1(): void {
    for (const code of textsAt(this.#root, SMETS1_MESSAGE_CODE_PATH)) this.#addMessageCode(hexCodeOf(code))
    for (const answer of at(this.#root, ANSWER_PATH).flatMap(({ children }) => children)) {
      const name = MISNAMED_ANSWERS.get(answer.localName) ?? answer.localName.replace(/Rsp$/, '')
      const entry = answer.localName.endsWith('Rsp') && this.#options.catalogue.byBodyElement.get(name)
      if (entry) this.#srvs.add(entry.srv)
      else this.#elements.add(answer.localName)
    }
    for (const data of at(this.#root, ALERT_DATA_PATH).flatMap(({ children }) => children)) {
      const code = ALERTS_BY_DATA.get(data.localName)
      if (code !== undefined) this.#alerts.add(code)
    }
  }

  /** ServiceReferences and their variants among the children of one element. */
  #addKind(parent: XmlElement, name: string): void {
    const [reference] = textsAt(parent, name)
    const [variant] = textsAt(parent, `${name}Variant`)
    if (variant !== undefined) this.#srvs.add(variant)
    if (reference === undefined || (variant !== undefined && `${variant}.`.startsWith(`${reference}.`)))
      return
    const entries = this.#options.catalogue.data.serviceRequests.filter(
      ({ serviceReference }) => serviceReference === reference,
    )
    for (const srv of entries.length > 0 ? entries.map((entry) => entry.srv) : [reference])
      this.#srvsOfReferences.add(srv)
  }

  #addPayload(base64: string): void {
    const header = gbcsHeaderOf(base64)
    if (!header) {
      this.#notUnderstood.add('unreadable-payload')
      return
    }
    this.#payloads.push(header)
    const [device, party] =
      header.cra === 'command' ? [header.target, header.originator] : [header.originator, header.target]
    this.#addDevice(device)
    if (party !== this.#user) this.#addDevice(party)
    this.#addMessageCode(header.messageCode)
  }

  /** What a GBCS message code stands for: an alert, or one of some SRVs. */
  #addMessageCode(code: string | undefined): void {
    const { alertByMessageCode, gbcs } = this.#options.catalogue
    if (code === undefined) return
    const alert = alertByMessageCode.get(code)
    if (alert !== undefined) this.#alerts.add(alert)
    const useCase = gbcs.get(code)
    if (!useCase) this.#notUnderstood.add('unknown-message-code')
    else if (useCase.srvs.length > 0) this.#srvsOfMessageCodes.push(useCase.srvs)
  }

  #addDevicePaths(from: string, paths: readonly DevicePath[]): void {
    for (const { path, as } of paths) {
      for (const text of textsAt(this.#root, `${from}/${ofDuis(path)}`)) {
        if (as === 'eui') this.#addDevice(euiOf(text))
        else if (as === 'eui-list') this.#addList(text)
        else this.#addDevice(partiesOf(text)[as === 'request-originator' ? 0 : 1])
      }
    }
  }

  #addList(text: string): void {
    for (const eui of text.split(',')) this.#addDevice(euiOf(eui))
  }

  #addAlert(text: string): void {
    const code = hexCodeOf(text)
    if (code !== undefined) this.#alerts.add(code)
  }

  #addDevice(key: DeviceKey | undefined): void {
    if (key !== undefined) this.#add(this.#devices, key)
  }

  #add(devices: Set<DeviceKey>, key: DeviceKey): void {
    if (!this.#options.dccEuis.has(key)) devices.add(key)
  }
}

/** A path of the catalogue, whose names are all of DUIS. */
function ofDuis(path: string): string {
  return path
    .split('/')
    .map((name) => `sr:${name}`)
    .join('/')
}
