/**
 * What a control plane has written to the audit, kept on its own disk as well: should the store lose changes, it says which. An
 * entry is on disk before whoever made the change is answered.
 *
 * Two files, one entry a line: `audit.kept`, and the one before it once that has grown to its size.
 */
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuditEntry } from '../core/restriction/audit-chain.ts'
import type { Logger } from '../observe/log.ts'

const NAME = 'audit.kept'

/** Some 15,000 entries a file. */
const MAX_BYTES = 8 * 1024 * 1024

export class KeptAudit {
  readonly #folder: string
  readonly #log: Logger
  #last: Promise<void> = Promise.resolve()

  constructor(folder: string, log: Logger) {
    this.#folder = folder
    this.#log = log
  }

  /** Never rejects: what cannot be kept here is in the store all the same. */
  keep(entries: readonly AuditEntry[]): Promise<void> {
    this.#last = this.#last
      .then(() => append(this.#folder, entries))
      .catch((error) => this.#log.error({ err: error }, 'what was changed cannot be kept beside the store'))
    return this.#last
  }
}

/** Every entry that is kept in the folder, the oldest first; a line that a crash has cut is left out. */
export async function keptAudit(folder: string): Promise<readonly AuditEntry[]> {
  const texts = await Promise.all([`${NAME}.1`, NAME].map((name) => textOf(join(folder, name))))
  return texts.flatMap((text) =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as AuditEntry),
  )
}

async function append(folder: string, entries: readonly AuditEntry[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, NAME)
  const file = await open(path, 'a')
  try {
    await file.appendFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    await file.datasync()
    if ((await file.stat()).size > MAX_BYTES) await rename(path, `${path}.1`)
  } finally {
    await file.close()
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}
