/** What the roll-up counts, and the keys it counts under. */
import type { DeviceKey } from '../duis/eui64.ts'
import type { CountedKind, Fate } from './fate.ts'
import type { Placement } from './placement.ts'

/** Messages of one month that are alike in everything reports ask for. */
export interface Count {
  /** `2026-10`. */
  readonly month: string
  readonly kind: CountedKind
  /** SRV or alert code, as the message's own header or alert names it first; empty when it names none. */
  readonly code: string
  /** Class of the row that decided; empty when a default did, or none. */
  readonly class: string
  /** Of the first Device that the inventory knows; empty when it knows none. */
  readonly region: string
  readonly generation: string
  /** The Service User that the message names. */
  readonly user: DeviceKey | undefined
  readonly fate: Fate
  /** Whether any of its Devices was Restricted when it arrived. */
  readonly isRestricted: boolean
  readonly messages: number
}

/** Stopped messages of one Restricted Device in one month. */
export interface BlockedCount extends Pick<Placement, 'hub'> {
  readonly month: string
  readonly device: DeviceKey
  readonly region: string
  readonly generation: string
  /** The Responsible Supplier when they arrived; empty when none is registered. */
  readonly supplier: string
  readonly class: string
  readonly fate: 'rejected' | 'withheld'
  readonly messages: number
}
