/**
 * The second reader: what a message says, found by looking paths up in a tree.
 *
 * It is for comparing with what the gateway read (`differences.ts`) and never decides. It shares the catalogue's facts and the
 * EUI type with the first reader, and no line of code. It reads what the paths of the XSD say: for messages that the first reader
 * took, for it checks neither structure nor values.
 */
import type { Catalogue, DevicePath } from '../core/catalogue/catalogue.ts'
import { Findings, type SecondReaderOptions, type SecondReading } from './findings.ts'
import { gbcsHeaderOf } from './gbcs-header.ts'
import {
  at,
  euiOf,
  euisAmong,
  hexCodeOf,
  nameOf,
  partiesOf,
  selfAndBelow,
  textsAt,
  textValueOf,
} from './look-up.ts'
import {
  ALERT_CODE_PATHS,
  ALERT_DATA_PATH,
  ANSWER_PATH,
  CARRIED_ALERT_NAMES,
  CARRIED_KIND_NAMES,
  EUI_LIST_PATHS,
  EUI_PATHS,
  HEADER_NAMES,
  KIND_PARENTS,
  KNOWN_CHILDREN,
  KNOWN_SCHEDULE_NAMES,
  PAYLOAD_PATHS,
  SMETS1_ALERT_PATH,
  SMETS1_MESSAGE_CODE_PATH,
  TYPED_PAYLOAD_PATHS,
} from './places.ts'
import { treeOf, type XmlElement } from './xml-tree.ts'

/** Reads a message; throws `NoTree` where the bytes are no tree of elements. */
export function readAgain(bytes: Uint8Array, options: SecondReaderOptions): SecondReading {
  return new SecondRead(treeOf(bytes), options).reading()
}

class SecondRead {
  readonly #root: XmlElement
  readonly #catalogue: SecondReaderOptions['catalogue']
  readonly #found: Findings

  constructor(root: XmlElement, options: SecondReaderOptions) {
    this.#root = root
    this.#catalogue = options.catalogue
    this.#found = new Findings(options)
  }

