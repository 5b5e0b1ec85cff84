/** Writes flags, tasks and their audit entries, always together and always inside the caller's transaction. */
import type { Instant } from '../core/device/device.ts'
import { type DeviceKey, formatEui64 } from '../core/duis/eui64.ts'
import type { Actor } from '../core/restriction/party.ts'
import type { Refusal } from '../core/restriction/refusal.ts'
import type { RestrictionRecord, Task, TaskKind } from '../core/restriction/restriction.ts'
import { endTasks, newTask, openTasks, type TaskEnd, type TaskTimes } from '../core/restriction/task-rules.ts'
import type { ControlUnit } from '../store/control-store.ts'
import type { RestrictionContext } from './context.ts'

/** Who did it, when: the head of every audit entry. */
export interface Doing {
  readonly actor: Actor
  readonly now: Instant
}

/** Writes a new flag or the next version of one, with its audit entry. */
export async function writeFlag(
  unit: ControlUnit,
  doing: Doing,
  action: string,
  record: Omit<RestrictionRecord, 'sequence' | 'inForceAt'>,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<RestrictionRecord> {
  const written = await unit.restrictions.put(record)
  await writeAudit(unit, doing, action, written.id, { ...flagDetail(written), ...detail })
  return written
}

/** The next version of a flag; the store gives it its place in the change sequence. */
export function nextVersion(record: RestrictionRecord): Omit<RestrictionRecord, 'sequence' | 'inForceAt'> {
  const { sequence: _, inForceAt: __, ...rest } = record
  return { ...rest, version: record.version + 1 }
}

export async function writeAudit(
  unit: ControlUnit,
  doing: Doing,
  action: string,
  subject: string,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  await unit.audit.append({ at: doing.now, actor: doing.actor, action, subject, detail })
}

/** The denial log: which rules stood against what. Nothing of what was typed goes in. */
export function writeRefusal(
  unit: ControlUnit,
  doing: Doing,
  asked: string,
  subject: string,
  refusals: readonly Refusal[],
): Promise<void> {
  return writeAudit(unit, doing, 'restriction.refused', subject, {
    asked,
    rules: refusals.map((refusal) => refusal.rule),
  })
}

/** Asks a Supplier about a flag. */
export async function ask(
  context: Pick<RestrictionContext, 'newId'>,
  unit: ControlUnit,
  doing: Doing,
  kind: TaskKind,
  flag: RestrictionRecord,
  party: string,
  times: TaskTimes = {},
): Promise<Task> {
  const task = newTask(context.newId('T', doing.now), kind, flag, party, doing.now, times)
  await unit.tasks.put(task)
  const { id, dueAt, clearAt } = task
  await writeAudit(unit, doing, 'task.created', flag.id, {
    ...{ task: id, kind, party, dueAt: iso(dueAt) },
    ...(clearAt !== undefined && { clearAt: iso(clearAt) }),
  })
  return task
}

/** Ends the open ones of these tasks. */
export async function endAll(
  unit: ControlUnit,
  doing: Doing,
  tasks: readonly Task[],
  end: TaskEnd,
): Promise<void> {
  for (const task of endTasks(tasks, end, doing.now)) {
    await unit.tasks.put(task)
    await writeAudit(unit, doing, 'task.done', task.restriction, {
      task: task.id,
      party: task.party,
      outcome: end,
    })
  }
}

/** Ends every open task of a flag. */
export async function endTasksOf(unit: ControlUnit, doing: Doing, flag: string, end: TaskEnd): Promise<void> {
  await endAll(unit, doing, openTasks(await unit.tasks.ofRestriction(flag)), end)
}

function flagDetail(record: RestrictionRecord): Record<string, unknown> {
  const { mpxn, fuel, version, declaration, reference, onBehalfOf, ticket, clearReason } = record
  return {
    ...{ mpxn, fuel, version, declaration, reference, onBehalfOf, ticket, clearReason },
    meter: formatEui64(record.meter),
    members: euis(record.members),
    from: iso(record.from),
    until: iso(record.until),
    isClosed: record.isClosed,
  }
}

export function euis(keys: readonly DeviceKey[]): readonly string[] {
  return keys.map(formatEui64)
}

/** ISO 8601 in UTC; undefined for a time that is not set. */
export function iso(instant: Instant | undefined): string | undefined {
  return instant === undefined ? undefined : new Date(instant).toISOString()
}
