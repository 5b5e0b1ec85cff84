/**
 * Keeps one process in step with the governed tables of its store: asks for them every second, keeps them on disk, and
 * switches when the time of the next one comes.
 *
 * The time is the store's: with every answer the follower learns how far its own clock is from it. It also switches while
 * the store does not answer, for what was approved for a time holds at that time. A table that this process cannot use
 * (one made for a later duisgate) is passed over, and the last good one stays.
 */

import { type Instant, instantOf } from '../core/device/device.ts'
import { HOUR_MS } from '../core/device/durations.ts'
import type { CompiledTable, Table, TableProblem } from '../core/policy/table.ts'
import { isApproved, shadowOf, type TableProposal } from '../core/policy/table-proposal.ts'
import { revisionOfHash } from '../core/policy/table-revision.ts'
import type { Clock } from '../observe/clock.ts'
import { Repeated } from '../observe/repeated.ts'
import { type Scheduler, within } from '../observe/scheduler.ts'
import type { ControlStore } from '../store/control-store.ts'
import type { ScheduleMemory, TableSchedule } from './saved-tables.ts'

/** The tables to decide by from now on. */
export interface TablesNow {
  /** Undefined while no governed table is in force. */
  readonly table: Table | undefined
  readonly shadow: Table | undefined
}

export interface TableFollowerOptions {
  readonly store: Pick<ControlStore, 'read'>
  readonly memory: ScheduleMemory
  readonly readTable: (text: string) => CompiledTable
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Between two questions to the store; 1,000 when absent. */
  readonly pollMs?: number
  /** Told of the tables whenever one of them is another than before. */
  readonly onSwitch: (now: TablesNow) => void
  /** Told once of each table that cannot be used. */
  readonly onUnusable: (revision: string, problems: readonly TableProblem[]) => void
  /** Told of the first question that fails after one that did not, and of what cannot be kept or read on disk. */
  readonly onFailure: (error: unknown) => void
}

/** Longer would be no answer worth waiting for; a start waits for the first one. */
const ANSWER_MS = 2_000

/** Within as much the two clocks may be taken for each other's. */
const PROMPT_MS = 100

/** A timer counts up to 24 days; a later switch is looked at again. */
const LONGEST_WAIT_MS = HOUR_MS

const NO_TEXT: CompiledTable = {
  ok: false,
  problems: [{ where: 'store', text: 'the text is not there, or is not what its hash says' }],
}

const NOTHING: TableSchedule = { tables: [], inForce: undefined, shadow: undefined, texts: new Map() }

export class TableFollower {
  readonly #options: TableFollowerOptions
  readonly #compiled = new Map<string, Table | undefined>()
  #schedule = NOTHING
  /** The store's clock less this machine's; absent before the first answer. */
  #offsetMs: number | undefined
  /** The time that was last settled for. */
  #settledAt = instantOf(0)
  #now: TablesNow = { table: undefined, shadow: undefined }
  #cancelTurn = () => {}
  readonly #polling: Repeated
  /** Of the table in force here; absent before the first. */
  #inForce: string | undefined
  #kept: TableSchedule | undefined
  #areUsable = true
  #isFailing = false
  #isStopped = false

  constructor(options: TableFollowerOptions) {
    this.#options = options
    const { scheduler, pollMs: everyMs = 1_000 } = options
    this.#polling = new Repeated({ work: () => this.#poll(), everyMs, scheduler })
  }

  /** Takes up what was kept on disk; settled once it is in force here. */
  async recall(): Promise<void> {
    try {
      this.#schedule = (await this.#options.memory.read()) ?? NOTHING
      this.#inForce = this.#schedule.inForce
    } catch (error) {
      this.#options.onFailure(error)
    }
    this.#settle()
  }

  /** Begins to follow; settles after the first answer, or when there is none in time. */
  start(): Promise<void> {
    return this.#polling.start()
  }

