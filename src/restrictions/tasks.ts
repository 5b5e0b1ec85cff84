/** Answers to tasks, notices of a change of tenancy, and the list of tasks. */
import { isoTimeIfAny } from '../core/device/iso-time.ts'
import { judgeAuthority } from '../core/restriction/authority.ts'
import { keeperOf } from '../core/restriction/clear-rules.ts'
import type { Actor } from '../core/restriction/party.ts'
import { type Refused, refuse, refused } from '../core/restriction/refusal.ts'
import type { Named, OnBehalf, TaskOutcome } from '../core/restriction/requests.ts'
import { isOpen, type RestrictionRecord, type Task } from '../core/restriction/restriction.ts'
import { judgeOutcome } from '../core/restriction/task-rules.ts'
import type { Page } from '../store/control-store.ts'
import type { RestrictionContext } from './context.ts'
import { flagsOfNamed, nearFlag, registrationsAround } from './gather.ts'
import { denialOf, reachOf } from './permissions.ts'
import { subjectOf } from './set-flag.ts'
import { askOnce } from './traffic.ts'
import { type Doing, inChange, writeAudit, writeRefusal } from './written.ts'

export interface TaskAnswered {
  readonly ok: true
  readonly task: Task
}

/** Records a Supplier's answer to a task. It must still be the Supplier of the flag when it answers `clear-after`. */
export function completeTask(
  context: RestrictionContext,
  actor: Actor,
  id: string,
  outcome: TaskOutcome,
  onBehalf: OnBehalf = {},
): Promise<TaskAnswered | Refused> {
  return inChange(context, actor, async (doing) => {
    const task = await doing.unit.tasks.find(id)
    const answer = await answerIn(context, doing, task, outcome, onBehalf)
    if (!answer.ok)
      return writeRefusal(doing, `task ${outcome.kind}`, task?.restriction ?? 'nothing known', answer)
    await doing.unit.tasks.put(answer.task)
    await writeAudit(doing, 'task.done', answer.task.restriction, {
      ...{ task: id, kind: answer.task.kind, outcome: outcome.kind, onBehalfOf: onBehalf.onBehalfOf },
      ...{ clearAt: isoTimeIfAny(answer.task.clearAt), dueAt: isoTimeIfAny(answer.task.dueAt) },
    })
    return answer
  })
}

async function answerIn(
  context: RestrictionContext,
  doing: Doing,
  task: Task | undefined,
  outcome: TaskOutcome,
  onBehalf: OnBehalf,
): Promise<TaskAnswered | Refused> {
  const { actor, now } = doing
  const denial = denialOf(actor, 'complete-task')
  if (denial) return refused([denial])
  const isForOther = actor.role === 'service-centre'
  const party = isForOther ? (onBehalf.onBehalfOf ?? '') : actor.party
  const judged = judgeOutcome(task, outcome, { ...actor, party }, now)
  const flag = task && (await doing.unit.restrictions.find(task.restriction))
  if (!judged.ok || !flag || (outcome.kind !== 'clear-after' && !isForOther)) return judged
  const authority = await authorityOver(context, doing, flag, onBehalf)
  return authority.ok ? judged : refused(authority.refusals)
}

/** A notice of a change of tenancy: asks the Supplier what is to become of the flag. */
export function noticeTenancy(
  context: RestrictionContext,
  actor: Actor,
  notice: Named & OnBehalf,
): Promise<{ readonly ok: true; readonly restriction: RestrictionRecord } | Refused> {
  return inChange(context, actor, async (doing) => {
    const found = await flagOfNotice(context, doing, notice)
    if ('refusals' in found) return writeRefusal(doing, 'notice-tenancy', subjectOf(notice), found)
    await writeAudit(doing, 'tenancy.noticed', found.flag.id, {})
    // Only the Supplier, or the Service Centre in its name, gets as far as this.
    await askOnce(context, doing, 'review-tenancy', found.flag, () => doing.now)
    return { ok: true, restriction: found.flag }
  })
}

const NOTHING_TO_REVIEW = {
  text: 'There is no flag, so a change of tenancy leaves nothing to review.',
  whatToDo: 'Check the number; nothing has to be done if it is right.',
}

async function flagOfNotice(
  context: RestrictionContext,
  doing: Doing,
  notice: Named & OnBehalf,
): Promise<{ readonly flag: RestrictionRecord } | Refused> {
  const denial = denialOf(doing.actor, 'notice-tenancy')
  if (denial) return refused([denial])
  const found = await flagsOfNamed(doing.unit, doing, notice)
  if ('refusal' in found) return refused([found.refusal])
  const flag = found.flags.find((each) => isOpen(each, doing.now))
  if (!flag) return refused([refuse('not-restricted', NOTHING_TO_REVIEW)])
  const authority = await authorityOver(context, doing, flag, notice)
  return authority.ok ? { flag } : refused(authority.refusals)
}

async function authorityOver(
  context: RestrictionContext,
  { unit, actor, now }: Doing,
  flag: RestrictionRecord,
  onBehalf: OnBehalf,
) {
  const around = await registrationsAround(unit, flag.mpxn, await nearFlag(unit, flag))
  const about = { ...around, hasMeterPoint: flag.mpxn !== undefined, keeper: keeperOf(flag) }
  return judgeAuthority(actor, onBehalf, about, context.parties, now, now)
}

/** Tasks of the actor's party, or of all where its role reaches that far; oldest first. */
export function listTasks(
  context: RestrictionContext,
  actor: Actor,
  filter: { readonly isOpen: boolean },
  limit: number,
  after?: string,
): Promise<({ readonly ok: true } & Page<Task>) | Refused> {
  return context.store.read(async (view) => {
    const reach = reachOf(actor, 'tasks')
    if (reach === undefined) return refused([refuse('role-not-allowed')])
    const party = reach === 'own' ? actor.party : undefined
    return { ok: true, ...(await view.tasks.ofParty(party, filter.isOpen, limit, after)) }
  })
}

/** The task of that ID where it is the actor's to see. */
export async function findTask(
  { store }: RestrictionContext,
  actor: Actor,
  id: string,
): Promise<Task | undefined> {
  const task = await store.read((view) => view.tasks.find(id))
  return task && (reachOf(actor, 'tasks') === 'any' || task.party === actor.party) ? task : undefined
}
