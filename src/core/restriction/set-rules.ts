/**
 * The rules of setting the flag: from a request and what is known, to what is to be written, or everything that stands
 * against it. Pure: the service gathers the facts, calls `judgeSet` inside its transaction and writes the plan.
 */
import type { Instant } from '../device/device.ts'
import { hiddenRefusal, judgeAuthority, type Responsibility } from './authority.ts'
import { effectiveTime, readDeclaration, referenceRefusals, timeRefusal } from './declaration.ts'
import { joined, membersOf } from './members.ts'
import type { Actor, Party } from './party.ts'
import { type Refusal, type Refused, refuse, refused, type Warning, warn } from './refusal.ts'
import { nextSupplier } from './registration.ts'
import type { RestrictionRules, SetRequest } from './requests.ts'
import { type Declaration, isOpen, type RestrictionRecord } from './restriction.ts'
import { findTarget, meterRefusal, type Surroundings, type Target, type TargetReading } from './target.ts'
import { keptText } from './typed-text.ts'

/** What the rules look at besides the request. */
export interface SetFacts extends Surroundings {
  readonly responsibility: Omit<Responsibility, 'hasMeterPoint'>
  /** Flags of the meter point and of the meter, ended ones may be among them. */
  readonly flags: readonly RestrictionRecord[]
  /** When prepayment traffic of the meter was last seen; absent when it was not. */
  readonly prepaymentSeenAt: Instant | undefined
  readonly parties: readonly Party[]
}

/** A flag before the store and the ID source have added theirs. */
type RestrictionDraft = Omit<RestrictionRecord, 'id' | 'version' | 'sequence' | 'inForceAt' | 'recordedAt'>

/** What is to be written. `same`: the flag stands as asked; its receipt is the answer. */
export type SetPlan =
  | { readonly kind: 'new'; readonly draft: RestrictionDraft }
  | { readonly kind: 'change'; readonly record: RestrictionRecord }
  | { readonly kind: 'same'; readonly record: RestrictionRecord }

export interface SetGranted {
  readonly ok: true
  readonly plan: SetPlan
  readonly target: Target
  readonly supplier: string
  readonly warnings: readonly Warning[]
}

/** Judges a set request. Refusals come all together, in the order in which a form asks. */
export function judgeSet(
  request: SetRequest,
  actor: Actor,
  facts: SetFacts,
  rules: RestrictionRules,
  now: Instant,
): SetGranted | Refused {
  const words = readDeclaration(request.declaration, now)
  const asked = [
    ...present(timeRefusal(request.from, now, rules)),
    ...('refusals' in words ? words.refusals : []),
    ...referenceRefusals(request.reference),
  ]
  const reading = findTarget(request, facts, actor.role === 'service-centre')
  const hidden = namesSomething(reading)
    ? hiddenRefusal(actor, request, facts.responsibility, now)
    : undefined
  if (hidden) return refused([hidden, ...asked])
  if (!reading.ok) return refused([reading.refusal, ...asked])
  const { target } = reading
  const warnings = warningsAbout(target, facts, now)
  const authority = judgeAuthority(
    actor,
    request,
    { ...facts.responsibility, hasMeterPoint: target.mpxn !== undefined },
    facts.parties,
    effectiveTime(request.from, now),
    now,
  )
  if (!authority.ok) return refused([...authority.refusals, ...asked], warnings)
  const current = facts.flags.find((flag) => isOpen(flag, now))
  const against = [
    ...present(meterRefusal(target, rules)),
    ...present(versionRefusal(request.version, current)),
    ...asked,
  ]
  if (against.length > 0 || 'refusals' in words) return refused(against, warnings)
  const draft = draftOf(request, actor, target, facts, words.declaration, now)
  return { ok: true, plan: planOf(draft, current), target, supplier: authority.supplier, warnings }
}

/** Whether the request names something that there could be. */
function namesSomething(reading: TargetReading): boolean {
  return reading.ok || (reading.refusal.rule !== 'nothing-named' && reading.refusal.rule !== 'mpxn-invalid')
}

function versionRefusal(
  version: number | undefined,
  current: RestrictionRecord | undefined,
): Refusal | undefined {
  if (version === undefined || version === current?.version) return undefined
  return refuse('version-changed')
}

function draftOf(
  request: SetRequest,
  actor: Actor,
  target: Target,
  facts: SetFacts,
  declaration: Declaration,
  now: Instant,
): RestrictionDraft {
  const isOnBehalf = actor.role === 'service-centre'
  return {
    mpxn: target.mpxn,
    fuel: target.fuel,
    meter: target.meter.key,
    members: membersOf(target.meters, facts.nearby),
    from: effectiveTime(request.from, now),
    until: undefined,
    isClosed: false,
    setBy: actor,
    onBehalfOf: isOnBehalf ? request.onBehalfOf : undefined,
    ticket: isOnBehalf ? request.ticket?.trim() : undefined,
    reference: keptText(request.reference ?? '') || undefined,
    declaration,
    clearReason: undefined,
  }
}

/**
 * Setting never opens a gap: a flag that began earlier stays so, one that begins later is brought forward, and a clear
 * that is still to come is taken back.
 */
function planOf(draft: RestrictionDraft, current: RestrictionRecord | undefined): SetPlan {
  if (!current) return { kind: 'new', draft }
  const members = joined(current.members, draft.members)
  const covers = current.from <= draft.from && current.until === undefined && members === current.members
  if (covers) return { kind: 'same', record: current }
  const from = current.from < draft.from ? current.from : draft.from
  const mpxn = current.mpxn ?? draft.mpxn
  return { kind: 'change', record: { ...current, ...draft, mpxn, meter: current.meter, members, from } }
}

function warningsAbout(target: Target, facts: SetFacts, now: Instant): readonly Warning[] {
  const { meter, mpxn, fuel } = target
  const hasProxy = membersOf(target.meters, facts.nearby).length > target.meters.length
  return [
    ...(mpxn === undefined ? [warn('unknown-device')] : []),
    ...(meter.status === 'Commissioned' ? [] : [warn('not-commissioned')]),
    ...(facts.prepaymentSeenAt === undefined ? [] : [warn('prepayment-seen')]),
    ...(fuel === 'gas' && !hasProxy ? [warn('no-gas-proxy')] : []),
    ...(nextSupplier(facts.responsibility.registrations, now) ? [warn('supplier-changes')] : []),
  ]
}

function present<Item>(item: Item | undefined): readonly Item[] {
  return item === undefined ? [] : [item]
}
