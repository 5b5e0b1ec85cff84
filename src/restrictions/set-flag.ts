/** Sets the flag, and shows beforehand what setting it would do. */
import { formatEui64 } from '../core/duis/eui64.ts'
import { membersOf } from '../core/restriction/members.ts'
import type { Actor } from '../core/restriction/party.ts'
import { type StopsAndStays, stopsAndStays } from '../core/restriction/plain-words.ts'
import { type Refused, refused, type Warning } from '../core/restriction/refusal.ts'
import type { Named, SetRequest } from '../core/restriction/requests.ts'
import type { InventoryDevice, RestrictionRecord } from '../core/restriction/restriction.ts'
import type { DarkSchedule } from '../core/restriction/schedule.ts'
import { judgeSet, type SetGranted, type SetPlan } from '../core/restriction/set-rules.ts'
import { isAsked } from '../core/restriction/task-rules.ts'
import type { RestrictionContext } from './context.ts'
import { readableMpxn, setFactsOf } from './gather.ts'
import { denialOf } from './permissions.ts'
import { darkSchedules } from './schedules.ts'
import { ask, type Doing, endAll, inChange, nextVersion, writeFlag, writeRefusal } from './written.ts'

/** The receipt of a set: the flag as it stands. `already-set`: nothing was written, the receipt is the earlier one. */
export interface FlagSet {
  readonly ok: true
  readonly outcome: 'set' | 'changed' | 'already-set'
  readonly restriction: RestrictionRecord
  readonly warnings: readonly Warning[]
  /** Live schedules of its Devices whose answers are destroyed while it is in effect. */
  readonly schedules: readonly DarkSchedule[]
}

/** What setting the flag would do, for the check-answers step. */
export interface SetPreview extends StopsAndStays {
  readonly ok: true
  readonly outcome: FlagSet['outcome']
  /** The flag as it would stand. */
  readonly draft: Omit<RestrictionRecord, 'id' | 'version' | 'sequence' | 'inForceAt' | 'recordedAt'>
  /** Members that the inventory knows; `draft.members` has all. */
  readonly devices: readonly InventoryDevice[]
  readonly warnings: readonly Warning[]
  /** Live schedules of these Devices that would go dark. */
  readonly schedules: readonly DarkSchedule[]
}

const OUTCOME_OF_PLAN = { new: 'set', change: 'changed', same: 'already-set' } as const satisfies Record<
  SetPlan['kind'],
  FlagSet['outcome']
>

/** Sets the flag of a meter point. Setting what is set answers the same receipt. */
export function setFlag(
  context: RestrictionContext,
  actor: Actor,
  request: SetRequest,
): Promise<FlagSet | Refused> {
  return inChange(context, actor, async (doing) => {
    const judged = await judge(context, doing, request)
    if (!judged.ok) return writeRefusal(doing, 'set', subjectOf(request), judged)
    const restriction = await writePlan(doing, judged.plan)
    await settleTasks(doing, restriction, judged)
    const schedules = await darkSchedules(context, doing.unit, restriction.members, doing.now)
    const { plan, warnings } = judged
    return { ok: true, outcome: OUTCOME_OF_PLAN[plan.kind], restriction, warnings, schedules }
  })
}

/** What `setFlag` would do and what stops and stays then; writes nothing. */
export function previewSet(
  context: RestrictionContext,
  actor: Actor,
  request: SetRequest,
): Promise<SetPreview | Refused> {
  return context.store.read(async (view) => {
    const now = context.clock.now()
    const denial = denialOf(actor, 'preview')
    if (denial) return refused([denial])
    const facts = await setFactsOf(context, view, actor, request, now)
    const judged = judgeSet(request, actor, facts, context.rules, now)
    if (!judged.ok) return judged
    const { plan, target, warnings } = judged
    const draft = plan.kind === 'new' ? plan.draft : plan.record
    const covered = new Set([...draft.members, ...membersOf(target.meters, facts.nearby)])
    return {
      ...stopsAndStays(context.table(), draft.fuel),
      ok: true,
      outcome: OUTCOME_OF_PLAN[plan.kind],
      draft,
      devices: facts.nearby.filter((device) => covered.has(device.key)),
      warnings,
      schedules: await darkSchedules(context, view, [...covered], now),
    }
  })
}

async function judge(
  context: RestrictionContext,
  { unit, actor, now }: Doing,
  request: SetRequest,
): Promise<SetGranted | Refused> {
  const denial = denialOf(actor, 'set')
  if (denial) return refused([denial])
  const facts = await setFactsOf(context, unit, actor, request, now)
  return judgeSet(request, actor, facts, context.rules, now)
}

async function writePlan(doing: Doing, plan: SetPlan): Promise<RestrictionRecord> {
  switch (plan.kind) {
    case 'same':
      return plan.record
    case 'change':
      return writeFlag(doing, 'restriction.changed', nextVersion(plan.record))
    case 'new': {
      const id = doing.newId('R', doing.now)
      return writeFlag(doing, 'restriction.set', {
        ...plan.draft,
        id,
        version: 1,
        recordedAt: doing.now,
      })
    }
  }
}

/** A set takes back a clear that a task has in store, and asks about prepayment that was seen. */
async function settleTasks(
  doing: Doing,
  flag: RestrictionRecord,
  { supplier, warnings }: SetGranted,
): Promise<void> {
  const tasks = await doing.unit.tasks.ofRestriction(flag.id)
  await endAll(
    doing,
    tasks.filter((task) => task.clearAt !== undefined),
    'keep',
  )
  const isPrepayment = warnings.some((each) => each.warning === 'prepayment-seen')
  if (isPrepayment && !isAsked(tasks, 'prepayment-conflict', supplier)) {
    await ask(doing, 'prepayment-conflict', flag, supplier)
  }
}

/** What a request is about, for the audit: a number that can be read, else the Device. */
export function subjectOf(named: Named): string {
  const mpxn = readableMpxn(named.mpxn)
  if (mpxn !== undefined) return mpxn
  return named.device === undefined ? 'nothing readable' : formatEui64(named.device)
}
