/**
 * The port of reports: what the roll-up of the decision journal keeps, and what reports read. Nothing here goes through the
 * change sequence, so neither rolling up nor reading a report holds up a change of a flag.
 */

import type { Instant } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { BlockedCount, Count } from '../core/report/fate.ts'
import type { Incident } from '../core/report/incident.ts'
import type { DeviceFacts } from '../core/report/placement.ts'
import type { Sighting, Trouble } from '../core/report/reachability.ts'
import type { BoundedSpan } from '../core/report/span.ts'
import type { Registration } from '../core/restriction/restriction.ts'

export interface IncidentChanges {
  /** Keeps an incident; one of the same reference goes. */
  put(incident: Incident): Promise<void>
  /** The incident of that reference. */
  find(reference: string): Promise<Incident | undefined>
}

/** How far one file of a journal is rolled up. */
export interface JournalMark {
  /** Names the file by what it begins with, so that one that was moved or copied is still the same. */
  readonly journal: string
  /** Name of the file when it was first met, for people. */
  readonly name: string
  /** Bytes that are rolled up. */
  readonly offset: number
  readonly records: number
  /** Lines that are no whole record. */
  readonly unreadable: number
  /** When the first and the last message of it arrived; absent without records. */
  readonly firstAt: Instant | undefined
  readonly lastAt: Instant | undefined
}

/** What one batch of lines amounts to; all of it is kept in one transaction, or nothing. */
export interface RolledUpBatch {
  /** The mark as it will be. */
  readonly mark: JournalMark
  /** The offset it must be at before; 0 for a file that was never met. */
  readonly from: number
  /** Added to what is counted. */
  readonly counts: readonly Count[]
  readonly blocked: readonly BlockedCount[]
  readonly sightings: readonly SightedDevice[]
  readonly listDays: readonly ListDay[]
}

export interface SightedDevice {
  readonly device: DeviceKey
  readonly trouble: Trouble | undefined
  readonly troubleAt: Instant | undefined
  readonly heardAt: Instant | undefined
}

/** That gateways decided by a list on a day. */
export interface ListDay {
  readonly revision: string
  /** `2026-10-25`, in UTC. */
  readonly day: string
  readonly firstAt: Instant
  readonly lastAt: Instant
  readonly messages: number
}

/** A list as it was when it was first met, so that what was decided by it can be checked and shown years later. */
export interface KeptList {
  readonly revision: string
  readonly name: string
  /** The list's data as JSON. */
  readonly content: string
}

/** Stopped messages of Restricted Devices, by why their kind is stopped. */
export interface BlockedByClass {
  readonly class: string
  readonly rejected: number
  readonly withheld: number
}

/** A flag as uptake counts it. */
export interface FlagLife {
  readonly id: string
  readonly mpxn: string | undefined
  readonly meter: DeviceKey
  readonly from: Instant
  readonly until: Instant | undefined
  readonly isClosed: boolean
  readonly clearReason: string | undefined
  /** Whoever set it, or for whom it was set. */
  readonly keeper: string
}

/** The outcome of a leak check, as JSON that the reports write and read. */
export interface KeptLeakCheck {
  readonly month: string
  /** Which gateway's journals were read. */
  readonly gateway: string
  readonly at: Instant
  readonly outcome: string
}

/** What retention may delete, and how much of it is older than its time. */
export const PRUNED_TABLES = [
  'traffic_events',
  'schedules',
  'notices',
  'report_blocked',
  'report_sightings',
  'report_counts',
  'leak_checks',
] as const
export type PrunedTable = (typeof PRUNED_TABLES)[number]

/** The roll-up's side. */
export interface RollUpStore {
  markOf(journal: string): Promise<JournalMark | undefined>
  /** One for each key, in the order asked; a Device that nobody knows has no facts but its key. */
  facts(keys: readonly DeviceKey[]): Promise<DeviceFacts[]>
  /** Registrations of these meter points, any order. */
  registrations(mpxns: readonly string[]): Promise<Registration[]>
  /** False, and nothing is kept, when another process has rolled the same bytes up. */
  keepBatch(batch: RolledUpBatch): Promise<boolean>
  /** Keeps a list unless it is kept already. */
  keepList(list: KeptList): Promise<void>
}

/** Everything reports read. */
export interface ReportStore extends RollUpStore {
  marks(): Promise<JournalMark[]>
  /**
   * Counts of a month, summed over class and generation; of these Service Users only where `users` is given.
   */
  countsOf(month: string, users?: readonly DeviceKey[]): Promise<Count[]>
  /** Devices that have or had a flag, by ascending column; those after `after`, at most `limit`. */
  flaggedDevices(limit: number, after?: DeviceKey): Promise<DeviceKey[]>
  /** Incidents that lay in the span at some moment, the oldest first. */
  incidentsBetween(span: BoundedSpan): Promise<Incident[]>
  blockedOf(month: string, keys: readonly DeviceKey[]): Promise<BlockedCount[]>
  /** Stopped messages of a month by class, over all Devices or those of some regions or of one Supplier. */
  blockedByClass(month: string, regions?: readonly string[]): Promise<BlockedByClass[]>
  /** Flags by ID, those after `after`. */
  flagLives(limit: number, after?: string): Promise<FlagLife[]>
  sightingOf(key: DeviceKey): Promise<Sighting | undefined>
  keptList(revision: string): Promise<KeptList | undefined>
  /** Days from `from` to `until`, both as `2026-10-25` and the last one left out, by day. */
  listDays(from: string, until: string): Promise<ListDay[]>
  leakChecks(month: string): Promise<KeptLeakCheck[]>
  /** In place of an earlier one of the same month and gateway. */
  keepLeakCheck(check: KeptLeakCheck): Promise<void>
  /** How many rows of the table are older. */
  countOlder(table: PrunedTable, before: Instant): Promise<number>
  /** Deletes at most `limit` of them; tells how many. */
  deleteOlder(table: PrunedTable, before: Instant, limit: number): Promise<number>
  /** Index of the first audit entry that is not older, minus one: how many are. */
  auditOlder(before: Instant): Promise<number>
}
