/** Writes flags, tasks and their audit entries, always together and always inside the caller's transaction. */

import type { Instant } from '../core/device/device.ts'
import { isoTimeIfAny } from '../core/device/iso-time.ts'
import { type DeviceKey, formatEui64 } from '../core/duis/eui64.ts'
import type { Actor } from '../core/restriction/party.ts'
import type { Refused } from '../core/restriction/refusal.ts'
import type { RestrictionRecord, Task, TaskKind } from '../core/restriction/restriction.ts'
import { endTasks, newTask, openTasks, type TaskEnd, type TaskTimes } from '../core/restriction/task-rules.ts'
import type { ControlUnit } from '../store/control-store.ts'
import type { NewId, RestrictionContext } from './context.ts'

/** Who acts, and when: the head of every audit entry. */
export interface ActorNow {
  readonly actor: Actor
  readonly now: Instant
}

/** A change under way, in its transaction. */
export interface Doing extends ActorNow {
  readonly unit: ControlUnit
  readonly newId: NewId
}

type Audited = Pick<Doing, 'unit' | 'actor' | 'now'>

/** Runs `work` in a transaction of the actor's. */
export function inChange<Result>(
  { store, clock, newId }: Pick<RestrictionContext, 'store' | 'clock' | 'newId'>,
  actor: Actor,
  work: (doing: Doing) => Promise<Result>,
): Promise<Result> {
  return store.change((unit) => work({ unit, actor, now: clock.now(), newId }))
}

/** Writes a new flag or the next version of one, with its audit entry. */
export async function writeFlag(
  doing: Doing,
  action: string,
  record: Omit<RestrictionRecord, 'sequence' | 'inForceAt'>,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<RestrictionRecord> {
  const written = await doing.unit.restrictions.put(record)
  await writeAudit(doing, action, written.id, { ...flagDetail(written), ...detail })
  return written
}

/** The next version of a flag; the store gives it its place in the change sequence. */
export function nextVersion(record: RestrictionRecord): Omit<RestrictionRecord, 'sequence' | 'inForceAt'> {
  const { sequence: _, inForceAt: __, ...rest } = record
  return { ...rest, version: record.version + 1 }
}

export async function writeAudit(
  { unit, actor, now: at }: Audited,
  action: string,
  subject: string,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  await unit.audit.append({ at, actor, action, subject, detail })
}

/** The denial log: which rules stood against what. Nothing of what was typed goes in. Answers the refusal. */
export async function writeRefusal(
  doing: Audited,
  asked: string,
  subject: string,
  refused: Refused,
): Promise<Refused> {
  const rules = refused.refusals.map(({ rule }) => rule)
  await writeAudit(doing, 'restriction.refused', subject, { asked, rules })
  return refused
}

/** Asks a Supplier about a flag. */
export async function ask(
  doing: Doing,
  kind: TaskKind,
  flag: RestrictionRecord,
  party: string,
  times: TaskTimes = {},
): Promise<Task> {
  const task = newTask(doing.newId('T', doing.now), kind, flag, party, doing.now, times)
  await doing.unit.tasks.put(task)
  const { id, dueAt, clearAt } = task
  await writeAudit(doing, 'task.created', flag.id, {
    ...{ task: id, kind, party, dueAt: isoTimeIfAny(dueAt) },
    ...(clearAt !== undefined && { clearAt: isoTimeIfAny(clearAt) }),
  })
  return task
}

/** Ends the open ones of these tasks. */
export async function endAll(doing: Doing, tasks: readonly Task[], end: TaskEnd): Promise<void> {
  for (const task of endTasks(tasks, end, doing.now)) {
    await doing.unit.tasks.put(task)
    await writeAudit(doing, 'task.done', task.restriction, {
      task: task.id,
      party: task.party,
      outcome: end,
    })
  }
}

/** Ends every open task of a flag. */
export async function endTasksOf(doing: Doing, flag: string, end: TaskEnd): Promise<void> {
  await endAll(doing, openTasks(await doing.unit.tasks.ofRestriction(flag)), end)
}

function flagDetail(record: RestrictionRecord): Record<string, unknown> {
  const { mpxn, fuel, version, declaration, reference, onBehalfOf, ticket, clearReason } = record
  return {
    ...{ mpxn, fuel, version, declaration, reference, onBehalfOf, ticket, clearReason },
    meter: formatEui64(record.meter),
    members: euis(record.members),
    from: isoTimeIfAny(record.from),
    until: isoTimeIfAny(record.until),
    isClosed: record.isClosed,
  }
}

export function euis(keys: readonly DeviceKey[]): readonly string[] {
  return keys.map(formatEui64)
}