  reading(): SecondReading {
    this.#atHeader()
    this.#atRequestBody()
    this.#atSchedule()
    this.#atDccAlert()
    this.#atSmets1()
    this.#atPlaces()
    for (const place of laterElements(this.#root, this.#catalogue)) this.#atLater(place)
    const root = nameOf(this.#root) ?? ''
    if (root.startsWith('sr:')) this.#found.root = root.slice('sr:'.length)
    this.#found.kind = this.#kind()
    this.#found.hasData = this.#hasData()
    return this.#found
  }

  #kind(): SecondReading['kind'] {
    if (this.#at('sr:Body/sr:DCCAlertMessage').length > 0) return 'dcc-alert'
    const alerts = ['sr:Body/sr:DeviceAlertMessage', SMETS1_ALERT_PATH]
    if (alerts.some((path) => this.#at(path).length > 0)) return 'device-alert'
    return nameOf(this.#root) === 'sr:Request' ? 'service-request' : 'service-response'
  }

  #hasData(): boolean {
    const [body] = this.#childrenAt('sr:Body')
    if (!body || nameOf(body) !== 'sr:ResponseMessage') return true
    return body.children.some((child) => !/^sr:ServiceReference(Variant)?$/.test(nameOf(child) ?? ''))
  }

  #atHeader(): void {
    const found = this.#found
    for (const id of this.#textsAt('sr:Header/sr:RequestID')) {
      const [originator, target] = partiesOf(id)
      found.user = originator
      found.addDevice(target)
    }
    for (const id of this.#textsAt('sr:Header/sr:ResponseID')) {
      const [originator, target] = partiesOf(id)
      found.user ??= target
      found.addDevice(originator)
    }
    const known = HEADER_NAMES.get(nameOf(this.#root) ?? '')
    const later = this.#childrenAt('sr:Header').filter((child) => !known?.has(nameOf(child) ?? ''))
    for (const { text } of later.flatMap(selfAndBelow)) {
      for (const key of euisAmong(text)) found.addDeviceOfLaterField(key)
    }
  }

  /** A body element says what the Request is, whatever the Header says. */
  #atRequestBody(): void {
    if (nameOf(this.#root) !== 'sr:Request') return
    for (const { localName } of this.#childrenAt('sr:Body')) {
      const entry = this.#catalogue.byBodyElement.get(localName)
      if (entry) {
        this.#found.srvs.add(entry.srv)
        this.#atDevicePaths('sr:Body', entry.devicePaths)
      } else if (localName !== 'SignedPreCommand') this.#found.elements.add(localName)
    }
  }

  #atSchedule(): void {
    for (const child of this.#childrenAt('sr:Body/sr:CreateSchedule')) {
      const entry = this.#catalogue.byScheduleElement.get(child.localName)
      if (nameOf(child) === undefined) continue
      if (entry) this.#found.srvs.add(entry.srv)
      else if (!KNOWN_SCHEDULE_NAMES.has(child.localName)) this.#found.elements.add(child.localName)
    }
  }

  #atDccAlert(): void {
    const alert = 'sr:Body/sr:DCCAlertMessage'
    for (const code of this.#textsAt(`${alert}/sr:DCCAlertCode`)) this.#found.dccAlerts.add(code)
    for (const { devicePaths, alertCodePaths } of this.#catalogue.data.dccAlertPayloads) {
      this.#atDevicePaths(`${alert}/sr:DCCAlert`, devicePaths)
      for (const path of alertCodePaths) {
        for (const text of this.#textsAt(`${alert}/sr:DCCAlert/${ofDuis(path)}`)) this.#found.addAlert(text)
      }
    }
  }

  #atSmets1(): void {
    const found = this.#found
    for (const code of this.#textsAt(SMETS1_MESSAGE_CODE_PATH)) found.addMessageCode(hexCodeOf(code))
    for (const { localName } of this.#childrenAt(ANSWER_PATH)) {
      const isAnswer = localName.endsWith('Rsp') && found.addSrvOf(localName)
      if (!isAnswer) found.elements.add(localName)
    }
    for (const { localName } of this.#childrenAt(ALERT_DATA_PATH)) found.addContentOfAlert(localName)
  }

  #atPlaces(): void {
    const found = this.#found
    for (const [parent, name] of KIND_PARENTS)
      for (const element of this.#at(parent)) found.addKind(element, name)
    for (const path of EUI_PATHS) for (const text of this.#textsAt(path)) found.addDevice(euiOf(text))
    for (const path of EUI_LIST_PATHS) for (const text of this.#textsAt(path)) found.addList(text)
    for (const path of ALERT_CODE_PATHS) for (const text of this.#textsAt(path)) found.addAlert(text)
    for (const path of PAYLOAD_PATHS) for (const { text } of this.#at(path)) found.addPayload(text)
    for (const path of TYPED_PAYLOAD_PATHS)
      for (const payload of this.#at(path)) found.addTypedPayload(payload)
  }

  #atLater({ path, elements }: LaterPlace): void {
    if (this.#isUnknownData(path, elements)) this.#found.notUnderstood.add('unknown-data')
    const isDccAlert = path.startsWith('sr:Body/sr:DCCAlertMessage')
    for (const element of elements.flatMap(insideLater)) this.#insideLater(element, isDccAlert)
  }

  /** Beside Header and Body it is no data; instead of a Request's body element it is a kind, which `#atRequestBody` takes. */
  #isUnknownData(path: string, [first]: readonly XmlElement[]): boolean {
    if (path !== 'sr:Body') return path !== ''
    const isInstead = this.#at('sr:Body').some(({ children }) => children[0] === first)
    return isInstead && nameOf(this.#root) === 'sr:Response'
  }

  /** A DCC Alert only mentions SRVs. */
  #insideLater(element: XmlElement, isDccAlert: boolean): void {
    const found = this.#found
    const value = textValueOf(element)
    found.laterNames.add(element.localName)
    if (nameOf(element) !== undefined) {
      if (!isDccAlert) this.#addKindsOf(element)
      found.addContentOfAlert(element.localName)
      if (CARRIED_ALERT_NAMES.has(element.localName)) return found.addAlert(value ?? '')
    }
    if (value === undefined) return
    for (const key of euisAmong(value)) found.addDevice(key)
    const header = gbcsHeaderOf(value)
    if (header) found.addHeader(header)
  }

  #addKindsOf(element: XmlElement): void {
    for (const name of CARRIED_KIND_NAMES) this.#found.addKind(element, name)
    this.#found.addSrvOf(element.localName)
  }

  #atDevicePaths(from: string, paths: readonly DevicePath[]): void {
    for (const { path, as } of paths) {
      for (const text of this.#textsAt(`${from}/${ofDuis(path)}`)) {
        if (as === 'eui') this.#found.addDevice(euiOf(text))
        else if (as === 'eui-list') this.#found.addList(text)
        else this.#found.addDevice(partiesOf(text)[as === 'request-originator' ? 0 : 1])
      }
    }
  }

  #at(path: string): XmlElement[] {
    return at(this.#root, path)
  }

  #textsAt(path: string): string[] {
    return textsAt(this.#root, path)
  }

  #childrenAt(path: string): XmlElement[] {
    return this.#at(path).flatMap(({ children }) => children)
  }
}

/** A path of the catalogue, whose names are all of DUIS. */
function ofDuis(path: string): string {
  return path
    .split('/')
    .map((name) => `sr:${name}`)
    .join('/')
}

const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#'

/** A place where a later version may have more, and what it has of it. */
interface LaterPlace {
  /** As in `KNOWN_CHILDREN`. */
  readonly path: string
  readonly elements: readonly XmlElement[]
}

/** Every element of a later version but those of the Header, with where they stand. */
function laterElements(root: XmlElement, catalogue: Catalogue): LaterPlace[] {
  const known = new Map([...KNOWN_CHILDREN, ...knownToCatalogue(root, catalogue)])
  return [...known].flatMap(([path, names]) => {
    const parents = path === '' ? [root] : at(root, path)
    const elements = parents.flatMap(({ children }) =>
      children.filter((child) => {
        const name = nameOf(child)
        return name !== undefined && !names.includes(name)
      }),
    )
    return elements.length > 0 ? [{ path, elements }] : []
  })
}

function knownToCatalogue(root: XmlElement, { data }: Catalogue): [string, readonly string[]][] {
  const payloads = data.dccAlertPayloads.map(({ element }) => `sr:${element}`)
  const contents = data.deviceAlerts.flatMap(({ mmcElement }) => (mmcElement ? [`ra:${mmcElement}`] : []))
  const known: [string, readonly string[]][] = [
    ['sr:Body/sr:DCCAlertMessage/sr:DCCAlert', payloads],
    [ALERT_DATA_PATH, contents],
  ]
  if (nameOf(root) !== 'sr:Request') return known
  const requests = data.serviceRequests.map(({ bodyElement }) => `sr:${bodyElement}`)
  return [...known, ['sr:Body', [...requests, 'sr:SignedPreCommand']]]
}

/** The element itself and all below it but signatures. What it means nobody knows, so whatever looks like a code or an ID counts. */
function insideLater(element: XmlElement): XmlElement[] {
  if (element.namespace === SIGNATURE) return []
  return [element, ...element.children.flatMap(insideLater)]
}
