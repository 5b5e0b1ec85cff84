/**
 * A Device as the data plane knows it, and the reading of its Restricted flag at one instant.
 */
import type { DeviceKey } from '../duis/eui64.ts'

declare const instant: unique symbol

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number & { readonly [instant]: true }

/** Names a number of milliseconds since 1970 as an Instant. */
export function instantOf(milliseconds: number): Instant {
  return milliseconds as Instant
}

/** Device types of the Smart Metering Inventory that rows may ask for. */
export const DEVICE_TYPES = ['ESME', 'GSME', 'GPF', 'CHF', 'HCALCS', 'PPMID', 'IHD', 'CAD', 'SAPC'] as const
export type DeviceType = (typeof DEVICE_TYPES)[number]

/** Reads a device type as inventories spell it; undefined for any other text. */
export function parseDeviceType(text: string): DeviceType | undefined {
  return DEVICE_TYPES.find((type) => type === text)
}

/** The Restricted flag of a Device: in force in the half-open time [from, until). */
export interface Restriction {
  readonly from: Instant
  /** Absent while no end is set. */
  readonly until: Instant | undefined
}

/** Whether the flag is the same by both, or by both there is none. */
export function isSameRestriction(one: Restriction | undefined, other: Restriction | undefined): boolean {
  return one?.from === other?.from && one?.until === other?.until
}

/**
 * What the hot cache holds of a Device. A Device that the inventory does not know has no type; it can be Restricted all
 * the same, because the flag stands by itself and is never lost with an inventory row.
 */
export interface DeviceRecord {
  readonly key: DeviceKey
  readonly type: DeviceType | undefined
  readonly restriction: Restriction | undefined
  /** True when the inventory does not know the Device; absent when it does. */
  readonly isUnlisted?: true
  /** Change sequence number at which this record last changed; 0 when it never did. Compared on every cache put. */
  readonly version: number
}

/** One Device's flag as decide sees it. `unknown`: the store could not say. */
export type FlagReading =
  | {
      readonly state: 'restricted' | 'clear'
      readonly type: DeviceType | undefined
      readonly version: number
      /** Milliseconds since the gateway last knew itself in step with the store. */
      readonly ageMs: number
      /** True past the lease: the row's `onStale` counts. */
      readonly isStale: boolean
      /** When the flag took effect; absent where that is not known, and of no meaning while it is clear. */
      readonly since?: Instant | undefined
      /** True when the inventory does not know the Device; absent when it does, or when nobody looked. */
      readonly isUnlisted?: true
    }
  | { readonly state: 'unknown' }

/**
 * Whether the flag is in force at `now`; it is lifted from the instant it ends, not after. Where it is only known that the time is
 * between `atLeast` and `now`, it is in force while it may be.
 */
export function isRestricted(record: DeviceRecord, now: Instant, atLeast = now): boolean {
  const { restriction } = record
  if (!restriction || now < restriction.from) return false
  return restriction.until === undefined || atLeast < restriction.until
}

/** Whether it is over at `now`; it is lifted from the instant it ends, not after. */
export function hasEnded(restriction: Restriction, now: Instant): boolean {
  return restriction.until !== undefined && restriction.until <= now
}

/**
 * What several restrictions of one Device amount to, for every store driver, undefined when they restrict nothing: the time from the first start to
 * the last end. A gap between two of them that are still to end counts as restricted, because the data plane holds one
 * span for a Device and may only err on the strict side. Those that have ended count only when there are no others.
 */
export function coverOf(restrictions: readonly Restriction[], now: Instant): Restriction | undefined {
  const real = restrictions.filter(({ from, until }) => until === undefined || until > from)
  const lasting = real.filter((restriction) => !hasEnded(restriction, now))
  return lasting.length > 0
    ? lasting.reduce(spanOf)
    : real.reduce<Restriction | undefined>(laterOf, undefined)
}

function spanOf(one: Restriction, other: Restriction): Restriction {
  const from = one.from < other.from ? one.from : other.from
  if (one.until === undefined || other.until === undefined) return { from, until: undefined }
  return { from, until: one.until > other.until ? one.until : other.until }
}

/** Of two that have ended, the one that ended last. */
function laterOf(one: Restriction | undefined, other: Restriction): Restriction {
  return one?.until !== undefined && other.until !== undefined && one.until > other.until ? one : other
}
