/**
 * Imports a CSV file of millions of rows, all of it or nothing: checked to its end first, then staged and merged. What was
 * broken off goes on where it stopped when the same file comes again.
 */
import { createHash, type Hash } from 'node:crypto'
import type { Command } from 'commander'
import { countOf } from '../config/configuration-fault.ts'
import type { ImportOptions, ImportRow, InventoryImport } from '../store/inventory-import.ts'
import { type CsvTable, tableRows } from './csv-table.ts'
import { type MessageSource, replayableSource } from './message-sources.ts'
import { type StoreOptions, withStore } from './open-store.ts'
import { Progress } from './progress.ts'
import { withStoreOptions } from './shared-options.ts'
import { CommandError, EXIT, type Terminal } from './terminal.ts'

/** What a file holds and what its rows become. */
export interface CsvImport<Column extends string, Value> {
  readonly table: CsvTable<Column, Value>
  /** One row, in words: `Device`. */
  readonly noun: string
  readonly rowOf: (value: Value) => ImportRow
  readonly settle: NonNullable<ImportOptions['settle']>
}

export interface CsvImportOptions extends StoreOptions {
  readonly skipBad?: true
  readonly json?: true
}

/** The argument and the options of an import. */
export function withImportOptions(command: Command): Command {
  return withStoreOptions(
    command
      .argument('<csv>', 'the file, or - for standard input')
      .option('--skip-bad', 'apply the good rows although there are bad ones')
      .option('--json', 'the outcome as one JSON object'),
  )
}

/** Imports the file and tells the outcome. A bad row ends the command with exit code 1, unless `skipBad`. */
export async function importCsv<Column extends string, Value>(
  terminal: Terminal,
  csv: string,
  options: CsvImportOptions,
  kind: CsvImport<Column, Value>,
): Promise<void> {
  const source = await replayableSource(terminal, csv)
  const checked = await checkRows(terminal, source.open(), kind)
  const isApplied = checked.bad === 0 || options.skipBad === true
  if (isApplied && checked.good > 0) {
    await withStore(terminal, options, (store) => applyRows(terminal, store, source, checked.hash, kind))
  }
  const outcome = { applied: isApplied ? checked.good : 0, bad: checked.bad }
  if (options.json) terminal.print(JSON.stringify(outcome))
  else terminal.print(`${countOf(outcome.applied, kind.noun)} imported, ${countOf(outcome.bad, 'bad row')}`)
  if (!isApplied) {
    throw new CommandError(
      EXIT.no,
      'nothing was imported; mend the rows above, or give --skip-bad to import the others',
    )
  }
}

/** Bad rows beyond these are counted only. */
const SHOWN_PROBLEMS = 50

async function checkRows<Column extends string, Value>(
  terminal: Terminal,
  chunks: AsyncIterable<Uint8Array>,
  { table }: CsvImport<Column, Value>,
): Promise<{ good: number; bad: number; hash: string }> {
  const progress = new Progress(terminal, 'rows checked')
  const count = { good: 0, bad: 0 }
  const hash = createHash('sha256')
  for await (const row of tableRows(table, hashed(chunks, hash))) {
    progress.tick()
    if ('value' in row) count.good++
    else if (++count.bad <= SHOWN_PROBLEMS) terminal.note(`line ${row.line}: ${row.problem}`)
  }
  progress.done()
  if (count.bad > SHOWN_PROBLEMS) terminal.note(`and ${count.bad - SHOWN_PROBLEMS} more`)
  return { ...count, hash: hash.digest('hex') }
}

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
}

async function applyRows<Column extends string, Value>(
  terminal: Terminal,
  store: InventoryImport,
  source: MessageSource,
  hash: string,
  kind: CsvImport<Column, Value>,
): Promise<void> {
  const progress = new Progress(terminal, `${kind.noun}s imported`)
  let told = 0
  await store.importInventory(
    // One file may be read as one kind of row or another; neither goes on where the other stopped.
    { hash: `${kind.noun} ${hash}`, rows: (skip) => rowsAfter(source.open(), skip, kind) },
    {
      settle: kind.settle,
      onProgress: ({ rows }) => {
        progress.tick(rows - told)
        told = rows
      },
    },
  )
  progress.done()
}

/** The good rows after the first `skip` of them. */
async function* rowsAfter<Column extends string, Value>(
  chunks: AsyncIterable<Uint8Array>,
  skip: number,
  { table, rowOf }: CsvImport<Column, Value>,
): AsyncGenerator<ImportRow> {
  let place = 0
  for await (const row of tableRows(table, chunks)) {
    if ('value' in row && place++ >= skip) yield rowOf(row.value)
  }
}
