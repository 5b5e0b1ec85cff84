/**
 * The ports through which everything else sees the DSP store; `control-store.ts` has those of the flag's own life. The
 * SQL is in `sql/`, a driver in a folder beside it (`sqlite/`, `postgres/`); both pass `test/store/conformance.ts`.
 *
 * Who uses what: `src/flags` reads `DeviceRecords`; the CLI uses the rest. A driver throws a `StoreFailure` when it cannot
 * do what it was asked to; nothing else may be thrown for that reason.
 */
import type { DeviceRecord, Instant, Restriction } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'

/** What was asked of the store was not done, or is not known to be. `cause` has the driver's own error. */
export abstract class StoreFailure extends Error {
  abstract readonly code: string
}

/** The store did not answer, or not in time. Nothing is kept of what was asked. */
export class StoreUnavailable extends StoreFailure {
  readonly code = 'STORE_UNAVAILABLE'
  constructor(doing: string, cause: unknown) {
    super(`the store did not answer while ${doing}`, { cause })
    this.name = 'StoreUnavailable'
  }
}

/**
 * The store answered that it will not: a password that it does not take, a right that the role does not have, a full disk.
 * Nothing is kept of what was asked, and asking again helps once somebody has mended what `cause` says.
 */
export class StoreRefused extends StoreFailure {
  readonly code = 'STORE_REFUSED'
  constructor(doing: string, cause: unknown) {
    super(`the store answered with an error while ${doing}`, { cause })
    this.name = 'StoreRefused'
  }
}

/**
 * The store was told to commit and no answer came, or one that says less than that: all of it may have been kept, or
 * nothing. Whoever asked finds out by reading, or asks again in a way that is done once.
 */
export class OutcomeUnknown extends StoreFailure {
  readonly code = 'STORE_OUTCOME_UNKNOWN'
  constructor(doing: string, cause: unknown) {
    super(`whether the store has kept it is not known: its answer was lost while ${doing}`, { cause })
    this.name = 'OutcomeUnknown'
  }
}

/** The store was written by a later version of duisgate; this one would misread it. */
export class StoreTooNew extends Error {
  readonly code = 'STORE_TOO_NEW'
  constructor(found: number, known: number) {
    super(
      `the store has schema version ${found}, this duisgate knows versions up to ${known}; start a later duisgate`,
    )
    this.name = 'StoreTooNew'
  }
}

/** One change of a Device or of the inventory. Sequence numbers have no gaps: a reader that sees one has lost a change. */
export interface DeviceChange {
  readonly sequence: number
  /** Absent for a change of the inventory as a whole: any Device without a restriction may have changed. */
  readonly key: DeviceKey | undefined
  /** Store's wall clock when it was recorded. Tells a change from another one that got its number in a new store. */
  readonly recordedAt: Instant
}

/**
 * What the data plane asks, in batches. `load` never answers with less than a `changedSince` or `position` that came
 * back before it was called: a driver that reads from replicas must see to that.
 */
export interface DeviceRecords {
  /** One record per key, in the order asked; a Device that the inventory does not know comes back without type. */
  load(keys: readonly DeviceKey[]): Promise<DeviceRecord[]>
  /** Number of the last change, 0 before the first; grows by one with every change, never goes back. */
  position(): Promise<number>
  /** Changes after `position`, oldest first, at most `limit`. */
  changedSince(position: number, limit: number): Promise<DeviceChange[]>
}

/** One page of `FlaggedKeys`. It may have no keys and yet not be the last. */
export interface FlaggedPage {
  readonly keys: readonly DeviceKey[]
  /** Pass as `after` for the next page; undefined on the last. */
  readonly next: DeviceKey | undefined
}

/** All Devices with a flag, for whoever keeps them in memory. */
export interface FlaggedKeys {
  /**
   * Devices whose flag does not end at `since` or before, flags that have not begun included, in one order for all pages,
   * starting after `after`. Looks at no more than `limit` flags. Each page shows the store as it is when it is asked for,
   * and, as `load` does, never less than a `changedSince` that came back before. So whoever applies the changes recorded
   * since before the first page has all Devices once the last page is in.
   */
  flaggedKeys(since: Instant, limit: number, after?: DeviceKey): Promise<FlaggedPage>
}

/** Tells one store from another that holds the same numbers: one made anew after the first was lost. */
export interface StoreIdentity {
  /** Made with the store, and kept by its backups. */
  storeId(): Promise<string>
}

/** The store's clock, by which flags begin and end everywhere. It does not go back. */
export interface TimeOfStore {
  now(): Promise<Instant>
}

/** One entry of a Device's flag history: what the restriction was after a change. */
export interface RestrictionChange {
  readonly sequence: number
  readonly recordedAt: Instant
  /** Undefined when the change took back a flag that had not begun. */
  readonly restriction: Restriction | undefined
}

interface FlagHistory {
  /** Every change of a Device's flag, whatever made it, oldest first. */
  restrictionHistory(key: DeviceKey): Promise<RestrictionChange[]>
}

export interface Store extends DeviceRecords, FlaggedKeys, StoreIdentity, TimeOfStore, FlagHistory {
  close(): Promise<void>
}
