/**
 * The declarative restricted-SR table: its shape as data, and the checked table that `decide` works on.
 *
 * Data come from `policy/*.yaml` through `src/config/load-table.ts`. `compileTable` answers with a table or with every
 * problem it found, never with the first one only.
 */

import type { Catalogue } from '../catalogue/catalogue.ts'
import type { DeviceType } from '../device/device.ts'
import { HOUR_MS } from '../device/durations.ts'
import type { Direction, LogToRead, PaymentMode } from '../duis/facts.ts'
import { findProblems } from './check-table.ts'
import { MAX_IN_FLIGHT_HOURS } from './in-flight.ts'
import type { RowClass } from './row-class.ts'
import type { ObservedEvent } from './verdict.ts'

export { NEVER_BLOCK_CLASSES, ROW_CLASSES, type RowClass } from './row-class.ts'

/** `as-inner`: 5.1 only; the scheduled SRV's own row decides. */
type RowAction = 'pass' | 'block' | 'as-inner'

/** What happens on a blocking row when the store cannot say whether the Device is Restricted. */
export type OnUnknown = 'block' | 'defer' | 'forward'

/** The same past the lease; `as-known` decides by the last reading. */
type OnStale = 'block' | 'defer' | 'forward' | 'as-known'

/** `defer`: as long as the inventory does not know a Device, nobody is told anything a row may stop of it. */
type UnlistedDevice = 'forward' | 'defer'

/** `deliver`: see `in-flight.ts`. */
type InFlight = 'withhold' | 'deliver'

/** Every condition given must hold. One that cannot be evaluated holds (requirements, rulings). */
export interface RowConditions {
  readonly deviceType?: readonly DeviceType[]
  readonly paymentMode?: readonly Exclude<PaymentMode, 'unreadable'>[]
  /** 6.13 only: the log that is read. */
  readonly logToRead?: readonly LogToRead[]
  readonly commandVariant?: readonly number[]
  readonly direction?: Direction
}

/** What a row or a default says about the messages it stands for: the part that `decide` works on. */
export interface Rule {
  /** Named by the verdict: a row's id, or the key path of a default. */
  readonly id: string
  /** A plain sentence for an operator. */
  readonly why: string
  readonly action: RowAction
  readonly when: RowConditions
  /** Where the conditions do not hold; absent when there are none. */
  readonly otherwise: 'pass' | 'block' | undefined
  /** `shadow`: reported in the verdict, never acted on. */
  readonly mode: 'enforce' | 'shadow'
  /** Present exactly on rules that can block. */
  readonly onUnknown: OnUnknown | undefined
  readonly onStale: OnStale | undefined
  readonly observe: readonly ObservedEvent[]
}

export interface TableRow extends Rule {
  readonly class: RowClass
  readonly srv: readonly string[]
  readonly alert: readonly string[]
  readonly dccAlert: readonly string[]
  /** What DCC Alerts hold, whatever their code: only for `observe`, it stops and passes nothing. */
  readonly dccAlertPayload: readonly string[]
  /** Alerts that pass: an alarm once a Restricted Device sends one of them more often in a day. */
  readonly alarmAbove?: number
  /** Why codes of the row are stopped or pass although what they carry says otherwise (`closure.ts`). */
  readonly carries?: readonly CarriesReason[]
}

/** A reason that belongs to some codes of a row. Of a row with DCC Alerts it may name DCC Alert payloads too. */
interface CarriesReason {
  readonly codes: readonly string[]
  /** A plain sentence. */
  readonly why: string
}

interface TableDefault {
  readonly action: 'pass' | 'block'
  readonly onUnknown: OnUnknown
  readonly onStale: OnStale
}

/** `action` where a claim says what the message holds; `otherwise` where none does but of a carrier like 8.13. */
export interface UnreadableDefault extends TableDefault {
  readonly otherwise: 'pass' | 'block'
}

/** What happens to codes that no row names. Each raises its alarm. */
export interface TableDefaults {
  /** An SRV or body element of service 4, the Reading Service. */
  readonly unknownReadingSrv: TableDefault
  readonly unknownSrv: TableDefault
  readonly unknownAlert: TableDefault
  readonly unknownDccAlert: TableDefault
  /** A Response with data that names no SRV and no alert at all (possible for SMETS1). */
  readonly unclassifiedResponse: TableDefault
  /** Something that nobody understands (`NotUnderstood`) in a message of any kind, beside what its claims say. */
  readonly unreadablePayload: UnreadableDefault
}

export interface TableData {
  readonly name: string
  /** What this list is and where it comes from. */
  readonly basis: string
  /** What becomes of messages about a Device without a flag that the inventory does not know, on a row that may stop them. */
  readonly unlistedDevice?: UnlistedDevice | undefined
  /** What becomes of Responses whose Device becomes Restricted while they are under way; `withhold` when absent. */
  readonly inFlight?: InFlight | undefined
  /** For how long after its Request such a Response is delivered; 24 when absent, and only with `deliver`. */
  readonly inFlightHours?: number | undefined
  readonly rows: readonly TableRow[]
  readonly defaults: TableDefaults
}

