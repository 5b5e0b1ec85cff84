/**
 * The life of the Restricted flag (MP169 BR1 to BR3) as data: what is asked, what is held, what happened.
 *
 * A flag is asked for by meter point or by Device and held for the meter point: its meter and, for gas, its Gas Proxy
 * Function. Those Devices are its members; the data plane knows only members. The Communications Hub is never one.
 */
import type { DeviceType, Instant } from '../device/device.ts'
import type { DeviceKey } from '../duis/eui64.ts'
import type { HomeFacts } from '../duis/facts.ts'
import type { Actor } from './party.ts'

export type Fuel = 'electricity' | 'gas'

/** One Device of the inventory. Fields absent in the source are undefined. */
export interface InventoryDevice {
  readonly key: DeviceKey
  readonly type: DeviceType | undefined
  /** The Communications Hub Function the Device belongs to. */
  readonly hub: DeviceKey | undefined
  /** MPAN of an ESME; MPRN of a GSME or GPF. */
  readonly mpxn: string | undefined
  /** SMI Status as the DSP writes it, for example `Commissioned`. Says nothing about the flag. */
  readonly status: string | undefined
  /** CSP region, for example `North`; data, not an enumeration. */
  readonly region: string | undefined
  readonly generation: 'SMETS1' | 'SMETS2' | undefined
}

/** What is known of a Device that the inventory does not have. */
export const NOTHING_KNOWN: Omit<InventoryDevice, 'key'> = {
  ...{ type: undefined, hub: undefined, mpxn: undefined, status: undefined },
  ...{ region: undefined, generation: undefined },
}

/** Who answers for a meter point in [from, until). */
export interface Registration {
  readonly mpxn: string
  readonly role: 'supplier' | 'network-operator'
  readonly party: string
  readonly from: Instant
  readonly until: Instant | undefined
}

/** The Supplier's declaration that goes with a set request (all reasonable steps, ARS). No personal data. */
export interface Declaration {
  /** What was tried before: at least one. */
  readonly steps: readonly (
    | 'advice-given'
    | 'alternatives-offered'
    | 'visit-offered'
    | 'consent-options-explained'
  )[]
  /** ISO date on which the consumer's preference was recorded. */
  readonly date: string
  /** The Supplier's own reference to its evidence; free text without personal data. */
  readonly evidence: string
  readonly isLastResort: true
  readonly isCreditMode: true
}

/** `scheduled` and `effective` follow from the clock; `cleared` has an end by decision, `closed` by decommissioning. */
export type RestrictionState = 'scheduled' | 'effective' | 'cleared' | 'closed'

export interface RestrictionRecord {
  /** Opaque, for example `R-01JD…`; also the receipt. */
  readonly id: string
  /** Absent when the Device's meter point is not known. */
  readonly mpxn: string | undefined
  readonly fuel: Fuel
  /** The meter it was set for. */
  readonly meter: DeviceKey
  readonly members: readonly DeviceKey[]
  readonly from: Instant
  readonly until: Instant | undefined
  readonly isClosed: boolean
  readonly setBy: Actor
  /** Named when the Service Centre acted for a Supplier. */
  readonly onBehalfOf: string | undefined
  readonly ticket: string | undefined
  /** The Supplier's own reference to the consumer's request. */
  readonly reference: string | undefined
  readonly declaration: Declaration
  readonly clearReason: string | undefined
  /** Grows with every change of this record; the ETag. */
  readonly version: number
  /** Sequence of the last change of this record in the store's change sequence. */
  readonly sequence: number
  /** When every live gateway had applied `sequence`; absent while propagating. */
  readonly inForceAt: Instant | undefined
  readonly recordedAt: Instant
}

export type TaskKind = 're-confirm' | 'review-tenancy' | 'prepayment-conflict' | 'lost-change'

/** Something a Supplier is asked to do about a flag. Nothing happens by itself unless `clearAt` says so. */
export interface Task {
  readonly id: string
  readonly kind: TaskKind
  readonly restriction: string
  /** The Supplier who is asked. */
  readonly party: string
  readonly createdAt: Instant
  readonly dueAt: Instant
  /** Only at a change of tenancy: the Supplier chose `clear-after N days`, or the rule of the system says so. */
  readonly clearAt: Instant | undefined
  readonly doneAt: Instant | undefined
  readonly outcome: string | undefined
}

/** What the gateway saw pass (a row with `observe`), delivered once per decision. */
export interface TrafficEvent {
  /** Decision ID of the message: with `event` the key that makes delivery idempotent. */
  readonly decision: string
  readonly event: string
  readonly at: Instant
  readonly codes: readonly string[]
  /** In reading order: the target first, then the body's. */
  readonly devices: readonly DeviceKey[]
  /** Who asked; absent where the message names no request: a DCC Alert names whom it tells. */
  readonly user: DeviceKey | undefined
  /** Joins a Service Request with its answers; absent where the message names no request, as in a DCC Alert. */
  readonly requestId?: string | undefined
  /**
   * `requested`: a Service Request, which may still fail. `done`: a message that says it has happened (a Response with
   * `I0`, a DCC Alert). Absent: not known, so nothing that lifts a flag rests on it.
   */
  readonly stage?: 'requested' | 'done' | undefined
  /** What the message says about which Devices make up a home; absent in nearly all. */
  readonly home?: HomeFacts | undefined
  /** Number of the DCC schedule that an answer to 5.1 gave out, or that a 5.3 names. */
  readonly scheduleId?: string | undefined
  /** When the schedule that a 5.1 asks for ends by itself; absent when it does not, or its date cannot be read. */
  readonly scheduleUntil?: Instant | undefined
}

type Times = Pick<RestrictionRecord, 'from' | 'until' | 'isClosed'>

/** A flag taken back before it began counts as cleared at once. */
export function stateOf(record: Times, now: Instant): RestrictionState {
  if (record.isClosed) return 'closed'
  if (record.until !== undefined && (record.until <= now || record.until <= record.from)) return 'cleared'
  return record.from > now ? 'scheduled' : 'effective'
}

/** Whether it restricts now or will: neither cleared nor closed. */
export function isOpen(record: Times, now: Instant): boolean {
  const state = stateOf(record, now)
  return state === 'scheduled' || state === 'effective'
}
