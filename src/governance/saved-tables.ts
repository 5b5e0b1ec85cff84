/**
 * The file in which a gateway keeps its governed tables, in force and on trial: after a restart it decides by them without the
 * store. A new file replaces the old one whole. Every text is checked against its hash before anything is decided by it.
 */
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import process from 'node:process'
import { z } from 'zod'
import { instantOf } from '../core/device/device.ts'
import { tableHashOf } from '../core/policy/table-revision.ts'

/** What the file holds: tables in the order in which they take effect, and their texts by hash. */
const scheduleSchema = z.object({
  tables: z.array(z.object({ hash: z.string(), inForceAt: z.int().transform(instantOf) })).readonly(),
  /** Hash of the table that was in force here last; absent before the first. */
  inForce: z.string().optional(),
  /** Hash of the table on trial; absent when there is none. */
  shadow: z.string().optional(),
  texts: z
    .record(z.string(), z.string())
    .refine((texts) => Object.entries(texts).every(([hash, text]) => tableHashOf(text) === hash), {
      error: 'a text has another hash than it is kept under',
    })
    .transform((texts): ReadonlyMap<string, string> => new Map(Object.entries(texts))),
})

/** What a gateway goes by. */
export type TableSchedule = Readonly<z.output<typeof scheduleSchema>>

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
      return scheduleSchema.parse(JSON.parse(await readFile(this.#path, 'utf8')))
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
