/**
 * The file in which a gateway keeps the tables it goes by, so that it can decide by them after a restart without the store.
 * A new file replaces the old one whole. Every text is checked against its hash before anything is decided by it.
 */
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import process from 'node:process'
import { type Instant, instantOf } from '../core/device/device.ts'
import { tableHashOf } from '../core/policy/table-revision.ts'

/** When a table takes effect. */
interface ScheduledTable {
  readonly hash: string
  readonly inForceAt: Instant
}

/** What a gateway goes by: tables in the order in which they take effect, and their texts by hash. */
export interface TableSchedule {
  readonly tables: readonly ScheduledTable[]
  /** Hash of the table that was in force here last; absent before the first. */
  readonly inForce: string | undefined
  /** Hash of the table on trial; absent when there is none. */
  readonly shadow: string | undefined
  readonly texts: ReadonlyMap<string, string>
}

/** What keeps a schedule; the file is one. */
export interface ScheduleMemory {
  /** Undefined when nothing was kept yet. Throws when what was kept cannot be trusted. */
  read(): Promise<TableSchedule | undefined>
  /** Settled once it would survive a crash. */
  keep(schedule: TableSchedule): Promise<void>
}

/** What was kept is not what was written. */
class SavedTablesSpoilt extends Error {
  readonly code = 'SAVED_TABLES_SPOILT'
  constructor(path: string, cause: unknown) {
    super(`the tables kept for a restart cannot be read from ${path}`, { cause })
    this.name = 'SavedTablesSpoilt'
  }
}

export class SavedTables implements ScheduleMemory {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  async read(): Promise<TableSchedule | undefined> {
    try {
      return scheduleOf(JSON.parse(await readFile(this.#path, 'utf8')))
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw new SavedTablesSpoilt(this.#path, error)
    }
  }

  async keep({ tables, inForce, shadow, texts }: TableSchedule): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true })
    // Processes of one gateway share the file; each writes one of its own first.
    const fresh = `${this.#path}.${process.pid}.new`
    const file = await open(fresh, 'w')
    try {
      await file.writeFile(JSON.stringify({ tables, inForce, shadow, texts: Object.fromEntries(texts) }))
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(fresh, this.#path)
  }
}

/** Throws for anything that `keep` does not write, and for a text that has another hash than it is kept under. */
function scheduleOf(value: unknown): TableSchedule {
  const { tables, inForce, shadow, texts } = fieldsOf(value)
  if (!Array.isArray(tables)) throw new Error('no tables')
  return {
    tables: tables.map(scheduledOf),
    inForce: inForce === undefined ? undefined : textOf(inForce),
    shadow: shadow === undefined ? undefined : textOf(shadow),
    texts: new Map(
      Object.entries(fieldsOf(texts)).map(([hash, text]) => [hash, genuine(hash, textOf(text))]),
    ),
  }
}

function scheduledOf(value: unknown): ScheduledTable {
  const { hash, inForceAt } = fieldsOf(value)
  if (!Number.isSafeInteger(inForceAt)) throw new Error('no time')
  return { hash: textOf(hash), inForceAt: instantOf(Number(inForceAt)) }
}

function genuine(hash: string, text: string): string {
  if (tableHashOf(text) !== hash) throw new Error(`the text kept under ${hash} has another hash`)
  return text
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Error('no text')
  return value
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Error('no object')
  return value as Readonly<Record<string, unknown>>
}
