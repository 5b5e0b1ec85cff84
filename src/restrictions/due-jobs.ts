/**
 * What the passing of time does, and a sweep that puts right what was missed: clears that a Supplier asked for, flags
 * whose meter point has passed on, members that the inventory has gained. Every step is a transaction of its own and
 * may be repeated, so a run that was cut short is simply run again.
 */
import type { Instant } from '../core/device/device.ts'
import { endedAt, keeperOf } from '../core/restriction/clear-rules.ts'
import { supplierAt } from '../core/restriction/registration.ts'
import type { RestrictionRecord, Task } from '../core/restriction/restriction.ts'
import { isOpen } from '../core/restriction/state.ts'
import type { ControlUnit } from '../store/control-store.ts'
import { type RestrictionContext, systemActor } from './context.ts'
import { needsPassingOn, passOn } from './hand-over.ts'
import { needsResolving, resolve } from './resolve.ts'
import { type Doing, endAll, endTasksOf, nextVersion, writeFlag } from './written.ts'

export interface JobsDone {
  /** Flags cleared because a Supplier had asked for it. */
  readonly cleared: number
  readonly handedOver: number
  /** Flags that cover more than before, or follow a Device to its meter point. */
  readonly joined: number
  readonly closed: number
}

const PAGE = 200

export async function runDueJobs(context: RestrictionContext, now: Instant): Promise<JobsDone> {
  const cleared = await clearWhatIsDue(context, now)
  return { cleared, ...(await sweep(context, now)) }
}

async function clearWhatIsDue(context: RestrictionContext, now: Instant): Promise<number> {
  let cleared = 0
  let due: readonly Task[]
  do {
    due = await context.store.read((view) => view.tasksToClear(now, PAGE))
    for (const { id } of due) if (await clearOne(context, id, now)) cleared++
  } while (due.length === PAGE)
  return cleared
}

/** Ends the task in any case; the flag only while the Supplier who asked for it still answers for the meter point. */
function clearOne(context: RestrictionContext, id: string, now: Instant): Promise<boolean> {
  return context.store.change(async (unit) => {
    const doing = { actor: systemActor('jobs'), now }
    const task = await unit.findTask(id)
    if (!task || task.doneAt !== undefined || task.clearAt === undefined || task.clearAt > now) return false
    const flag = await unit.findRestriction(task.restriction)
    const mayClear = flag !== undefined && isOpen(flag, now) && (await isStillTheirs(unit, flag, task, now))
    await endAll(unit, doing, [task], mayClear ? 'clear-after' : 'passed-on')
    if (mayClear) await clearFor(unit, doing, flag, task)
    return mayClear
  })
}

async function clearFor(unit: ControlUnit, doing: Doing, flag: RestrictionRecord, task: Task): Promise<void> {
  const ended = endedAt(flag, doing.now, 'change-of-tenancy', doing.now)
  await writeFlag(unit, doing, 'restriction.cleared', nextVersion(ended), {
    task: task.id,
    askedBy: task.party,
  })
  await endTasksOf(unit, doing, flag.id, 'flag-cleared')
}

async function isStillTheirs(
  unit: ControlUnit,
  flag: RestrictionRecord,
  task: Task,
  now: Instant,
): Promise<boolean> {
  if (flag.mpxn === undefined) return keeperOf(flag) === task.party
  return supplierAt(await unit.registrations(flag.mpxn), now) === task.party
}

type Swept = Omit<JobsDone, 'cleared'>

/** Looks at every open flag in pages, and takes the write lock only for those that need something. */
async function sweep(context: RestrictionContext, now: Instant): Promise<Swept> {
  const done = { handedOver: 0, joined: 0, closed: 0 }
  let after: string | undefined
  do {
    const page = await context.store.read(async (view) => {
      const { items, next } = await view.listRestrictions({ open: true }, now, PAGE, after)
      const needy: string[] = []
      for (const flag of items) {
        const isNeedy = (await needsPassingOn(view, flag, { now })) || (await needsResolving(view, flag))
        if (isNeedy) needy.push(flag.id)
      }
      return { needy, next }
    })
    for (const id of page.needy) await putRight(context, id, now, done)
    after = page.next
  } while (after !== undefined)
  return done
}

async function putRight(
  context: RestrictionContext,
  id: string,
  now: Instant,
  done: { handedOver: number; joined: number; closed: number },
): Promise<void> {
  const { outcome, isHandedOver } = await context.store.change(async (unit) => {
    const doing = { actor: systemActor('jobs'), now }
    const flag = await unit.findRestriction(id)
    if (!flag || !isOpen(flag, now)) return { outcome: 'unchanged', isHandedOver: false } as const
    const outcome = await resolve(unit, doing, flag)
    if (outcome === 'closed' || flag.mpxn === undefined) return { outcome, isHandedOver: false }
    const registrations = await unit.registrations(flag.mpxn)
    return { outcome, isHandedOver: await passOn(context, unit, doing, flag, registrations) }
  })
  if (outcome !== 'unchanged') done[outcome]++
  if (isHandedOver) done.handedOver++
}
