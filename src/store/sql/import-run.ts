/** One run of an import: stage batch after batch, each in a transaction of its own, then merge all in one. */
import type { ImportOptions, ImportOutcome, ImportRow, ImportSource } from '../inventory-import.ts'
import { tryAgain } from '../try-again.ts'
import type { StoreClock } from './group.ts'
import { groupsIn } from './groups.ts'
import type { Head } from './head.ts'
import { mergeDevices, mergeRegistrations, touchedMeterPoints, touchedRestrictions } from './merge.ts'
import type { SqlDialect, SqlSession } from './session.ts'
import { beginStaging, countStaged, endStaging, finishStaging, stage } from './staging.ts'

/** Rows of one transaction: enough to be fast, few enough that other writers hardly wait. */
const BATCH = 10_000

/** What is imported, and how the run writes. */
export interface ImportParts {
  readonly source: ImportSource
  readonly options: ImportOptions
  readonly clock: StoreClock
  readonly dialect: SqlDialect
  /** A transaction that changes nothing anybody sees. */
  write<Result>(doing: string, work: (session: SqlSession) => Promise<Result>): Promise<Result>
  /** The one that does: with the head locked, and as long as it takes. */
  merge<Result>(doing: string, work: (session: SqlSession, head: Head) => Promise<Result>): Promise<Result>
}

export class ImportRun {
  readonly #parts: ImportParts
  /** Rows that are staged, of those that are known to be. */
  #staged = 0

  constructor(parts: ImportParts) {
    this.#parts = parts
  }

  /** Goes on where it stopped when the store was away for a while; a batch that was kept is not staged again. */
  async run(): Promise<ImportOutcome> {
    const { onFailure, pauseMs } = this.#parts.options
    let first: number | undefined
    const outcome = await tryAgain(
      async () => {
        this.#staged = await this.#parts.write('beginning an import', (session) =>
          beginStaging(session, this.#parts.dialect, this.#parts.source.hash),
        )
        first ??= this.#staged
        return this.#stageAndMerge()
      },
      { progress: () => this.#staged, onFailure, pauseMs },
    )
    return { ...outcome, resumedAt: first ?? 0 }
  }

  async #stageAndMerge(): Promise<Omit<ImportOutcome, 'resumedAt'>> {
    const { hash } = this.#parts.source
    await this.#stageRest()
    const rows = this.#staged
    this.#parts.options.onProgress?.({ phase: 'merging', rows })
    await this.#parts.write('preparing to merge an import', countStaged)
    const merged = await this.#parts.merge('merging an import', (session, head) =>
      this.#merge(session, head, rows),
    )
    await this.#parts.write('ending an import', (session) => endStaging(session, this.#parts.dialect, hash))
    return { rows, ...merged }
  }

  async #stageRest(): Promise<void> {
    for await (const batch of batchesOf(this.#parts.source.rows(this.#staged))) {
      await this.#parts.write('staging an import', (session) =>
        stage(session, this.#parts.source.hash, this.#staged, batch),
      )
      this.#staged += batch.length
      this.#parts.options.onProgress?.({ phase: 'staging', rows: this.#staged })
    }
  }

  async #merge(
    session: SqlSession,
    head: Head,
    rows: number,
  ): Promise<Pick<ImportOutcome, 'devices' | 'registrations' | 'sequence'>> {
    await finishStaging(session, this.#parts.source.hash, rows)
    const now = await this.#parts.clock.read(session)
    const before = head.sequence
    const meterPoints = await touchedMeterPoints(session, now)
    const devices = await mergeDevices(session, head, now)
    const registrations = await mergeRegistrations(session)
    const restrictions = await touchedRestrictions(session, before, now)
    await this.#parts.options.settle?.(groupsIn({ session, clock: this.#parts.clock, head }), {
      restrictions,
      meterPoints,
    })
    return { devices, registrations, sequence: head.sequence }
  }
}

async function* batchesOf(
  rows: AsyncIterable<ImportRow> | Iterable<ImportRow>,
): AsyncGenerator<readonly ImportRow[]> {
  let batch: ImportRow[] = []
  for await (const row of rows) {
    batch.push(row)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
