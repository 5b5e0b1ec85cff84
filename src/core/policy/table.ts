/**
 * The declarative restricted-SR table: its shape as data, and the checked table that `decide` works on.
 *
 * Data come from `policy/*.yaml` through `src/config/load-table.ts`. `compileTable` answers with a table or with every
 * problem it found, never with the first one only.
 */
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { DeviceType } from '../device/device.ts'
import type { Direction, PaymentMode } from '../duis/facts.ts'
import type { ObservedEvent } from './verdict.ts'

/** Classes that no row may ever block (requirements, rule 4). */
export const NEVER_BLOCK_CLASSES = [
  'install',
  'credentials',
  'firmware',
  'supply',
  'safety',
  'security',
  'top-up',
] as const

export const ROW_CLASSES = [
  ...NEVER_BLOCK_CLASSES,
  'consumption',
  'billing',
  'behaviour',
  'prepayment',
  'schedule',
  'configuration',
  'customer-message',
  'inventory',
  'diagnostics',
  'network',
  'load-control',
  'command-outcome',
  'han',
  'dcc',
] as const
export type RowClass = (typeof ROW_CLASSES)[number]

/** `as-inner`: 5.1 only; the scheduled SRV's own row decides. */
export type RowAction = 'pass' | 'block' | 'as-inner'

/** What happens on a blocking row when the store cannot say whether the Device is Restricted. */
export type OnUnknown = 'block' | 'defer' | 'forward'

/** The same past the lease; `as-known` decides by the last reading. */
export type OnStale = 'block' | 'defer' | 'forward' | 'as-known'

/** Every condition given must hold. One that cannot be evaluated holds (requirements, rulings). */
export interface RowConditions {
  readonly deviceType?: readonly DeviceType[]
  readonly paymentMode?: readonly Exclude<PaymentMode, 'unreadable'>[]
  readonly commandVariant?: readonly number[]
  readonly direction?: Direction
}

export interface TableRow {
  readonly id: string
  readonly class: RowClass
  readonly why: string
  readonly srv: readonly string[]
  readonly alert: readonly string[]
  readonly dccAlert: readonly string[]
  readonly action: RowAction
  readonly when: RowConditions
  /** Where the conditions do not hold; absent when there are none. */
  readonly otherwise: 'pass' | 'block' | undefined
  readonly mode: 'enforce' | 'shadow'
  /** Present exactly on rows that can block. */
  readonly onUnknown: OnUnknown | undefined
  readonly onStale: OnStale | undefined
  readonly observe: readonly ObservedEvent[]
}

export interface TableDefault {
  readonly action: 'pass' | 'block'
  readonly onUnknown: OnUnknown
  readonly onStale: OnStale
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
}

export interface TableData {
  readonly name: string
  /** What this list is and where it comes from. */
  readonly basis: string
  readonly rows: readonly TableRow[]
  readonly defaults: TableDefaults
}

/** A checked table. Look-ups by code find exactly one row. */
export interface Table {
  readonly name: string
  /** Hash of the source text; names this list for ever in journals and verdicts. */
  readonly revision: string
  readonly rows: readonly TableRow[]
  readonly defaults: TableDefaults
  readonly bySrv: ReadonlyMap<string, TableRow>
  readonly byAlert: ReadonlyMap<string, TableRow>
  readonly byDccAlert: ReadonlyMap<string, TableRow>
}

/** One fault of a table: `where` is a row id or a key path, `text` says what is wrong and what to do. */
export interface TableProblem {
  readonly where: string
  readonly text: string
}

export type CompiledTable =
  | { readonly ok: true; readonly table: Table }
  | { readonly ok: false; readonly problems: readonly TableProblem[] }

export declare function compileTable(data: TableData, revision: string, catalogue: Catalogue): CompiledTable
