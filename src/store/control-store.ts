/**
 * The ports of the flag's own life, for the control plane and the CLI. Everything that changes goes through one
 * `change` transaction: the record, its place in the change sequence, its audit entry. Writers are serialised, so the
 * sequence has no gaps and the audit chain no forks.
 */

import type { Instant } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { AuditDraft, AuditEntry, ChainEnd } from '../core/restriction/audit-chain.ts'
import type { AuditKind } from '../core/restriction/audit-kinds.ts'
import type {
  InventoryDevice,
  Registration,
  RestrictionRecord,
  Task,
} from '../core/restriction/restriction.ts'
import type { GatewayCounts } from './gateway-counts.ts'
import type { NoticeChanges, NoticeRecords, OutboxChanges, OutboxRecords } from './notice-store.ts'
import type { IncidentChanges, ReportStore } from './report-store.ts'
import type { DeviceRecords } from './store.ts'
import type { TableChanges, TableRecords } from './table-store.ts'
import type { TokenChanges, TokenRecords } from './token-store.ts'
import type { ScheduleChanges, ScheduleRecords, TrafficChanges, TrafficRecords } from './traffic-store.ts'

export type { AuditEntry } from '../core/restriction/audit-chain.ts'

/** An `after` that no page of this listing gave out. The caller's mistake, so no StoreFailure. */
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
  /** The person or system that acted. */
  readonly name?: string | undefined
  readonly action?: string | undefined
  readonly kind?: AuditKind | undefined
  /** Entries of [since, until). */
  readonly since?: Instant | undefined
  readonly until?: Instant | undefined
}

/** The process that reports under a gateway's name. */
export interface GatewayInstance {
  /** Drawn at its start. Of two of one place, that of the later sorts after that of the earlier. */
  readonly id: string
  readonly host: string
  readonly pid: number
  /** What it has locked for as long as it lives; undefined where it cannot say what another kernel would not say too. */
  readonly place: string | undefined
}

/** How a gateway's wall clock stands to the store's. */
export interface ClockSkew {
  /** Positive when the gateway's is ahead. */
  readonly skewMs: number
  /** Behind by more than its bound: nothing is called in force while it is waited for. */
  readonly isBehind: boolean
}

/** What a gateway tells about itself. */
export interface GatewayReport {
  readonly id: string
  /** Absent where any process may report under the name. */
  readonly instance?: GatewayInstance
  /** Of which epoch `sequence` is; absent where the store has none. */
  readonly epoch?: string | undefined
  /** Absent before it has been measured. */
  readonly clock?: ClockSkew | undefined
  /** Last change it has applied; 0 while it knows none, as it starts or while it refuses the store. */
  readonly sequence: number
  readonly state: string
  readonly tableRevision: string
  readonly counts: GatewayCounts
}

/** Who has a gateway's name. */
export interface PlaceHolder {
  /** Empty where it does not say, as a gateway of an earlier release. */
  readonly host: string
  readonly pid: number
  /** When it first reported. */
  readonly since: Instant
  readonly seenAt: Instant
}

/** What became of a report: taken, or refused because another process reports under that name. */
export type ReportOutcome =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly holder: PlaceHolder }

export interface GatewayStatus
  extends Pick<GatewayReport, 'id' | 'sequence' | 'state' | 'tableRevision' | 'counts' | 'clock'> {
  readonly seenAt: Instant
  /** Time since then, by the store's clock. */
  readonly silentMs: number
  readonly isLive: boolean
  /** Number of the store's epoch at its last report; undefined where the store has none. */
  readonly epoch: number | undefined
}

interface InventoryRecords {
  find(key: DeviceKey): Promise<InventoryDevice | undefined>
  /** Devices of a meter point. */
  ofMeterPoint(mpxn: string): Promise<readonly InventoryDevice[]>
  /** Devices of one Communications Hub, the hub itself included. */
  ofHub(hub: DeviceKey): Promise<readonly InventoryDevice[]>
  /** Gas Proxy Functions of these hubs that have no meter point yet. */
  homelessProxies(hubs: readonly DeviceKey[]): Promise<readonly InventoryDevice[]>
  /** How many Devices there are. */
  count(): Promise<number>
  /** Of a meter point. */
  registrations(mpxn: string): Promise<readonly Registration[]>
}

export interface InventoryChanges extends InventoryRecords {
  /** Adds or replaces Devices. A Device put again as it is does not change. */
  put(devices: readonly InventoryDevice[]): Promise<void>
  putRegistrations(registrations: readonly Registration[]): Promise<void>
}

/** A record before the store gives it its place in the change sequence. */
export type RestrictionDraft = Omit<RestrictionRecord, 'sequence' | 'inForceAt'>

