/**
 * What a Supplier is asked about a flag, and what its answer does. Nothing lifts a flag by itself: only a Supplier's own
 * `clear-after` at a change of tenancy does, or the rule of the system for one that the Supplier told of, and that only while
 * it is still the Responsible Supplier.
 */

import { type Instant, instantOf } from '../device/device.ts'
import { DAY_MS } from '../device/durations.ts'
import type { Actor } from './party.ts'
import { type Refused, refuse, refused } from './refusal.ts'
import type { TaskOutcome } from './requests.ts'
import type { RestrictionRecord, Task, TaskKind } from './restriction.ts'

/** Days in which a task is to be answered: 28 to confirm a flag taken over, and for the next look after `review`. */
export const DUE_DAYS: Readonly<Record<TaskKind, number>> = {
  're-confirm': 28,
  'review-tenancy': 28,
  'prepayment-conflict': 10,
  'lost-change': 10,
}
export const REVIEW_DAYS = 28
export const MAX_CLEAR_DELAY_DAYS = 90

/** How a task ends: answered by its Supplier, or overtaken by what became of the flag. */
export type TaskEnd = 'keep' | 'clear-after' | 'flag-cleared' | 'flag-closed' | 'passed-on'

/** When the answer is due, and what happens without one. */
export interface TaskTimes {
  /** When its time to answer starts: now unless the cause lies ahead or behind. */
  readonly counted?: Instant
  /** When the flag is cleared unless the Supplier decides otherwise; absent: never by itself. */
  readonly clearAt?: Instant | undefined
}

/** A task asked now; it is due some days after `counted`. */
export function newTask(
  id: string,
  kind: TaskKind,
  flag: RestrictionRecord,
  party: string,
  now: Instant,
  { counted = now, clearAt }: TaskTimes = {},
): Task {
  return {
    id,
    kind,
    restriction: flag.id,
    party,
    createdAt: now,
    dueAt: instantOf(counted + DUE_DAYS[kind] * DAY_MS),
    clearAt,
    doneAt: undefined,
    outcome: undefined,
  }
}

/** When a change of tenancy clears the flag by itself; only one that the Supplier told of does. */
export function tenancyClearAt(
  kind: TaskKind,
  isToldBySupplier: boolean,
  days: number | undefined,
  now: Instant,
): Instant | undefined {
  if (kind !== 'review-tenancy' || !isToldBySupplier || days === undefined) return undefined
  return instantOf(now + days * DAY_MS)
}

/** Whether the flag was set, or a Supplier decided on it after a change of tenancy, later than `at`. */
export function isDecidedSince(
  { recordedAt }: Pick<RestrictionRecord, 'recordedAt'>,
  tasks: readonly Task[],
  at: Instant,
): boolean {
  return recordedAt > at || tasks.some(({ kind, doneAt = at }) => kind === 'review-tenancy' && doneAt > at)
}

/** Whether the same question stands open with the party already. */
export function isAsked(tasks: readonly Task[], kind: TaskKind, party: string): boolean {
  return openTasks(tasks).some((task) => task.kind === kind && task.party === party)
}

export function openTasks(tasks: readonly Task[]): readonly Task[] {
  return tasks.filter((task) => task.doneAt === undefined)
}

/** The open tasks with their end. */
export function endTasks(tasks: readonly Task[], end: TaskEnd, now: Instant): readonly Task[] {
  return openTasks(tasks).map((task) => ({ ...task, doneAt: now, outcome: end }))
}

/** Judges a Supplier's answer: the task as it then stands, or why the answer does not fit. */
export function judgeOutcome(
  task: Task | undefined,
  outcome: TaskOutcome,
  actor: Actor,
  now: Instant,
): { readonly ok: true; readonly task: Task } | Refused {
  if (!task || task.party !== actor.party) return refused([refuse('unknown-task')])
  if (task.doneAt !== undefined) return refused([refuse('task-done')])
  switch (outcome.kind) {
    case 'keep':
      return { ok: true, task: { ...task, clearAt: undefined, doneAt: now, outcome: 'keep' } }
    case 'review':
      return { ok: true, task: laterReview(task, now) }
    case 'clear-after':
      return judgeClearAfter(task, outcome.days, now)
  }
}

function laterReview(task: Task, now: Instant): Task {
  const dueAt = instantOf(now + REVIEW_DAYS * DAY_MS)
  return { ...task, dueAt, clearAt: undefined, outcome: 'review' }
}

function judgeClearAfter(
  task: Task,
  days: number,
  now: Instant,
): { readonly ok: true; readonly task: Task } | Refused {
  if (task.kind !== 'review-tenancy') return refused([refuse('outcome-not-offered')])
  if (!Number.isInteger(days) || days < 0 || days > MAX_CLEAR_DELAY_DAYS) {
    return refused([refuse('delay-out-of-range')])
  }
  const clearAt = instantOf(now + days * DAY_MS)
  return { ok: true, task: { ...task, clearAt, outcome: 'clear-after' } }
}
