/**
 * The flag's own life for everybody who changes or looks at it: the API, the page and the CLI.
 *
 * Cast: the rules of change are pure (`core/restriction`); each operation here is one transaction of the store that reads
 * what the rules look at, asks them, and writes what they answer with its audit entries. Writers are serialised, so two
 * requests for one meter point see each other. A refusal is a value, and is in the audit too. What is thrown comes from
 * the store (`StoreUnavailable`, `UnknownCursor`), and then nothing was written.
 */
import type { Actor } from '../core/restriction/party.ts'
import type { Refused } from '../core/restriction/refusal.ts'
import type { ClearRequest, Named, OnBehalf, SetRequest, TaskOutcome } from '../core/restriction/requests.ts'
import { DEFAULT_RULES } from '../core/restriction/requests.ts'
import type {
  InventoryDevice,
  Registration,
  RestrictionRecord,
  Task,
  TrafficEvent,
} from '../core/restriction/restriction.ts'
import type { DarkSchedule } from '../core/restriction/schedule.ts'
import { isOpen } from '../core/restriction/state.ts'
import { systemClock } from '../observe/clock.ts'
import type { AuditEntry, AuditFilter, Page, RestrictionFilter } from '../store/control-store.ts'
import { auditTrail } from './audit-trail.ts'
import { type BulkResult, type BulkRow, bulkChange } from './bulk.ts'
import { type ClearPreview, clearFlag, type FlagCleared, previewClear } from './clear-flag.ts'
import { type RestrictionContext, randomId } from './context.ts'
import { type JobsDone, type MayGoOn, runDueJobs } from './due-jobs.ts'
import { putDevices } from './inventory.ts'
import { findFlag, historyOf, type LookUp, listFlags, lookUp } from './look-up.ts'
import { denialOf } from './permissions.ts'
import { importRegistrations, type RegistrationsImported } from './registrations.ts'
import type { Resolved } from './resolve.ts'
import { darkSchedules } from './schedules.ts'
import { type FlagSet, previewSet, type SetPreview, setFlag } from './set-flag.ts'
import { completeTask, listTasks, noticeTenancy, type TaskAnswered } from './tasks.ts'
import { takeTrafficEvent } from './traffic.ts'
import type { FlagView, HistoryEntry } from './views.ts'

/** What has to be given; the rest has the defaults of the running system. */
export type RestrictionServiceOptions = Pick<RestrictionContext, 'store' | 'parties' | 'table'> &
  Partial<RestrictionContext>

export class RestrictionService {
  readonly #context: RestrictionContext

