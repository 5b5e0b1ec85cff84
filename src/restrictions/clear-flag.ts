/** Clears the flag: at once, or at a time to come. */
import { judgeClear } from '../core/restriction/clear-rules.ts'
import { isId } from '../core/restriction/ids.ts'
import type { Actor } from '../core/restriction/party.ts'
import { type Refusal, type Refused, refused } from '../core/restriction/refusal.ts'
import type { ClearRequest } from '../core/restriction/requests.ts'
import type { RestrictionRecord } from '../core/restriction/restriction.ts'
import { isOpen } from '../core/restriction/state.ts'
import type { ControlUnit, ControlView } from '../store/control-store.ts'
import type { RestrictionContext } from './context.ts'
import { flagsOfNamed, nearFlag, registrationsAround } from './gather.ts'
import { denialOf } from './permissions.ts'
import { subjectOf } from './set-flag.ts'
import { type Doing, endTasksOf, nextVersion, writeFlag, writeRefusal } from './written.ts'

/** The receipt of a clear. `already-cleared`: nothing was written. */
export interface FlagCleared {
  readonly ok: true
  readonly outcome: 'cleared' | 'already-cleared'
  readonly restriction: RestrictionRecord
}

export function clearFlag(
  context: RestrictionContext,
  actor: Actor,
  request: ClearRequest,
): Promise<FlagCleared | Refused> {
  return context.store.change(async (unit) => {
    const doing = { actor, now: context.clock.now() }
    const outcome = await clearIn(context, unit, doing, request)
    if (!outcome.ok) {
      await writeRefusal(unit, doing, 'clear', subjectOfClear(request), outcome.refusals)
    }
    return outcome
  })
}

async function clearIn(
  context: RestrictionContext,
  unit: ControlUnit,
  doing: Doing,
  request: ClearRequest,
): Promise<FlagCleared | Refused> {
  const denial = denialOf(doing.actor, 'clear')
  if (denial) return refused([denial])
  const found = await flagMeant(unit, doing, request)
  if ('refusal' in found) return refused([found.refusal])
  const { flag } = found
  const nearby = flag ? await nearFlag(unit, flag) : []
  const facts = {
    flag,
    responsibility: await registrationsAround(unit, flag?.mpxn, nearby),
    parties: context.parties,
  }
  const judged = judgeClear(request, doing.actor, facts, context.rules, doing.now)
  if (!judged.ok) return judged
  const { kind, record } = judged.plan
  if (kind === 'same') return { ok: true, outcome: 'already-cleared', restriction: record }
  const clearOnTicket = doing.actor.role === 'service-centre' ? request.ticket?.trim() : undefined
  const detail = { clearReference: request.reference.trim(), clearOnTicket }
  const restriction = await writeFlag(unit, doing, 'restriction.cleared', nextVersion(record), detail)
  await endTasksOf(unit, doing, restriction.id, 'flag-cleared')
  return { ok: true, outcome: 'cleared', restriction }
}

/** The flag by its ID, or the one of the meter point or Device: the open one first, else the newest. */
async function flagMeant(
  view: ControlView,
  { now }: Doing,
  request: ClearRequest,
): Promise<{ readonly flag: RestrictionRecord | undefined } | { readonly refusal: Refusal }> {
  if (request.restriction !== undefined) return { flag: await view.findRestriction(request.restriction) }
  const found = await flagsOfNamed(view, request)
  if ('refusal' in found) return found
  return { flag: found.flags.find((flag) => isOpen(flag, now)) ?? found.flags[0] }
}

function subjectOfClear(request: ClearRequest): string {
  const { restriction } = request
  return restriction !== undefined && isId(restriction) ? restriction : subjectOf(request)
}
