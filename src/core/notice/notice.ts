/**
 * A notice: what a partner is told about a Restricted Device, and what became of the telling.
 *
 * A Communications Service Provider is told of Devices whose hub is in one of its regions, a Supplier of what is asked of it, and
 * whoever owns a DCC schedule when it goes dark.
 * No notice has a meter point number, a name, a reference or a reason beyond the consumer's choice.
 */
import type { Instant } from '../device/device.ts'
import type { DeviceKey } from '../duis/eui64.ts'
import type { TaskKind } from '../restriction/restriction.ts'

/** What a CSP is told of a Device. */
const FLAG_KINDS = ['set', 'cleared', 'effective', 'hub-changed', 'no-longer-yours', 'closed'] as const
export type FlagKind = (typeof FLAG_KINDS)[number]

/** What a Supplier is told, beside the tasks that are asked of it. */
const SUPPLIER_KINDS = [
  ...(['re-confirm', 'review-tenancy', 'prepayment-conflict', 'lost-change'] as const),
] as const satisfies TaskKind[]

/** What the owner of a DCC schedule is told: its answers are destroyed from now on. */
export const SCHEDULE_KIND = 'schedule-goes-dark'

/** Everything that a notice may be about. */
export const NOTICE_KINDS = [...FLAG_KINDS, ...SUPPLIER_KINDS, SCHEDULE_KIND, 'digest'] as const
export type NoticeKind = (typeof NOTICE_KINDS)[number]

/** `pull`: only to be fetched, because the partner has no webhook or notices are switched off. `dead`: given up. */
export const NOTICE_STATES = ['waiting', 'delivered', 'dead', 'pull'] as const
export type NoticeState = (typeof NOTICE_STATES)[number]

/** What goes out as `data`: plain JSON. */
export type NoticeContent = Readonly<Record<string, string | number | boolean | null>>

/** A notice before the store gives it its place. */
export interface NoticeDraft {
  /** The same at every attempt: what receivers tell repeats by. */
  readonly id: string
  readonly party: string
  /** Absent for a digest. */
  readonly device: DeviceKey | undefined
  /** Counts the notices of this Device to this partner from 1, without gaps; 0 for a digest. */
  readonly number: number
  readonly kind: NoticeKind
  readonly content: NoticeContent
  readonly createdAt: Instant
  readonly state: 'waiting' | 'pull'
}

export interface Notice extends Omit<NoticeDraft, 'state'> {
  readonly state: NoticeState
  /** Grows with every notice of the store: the order in which they were made. */
  readonly place: number
  readonly attempts: number
  /** Attempts that count against it; see `attempt.ts`. */
  readonly refusals: number
  /** Not tried again before. */
  readonly nextAt: Instant
  /** Why the last attempt failed. */
  readonly problem: string | undefined
  /** When it was delivered or given up. */
  readonly settledAt: Instant | undefined
  /** True when the notice of this Device just before it was given up and never delivered. */
  readonly isAfterGap: boolean
}

/** A party that is told of things. */
export interface Partner {
  readonly party: string
  /** CSP regions as the inventory writes them; empty unless the party is a CSP. */
  readonly regions: readonly string[]
  readonly isSupplier: boolean
  /** As which Service Users it sends requests: schedules of these are its own. */
  readonly euis: readonly DeviceKey[]
  /** False when it only fetches. */
  readonly isPushed: boolean
}
