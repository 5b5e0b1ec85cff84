/**
 * The table in force in one process, and the one on trial beside it. With `table: store` they are the governed ones of the
 * store; else they are files, read again on request: one with problems is refused and the last good one stays.
 */

import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { loadCatalogue } from '../config/load-catalogue.ts'
import { readTable } from '../config/load-table.ts'
import { FIRST_TABLE, GOVERNED_TABLE } from '../config/table-path.ts'
import type { Catalogue } from '../core/catalogue/catalogue.ts'
import { MINUTE_MS } from '../core/device/durations.ts'
import type { Table } from '../core/policy/table.ts'
import { tableHashOf } from '../core/policy/table-revision.ts'
import { SavedTables } from '../governance/saved-tables.ts'
import { TableFollower, type TablesNow } from '../governance/table-follower.ts'
import { keepText } from '../governance/table-governance.ts'
import { systemClock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import { systemScheduler } from '../observe/scheduler.ts'
import type { ControlStore, Transactions } from '../store/control-store.ts'
import { tableOf, tableTextOf } from './table-files.ts'

/** A minute: only explaining a decision later needs it. */
const KEEP_AGAIN_MS = MINUTE_MS

type TableSettings = Pick<Config, 'table' | 'shadowTable' | 'journal'>

export class TableInForce {
  readonly catalogue: Catalogue
  /** The first of the shipped tables, as it was read at the start; undefined where a file of another name was. */
  readonly shipped: Table | undefined
  #settings: TableSettings
  readonly #log: Logger
  #table: Table
  #shadow: Table | undefined
  #follower: TableFollower | undefined
  #store: Transactions | undefined
  #onSwitch: () => void = () => {}
  #cancelKeeping: () => void = () => {}
  /** Whether a governed table was ever in force here. */
  #hasGoverned = false
  /** Whether the files read last are in force. */
  #isReadGood = true
  #readAt = systemClock.now()

  private constructor(settings: TableSettings, catalogue: Catalogue, table: Table, log: Logger) {
    this.#settings = settings
    this.catalogue = catalogue
    this.shipped = firstNameOf(settings) === FIRST_TABLE ? table : undefined
    this.#table = table
    this.#log = log
  }

  /** Loads the catalogue and the tables that the settings name; a table with problems is a ConfigurationFault. */
  static async load(settings: TableSettings, log: Logger): Promise<TableInForce> {
    const catalogue = await loadCatalogue()
    const { shadowTable } = settings
    const first = await tableOf(firstNameOf(settings), catalogue)
    const inForce = new TableInForce(settings, catalogue, first, log)
    if (shadowTable !== undefined && !inForce.isGoverned)
      inForce.#shadow = await tableOf(shadowTable, catalogue)
    return inForce
  }

  get table(): Table {
    return this.#table
  }

  /** The table on trial; undefined when there is none. */
  get shadow(): Table | undefined {
    return this.#shadow
  }

  /** Whether the tables come from the store. */
  get isGoverned(): boolean {
    return this.#settings.table === GOVERNED_TABLE
  }

  /**
   * Begins to go by the store: follows its governed tables, or has it keep the text of the file, so that decisions can be
   * explained later. Settles when the process may decide: with what the store answered, or with what was kept on disk.
   */
  async follow(store: Transactions): Promise<void> {
    this.#store = store
    if (!this.isGoverned) {
      void this.#keepText()
      return
    }
    this.#follower = this.#followerOf(store)
    await this.#follower.recall()
    await this.#follower.start()
    if (!this.#hasGoverned)
      this.#log.warn(
        { table: this.#table.name },
        'no governed table is in force yet; a shipped one stands in',
      )
  }

  /** Says on the metrics whether the last reading was good, and when the table in force was read. */
  watch(metrics: Metrics): void {
    const isOk = () => this.#follower?.areUsable ?? this.#isReadGood
    metrics.watch('duisgate_table_reload_ok', [], () => (isOk() ? 1 : 0))
    metrics.watch('duisgate_table_loaded_timestamp_seconds', [], () => this.#readAt / 1_000)
  }

  /** Calls `onSwitch` whenever another table is in force or on trial. */
  whenSwitched(onSwitch: () => void): void {
    this.#onSwitch = onSwitch
  }

  /**
   * Reads the tables that other settings name; what it answers puts them in force. Throws a ConfigurationFault when one of them
   * has problems. On the way to governed tables the one before stays until the store, or the disk, has said which it is.
   */
  async prepare(settings: TableSettings): Promise<() => Promise<void>> {
    const { table, shadowTable } = this.#settings
    if (settings.table === table && settings.shadowTable === shadowTable) return async () => {}
    const next = await TableInForce.load(settings, this.#log)
    return () => this.#goBy(settings, next)
  }

  async #goBy(settings: TableSettings, next: TableInForce): Promise<void> {
    this.#cancelKeeping()
    await this.#follower?.stop()
    this.#follower = undefined
    this.#settings = settings
    this.#hasGoverned = false
    this.#isReadGood = true
    this.#readAt = systemClock.now()
    this.#shadow = next.#shadow
    if (!this.isGoverned) this.#table = next.#table
    if (this.#store) await this.follow(this.#store)
    if (!this.#hasGoverned) this.#table = next.#table
    const { name, revision } = this.#table
    this.#log.info({ table: name, revision, shadow: this.#shadow?.revision }, 'the table is in force')
    this.#onSwitch()
  }

  /** Reads the files again and says in the log what came of it; governed tables come by themselves. Never throws. */
  async reload(): Promise<void> {
    const { table, shadowTable } = this.#settings
    if (this.isGoverned) return
    const read = await this.#loaded(table, this.#table)
    const shadow = shadowTable === undefined ? undefined : await this.#loaded(shadowTable, this.#table)
    this.#isReadGood = read !== undefined && (shadowTable === undefined || shadow !== undefined)
    if (read) this.#readAt = systemClock.now()
    this.#table = read ?? this.#table
    this.#shadow = shadow ?? this.#shadow
    void this.#keepText()
    this.#onSwitch()
  }

  async stop(): Promise<void> {
    this.#cancelKeeping()
    await this.#follower?.stop()
  }

  async #loaded(name: string, { revision: inForce }: Table): Promise<Table | undefined> {
    try {
      const compiled = readTable(await tableTextOf(name), this.catalogue)
      if (!compiled.ok) {
        this.#log.error(
          { problems: compiled.problems, inForce },
          'the table has problems; the last good one stays',
        )
        return undefined
      }
      this.#log.info(
        { table: compiled.table.name, revision: compiled.table.revision },
        'the table is in force',
      )
      return compiled.table
    } catch (error) {
      this.#log.error({ err: error, inForce }, 'the table cannot be read; the last good one stays')
      return undefined
    }
  }

  /** Tries again until the store has taken the texts. */
  async #keepText(): Promise<void> {
    if (!this.#store) return
    this.#cancelKeeping()
    const { table, shadowTable } = this.#settings
    try {
      await keepTableText(this.#store, table, this.#table)
      if (shadowTable !== undefined && this.#shadow)
        await keepTableText(this.#store, shadowTable, this.#shadow)
    } catch (error) {
      this.#log.warn({ err: error }, 'the text of the table is not kept in the store yet; trying again')
      this.#cancelKeeping = systemScheduler.after(KEEP_AGAIN_MS, () => void this.#keepText())
    }
  }

  #followerOf(store: Pick<ControlStore, 'read'>): TableFollower {
    return new TableFollower({
      store,
      memory: new SavedTables(join(this.#settings.journal.folder, 'tables.json')),
      readTable: (text) => readTable(text, this.catalogue),
      clock: systemClock,
      scheduler: systemScheduler,
      onSwitch: (now) => this.#take(now),
      onUnusable: (revision, problems) =>
        this.#log.error(
          { revision, problems },
          'a governed table cannot be used here; the last good one stays',
        ),
      onFailure: (error) =>
        this.#log.warn({ err: error }, 'governed tables cannot be followed; what is known goes on'),
    })
  }

  #take({ table, shadow }: TablesNow): void {
    this.#hasGoverned ||= table !== undefined
    const isAnother = table !== undefined && table !== this.#table
    if (isAnother) this.#readAt = systemClock.now()
    this.#table = table ?? this.#table
    this.#shadow = shadow
    const { name, revision } = this.#table
    const what = isAnother
      ? 'the governed table is in force'
      : 'what is on trial beside the table in force has changed'
    this.#log.info({ table: name, revision, shadow: shadow?.revision }, what)
    this.#onSwitch()
  }
}

/** The table that a process begins with. */
function firstNameOf({ table }: TableSettings): string {
  return table === GOVERNED_TABLE ? FIRST_TABLE : table
}

/**
 * Has the store keep the text of a table that came from a file, so that what was decided by it can be explained later. Only
 * when the file of that name still holds it and the store has it not yet.
 */
async function keepTableText(store: Transactions, nameOrPath: string, table: Table): Promise<void> {
  const content = await tableTextOf(nameOrPath)
  if (!tableHashOf(content).startsWith(table.revision)) return
  if (await store.read(({ tables }) => tables.findRevision(table.revision))) return
  await store.change(async (unit) => keepText(unit, table, content, await unit.tables.now()))
}