  /** The store's clock as this process last knew it. */
  storeNow(): Instant {
    return instantOf(Math.round(this.#options.clock.now() + (this.#offsetMs ?? 0)))
  }

  /** Whether the table that should be in force and the one that should be on trial both are; so it is while there is none. */
  get areUsable(): boolean {
    return this.#areUsable
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelTurn()
    await this.#polling.stop()
  }

  async #poll(): Promise<void> {
    const { scheduler, onFailure } = this.#options
    try {
      const schedule = await within(scheduler, ANSWER_MS, this.#ask())
      this.#isFailing = false
      if (this.#isStopped) return
      this.#schedule = withText(schedule, this.#inForce, this.#schedule.texts)
      this.#settle()
      await this.#keep({ ...this.#schedule, inForce: this.#inForce })
    } catch (error) {
      if (!this.#isFailing) onFailure(error)
      this.#isFailing = true
    }
  }

  /** The schedule as the store has it; texts that are known already are not asked for again. */
  #ask(): Promise<TableSchedule> {
    const askedMs = this.#options.clock.monotonicMs()
    return this.#options.store.read(async ({ tables }) => {
      const now = await tables.now()
      this.#compareClocks(now, this.#options.clock.monotonicMs() - askedMs)
      const proposals = await tables.scheduleAt(now)
      const shadow = shadowOf(proposals, now)?.hash
      const scheduled = proposals.filter(isApproved).map(({ hash, inForceAt }) => ({ hash, inForceAt }))
      const texts = new Map<string, string>()
      for (const hash of hashesOf(proposals, shadow)) {
        const text = this.#schedule.texts.get(hash) ?? (await tables.findRevision(hash))?.content
        if (text !== undefined) texts.set(hash, text)
      }
      return { tables: scheduled, inForce: undefined, shadow, texts }
    })
  }

  /** A slow answer says little about the store's clock, so only the first one counts whatever it took. */
  #compareClocks(now: Instant, tookMs: number): void {
    if (tookMs > PROMPT_MS && this.#offsetMs !== undefined) return
    this.#offsetMs = now - (this.#options.clock.now() - tookMs / 2)
  }

  async #keep(schedule: TableSchedule): Promise<void> {
    if (isSame(schedule, this.#kept)) return
    await this.#options.memory.keep(schedule)
    this.#kept = schedule
  }

  /** Switches to what is in force now, and sets the timer for what comes next. */
  #settle(): void {
    const now = this.#steadyNow()
    const { tables, shadow } = this.#schedule
    const isDue = ({ inForceAt }: { readonly inForceAt: Instant }) => inForceAt <= now
    const due = tables.findLast((each) => isDue(each) && this.#tableOf(each.hash))?.hash
    // An approved table does not vanish: a store that names none is another store, and the last good one stays.
    this.#inForce = due ?? this.#inForce
    const table = this.#inForce === undefined ? undefined : this.#tableOf(this.#inForce)
    const trial = shadow === undefined ? undefined : this.#tableOf(shadow)
    const isLastUsable = tables.findLast(isDue)?.hash === due
    this.#areUsable = isLastUsable && (shadow === undefined || trial !== undefined)
    this.#switchTo({ table, shadow: trial === table ? undefined : trial })
    this.#armTurn(tables.find(({ inForceAt }) => inForceAt > now)?.inForceAt, now)
  }

  /** As `storeNow`, but no answer puts it back by as little as answers differ: what has come into force stays in force. */
  #steadyNow(): Instant {
    const now = this.storeNow()
    const isPutBackALittle = now < this.#settledAt && this.#settledAt - now <= PROMPT_MS
    if (!isPutBackALittle) this.#settledAt = now
    return this.#settledAt
  }

  #switchTo(next: TablesNow): void {
    const isSameAsNow = next.table === this.#now.table && next.shadow === this.#now.shadow
    this.#now = next
    if (!isSameAsNow) this.#options.onSwitch(next)
  }

  #armTurn(next: Instant | undefined, now: Instant): void {
    this.#cancelTurn()
    this.#cancelTurn = () => {}
    if (next === undefined || this.#isStopped) return
    const waitMs = Math.min(next - now, LONGEST_WAIT_MS)
    this.#cancelTurn = this.#options.scheduler.after(waitMs, () => this.#settle())
  }

  /** Undefined for a text that is not there or has problems. */
  #tableOf(hash: string): Table | undefined {
    if (this.#compiled.has(hash)) return this.#compiled.get(hash)
    const text = this.#schedule.texts.get(hash)
    const compiled = text === undefined ? NO_TEXT : this.#options.readTable(text)
    if (!compiled.ok) this.#options.onUnusable(revisionOfHash(hash), compiled.problems)
    const table = compiled.ok ? compiled.table : undefined
    this.#compiled.set(hash, table)
    return table
  }
}

function hashesOf(proposals: readonly TableProposal[], shadow: string | undefined): Set<string> {
  const approved = proposals.filter(isApproved).map(({ hash }) => hash)
  return new Set(shadow === undefined ? approved : [...approved, shadow])
}

/** The schedule with the text of one more table, where that is known. */
function withText(
  schedule: TableSchedule,
  hash: string | undefined,
  known: TableSchedule['texts'],
): TableSchedule {
  const text = hash === undefined ? undefined : known.get(hash)
  if (hash === undefined || text === undefined) return schedule
  return { ...schedule, texts: new Map([...schedule.texts, [hash, text]]) }
}

function isSame(one: TableSchedule, other: TableSchedule | undefined): boolean {
  const said = (schedule: TableSchedule | undefined) =>
    JSON.stringify([schedule?.tables, schedule?.inForce, schedule?.shadow])
  return said(one) === said(other)
}
