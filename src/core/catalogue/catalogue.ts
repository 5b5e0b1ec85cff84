/**
 * The catalogue: what exists on the DUIS interface, as facts. Which of it is restricted is the policy table's business.
 *
 * The data files are `policy/catalogue/*.json`; `src/config/load-catalogue.ts` reads them from disk. `compileCatalogue`
 * checks them and answers look-ups.
 */
import type { DeviceType } from '../device/device.ts'
import type { LogToRead } from '../duis/facts.ts'

/** How the text at a path names Devices. `request-target`/`request-originator`: the 2nd/1st EUI of a RequestID. */
export type DevicePathForm = 'eui' | 'eui-list' | 'request-target' | 'request-originator'

/** Local element names from the body's child downwards joined by `/`, all in the DUIS namespace. */
export interface DevicePath {
  readonly path: string
  readonly as: DevicePathForm
  /** Only in a message that says which hub and Gas Proxy Function gave way to which. */
  readonly swapped?: SwapPart
}

/** A part of a Trust Centre Swap-out. */
export type SwapPart = 'oldHub' | 'newHub' | 'oldProxy' | 'newProxy'

interface ServiceRequestEntry {
  readonly srv: string
  readonly serviceReference: string
  readonly name: string
  readonly critical: boolean
  /** Local name of the Request body element, which stands for exactly this SRV. */
  readonly bodyElement: string
  /** Whom the RequestID targets. */
  readonly target: 'device' | 'dcc'
  readonly devicePaths: readonly DevicePath[]
  /** Local name of the element that stands for this SRV inside CreateSchedule; absent when it cannot be DCC-scheduled. */
  readonly scheduleElement?: string
  readonly futureDated: 'no' | 'device' | 'dsp' | 'dsp-and-device'
  /** DUIS User Roles: IS, ES, GS, ED, GT, OU, RSA … */
  readonly roles: readonly string[]
}

interface DeviceAlertEntry {
  /** Four upper-case hex digits. */
  readonly code: string
  readonly name: string
  /** Absent when no source says. */
  readonly critical?: boolean
  /** GBCS message codes that stand for this alert alone (not the generic 1000 and 1001). */
  readonly messageCodes: readonly string[]
  /** Local name of the element that holds its content in the Message Mapping Catalogue; absent when it has none. */
  readonly mmcElement?: string
}

interface DccAlertEntry {
  readonly code: string
  /** Empty when no source names it. */
  readonly name: string
}

interface DccAlertPayloadEntry {
  readonly element: string
  /** Relative to DCCAlert: they start with `element`. */
  readonly devicePaths: readonly DevicePath[]
  /** Paths of Device Alert codes wrapped in this payload. */
  readonly alertCodePaths: readonly string[]
}

export interface GbcsMessageEntry {
  /** Four upper-case hex digits. */
  readonly code: string
  readonly name: string
  /** SRVs it may stand for; empty for alert-only codes and codes without a known SRV. */
  readonly srvs: readonly string[]
  readonly kinds: readonly ('command' | 'pre-command' | 'response' | 'alert')[]
  /** 1.6 only: 001A, 006C are `credit`; 001B, 006D are `prepayment`. */
  readonly paymentMode?: 'credit' | 'prepayment'
  /** The Devices it is for, by the name of its use case; absent where it is for any. */
  readonly deviceTypes?: readonly DeviceType[]
  /** 6.13 only: the logs that a command or response of this code may be about. */
  readonly logs?: readonly LogToRead[]
}

/**
 * Messages that carry the same events, or none: every SRV, Device Alert and DCC Alert payload is in exactly one entry. Which
 * of them a gateway looks at is the business of a table's rows with `observe`.
 */
interface EventCarriers {
  /** Empty: these carry none. */
  readonly events: readonly ObservedEvent[]
  /** A plain sentence. */
  readonly why: string
  readonly srv: readonly string[]
  readonly alert: readonly string[]
  /** Element paths below DCCAlert: a payload, or the child of it that says what happened. The DCC Alert code says neither. */
  readonly dccAlertPayload: readonly string[]
}