  constructor(options: RestrictionServiceOptions) {
    this.#context = {
      clock: systemClock,
      newId: randomId,
      rules: DEFAULT_RULES,
      regionsOfCsp: new Map(),
      ...options,
    }
  }

  /** Sets the flag of a meter point. Setting what is set answers the same receipt. */
  set(actor: Actor, request: SetRequest): Promise<FlagSet | Refused> {
    return setFlag(this.#context, actor, request)
  }

  /** What `set` would do and what stops and stays then; writes nothing. */
  preview(actor: Actor, request: SetRequest): Promise<SetPreview | Refused> {
    return previewSet(this.#context, actor, request)
  }

  /** Ends the flag now or later; the record stays. */
  clear(actor: Actor, request: ClearRequest): Promise<FlagCleared | Refused> {
    return clearFlag(this.#context, actor, request)
  }

  /** What `clear` would do: what passes again then, and what does not come back; writes nothing. */
  previewClear(actor: Actor, request: ClearRequest): Promise<ClearPreview | Refused> {
    return previewClear(this.#context, actor, request)
  }

  /** One result a row, each row in a transaction of its own. */
  bulk(
    actor: Actor,
    rows: Iterable<BulkRow> | AsyncIterable<BulkRow>,
  ): AsyncGenerator<BulkResult, void, undefined> {
    return bulkChange(this.#context, actor, rows)
  }

  /** A meter point or Device as the actor may see it; every call is in the audit. */
  lookUp(actor: Actor, named: Named): Promise<LookUp | Refused> {
    return lookUp(this.#context, actor, named)
  }

  /** The flag of that ID: its state, its version, whether its last change is in force. Not in the audit; may be polled. */
  find(actor: Actor, id: string): Promise<{ readonly ok: true; readonly flag: FlagView } | Refused> {
    return findFlag(this.#context, actor, id)
  }

  /**
   * The live schedules that a scheduled or effective flag keeps dark. None for who may not see it or may set no flags: that is
   * whose they are, and what they read.
   */
  async schedules(actor: Actor, id: string): Promise<readonly DarkSchedule[]> {
    const found = await this.find(actor, id)
    const { store, clock } = this.#context
    if (!found.ok || denialOf(actor, 'set') || !isOpen(found.flag, clock.now())) return []
    return store.read((view) => darkSchedules(this.#context, view, found.flag.members, clock.now()))
  }

  /** Flags of the actor's meter points, newest first; of all for roles that see all. */
  mine(
    actor: Actor,
    filter: Pick<RestrictionFilter, 'mpxn' | 'device' | 'open'>,
    limit: number,
    after?: string,
  ): Promise<({ readonly ok: true } & Page<FlagView>) | Refused> {
    return listFlags(this.#context, actor, filter, limit, after)
  }

  /** What happened to a flag, newest first. */
  history(
    actor: Actor,
    id: string,
    limit: number,
    after?: string,
  ): Promise<({ readonly ok: true } & Page<HistoryEntry>) | Refused> {
    return historyOf(this.#context, actor, id, limit, after)
  }

  /** The audit as far as the role sees it, newest first. */
  audit(
    actor: Actor,
    filter: AuditFilter,
    limit: number,
    after?: string,
  ): Promise<({ readonly ok: true } & Page<AuditEntry>) | Refused> {
    return auditTrail(this.#context, actor, filter, limit, after)
  }

  /** Tasks of the actor's party, oldest first; of all parties for roles that see all. */
  tasks(
    actor: Actor,
    filter: { readonly isOpen: boolean },
    limit: number,
    after?: string,
  ): Promise<({ readonly ok: true } & Page<Task>) | Refused> {
    return listTasks(this.#context, actor, filter, limit, after)
  }

  /** A Supplier's answer to one of its tasks; `onBehalf` is for the Service Centre. */
  completeTask(
    actor: Actor,
    id: string,
    outcome: TaskOutcome,
    onBehalf?: OnBehalf,
  ): Promise<TaskAnswered | Refused> {
    return completeTask(this.#context, actor, id, outcome, onBehalf)
  }

  /** A Supplier's notice that somebody else has moved in; makes the review task. */
  noticeTenancy(
    actor: Actor,
    notice: Named & OnBehalf,
  ): Promise<{ readonly ok: true; readonly restriction: RestrictionRecord } | Refused> {
    return noticeTenancy(this.#context, actor, notice)
  }

  /** Imports a batch of registrations, all or none; flags follow. */
  importRegistrations(actor: Actor, rows: readonly Registration[]): Promise<RegistrationsImported | Refused> {
    return importRegistrations(this.#context, actor, rows)
  }

  /** Puts Devices into the inventory, all or none; flags follow in the same transaction. */
  putDevices(devices: readonly InventoryDevice[]): Promise<Resolved> {
    return putDevices(this.#context, devices)
  }

  /** Takes an event the gateway observed; false when its decision was taken before. */
  takeTrafficEvent(event: TrafficEvent): Promise<boolean> {
    return takeTrafficEvent(this.#context, event)
  }

  /** Does what has come due. Run it often; runs may overlap and be cut short. `mayGoOn`: true throughout when absent. */
  runDueJobs(mayGoOn: MayGoOn = always): Promise<JobsDone> {
    return runDueJobs(this.#context, mayGoOn)
  }
}

async function always(): Promise<boolean> {
  return true
}
