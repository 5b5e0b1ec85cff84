/**
 * Imports a CSV file of millions of rows, all of it or nothing: checked to its end first, then staged and merged. What was
 * broken off goes on where it stopped when the same file comes again.
 */

import { createHash, type Hash } from 'node:crypto'
import { Command } from 'commander'
import { countOf } from '../../config/configuration-fault.ts'
import { type CsvBadRow, type CsvColumns, type CsvFile, type CsvRow, openCsv } from '../../csv/csv-reader.ts'
import type { CsvFault } from '../../csv/csv-records.ts'
import type { ImportOptions, ImportRow, InventoryImport } from '../../store/inventory-import.ts'
import { describeFailure } from '../../store/sql/store-failure.ts'
import { type StoreOptions, withStore } from '../configuration.ts'
import { type MessageSource, replayableSource } from '../message-sources.ts'
import { Progress } from '../progress.ts'
import { withStoreOptions } from '../shared-options.ts'
import { CommandError, EXIT, type Terminal } from '../terminal.ts'
import { BadRows, badRowsOption } from './bad-rows.ts'

/** What a file holds and what its rows become. */
export interface CsvImport<Column extends string, Value extends object> {
  readonly columns: CsvColumns<Column>
  /** One row, in words: `Device`. */
  readonly noun: string
  /** The value of a row, or what is wrong with it. */
  readonly read: (fields: CsvRow<Column>['fields']) => Value | string
  readonly rowOf: (value: Value) => ImportRow
  readonly settle: NonNullable<ImportOptions['settle']>
}

interface CsvImportOptions extends StoreOptions {
  readonly skipBad?: true
  readonly badRows?: string
  readonly json?: true
}

/** The command that imports files of one kind. */
export function importCommand<Column extends string, Value extends object>(
  terminal: Terminal,
  description: string,
  help: string,
  kind: CsvImport<Column, Value>,
): Command {
  const command = new Command('import')
    .description(description)
    .argument('<csv>', 'the file, or - for standard input')
    .option('--skip-bad', 'apply the good rows although there are bad ones')
    .addOption(badRowsOption())
    .option('--json', 'the outcome as one JSON object')
    .addHelpText('after', help)
  return withStoreOptions(command).action((csv: string, options: CsvImportOptions) =>
    new Importing(terminal, options, kind).run(csv),
  )
}

/** What every import does, for its help. */
export const IMPORT_RULES = `The whole file is checked first; with a bad row nothing at all is applied, unless --skip-bad. --bad-rows writes the
bad rows to a file with the reason beside each; correct it and import it as it is. A file that is not UTF-8, names an
unknown column or has a quote that is not closed on its line is refused whole.

Importing a file again changes nothing. An import that was broken off has applied nothing; run it again and it
goes on where it stopped.`

/** What was found in a file. */
interface Checked {
  readonly good: number
  readonly bad: number
  /** Why nothing was read of it, or nothing from a line on. */
  readonly faults: readonly CsvFault[]
  readonly hash: string
}

function faultsShown({ faults }: Checked) {
  return faults.length === 0 ? {} : { faults: faults.map(({ line, fault }) => ({ line, text: fault })) }
}

function whatToDo({ faults }: Checked): string {
  return faults.length > 0
    ? 'mend the file, nothing after that was read'
    : 'mend the rows above, or give --skip-bad to import the others'
}

/** Bad rows beyond these are not told. */
const SHOWN_ROWS = 50

/** One run of the command. */
class Importing<Column extends string, Value extends object> {
  readonly #terminal: Terminal
  readonly #options: CsvImportOptions
  readonly #kind: CsvImport<Column, Value>

  constructor(terminal: Terminal, options: CsvImportOptions, kind: CsvImport<Column, Value>) {
    this.#terminal = terminal
    this.#options = options
    this.#kind = kind
  }

