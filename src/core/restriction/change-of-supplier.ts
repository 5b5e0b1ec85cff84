/**
 * What a change of Supplier does to a flag (MP169: not cleared by itself). The flag stays; control passes with the
 * registration; the gaining Supplier is asked once to confirm it; a clear that the losing Supplier left behind for a time
 * when it no longer supplies is taken back.
 */

import { type Instant, instantOf } from '../device/device.ts'
import { DAY_MS } from '../device/durations.ts'
import { keeperOf } from './clear-rules.ts'
import { supplierAt, tenureAt } from './registration.ts'
import { isOpen, type Registration, type RestrictionRecord, type Task } from './restriction.ts'
import { openTasks } from './task-rules.ts'

/** A flag is with another Supplier than it was, or than its tasks are. */
export interface HandOver {
  readonly party: string
  /** When its registration started. */
  readonly since: Instant
  /** Whether the gaining Supplier is to be asked; false when it has been, or has set the flag itself. */
  readonly mustAsk: boolean
  /** Open tasks of other Suppliers, which are theirs no more. */
  readonly passedOn: readonly Task[]
}

/** A gaining Supplier asked by traffic ahead of its registration is not asked again at its start. */
const ASKED_AHEAD_MS = 28 * DAY_MS

/**
 * The hand-over that an open flag has undergone; undefined when it is with the Supplier it was set for, as are its tasks. They may be
 * with another where a registration was told, and then corrected or taken back.
 */
export function handOver(
  flag: RestrictionRecord,
  registrations: readonly Registration[],
  tasks: readonly Task[],
  now: Instant,
): HandOver | undefined {
  const tenure = tenureAt(registrations, now)
  if (!tenure || !isOpen(flag, now) || isAheadOfKeeper(flag, registrations, now)) return undefined
  const passedOn = openTasks(tasks).filter(
    (task) => task.party !== tenure.party && !isAskedAhead(task, flag, registrations, tenure.from, now),
  )
  const isKeepers = tenure.party === keeperOf(flag) && tenure.from <= flag.from
  if (isKeepers && passedOn.length === 0) return undefined
  const mustAsk = !isKeepers && !wasAsked(tasks, tenure.party, tenure.from)
  return { party: tenure.party, since: tenure.from, mustAsk, passedOn }
}

/** A flag that its Supplier set for a time of its own that is still to come. */
function isAheadOfKeeper(
  flag: RestrictionRecord,
  registrations: readonly Registration[],
  now: Instant,
): boolean {
  return flag.from > now && supplierAt(registrations, flag.from) === keeperOf(flag)
}

/**
 * A Supplier still to come, asked to confirm before its registration is here. That a task is younger than the registration
 * of the Supplier of now does not show it: registrations arrive after they began, and tasks were made meanwhile for whoever
 * was registered until then.
 */
function isAskedAhead(
  { kind, party, createdAt }: Task,
  flag: RestrictionRecord,
  registrations: readonly Registration[],
  since: Instant,
  now: Instant,
): boolean {
  if (kind !== 're-confirm' || createdAt < since || party === keeperOf(flag)) return false
  const horizon = createdAt - ASKED_AHEAD_MS
  return !registrations.some(
    (each) =>
      each.role === 'supplier' &&
      each.party === party &&
      each.from <= now &&
      (each.until === undefined || each.until > horizon),
  )
}

/** A question that was passed on is not one that was asked: the party was not responsible then. */
function wasAsked(tasks: readonly Task[], party: string, since: Instant): boolean {
  const horizon = instantOf(since - ASKED_AHEAD_MS)
  return tasks
    .filter((task) => task.kind === 're-confirm' && task.party === party && task.outcome !== 'passed-on')
    .some((task) => task.doneAt === undefined || task.createdAt >= horizon)
}

/**
 * The flag without a clear that is still to come, when new registrations take the time of that clear away from the
 * Supplier who had it; undefined when the clear stands.
 */
export function withoutLapsedClear(
  flag: RestrictionRecord,
  before: readonly Registration[],
  after: readonly Registration[],
  now: Instant,
): RestrictionRecord | undefined {
  if (flag.until === undefined || !isOpen(flag, now)) return undefined
  const entitled = supplierAt(before, flag.until)
  if (entitled === undefined || entitled === supplierAt(after, flag.until)) return undefined
  return { ...flag, until: undefined, clearReason: undefined }
}
