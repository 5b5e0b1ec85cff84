/** Clears the flag, at once or at a time to come, and shows beforehand what clearing it would do. */
import type { Instant } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import { type ClearGranted, judgeClear } from '../core/restriction/clear-rules.ts'
import { isId } from '../core/restriction/ids.ts'
import type { Actor } from '../core/restriction/party.ts'
import { NEVER_BEGAN, type Resumes, resumesOnClear } from '../core/restriction/plain-words.ts'
import { type Refusal, type Refused, refused } from '../core/restriction/refusal.ts'
import type { ClearRequest } from '../core/restriction/requests.ts'
import { isOpen, type RestrictionRecord } from '../core/restriction/restriction.ts'
import { keptText } from '../core/restriction/typed-text.ts'
import type { ControlView } from '../store/control-store.ts'
import type { RestrictionContext } from './context.ts'
import { flagsOfNamed, nearFlag, registrationsAround } from './gather.ts'
import { denialOf, type Operation } from './permissions.ts'
import { subjectOf } from './set-flag.ts'
import {
  type ActorNow,
  type Doing,
  endTasksOf,
  inChange,
  nextVersion,
  writeFlag,
  writeRefusal,
} from './written.ts'

/** The receipt of a clear. `already-cleared`: nothing was written. */
export interface FlagCleared {
  readonly ok: true
  readonly outcome: 'cleared' | 'already-cleared'
  readonly restriction: RestrictionRecord
}

/** What clearing the flag would do, for the check-answers step. */
export interface ClearPreview extends Resumes {
  readonly ok: true
  readonly outcome: FlagCleared['outcome']
  /** The flag as it would stand. */
  readonly restriction: RestrictionRecord
  /** Members that another open flag covers: they stay Restricted. */
  readonly stayRestricted: readonly DeviceKey[]
}

/** What `clearFlag` would do: what passes again then, and what does not come back; writes nothing. */
export function previewClear(
  context: RestrictionContext,
  actor: Actor,
  request: ClearRequest,
): Promise<ClearPreview | Refused> {
  return context.store.read(async (view) => {
    const doing = { actor, now: context.clock.now() }
    const judged = await judge(context, view, doing, request, 'preview')
    if (!judged.ok) return judged
    const { kind, record } = judged.plan
    const everBegins = record.from <= doing.now || record.until === undefined || record.until > record.from
    return {
      ...(everBegins ? resumesOnClear(context.table(), record.fuel) : NEVER_BEGAN),
      ok: true,
      outcome: kind === 'same' ? 'already-cleared' : 'cleared',
      restriction: record,
      stayRestricted: await coveredByOthers(view, doing.now, record),
    }
  })
}

async function coveredByOthers(
  view: ControlView,
  now: Instant,
  { id, members }: RestrictionRecord,
): Promise<readonly DeviceKey[]> {
  const covered: DeviceKey[] = []
  for (const member of members) {
    const flags = await view.restrictions.ofDevice(member)
    if (flags.some((flag) => flag.id !== id && isOpen(flag, now))) covered.push(member)
  }
  return covered
}

/** Ends the flag now or later; the record stays. */
export function clearFlag(
  context: RestrictionContext,
  actor: Actor,
  request: ClearRequest,
): Promise<FlagCleared | Refused> {
  return inChange(context, actor, async (doing) => {
    const outcome = await clearIn(context, doing, request)
    return outcome.ok ? outcome : writeRefusal(doing, 'clear', subjectOfClear(request), outcome)
  })
}

async function clearIn(
  context: RestrictionContext,
  doing: Doing,
  request: ClearRequest,
): Promise<FlagCleared | Refused> {
  const judged = await judge(context, doing.unit, doing, request, 'clear')
  if (!judged.ok) return judged
  const { kind, record } = judged.plan
  if (kind === 'same') return { ok: true, outcome: 'already-cleared', restriction: record }
  const clearOnTicket = doing.actor.role === 'service-centre' ? request.ticket?.trim() : undefined
  const detail = { clearReference: keptText(request.reference), clearOnTicket }
  const restriction = await writeFlag(doing, 'restriction.cleared', nextVersion(record), detail)
  await endTasksOf(doing, restriction.id, 'flag-cleared')
  return { ok: true, outcome: 'cleared', restriction }
}

async function judge(
  context: RestrictionContext,
  view: ControlView,
  { actor, now }: ActorNow,
  request: ClearRequest,
  operation: Operation,
): Promise<ClearGranted | Refused> {
  const denial = denialOf(actor, operation)
  if (denial) return refused([denial])
  const found = await flagMeant(view, { actor, now }, request)
  if ('refusal' in found) return refused([found.refusal])
  const { flag } = found
  const nearby = flag ? await nearFlag(view, flag) : []
  const responsibility = await registrationsAround(view, flag?.mpxn, nearby)
  const facts = { flag, responsibility, parties: context.parties }
  return judgeClear(request, actor, facts, context.rules, now)
}

/** The flag by its ID, or the one of the meter point or Device: the open one first, else the newest. */
async function flagMeant(
  view: ControlView,
  by: ActorNow,
  request: ClearRequest,
): Promise<{ readonly flag: RestrictionRecord | undefined } | { readonly refusal: Refusal }> {
  if (request.restriction !== undefined) return { flag: await view.restrictions.find(request.restriction) }
  const found = await flagsOfNamed(view, by, request)
  if ('refusal' in found) return found
  return { flag: found.flags.find((flag) => isOpen(flag, by.now)) ?? found.flags[0] }
}

function subjectOfClear(request: ClearRequest): string {
  const { restriction } = request
  return restriction !== undefined && isId(restriction) ? restriction : subjectOf(request)
}
