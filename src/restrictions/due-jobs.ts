/**
 * What the passing of time does, and a sweep that puts right what was missed: clears that a Supplier asked for, flags
 * whose meter point has passed on, members that the inventory has gained. Every step is a transaction of its own and
 * may be repeated, so a run that was cut short is simply run again.
 */

import { type Instant, instantOf } from '../core/device/device.ts'
import { DAY_MS } from '../core/device/durations.ts'
import { endedAt, keeperOf } from '../core/restriction/clear-rules.ts'
import { supplierAt } from '../core/restriction/registration.ts'
import { isOpen, type RestrictionRecord, type Task } from '../core/restriction/restriction.ts'
import type { ControlUnit } from '../store/control-store.ts'
import { type RestrictionContext, systemActor } from './context.ts'
import { needsPassingOn, passOn } from './hand-over.ts'
import { needsResolving, resolve } from './resolve.ts'
import { type Doing, endAll, endTasksOf, inChange, nextVersion, writeFlag } from './written.ts'

export interface JobsDone {
  /** Flags cleared because a Supplier had asked for it, or the rule of the system for a change of tenancy. */
  readonly cleared: number
  readonly handedOver: number
  /** Flags that cover more than before, or follow a Device to its meter point. */
  readonly joined: number
  readonly closed: number
  /** Kept answers to Idempotency-Keys that have grown too old to be asked for. */
  readonly forgotten: number
}

/** Asked before each step; false ends the run, because the rest is another's to do. */
export type MayGoOn = () => Promise<boolean>

const PAGE = 200

/** Does everything that is due now, for as long as it may. Run it often; runs may overlap and be cut short. */
export async function runDueJobs(
  context: RestrictionContext,
  mayGoOn: MayGoOn = async () => true,
): Promise<JobsDone> {
  const run = { context, mayGoOn, now: context.clock.now() }
  const done = { cleared: 0, handedOver: 0, joined: 0, closed: 0, forgotten: 0 }
  await clearWhatIsDue(run, done)
  await sweep(run, done)
  await forgetAnswers(run, done)
  return done
}

interface Run {
  readonly context: RestrictionContext
  readonly mayGoOn: MayGoOn
  readonly now: Instant
}

type Done = { -readonly [Count in keyof JobsDone]: number }

/** One step, at the time of its run. */
function inJob<Result>(
  { store, newId }: RestrictionContext,
  now: Instant,
  work: (doing: Doing) => Promise<Result>,
): Promise<Result> {
  return inChange({ store, newId, clock: { now: () => now } }, systemActor('jobs'), work)
}

async function clearWhatIsDue({ context, mayGoOn, now }: Run, done: Done): Promise<void> {
  let due: readonly Task[]
  do {
    due = await context.store.read((view) => view.tasks.toClear(now, PAGE))
    for (const { id } of due) {
      if (!(await mayGoOn())) return
      if (await clearOne(context, id, now)) done.cleared++
    }
  } while (due.length === PAGE)
}

/** Ends the task in any case; the flag only while the Supplier who asked for it still answers for the meter point. */
function clearOne(context: RestrictionContext, id: string, now: Instant): Promise<boolean> {
  return inJob(context, now, async (doing) => {
    const { unit } = doing
    const task = await unit.tasks.find(id)
    if (!task || task.doneAt !== undefined || task.clearAt === undefined || task.clearAt > now) return false
    const flag = await unit.restrictions.find(task.restriction)
    const mayClear = flag !== undefined && isOpen(flag, now) && (await isStillTheirs(unit, flag, task, now))
    await endAll(doing, [task], mayClear ? 'clear-after' : 'passed-on')
    if (mayClear) await clearFor(doing, flag, task)
    return mayClear
  })
}

async function clearFor(doing: Doing, flag: RestrictionRecord, task: Task): Promise<void> {
  const ended = endedAt(flag, doing.now, 'change-of-tenancy', doing.now)
  await writeFlag(doing, 'restriction.cleared', nextVersion(ended), {
    task: task.id,
    ...(task.outcome === 'clear-after' ? { askedBy: task.party } : { rule: 'clear-after-tenancy' }),
  })
  await endTasksOf(doing, flag.id, 'flag-cleared')
}

async function isStillTheirs(
  unit: ControlUnit,
  flag: RestrictionRecord,
  task: Task,
  now: Instant,
): Promise<boolean> {
  if (flag.mpxn === undefined) return keeperOf(flag) === task.party
  return supplierAt(await unit.inventory.registrations(flag.mpxn), now) === task.party
}

/** Looks at every open flag in pages, and takes the write lock only for those that need something. */
async function sweep(run: Run, done: Done): Promise<void> {
  let after: string | undefined
  do {
    const page = await needyPage(run, after)
    for (const id of page.needy) {
      if (!(await run.mayGoOn())) return
      await putRight(run, id, done)
    }
    after = page.next
  } while (after !== undefined && (await run.mayGoOn()))
}

/** The flags of a page that need something. */
function needyPage(
  { context, now }: Run,
  after: string | undefined,
): Promise<{ readonly needy: readonly string[]; readonly next: string | undefined }> {
  return context.store.read(async (view) => {
    const { items, next } = await view.restrictions.list({ open: true }, now, PAGE, after)
    const needy: string[] = []
    for (const flag of items) {
      const isNeedy = (await needsPassingOn(view, flag, now)) || (await needsResolving(view, flag))
      if (isNeedy) needy.push(flag.id)
    }
    return { needy, next }
  })
}

async function putRight({ context, now }: Run, id: string, done: Done): Promise<void> {
  const { outcome, isHandedOver } = await inJob(context, now, async (doing) => {
    const { unit } = doing
    const flag = await unit.restrictions.find(id)
    if (!flag || !isOpen(flag, now)) return { outcome: 'unchanged', isHandedOver: false } as const
    const outcome = await resolve(doing, flag)
    if (outcome === 'closed' || flag.mpxn === undefined) return { outcome, isHandedOver: false }
    const registrations = await unit.inventory.registrations(flag.mpxn)
    return { outcome, isHandedOver: await passOn(doing, flag, registrations) }
  })
  if (outcome !== 'unchanged') done[outcome]++
  if (isHandedOver) done.handedOver++
}

/** How long the answer to an Idempotency-Key is kept at least; docs/api.md tells clients. */
const ANSWERS_KEPT_MS = DAY_MS
/** In one transaction: other writers get their turn in between. */
const FORGOTTEN_AT_ONCE = 1_000

async function forgetAnswers({ context, mayGoOn, now }: Run, done: Done): Promise<void> {
  const before = instantOf(now - ANSWERS_KEPT_MS)
  let forgotten: number
  do {
    if (!(await mayGoOn())) return
    forgotten = await context.store.change((unit) => unit.answers.forget(before, FORGOTTEN_AT_ONCE))
    done.forgotten += forgotten
  } while (forgotten === FORGOTTEN_AT_ONCE)
}
