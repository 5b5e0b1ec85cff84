/**
 * What answers and alerts hold: every data item with its class, from which the list of what is stopped follows.
 *
 * The file is `policy/catalogue/data-items.json`, written by `scripts/data-items.ts`; `core/policy/closure.ts` holds it
 * against a table.
 */
import type { DeviceType } from '../device/device.ts'
import type { LogToRead } from '../duis/facts.ts'

/**
 * - `consumption`: how much energy was taken, when, or at what power.
 * - `behaviour`: what somebody at home does, or what the appliances there do.
 * - `financial`: what the household owes, pays or has.
 * - `identity`: who or where a party, a meter point or a premises is.
 * - `configuration`: how a Device is set up, as somebody set it.
 * - `network`: quality and state of the supply for the network.
 * - `event`: security, safety and health of Devices.
 * - `technical`: outcomes, IDs, versions and what carries other items.
 * - `export`: energy given to the network.
 * - `as-claimed`: whatever else the message claims to be; the row of that claim decides.
 */
export const DATA_CLASSES = [
  'consumption',
  'behaviour',
  'financial',
  'identity',
  'configuration',
  'network',
  'event',
  'technical',
  'export',
  'as-claimed',
] as const
export type DataClass = (typeof DATA_CLASSES)[number]

/** What must not get out while the flag is set, unless the row says why it may. */
export const PROTECTED_CLASSES = ['consumption', 'behaviour', 'financial'] as const satisfies DataClass[]

/** How sure it is that the item is of the class; `unsure` is a hint at most. */
export const SURENESS = ['sure', 'likely', 'unsure'] as const
export type Sureness = (typeof SURENESS)[number]

export interface DataItem {
  /** An SRV, a Device Alert code, the element of a DCC Alert payload, or `*` for what any message may hold. */
  readonly of: string
  /** Local names below the answer, joined by `/`; an attribute ends in `@name`. */
  readonly path: string
  /** The nearest named type of the schema. */
  readonly type: string
  /** The last version of DUIS whose schemas have it; absent: those that the file was written from do. */
  readonly until?: string
  /** Only of such Devices, or of such logs; absent: always. */
  readonly when?: { readonly deviceType?: readonly DeviceType[]; readonly logToRead?: LogToRead }
  readonly classes: Readonly<Partial<Record<DataClass, Sureness>>>
}

export interface DataItems {
  /** SHA-256 of the schemas by file name, in lower-case hex. */
  readonly schemas: Readonly<Record<string, string>>
  readonly items: readonly DataItem[]
}