  /**
   * Imports the file and tells the outcome. A bad row ends the command with exit code 1, unless `skipBad`; a file that is no
   * CSV in UTF-8, or whose header is wrong, does in any case.
   */
  async run(csv: string): Promise<void> {
    const source = await replayableSource(this.#terminal, csv)
    const checked = await this.#check(source.open())
    const isApplied = checked.faults.length === 0 && (checked.bad === 0 || this.#options.skipBad === true)
    if (isApplied && checked.good > 0)
      await withStore(this.#terminal, this.#options, (store) => this.#apply(store, source, checked.hash))
    const { bad } = checked
    const applied = isApplied ? checked.good : 0
    if (this.#options.json) this.#terminal.print(JSON.stringify({ applied, bad, ...faultsShown(checked) }))
    else this.#terminal.print(`${countOf(applied, this.#kind.noun)} imported, ${countOf(bad, 'bad row')}`)
    if (!isApplied) throw new CommandError(EXIT.no, `nothing was imported; ${whatToDo(checked)}`)
  }

  async #check(chunks: AsyncIterable<Uint8Array>): Promise<Checked> {
    const hash = createHash('sha256')
    const file = await openCsv(hashed(chunks, hash), this.#kind.columns)
    const found = file.ok ? await this.#checkRows(file) : { good: 0, bad: 0, faults: file.faults }
    for (const { line, fault } of found.faults) this.#terminal.note(`line ${line}: ${fault}`)
    return { ...found, hash: hash.digest('hex') }
  }

  async #checkRows({ header, rows }: CsvFile<Column>): Promise<Omit<Checked, 'hash'>> {
    const progress = new Progress(this.#terminal, 'rows checked')
    const bad = new BadRows(this.#terminal, header, this.#options.badRows, SHOWN_ROWS)
    const faults: CsvFault[] = []
    let good = 0
    try {
      for await (const row of rows) {
        progress.tick()
        const read = this.#read(row)
        if ('fault' in row) faults.push(row)
        else if (typeof read === 'string') await bad.add(row, read)
        else good++
      }
    } finally {
      progress.done()
      await bad.end()
    }
    return { good, bad: bad.count, faults }
  }

  /** The value of a row, or what is wrong with it. */
  #read(row: CsvRow<Column> | CsvBadRow | CsvFault): Value | string {
    if ('fault' in row) return row.fault
    return 'problem' in row ? row.problem : this.#kind.read(row.fields)
  }

  async #apply(store: InventoryImport, source: MessageSource, hash: string): Promise<void> {
    const { noun, settle } = this.#kind
    const progress = new Progress(this.#terminal, `${noun}s imported`)
    let told = 0
    const onProgress = ({ rows }: { readonly rows: number }) => {
      progress.tick(Math.max(0, rows - told))
      told = Math.max(told, rows)
    }
    const onFailure = (failure: unknown, afterMs: number) =>
      this.#terminal.note(`${describeFailure(failure)}; trying again in ${afterMs / 1_000} s`)
    const file = { hash, rows: (skip: number) => this.#rowsAfter(source.open(), skip) }
    await store.importInventory(file, { settle, onProgress, onFailure })
    progress.done()
  }

  /** The good rows after the first `skip` of them. */
  async *#rowsAfter(chunks: AsyncIterable<Uint8Array>, skip: number): AsyncGenerator<ImportRow> {
    const file = await openCsv(chunks, this.#kind.columns)
    if (!file.ok) throw changedMeanwhile()
    let place = 0
    for await (const row of file.rows) {
      if ('fault' in row) throw changedMeanwhile()
      const value = this.#read(row)
      if (typeof value !== 'string' && place++ >= skip) yield this.#kind.rowOf(value)
    }
  }
}

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
}

/** There was no fault in it when it was checked. */
function changedMeanwhile(): CommandError {
  return new CommandError(EXIT.failure, 'the file changed while it was imported; nothing was imported')
}
