/** The table in force in one process, and its reload: a table with problems is refused and the last good one stays. */
import { loadCatalogue } from '../config/load-catalogue.ts'
import type { Catalogue } from '../core/catalogue/catalogue.ts'
import type { CompiledTable, Table } from '../core/policy/table.ts'
import type { Logger } from '../observe/log.ts'
import { compiledTableOf, tableOf } from './policy-files.ts'

export class TableInForce {
  readonly catalogue: Catalogue
  readonly #name: string
  readonly #log: Logger
  #table: Table

  private constructor(name: string, catalogue: Catalogue, table: Table, log: Logger) {
    this.#name = name
    this.catalogue = catalogue
    this.#table = table
    this.#log = log
  }

  /** Loads the catalogue and the table of this name or path; a table with problems is a usage error. */
  static async load(name: string, log: Logger): Promise<TableInForce> {
    const catalogue = await loadCatalogue()
    return new TableInForce(name, catalogue, await tableOf(name, catalogue), log)
  }

  get table(): Table {
    return this.#table
  }

  /** Reads the table's file again and says in the log what came of it; never throws. */
  async reload(): Promise<void> {
    try {
      this.#take(await compiledTableOf(this.#name, this.catalogue))
    } catch (error) {
      this.#log.error(
        { err: error, inForce: this.#table.revision },
        'the table cannot be read; the last good one stays',
      )
    }
  }

  #take(compiled: CompiledTable): void {
    if (compiled.ok) {
      this.#table = compiled.table
      this.#log.info({ table: this.#table.name, revision: this.#table.revision }, 'the table is in force')
      return
    }
    this.#log.error(
      { problems: compiled.problems, inForce: this.#table.revision },
      'the table has problems; the last good one stays',
    )
  }
}
