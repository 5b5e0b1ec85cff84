/**
 * Taking a whole inventory in: millions of Devices and registrations from a file, as one change.
 *
 * Rows are staged first, where nobody sees them, and merged in one transaction: until then nothing is applied, after it
 * everything. An import that was broken off goes on where it stopped, and one that is repeated changes nothing.
 */
import type { InventoryDevice, Registration } from '../core/restriction/restriction.ts'
import type { ControlUnit } from './control-store.ts'
import type { StoreFailure } from './store.ts'

/** Of two rows for one Device, or for one meter point, role and start, the later one counts. */
export type ImportRow = { readonly device: InventoryDevice } | { readonly registration: Registration }

/** What is imported. */
export interface ImportSource {
  /** Tells this content from any other, for example its SHA-256. */
  readonly hash: string
  /** The rows after the first `skip`, always in the same order. */
  rows(skip: number): AsyncIterable<ImportRow> | Iterable<ImportRow>
}

/** How far an import is. Rows count those staged before it was broken off as well. */
interface ImportProgress {
  readonly phase: 'staging' | 'merging'
  readonly rows: number
}

/** What an import has to do with flags. */
export interface ImportTouched {
  /** Open flags that may have to cover other Devices: a Device of theirs, of their meter point or of their hub changed. */
  readonly restrictions: readonly string[]
  /** Meter points with an open flag that the import has registrations for, with those they had before. */
  readonly meterPoints: readonly { readonly mpxn: string; readonly before: readonly Registration[] }[]
}

export interface ImportOptions {
  /** Lets flags follow, in the transaction that merges; other writers wait for it. */
  readonly settle?: (unit: ControlUnit, touched: ImportTouched) => Promise<void>
  /** Told after each batch, and when merging begins. */
  readonly onProgress?: (progress: ImportProgress) => void
  /** Told of a failure of the store after which the import goes on; see `tryAgain`. */
  readonly onFailure?: (failure: StoreFailure, afterMs: number) => void
  /** See `tryAgain`. */
  readonly pauseMs?: number
}

export interface ImportOutcome {
  /** Rows in the source, and how many of them an earlier run had staged. */
  readonly rows: number
  readonly resumedAt: number
  /** Devices and registrations that are new or other than before. */
  readonly devices: number
  readonly registrations: number
  /** Position at which all of it is in force. */
  readonly sequence: number
}

/** Another import has begun since; this one has applied nothing. */
export class ImportOvertaken extends Error {
  readonly code = 'IMPORT_OVERTAKEN'
  constructor() {
    super('another import has begun in the meantime; nothing of this one was applied')
    this.name = 'ImportOvertaken'
  }
}

export interface InventoryImport {
  /**
   * Imports the source: all of it or, when it throws, nothing. A Device that was known, or has a flag, and whose type, hub
   * or meter point changes, has a change of its own; one change of the inventory as a whole stands for the others. A store
   * that is away is waited for; throws the first failure when it stays away.
   */
  importInventory(source: ImportSource, options?: ImportOptions): Promise<ImportOutcome>
}