interface RestrictionRecords {
  find(id: string): Promise<RestrictionRecord | undefined>
  /** Open flags that have the Device as a member, oldest first. */
  ofDevice(key: DeviceKey): Promise<readonly RestrictionRecord[]>
  /** All flags of a meter point, newest first, cleared ones included. */
  ofMeterPoint(mpxn: string): Promise<readonly RestrictionRecord[]>
  /** Newest first. */
  list(
    filter: RestrictionFilter,
    now: Instant,
    limit: number,
    after?: string,
  ): Promise<Page<RestrictionRecord>>
  /** Devices whose flag is in force at `now` and whose hub is in one of the regions, ascending, after `after`. */
  devicesIn(
    regions: readonly string[],
    now: Instant,
    limit: number,
    after?: DeviceKey,
  ): Promise<readonly DeviceKey[]>
}

export interface RestrictionChanges extends RestrictionRecords {
  /** Writes a record whole, members included, with one change per member that is new, gone or otherwise touched. */
  put(record: RestrictionDraft): Promise<RestrictionRecord>
}

export interface ChangeRecords {
  after(sequence: number, limit: number): Promise<readonly Change[]>
}

interface TaskRecords {
  find(id: string): Promise<Task | undefined>
  /** Oldest first; of every party when it is undefined. */
  ofParty(party: string | undefined, isOpen: boolean, limit: number, after?: string): Promise<Page<Task>>
  /** Tasks of one flag, done ones included, oldest first. */
  ofRestriction(restriction: string): Promise<readonly Task[]>
  /** Open tasks whose `clearAt` has come, oldest first. */
  toClear(now: Instant, limit: number): Promise<readonly Task[]>
}

export interface TaskChanges extends TaskRecords {
  /** Writes a task whole. */
  put(task: Task): Promise<void>
}

interface AuditRecords {
  /** Newest first. */
  list(filter: AuditFilter, limit: number, after?: string): Promise<Page<AuditEntry>>
  /** The chain in order from `index` on, for `audit verify`. */
  from(index: number, limit: number): Promise<readonly AuditEntry[]>
  /** Where the store notes that the chain ends: what a checkpoint is taken of. */
  end(): Promise<ChainEnd>
  /** All rows that there are, also those at no place of the chain. */
  count(): Promise<number>
}

export interface AuditChanges extends AuditRecords {
  append(draft: AuditDraft): Promise<AuditEntry>
}

export interface GatewayRecords {
  /** By ID. Whether one is live is judged by the store's clock. */
  statuses(): Promise<readonly GatewayStatus[]>
}

/** The answer kept for an Idempotency-Key of a party. */
export interface KeptAnswer {
  readonly party: string
  readonly key: string
  /** Of the request it belongs to. */
  readonly requestHash: string
  readonly answer: string
  readonly at: Instant
}

interface AnswerRecords {
  find(party: string, key: string): Promise<KeptAnswer | undefined>
}

export interface AnswerChanges extends AnswerRecords {
  /** Keeps the first answer; a later one for the same key changes nothing. */
  keep(answer: KeptAnswer): Promise<void>
  /** Forgets at most `limit` answers that were kept before `before`, oldest first; tells how many. */
  forget(before: Instant, limit: number): Promise<number>
}

/** Reads, all from one consistent state. Listings answer at most `limit` items; `after` is a page's `next`. */
export interface ControlView {
  readonly inventory: InventoryRecords
  readonly restrictions: RestrictionRecords
  readonly changes: ChangeRecords
  readonly tasks: TaskRecords
  readonly traffic: TrafficRecords
  readonly schedules: ScheduleRecords
  readonly outbox: OutboxRecords
  readonly notices: NoticeRecords
  /** Policy tables and the proposals about them. */
  readonly tables: TableRecords
  readonly audit: AuditRecords
  readonly answers: AnswerRecords
  /** Access tokens that people made themselves. */
  readonly tokens: TokenRecords
  readonly gateways: GatewayRecords
}

/** Writes, inside one transaction. */
export interface ControlUnit extends ControlView {
  readonly inventory: InventoryChanges
  readonly restrictions: RestrictionChanges
  readonly tasks: TaskChanges
  readonly traffic: TrafficChanges
  readonly schedules: ScheduleChanges
  readonly outbox: OutboxChanges
  readonly notices: NoticeChanges
  readonly incidents: IncidentChanges
  readonly tables: TableChanges
  readonly audit: AuditChanges
  readonly answers: AnswerChanges
  readonly tokens: TokenChanges
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
   *
   * While another instance has the name and is live, the report is refused; one with the place of the instance that reports
   * now has ended. A sequence of another epoch than the store's own counts as 0, and so does one of a clock that is behind.
   */
  reportGateway(report: GatewayReport, liveWithinMs: number): Promise<ReportOutcome>
  /**
   * Keeps a gateway live that has reported before, for `liveWithinMs` from now; false when the store does not know it, or
   * knows another instance. A report without its content, and cheaper.
   */
  keepGatewayLive(id: string, liveWithinMs: number, instance?: string): Promise<boolean>
  /** Wakes `onChange` soon after another process committed a change; answers how to stop. Absent: poll. */
  listen?(onChange: () => void): Promise<() => Promise<void>>
  close(): Promise<void>
}