export interface CatalogueData {
  readonly serviceRequests: readonly ServiceRequestEntry[]
  readonly deviceAlerts: readonly DeviceAlertEntry[]
  readonly dccAlerts: readonly DccAlertEntry[]
  readonly dccAlertPayloads: readonly DccAlertPayloadEntry[]
  readonly gbcsMessages: readonly GbcsMessageEntry[]
  readonly events: readonly EventCarriers[]
}

export interface Catalogue {
  readonly data: CatalogueData
  readonly bySrv: ReadonlyMap<string, ServiceRequestEntry>
  /** Every Service Reference of the SRVs: `4.1`. */
  readonly serviceReferences: ReadonlySet<string>
  readonly byBodyElement: ReadonlyMap<string, ServiceRequestEntry>
  readonly byScheduleElement: ReadonlyMap<string, ServiceRequestEntry>
  readonly alerts: ReadonlyMap<string, DeviceAlertEntry>
  readonly dccAlerts: ReadonlyMap<string, DccAlertEntry>
  readonly gbcs: ReadonlyMap<string, GbcsMessageEntry>
  /** By SRV, Device Alert code and path of a DCC Alert payload, which look nothing alike. */
  readonly eventsOf: ReadonlyMap<string, EventCarriers>
  /** GBCS message code to the Device Alert code it alone stands for. */
  readonly alertByMessageCode: ReadonlyMap<string, string>
}

/** Indexes the data; throws when two entries claim the same key, which is a fault of the shipped files. */
export function compileCatalogue(data: CatalogueData): Catalogue {
  return {
    data,
    bySrv: index(data.serviceRequests, 'SRV', (entry) => [entry.srv]),
    serviceReferences: new Set(data.serviceRequests.map(({ serviceReference }) => serviceReference)),
    byBodyElement: index(data.serviceRequests, 'body element', (entry) => [entry.bodyElement]),
    byScheduleElement: index(data.serviceRequests, 'schedule element', (entry) =>
      entry.scheduleElement ? [entry.scheduleElement] : [],
    ),
    alerts: index(data.deviceAlerts, 'Device Alert code', (entry) => [entry.code]),
    dccAlerts: index(data.dccAlerts, 'DCC Alert code', (entry) => [entry.code]),
    gbcs: index(data.gbcsMessages, 'GBCS message code', (entry) => [entry.code]),
    eventsOf: index(data.events, 'carrier of events', carriersOf),
    alertByMessageCode: new Map(
      [...index(data.deviceAlerts, 'GBCS alert message code', (entry) => entry.messageCodes)].map(
        ([messageCode, entry]) => [messageCode, entry.code],
      ),
    ),
  }
}

function index<Entry>(
  entries: readonly Entry[],
  what: string,
  keysOf: (entry: Entry) => readonly string[],
): Map<string, Entry> {
  const found = new Map<string, Entry>()
  for (const entry of entries) {
    for (const key of keysOf(entry)) {
      if (found.has(key)) throw new Error(`catalogue: ${what} ${key} stands twice`)
      found.set(key, entry)
    }
  }
  return found
}

function carriersOf({ srv, alert, dccAlertPayload }: EventCarriers): string[] {
  return [...srv, ...alert, ...dccAlertPayload]
}

/** Events of the flag's own life that a message may carry (requirements rows 20 to 24). */
export const OBSERVED_EVENTS = [
  'prepayment-activity',
  'payment-mode-change',
  'change-of-tenancy',
  'change-of-supplier',
  'hub-change',
  'han-change',
  'commissioned',
  'decommissioned',
  'schedule-created',
  'schedule-deleted',
] as const
export type ObservedEvent = (typeof OBSERVED_EVENTS)[number]
