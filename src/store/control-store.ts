/**
 * The ports of the flag's own life, for the control plane and the CLI. Everything that changes goes through one
 * `change` transaction: the record, its place in the change sequence, its audit entry. Writers are serialised, so the
 * sequence has no gaps and the audit chain no forks.
 */
import type { Instant } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { Incident } from '../core/report/incident.ts'
import type { BoundedSpan } from '../core/report/span.ts'
import type { AuditDraft, AuditEntry, ChainEnd } from '../core/restriction/audit-chain.ts'
import type {
  InventoryDevice,
  Registration,
  RestrictionRecord,
  Task,
  TrafficEvent,
} from '../core/restriction/restriction.ts'
import type { NoticeUnit, NoticeView } from './notice-store.ts'
import type { ReportStore } from './report-store.ts'
import type { ScheduleUnit, ScheduleView } from './schedule-store.ts'
import type { DeviceRecords } from './store.ts'
import type { TableUnit, TableView } from './table-store.ts'

export type { AuditEntry } from '../core/restriction/audit-chain.ts'

/** An `after` that no page of this listing gave out. The caller's mistake, so no StoreUnavailable. */
export class UnknownCursor extends Error {
  readonly code = 'UNKNOWN_CURSOR'
  constructor(after: string) {
    super(`no page has given out the cursor ${JSON.stringify(after)}`)
    this.name = 'UnknownCursor'
  }
}

/** One change as the delta feed and the gateways see it. */
export interface Change {
  readonly sequence: number
  /** Absent for a change of inventory as a whole: cached records without a restriction are then dropped. */
  readonly device: DeviceKey | undefined
  readonly restriction: string | undefined
  readonly at: Instant
  readonly inForceAt: Instant | undefined
}

export interface Page<Item> {
  readonly items: readonly Item[]
  /** Pass as `after` for the next page; absent on the last. */
  readonly next: string | undefined
}

export interface RestrictionFilter {
  /** Flags of meter points whose Supplier (now) is this party, or that this party set for a Device without one. */
  readonly party?: string | undefined
  readonly mpxn?: string | undefined
  readonly device?: DeviceKey | undefined
  /** True: only those not cleared or closed at `now`. */
  readonly open?: boolean | undefined
}

export interface AuditFilter {
  /** What the entry is about: a flag, a task, a meter point, a Device, a route. */
  readonly subject?: string | undefined
  /** The party that acted. */
  readonly party?: string | undefined
  /** Entries of [since, until). */
  readonly since?: Instant | undefined
  readonly until?: Instant | undefined
}

/** What a gateway tells about itself. */
export interface GatewayReport {
  readonly id: string
  /** Last change it has applied; 0 while it knows none, as it starts or while it refuses the store. */
  readonly sequence: number
  readonly state: string
  readonly tableRevision: string
  /** Verdict counts since its start, for the operations view. */
  readonly counts: Readonly<Record<string, number>>
}

export interface GatewayStatus extends GatewayReport {
  readonly seenAt: Instant
  readonly isLive: boolean
}

/** Reads, all from one consistent state. Listings answer at most `limit` items; `after` is a page's `next`. */
export interface ControlView extends NoticeView, ScheduleView {
  /** Requests of these events that were made at `since` or later and of which no answer that reports success was taken. */
  unansweredRequests(
    events: readonly string[],
    since: Instant,
    limit: number,
  ): Promise<readonly TrafficEvent[]>
  findDevice(key: DeviceKey): Promise<InventoryDevice | undefined>
  devicesOfMeterPoint(mpxn: string): Promise<readonly InventoryDevice[]>
  /** Devices of one Communications Hub, the hub itself included. */
  devicesOfHub(hub: DeviceKey): Promise<readonly InventoryDevice[]>
  registrations(mpxn: string): Promise<readonly Registration[]>
  findRestriction(id: string): Promise<RestrictionRecord | undefined>
  /** Open flags that have the Device as a member. */
  restrictionsOfDevice(key: DeviceKey): Promise<readonly RestrictionRecord[]>
  /** All flags of a meter point, newest first, cleared ones included. */
  restrictionsOfMeterPoint(mpxn: string): Promise<readonly RestrictionRecord[]>
  /** Newest first. */
  listRestrictions(
    filter: RestrictionFilter,
    now: Instant,
    limit: number,
    after?: string,
  ): Promise<Page<RestrictionRecord>>
  changesAfter(sequence: number, limit: number): Promise<readonly Change[]>
  /** Oldest first; of every party when it is undefined. */
  tasksOf(party: string | undefined, isOpen: boolean, limit: number, after?: string): Promise<Page<Task>>
  findTask(id: string): Promise<Task | undefined>
  /** Tasks of one flag, done ones included, oldest first. */
  tasksOfRestriction(restriction: string): Promise<readonly Task[]>
  /** Open tasks whose `clearAt` has come, oldest first. */
  tasksToClear(now: Instant, limit: number): Promise<readonly Task[]>
  /** Newest first. */
  audit(filter: AuditFilter, limit: number, after?: string): Promise<Page<AuditEntry>>
  /** The chain in order from `index` on, for `audit verify`. */
  auditFrom(index: number, limit: number): Promise<readonly AuditEntry[]>
  /** Where the store notes that the chain ends: what a checkpoint is taken of. */
  auditEnd(): Promise<ChainEnd>
  /** By ID. Whether one is live is judged by the store's clock. */
  gateways(): Promise<readonly GatewayStatus[]>
  /** The answer kept for an Idempotency-Key of a party, with the hash of the request it belongs to. */
  idempotentAnswer(party: string, key: string): Promise<{ requestHash: string; answer: string } | undefined>
  countDevices(): Promise<number>
  /** Incidents that lay in the span at some moment, the oldest first. */
  incidentsBetween(span: BoundedSpan): Promise<readonly Incident[]>
  /** Policy tables and the proposals about them. */
  readonly tables: TableView
  /** When prepayment traffic of any of the Devices was last seen; undefined when it never was. */
  prepaymentSeenAt(devices: readonly DeviceKey[]): Promise<Instant | undefined>
}

