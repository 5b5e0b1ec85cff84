/** What is found where an SQLite store is to be, for an operator who asks; nothing is made or brought up to date. */
import { accessSync, constants, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { VERSIONS } from '../sql/schema.ts'

export interface FoundFile {
  /** Of duisgate's tables; undefined where there is no file yet. */
  readonly schema: number | undefined
}

/** Throws what the file system or SQLite says. */
export function examineFile(file: string): FoundFile {
  if (!existsSync(file)) {
    if (existsSync(dirname(file))) accessSync(dirname(file), constants.W_OK)
    return { schema: undefined }
  }
  accessSync(file, constants.R_OK | constants.W_OK)
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    return { schema: Number(database.prepare(VERSIONS.read).get()?.version) }
  } finally {
    database.close()
  }
}
