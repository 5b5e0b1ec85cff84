/** What the second reader finds in a message: only codes, EUIs and names, never a payload. */
import type { Catalogue } from '../core/catalogue/catalogue.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { NotUnderstood } from '../core/duis/facts.ts'
import type { GbcsHeader } from './gbcs-header.ts'

export interface SecondReaderOptions {
  readonly catalogue: Catalogue
  /** EUIs of the DCC, which are never Devices. */
  readonly dccEuis: ReadonlySet<DeviceKey>
}

export interface SecondReading {
  /** Local name of the root where it is of DUIS; else empty. */
  readonly root: string
  readonly kind: 'service-request' | 'service-response' | 'device-alert' | 'dcc-alert'
  /** ServiceReferenceVariants as written, and what body elements stand for. */
  readonly srvs: ReadonlySet<string>
  /** SRVs of each ServiceReference that stands alone or beside a variant of another. */
  readonly srvsOfReferences: ReadonlySet<string>
  /** Device Alert codes: upper case, four digits at least. */
  readonly alerts: ReadonlySet<string>
  readonly dccAlerts: ReadonlySet<string>
  /** Local names of elements that say what a message is and that the catalogue does not have. */
  readonly elements: ReadonlySet<string>
  readonly devices: ReadonlySet<DeviceKey>
  /** EUIs in elements of the Header that no known version has. */
  readonly devicesOfLaterFields: ReadonlySet<DeviceKey>
  /** Headers of the payloads that have one, in document order. */
  readonly payloads: readonly GbcsHeader[]
  /** For each GBCS message code, of payloads and SMETS1 headers, the SRVs of which it stands for one. */
  readonly srvChoices: readonly (readonly string[])[]
  /** For each element with an alert's content in clear the alerts of which it stands for one. */
  readonly alertChoices: readonly (readonly string[])[]
  /** Local names of elements outside the Header that no known version has, and of all inside them. */
  readonly laterNames: ReadonlySet<string>
  /** What the message holds and nobody here understands. */
  readonly notUnderstood: ReadonlySet<NotUnderstood>
  /** Originator of the RequestID, else target of the ResponseID. */
  readonly user: DeviceKey | undefined
  /** Whether the message holds more than a reference and a code. */
  readonly hasData: boolean
}