/** Writes, inside one transaction. */
export interface ControlUnit extends ControlView, NoticeUnit, ScheduleUnit {
  /** Adds a change for the Device (or the inventory) and answers its sequence. */
  addChange(device: DeviceKey | undefined, restriction: string | undefined, at: Instant): Promise<number>
  /** Writes a record whole, members included, with one change per member that is new, gone or otherwise touched. */
  putRestriction(record: Omit<RestrictionRecord, 'sequence' | 'inForceAt'>): Promise<RestrictionRecord>
  putDevices(devices: readonly InventoryDevice[]): Promise<void>
  putRegistrations(registrations: readonly Registration[]): Promise<void>
  putTask(task: Task): Promise<void>
  appendAudit(draft: AuditDraft): Promise<AuditEntry>
  keepIdempotentAnswer(
    party: string,
    key: string,
    requestHash: string,
    answer: string,
    at: Instant,
  ): Promise<void>
  readonly tables: TableUnit
  /** Forgets at most `limit` answers that were kept before `before`, oldest first; tells how many. */
  forgetIdempotentAnswers(before: Instant, limit: number): Promise<number>
  /** Keeps an incident; one of the same reference goes. */
  putIncident(incident: Incident): Promise<void>
  /** Prepayment traffic of the Devices was seen at that time. */
  notePrepayment(devices: readonly DeviceKey[], at: Instant): Promise<void>
  /** False when this event of this decision was taken already. */
  takeTrafficEvent(event: TrafficEvent): Promise<boolean>
  /** Events of that name taken of one request and its answers, oldest first. */
  trafficEventsOf(requestId: string, event: string): Promise<readonly TrafficEvent[]>
}

/** How flags, notices and tables are read and changed. */
export interface Transactions {
  /** Runs `work` on one consistent state. It waits for nothing but the view: the store is held meanwhile. */
  read<Result>(work: (view: ControlView) => Promise<Result>): Promise<Result>
  /**
   * Runs `work` in one serialised transaction: all of it or nothing. Every other writer waits meanwhile, so it waits for
   * nothing but the unit. What it throws comes back as it was thrown.
   */
  change<Result>(work: (unit: ControlUnit) => Promise<Result>): Promise<Result>
}

/**
 * The transaction that has begun, for whoever would begin one of its own: what it reads and changes belongs to that one. So
 * an operation on flags and the kept answer of its request stand or fall together.
 */
export function within(unit: ControlUnit): Transactions {
  return { read: (work) => work(unit), change: (work) => work(unit) }
}

export interface ControlStore extends DeviceRecords, Transactions {
  /** What reports keep and read. */
  readonly reports: ReportStore
  /**
   * Records what a gateway has applied and marks changes in force that every live gateway has. A gateway is live for
   * `liveWithinMs` after its report, by the store's clock; more than the lease, or a gateway that is cut off could still
   * answer from its cache after it no longer counts. Time in which no gateway at all could report does not count, so a
   * gateway reports at least four times in `liveWithinMs`. Where writers can work side by side it waits for none, so that
   * neither a bulk change nor an import holds up "in force".
   */
  reportGateway(report: GatewayReport, liveWithinMs: number): Promise<void>
  /**
   * Keeps a gateway live that has reported before, for `liveWithinMs` from now; false when the store does not know it. A
   * report without its content, and cheaper.
   */
  keepGatewayLive(id: string, liveWithinMs: number): Promise<boolean>
  /** Wakes `onChange` soon after another process committed a change; answers how to stop. Absent: poll. */
  listen?(onChange: () => void): Promise<() => Promise<void>>
  close(): Promise<void>
}
