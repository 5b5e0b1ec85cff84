/**
 * The flag's own life for everybody who changes or looks at it: the API, the page and the CLI.
 *
 * The rules of change are pure (`core/restriction`); each operation here is one transaction of the store that reads what the
 * rules look at, asks them, and writes what they answer with its audit entries. Writers are serialised, so two requests for
 * one meter point see each other. A refusal is a value, and is in the audit too. What is thrown comes from the store
 * (`StoreFailure`, `UnknownCursor`), and then nothing was written, unless it says that this is not known.
 */
import { DEFAULT_RULES } from '../core/restriction/requests.ts'
import { systemClock } from '../observe/clock.ts'
import { auditTrail, verifyForAuditor } from './audit-trail.ts'
import { isInInventory, openVersion, partiesOf } from './beginning.ts'
import { bulkChange } from './bulk.ts'
import { clearFlag, previewClear } from './clear-flag.ts'
import { type RestrictionContext, randomId } from './context.ts'
import { runDueJobs } from './due-jobs.ts'
import { findFlag, historyOf, listFlags, lookUp, schedulesOfFlag } from './look-up.ts'
import { askToRepeat } from './lost-changes.ts'
import { meterPointFeed } from './meter-point-feed.ts'
import { importRegistrations } from './registrations.ts'
import { putDevices } from './resolve.ts'
import { previewSet, setFlag } from './set-flag.ts'
import { completeTask, findTask, listTasks, noticeTenancy } from './tasks.ts'
import { takeLeftEvents, takeTrafficEvent } from './traffic.ts'

/** What has to be given; the rest has the defaults of the running system. */
export type RestrictionServiceOptions = Pick<RestrictionContext, 'store' | 'parties' | 'table'> &
  Partial<RestrictionContext>

export type RestrictionService = ReturnType<typeof restrictionService>

/** The operations, each without its first argument: the context is the same for all. */
export function restrictionService(options: RestrictionServiceOptions) {
  const context: RestrictionContext = {
    clock: systemClock,
    newId: randomId,
    rules: DEFAULT_RULES,
    regionsOfCsp: new Map(),
    checkpoints: async () => ({ ok: true, checkpoints: [] }),
    ...options,
  }
  const bound =
    <Args extends unknown[], Result>(operation: (context: RestrictionContext, ...args: Args) => Result) =>
    (...args: Args): Result =>
      operation(context, ...args)
  return {
    set: bound(setFlag),
    preview: bound(previewSet),
    clear: bound(clearFlag),
    previewClear: bound(previewClear),
    bulk: bound(bulkChange),
    lookUp: bound(lookUp),
    find: bound(findFlag),
    schedules: bound(schedulesOfFlag),
    mine: bound(listFlags),
    history: bound(historyOf),
    meterPointFeed: bound(meterPointFeed),
    audit: bound(auditTrail),
    verifyAudit: bound(verifyForAuditor),
    tasks: bound(listTasks),
    task: bound(findTask),
    completeTask: bound(completeTask),
    noticeTenancy: bound(noticeTenancy),
    openVersion: bound(openVersion),
    isInInventory: bound(isInInventory),
    partiesOf: bound(partiesOf),
    importRegistrations: bound(importRegistrations),
    putDevices: bound(putDevices),
    takeTrafficEvent: bound(takeTrafficEvent),
    takeLeftEvents: bound(takeLeftEvents),
    askToRepeat: bound(askToRepeat),
    runDueJobs: bound(runDueJobs),
  }
}
