/**
 * A lock on a folder that ends with the process that has it, however that ends: one gateway to a journal.
 *
 * Node has no lock of a file by itself. SQLite takes one from the kernel while a transaction is open, and that is what is
 * used here: the file has nothing in it. Who has the lock stands in another file beside it.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** SQLite's result code when another process has the lock. */
const BUSY = 5

/** A number that the kernel draws when it starts; other systems than Linux tell none. */
const BOOT_ID = '/proc/sys/kernel/random/boot_id'

/** Another process has the folder. */
export class FolderLocked extends Error {
  readonly code = 'FOLDER_LOCKED'
  constructor(folder: string, holder: string) {
    super(`the folder ${folder} is in use by ${holder}; no two gateways can have one`)
    this.name = 'FolderLocked'
  }
}

export class FolderLock {
  /**
   * What is locked, by a name that no other kernel and no other file has: whoever has the lock under the same name later
   * knows that the one before has ended. Undefined where the kernel has no name.
   */
  readonly place: string | undefined
  readonly #database: DatabaseSync

  private constructor(database: DatabaseSync, place: string | undefined) {
    this.#database = database
    this.place = place
  }

  /** Makes the folder if there is none. Throws FolderLocked. */
  static take(folder: string, name: string): FolderLock {
    mkdirSync(folder, { recursive: true })
    const file = join(folder, `${name}.lock`)
    const holder = join(folder, `${name}.holder`)
    const database = new DatabaseSync(file, { timeout: 0 })
    try {
      database.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      database.close()
      throw isBusy(error) ? new FolderLocked(folder, whoIn(holder)) : error
    }
    writeFileSync(holder, `process ${process.pid} on ${hostname()}\n`)
    return new FolderLock(database, placeOf(file))
  }

  /** Nothing where it was released before. */
  release(): void {
    if (this.#database.isOpen) this.#database.close()
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === BUSY
}

function whoIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return 'another process'
  }
}

function placeOf(file: string): string | undefined {
  try {
    const { dev, ino } = statSync(file, { bigint: true })
    return `${readFileSync(BOOT_ID, 'utf8').trim()}:${dev}:${ino}`
  } catch {
    return undefined
  }
}
