/**
 * What each role sees of a flag. Nothing here decides whether it may look; that is the caller's first step.
 */
import type { Instant } from '../core/device/device.ts'
import { keeperOf } from '../core/restriction/clear-rules.ts'
import type { Actor } from '../core/restriction/party.ts'
import {
  type InventoryDevice,
  type RestrictionRecord,
  type RestrictionState,
  stateOf,
} from '../core/restriction/restriction.ts'
import type { AuditEntry } from '../store/control-store.ts'
import { DETAIL_OF_ROLE } from './permissions.ts'

/** Fields that say who set a flag, for whom and on which grounds. */
const SETTER_FIELDS = ['setBy', 'onBehalfOf', 'ticket', 'reference', 'declaration'] as const
type SetterField = (typeof SETTER_FIELDS)[number]

/** A flag as a role sees it; `setter` is absent for those who may not know who set it. */
export interface FlagView extends Omit<RestrictionRecord, SetterField> {
  readonly state: RestrictionState
  readonly setter: Pick<RestrictionRecord, SetterField> | undefined
}

/** A Device with its flag as yes or no. */
export interface DeviceView extends InventoryDevice {
  readonly isRestricted: boolean
  /** Since when it is Restricted; absent when it is not. */
  readonly since: Instant | undefined
}

/** One step in the life of a flag; `by` and `detail` are absent for those who may not know. */
export interface HistoryEntry {
  readonly at: Instant
  readonly action: string
  readonly by: Actor | undefined
  readonly detail: Readonly<Record<string, unknown>> | undefined
}

export function flagView(record: RestrictionRecord, actor: Actor, now: Instant): FlagView {
  const { setBy, onBehalfOf, ticket, reference, declaration, ...rest } = record
  const setter = { setBy, onBehalfOf, ticket, reference, declaration }
  return { ...rest, state: stateOf(record, now), setter: seesSetter(record, actor) ? setter : undefined }
}

function seesSetter(record: RestrictionRecord, actor: Actor): boolean {
  switch (DETAIL_OF_ROLE[actor.role]) {
    case 'all':
      return true
    case 'own-setter':
      return keeperOf(record) === actor.party || record.setBy.party === actor.party
    case 'without-setter':
    case 'yes-no':
      return false
  }
}

/** The Device with what the flags say of it at `now`. */
export function deviceView(
  device: InventoryDevice,
  flags: readonly RestrictionRecord[],
  now: Instant,
): DeviceView {
  const inForce = flags.filter(
    (flag) => flag.members.includes(device.key) && stateOf(flag, now) === 'effective',
  )
  const [since] = inForce.map((flag) => flag.from).sort((one, other) => one - other)
  return { ...device, isRestricted: inForce.length > 0, since }
}

/** An entry about a flag, without who and why for those who may know only what happened. */
export function historyEntry(entry: AuditEntry, actor: Actor): HistoryEntry {
  const { at, action } = entry
  const detail = DETAIL_OF_ROLE[actor.role]
  const isOwn = detail === 'own-setter' && entry.actor.party === actor.party
  if (detail === 'all' || isOwn) return { at, action, by: entry.actor, detail: entry.detail }
  return { at, action, by: undefined, detail: undefined }
}
