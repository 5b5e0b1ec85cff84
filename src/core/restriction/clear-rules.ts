/** The rules of clearing the flag. Clearing never deletes: the record keeps its beginning, its end and the reason. */
import type { Instant } from '../device/device.ts'
import { judgeAuthority, type Responsibility } from './authority.ts'
import { clearWordsRefusals, effectiveTime, timeRefusal } from './declaration.ts'
import type { Actor, Party } from './party.ts'
import { type Refusal, type Refused, refuse, refused } from './refusal.ts'
import type { ClearRequest, RestrictionRules } from './requests.ts'
import { type RestrictionRecord, stateOf } from './restriction.ts'

export interface ClearFacts {
  /** The flag meant; absent when there is none. */
  readonly flag: RestrictionRecord | undefined
  readonly responsibility: Omit<Responsibility, 'hasMeterPoint' | 'keeper'>
  readonly parties: readonly Party[]
}

/** What is to be written. `same`: it was cleared, or is to be cleared then, already. */
type ClearPlan =
  | { readonly kind: 'change'; readonly record: RestrictionRecord }
  | { readonly kind: 'same'; readonly record: RestrictionRecord }

export interface ClearGranted {
  readonly ok: true
  readonly plan: ClearPlan
}

/** Judges a clear request; refusals come all together. */
export function judgeClear(
  request: ClearRequest,
  actor: Actor,
  facts: ClearFacts,
  rules: RestrictionRules,
  now: Instant,
): ClearGranted | Refused {
  const { flag } = facts
  const asked = [
    ...clearWordsRefusals(request),
    ...[timeRefusal(request.at, now, rules)].filter((each) => each !== undefined),
  ]
  if (!flag) return refused([refuse('not-restricted'), ...asked])
  const at = effectiveTime(request.at, now)
  const authority = judgeAuthority(
    actor,
    request,
    { ...facts.responsibility, hasMeterPoint: flag.mpxn !== undefined, keeper: keeperOf(flag) },
    facts.parties,
    at,
    now,
  )
  if (!authority.ok) return refused([...authority.refusals, ...asked])
  const against = [...stateRefusals(flag, request, now), ...asked]
  return against.length > 0 ? refused(against) : { ok: true, plan: planOf(flag, request.reason, at, now) }
}

/** The Supplier that the flag was set for. */
export function keeperOf(flag: Pick<RestrictionRecord, 'onBehalfOf' | 'setBy'>): string {
  return flag.onBehalfOf ?? flag.setBy.party
}

/** A flag that is cleared already is not compared by version: the answer to a repeated clear is the same receipt. */
function stateRefusals(flag: RestrictionRecord, request: ClearRequest, now: Instant): readonly Refusal[] {
  const state = stateOf(flag, now)
  if (state === 'closed') return [refuse('flag-closed')]
  if (state === 'cleared' || request.version === undefined || request.version === flag.version) return []
  return [refuse('version-changed')]
}

function planOf(flag: RestrictionRecord, reason: string, at: Instant, now: Instant): ClearPlan {
  if (stateOf(flag, now) === 'cleared' || flag.until === at) return { kind: 'same', record: flag }
  return { kind: 'change', record: endedAt(flag, at, reason, now) }
}

/** The record with its end. One that has not begun by then is taken back: it ends at once. */
export function endedAt(
  flag: RestrictionRecord,
  at: Instant,
  reason: string,
  now: Instant,
): RestrictionRecord {
  return { ...flag, until: at <= flag.from ? now : at, clearReason: reason }
}
