/**
 * The ports of the flag's own life, for the control plane and the CLI. Everything that changes goes through one
 * `change` transaction: the record, its place in the change sequence, its audit entry. Writers are serialised, so the
 * sequence has no gaps and the audit chain no forks.
 */
import type { Instant } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { Actor } from '../core/restriction/party.ts'
import type {
  InventoryDevice,
  Registration,
  RestrictionRecord,
  Task,
  TrafficEvent,
} from '../core/restriction/restriction.ts'
import type { DeviceRecords } from './store.ts'

/** One link of the audit chain: `hash` is over `previous`, `index` and the canonical JSON of the rest. */
export interface AuditEntry {
  readonly index: number
  readonly at: Instant
  readonly actor: Actor
  /** `restriction.set`, `restriction.refused`, `task.done`, `table.activated` … */
  readonly action: string
  /** What it was about: restriction ID, MPxN, task ID. */
  readonly subject: string
  readonly detail: Readonly<Record<string, unknown>>
  readonly previous: string
  readonly hash: string
}

/** An entry before the store gives it its place in the chain. */
export type AuditDraft = Omit<AuditEntry, 'index' | 'previous' | 'hash'>

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
  readonly party?: string
  readonly mpxn?: string
  readonly device?: DeviceKey
  /** True: only those not cleared or closed at `now`. */
  readonly open?: boolean
}

/** What a gateway tells about itself. */
export interface GatewayReport {
  readonly id: string
  /** Last change it has applied. */
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

/** Reads, all from one consistent state. */
export interface ControlView {
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
  listRestrictions(
    filter: RestrictionFilter,
    now: Instant,
    limit: number,
    after?: string,
  ): Promise<Page<RestrictionRecord>>
  changesAfter(sequence: number, limit: number): Promise<readonly Change[]>
  tasksOf(party: string | undefined, isOpen: boolean, limit: number, after?: string): Promise<Page<Task>>
  findTask(id: string): Promise<Task | undefined>
  /** Tasks of one flag, done ones included, oldest first. */
  tasksOfRestriction(restriction: string): Promise<readonly Task[]>
  audit(
    filter: { subject?: string; party?: string },
    limit: number,
    after?: string,
  ): Promise<Page<AuditEntry>>
  /** The chain in order from `index` on, for `audit verify`. */
  auditFrom(index: number, limit: number): Promise<readonly AuditEntry[]>
  gateways(now: Instant): Promise<readonly GatewayStatus[]>
  /** The answer kept for an Idempotency-Key of a party, with the hash of the request it belongs to. */
  idempotentAnswer(party: string, key: string): Promise<{ requestHash: string; answer: string } | undefined>
  countDevices(): Promise<number>
}

/** Writes, inside one transaction. */
export interface ControlUnit extends ControlView {
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
  /** False when the event of this decision was taken already. */
  takeTrafficEvent(event: TrafficEvent): Promise<boolean>
}

export interface ControlStore extends DeviceRecords {
  read<Result>(work: (view: ControlView) => Promise<Result>): Promise<Result>
  /** Runs `work` in one serialised transaction: all of it or nothing. */
  change<Result>(work: (unit: ControlUnit) => Promise<Result>): Promise<Result>
  /** Records what a gateway has applied and marks changes in force that every live gateway has. */
  reportGateway(report: GatewayReport, now: Instant, liveWithinMs: number): Promise<void>
  /** Wakes `onChange` soon after another process committed a change; answers how to stop. Absent: poll. */
  listen?(onChange: () => void): Promise<() => Promise<void>>
  close(): Promise<void>
}
