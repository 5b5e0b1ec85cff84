/**
 * The outcome of deciding on one message. Values, not exceptions: an outcome that was planned for is data.
 */
import type { ObservedEvent } from '../catalogue/catalogue.ts'
import type { DeviceKey } from '../duis/eui64.ts'
import { NOT_UNDERSTOOD } from '../duis/facts.ts'
import type { ReadFault } from '../duis/fault.ts'
import type { Permit, ShadowVerdict } from './decide.ts'

export { OBSERVED_EVENTS, type ObservedEvent } from '../catalogue/catalogue.ts'

/** What an operator must look at although the message was handled as the table says. */
export const ALARMS = [
  'unknown-srv',
  'unknown-element',
  'unknown-header-element',
  'unknown-alert',
  'alert-without-code',
  'frequent-alert',
  'blocked-kind-without-device',
  'unlisted-device',
  'kinds-disagree',
  'unclassified-response',
  ...NOT_UNDERSTOOD,
] as const
export type Alarm = (typeof ALARMS)[number]

/** Why: carried by every verdict, written to the journal and shown by `explain`. */
export interface Grounds {
  /** Id of the row that decided, or of the default that did. */
  readonly rule: string
  readonly reason: string
  /** Revision of the table in force. */
  readonly tableRevision: string
  /** `not-needed`: no row that the message claims looks at the flag. */
  readonly flag: 'not-needed' | 'clear' | 'restricted' | 'unknown' | 'stale'
  /** The Device that caused the outcome; absent when none did. */
  readonly device: DeviceKey | undefined
  readonly flagVersion: number | undefined
  readonly flagAgeMs: number | undefined
  /** True when it passes for a Restricted Device because it was under way when the flag took effect (`in-flight.ts`). */
  readonly isInFlight: boolean
  readonly alarms: readonly Alarm[]
  readonly events: readonly ObservedEvent[]
  /** What rows in shadow mode would have done, where that differs. */
  readonly shadow: { readonly rule: string; readonly kind: Verdict['kind'] } | undefined
  /** What a table on trial would have done; absent when none is. `decide` never says. */
  readonly trial?: ShadowVerdict
}

/**
 * - `forward`: goes on byte for byte; needs the Permit.
 * - `reject`: southbound, answered with a DUIS Response.
 * - `withhold`: northbound, acknowledged and destroyed; `answersRequest` says whether somebody waits for an answer.
 * - `defer`: 503 + Retry-After, because the flag is not known and the row says so.
 * - `refuse`: unreadable; nothing was decided because nothing was understood.
 */
export type Verdict =
  | (Grounds & { readonly kind: 'forward'; readonly permit: Permit })
  | (Grounds & { readonly kind: 'reject' })
  | (Grounds & { readonly kind: 'withhold'; readonly answersRequest: boolean })
  | (Grounds & { readonly kind: 'defer' })
  | { readonly kind: 'refuse'; readonly fault: ReadFault }