/** A checked table. Look-ups by code find exactly one row. */
export interface Table {
  readonly name: string
  /** Hash of the source text; names this list for ever in journals and verdicts. */
  readonly revision: string
  /** For how long after its Request a Response is delivered although its Device is Restricted by now; 0 withholds it. */
  readonly deliverInFlightMs: number
  /** Whether what a row may stop waits until the inventory knows the Device. */
  readonly defersUnlisted: boolean
  readonly rows: readonly TableRow[]
  readonly defaults: TableDefaults
  /** The defaults as rules. */
  readonly fallbacks: Fallbacks
  readonly bySrv: ReadonlyMap<string, TableRow>
  readonly byAlert: ReadonlyMap<string, TableRow>
  readonly byDccAlert: ReadonlyMap<string, TableRow>
  readonly byDccAlertPayload: ReadonlyMap<string, TableRow>
  /** The SRVs that each GBCS message code may stand for, from the catalogue. */
  readonly srvsByMessageCode: ReadonlyMap<string, readonly string[]>
}

/** One fault of a table: `where` is a row id or a key path, `text` says what is wrong and what to do. */
export interface TableProblem {
  readonly where: string
  readonly text: string
  /** Line in the table's file, from 1; absent when the problem stands on no line. */
  readonly line?: number
}

export type CompiledTable =
  | { readonly ok: true; readonly table: Table }
  | { readonly ok: false; readonly problems: readonly TableProblem[] }

/** Checks the data against the catalogue and indexes them, or answers with every problem found. */
export function compileTable(data: TableData, revision: string, catalogue: Catalogue): CompiledTable {
  const problems = findProblems(data, catalogue)
  if (problems.length > 0) return { ok: false, problems }
  const table: Table = {
    name: data.name,
    revision,
    deliverInFlightMs: deliverInFlightMsOf(data),
    defersUnlisted: data.unlistedDevice === 'defer',
    rows: data.rows,
    defaults: data.defaults,
    fallbacks: fallbacksOf(data.defaults),
    bySrv: indexRows(data.rows, (row) => row.srv),
    byAlert: indexRows(data.rows, (row) => row.alert),
    byDccAlert: indexRows(data.rows, (row) => row.dccAlert),
    byDccAlertPayload: indexRows(data.rows, (row) => row.dccAlertPayload),
    srvsByMessageCode: new Map(catalogue.data.gbcsMessages.map((entry) => [entry.code, entry.srvs])),
  }
  return { ok: true, table }
}

function deliverInFlightMsOf({ inFlight, inFlightHours = MAX_IN_FLIGHT_HOURS }: TableData): number {
  return inFlight === 'deliver' ? inFlightHours * HOUR_MS : 0
}

function indexRows(
  rows: readonly TableRow[],
  codesOf: (row: TableRow) => readonly string[],
): Map<string, TableRow> {
  return new Map(rows.flatMap((row) => codesOf(row).map((code) => [code, row] as const)))
}

/** What a table means that was written before there was this default: what the shipped ones say. */
export const UNREADABLE_PAYLOAD: UnreadableDefault = {
  action: 'pass',
  otherwise: 'block',
  onUnknown: 'defer',
  onStale: 'defer',
}

/** One rule for each default; its id is the key path an operator finds in the table's file. */
type Fallbacks = Readonly<Record<keyof TableDefaults, Rule>>

/** The rules for codes that no row names. */
export function fallbacksOf(defaults: TableDefaults): Fallbacks {
  return {
    unknownReadingSrv: rule('unknownReadingSrv', defaults, 'The table does not know this read.'),
    unknownSrv: rule('unknownSrv', defaults, 'The table does not know this Service Reference Variant.'),
    unknownAlert: rule('unknownAlert', defaults, 'The table does not know this Device Alert.'),
    unknownDccAlert: rule('unknownDccAlert', defaults, 'The table does not know this DCC Alert.'),
    unclassifiedResponse: rule('unclassifiedResponse', defaults, 'Nothing says what these data are.'),
    unreadablePayload: rule(
      'unreadablePayload',
      defaults,
      'Its content cannot be read, and nothing else says what it is.',
    ),
  }
}

function rule(name: keyof TableDefaults, defaults: TableDefaults, why: string): Rule {
  const { action, otherwise, onUnknown, onStale }: TableDefault & Partial<UnreadableDefault> = defaults[name]
  return {
    id: `defaults.${name}`,
    why,
    action,
    when: {},
    otherwise,
    mode: 'enforce',
    onUnknown,
    onStale,
    observe: [],
  }
}
