/**
 * The bad rows of an import: the first ones told on standard error, all of them written to a file when one is named.
 *
 * The file has the columns of the imported one behind a column that says what is wrong. It may be corrected and imported as
 * it is, for that column is not read.
 */
import { existsSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Option } from 'commander'
import { countOf } from '../../config/configuration-fault.ts'
import { fileFaultText } from '../../config/text-file.ts'
import { PROBLEM_COLUMN } from '../../csv/csv-reader.ts'
import { csvRecord } from '../../csv/csv-writer.ts'
import { type Terminal, usageError } from '../terminal.ts'

/** Written at a time. */
const BATCH_CHARACTERS = 64 * 1024

export function badRowsOption(): Option {
  const text = 'write the bad rows there, as CSV to correct and import; not over a file that is there'
  return new Option('--bad-rows <file>', text)
}

export class BadRows {
  readonly #terminal: Terminal
  readonly #header: readonly string[]
  readonly #file: string | undefined
  readonly #shown: number
  #count = 0
  #handle: FileHandle | undefined
  #batch = ''

  /**
   * Tells the first `shown` rows; 0 where others tell them. Throws a fault of usage where `file` is there already, which is
   * made at the first bad row.
   */
  constructor(terminal: Terminal, header: readonly string[], file: string | undefined, shown: number) {
    this.#shown = shown
    this.#terminal = terminal
    this.#header = header
    this.#file = file
    if (file !== undefined && existsSync(this.#path(file))) throw cannotWrite(file, 'it is there already')
  }

  get count(): number {
    return this.#count
  }

  async add(
    row: { readonly line: number; readonly cells: readonly string[] },
    problem: string,
  ): Promise<void> {
    this.#count++
    if (this.#count <= this.#shown) this.#terminal.note(`line ${row.line}: ${problem}`)
    if (this.#file === undefined) return
    this.#handle ??= await this.#opened(this.#file)
    this.#batch += csvRecord([`line ${row.line}: ${problem}`, ...row.cells])
    if (this.#batch.length >= BATCH_CHARACTERS) await this.#flush()
  }

  /** Tells how many more there are and where all of them are. */
  async end(): Promise<void> {
    await this.#flush()
    await this.#handle?.close()
    const all =
      this.#file === undefined ? '--bad-rows FILE writes all of them' : `all of them are in ${this.#file}`
    const untold = this.#shown === 0 ? 0 : this.#count - this.#shown
    if (untold > 0) this.#terminal.note(`and ${untold} more; ${all}`)
    else if (this.#handle) this.#terminal.note(`${countOf(this.#count, 'bad row')} written to ${this.#file}`)
  }

  async #opened(file: string): Promise<FileHandle> {
    this.#batch = csvRecord([PROBLEM_COLUMN, ...this.#header])
    try {
      return await open(this.#path(file), 'wx')
    } catch (error) {
      throw cannotWrite(file, fileFaultText(error))
    }
  }

  async #flush(): Promise<void> {
    const batch = this.#batch
    this.#batch = ''
    await this.#handle?.write(batch)
  }

  #path(file: string): string {
    return resolve(this.#terminal.workingFolder, file)
  }
}

function cannotWrite(file: string, why: string): Error {
  return usageError(`cannot write the bad rows to ${file} (${why}); name another file`)
}
