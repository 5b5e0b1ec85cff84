/**
 * What is asked about the flag, before anybody has checked it: the forms, the API and the bulk file all fill these in.
 */

import type { Instant } from '../device/device.ts'
import { DAY_MS } from '../device/durations.ts'
import type { DeviceKey } from '../duis/eui64.ts'
import type { Fuel } from './restriction.ts'

/** Steps a Supplier may declare under its all-reasonable-steps duty. */
export const ARS_STEPS = [
  'advice-given',
  'alternatives-offered',
  'visit-offered',
  'consent-options-explained',
] as const
export type ArsStep = (typeof ARS_STEPS)[number]

/** Why a flag is cleared. */
export const CLEAR_REASONS = [
  'consumer-request',
  'change-of-tenancy',
  'change-of-supplier',
  'prepayment',
  'meter-exchange',
  'set-in-error',
  'other',
] as const
export type ClearReason = (typeof CLEAR_REASONS)[number]

/** The meter point or the Device meant; both only when they belong together. */
export interface Named {
  /** MPAN or MPRN as typed, spaces allowed. */
  readonly mpxn?: string | undefined
  readonly device?: DeviceKey | undefined
}

/** For the Service Centre only: whom it acts for, and on which ticket. */
export interface OnBehalf {
  readonly onBehalfOf?: string | undefined
  readonly ticket?: string | undefined
}

/** The declaration as filled in; `Declaration` is what it becomes once checked. */
export interface DeclarationForm {
  readonly steps: readonly string[]
  readonly date: string
  readonly evidence: string
  readonly isLastResort: boolean
  readonly isCreditMode: boolean
}

export interface SetRequest extends Named, OnBehalf {
  /** Absent: now. */
  readonly from?: Instant | undefined
  readonly declaration: DeclarationForm
  /** The Supplier's own reference to the consumer's request; no personal data. */
  readonly reference?: string | undefined
  /** Needed only for a Device that the inventory does not know. */
  readonly fuel?: Fuel | undefined
  /** Version of the flag that the request was made against (`If-Match`); absent: whatever it is. */
  readonly version?: number | undefined
}

export interface ClearRequest extends Named, OnBehalf {
  /** ID of the flag; absent: the flag of the meter point or Device named. */
  readonly restriction?: string | undefined
  /** Absent: now. */
  readonly at?: Instant | undefined
  /** One of `CLEAR_REASONS`. */
  readonly reason: string
  /** The Supplier's own reference to the instruction; no personal data. */
  readonly reference: string
  readonly version?: number | undefined
}

/** What a Supplier answers to a task. `days` is counted from the answer. */
export type TaskOutcome =
  | { readonly kind: 'keep' }
  | { readonly kind: 'review' }
  | { readonly kind: 'clear-after'; readonly days: number }

/** Limits and switches of the rules of change. */
export interface RestrictionRules {
  /** How far behind the clock a time may lie and still mean now. */
  readonly clockSkewMs: number
  /** How far ahead a set or clear may take effect. */
  readonly aheadMs: number
  /** Generations that may be restricted; a meter of unknown generation always may. */
  readonly generations: readonly ('SMETS1' | 'SMETS2')[]
  /** Days after a change of tenancy at which the flag is cleared unless its Supplier decides otherwise; absent: never. */
  readonly clearAfterTenancyDays?: number | undefined
}

export const DEFAULT_RULES: RestrictionRules = {
  clockSkewMs: 5 * 60_000,
  aheadMs: 90 * DAY_MS,
  generations: ['SMETS1', 'SMETS2'],
}
