/**
 * Rolls the decision journal of one gateway up: reads what its files have gained, adds it to the counters of the store, and
 * moves the mark of the file, the last two in one transaction. So each record counts exactly once, whenever the process is
 * killed, and also when two of them work on the same folder: of two that roll the same bytes up, one finds the mark moved.
 */
import { stat } from 'node:fs/promises'
import { type JournalLine, readLine } from '../core/journal/journal-line.ts'
import { type JournalFile, journalFiles, type Lines, OpenJournal } from '../journal/journal-files.ts'
import { KnownDevices } from '../journal/known-devices.ts'
import type { Logger } from '../observe/log.ts'
import type { JournalMark, KeptList, RollUpStore } from '../store/report-store.ts'
import { Tally } from './tally.ts'

export interface RollUpOptions {
  readonly store: RollUpStore
  /** The journal's folder. */
  readonly folder: string
  /** The list in force here: kept under its revision, so that what was decided by it can be checked later. */
  readonly list?: () => KeptList
  readonly log: Pick<Logger, 'warn'>
  /** Bytes of the journal that one transaction takes in; memory grows with them. */
  readonly batchBytes?: number
}

/** What one run has done. */
export interface RolledUp {
  readonly files: number
  readonly records: number
  /** Lines that are no whole record. */
  readonly unreadable: number
}

/** About 12,000 records. */
const BATCH_BYTES = 8 * 1024 * 1024

export class RollUp {
  readonly #options: RollUpOptions
  readonly #buffer: Buffer
  /** Sizes of files at the end of the run before: those that have not grown are not opened again. */
  readonly #sizes = new Map<string, number>()

  constructor(options: RollUpOptions) {
    this.#options = options
    this.#buffer = Buffer.allocUnsafe(options.batchBytes ?? BATCH_BYTES)
  }

  /** Rolls everything up that is there. What is thrown comes from the store or the file system; what was kept stays kept. */
  async run(signal?: AbortSignal): Promise<RolledUp> {
    const { store, folder, list } = this.#options
    if (list) await store.keepList(list())
    const done = { files: 0, records: 0, unreadable: 0 }
    for (const file of await journalFiles(folder)) {
      if (signal?.aborted) break
      const { records, unreadable } = await this.#runFile(file, signal)
      done.records += records
      done.unreadable += unreadable
      if (records + unreadable > 0) done.files++
    }
    return done
  }

  /** Bytes that files have gained since the last run that went to their end. */
  async behindBytes(): Promise<number> {
    let behind = 0
    for (const { name, path } of await journalFiles(this.#options.folder)) {
      const size = await sizeOf(path)
      behind += Math.max(0, size - (this.#sizes.get(name) ?? 0))
    }
    return behind
  }

  async #runFile(file: JournalFile, signal: AbortSignal | undefined): Promise<Omit<RolledUp, 'files'>> {
    const journal = await OpenJournal.open(file)
    try {
      const size = await journal.size()
      if (this.#sizes.get(file.name) === size) return NOTHING
      const done = await this.#follow(file, journal, signal)
      if (!signal?.aborted) this.#sizes.set(file.name, size)
      return done
    } finally {
      await journal.close()
    }
  }

  async #follow(
    { name }: JournalFile,
    journal: OpenJournal,
    signal: AbortSignal | undefined,
  ): Promise<Omit<RolledUp, 'files'>> {
    const identity = await journal.identity()
    if (identity === undefined) return NOTHING
    const done = { records: 0, unreadable: 0 }
    for (;;) {
      const mark = (await this.#options.store.markOf(identity)) ?? unmarked(identity, name)
      // After the mark: a file that is being written has grown beyond whatever was known of it before.
      const size = await journal.size()
      if (mark.offset > size) this.#logShrunk(name, mark, size)
      const found = signal?.aborted ? undefined : await journal.linesFrom(mark.offset, this.#buffer)
      if (!found) return done
      const next = await this.#keep(mark, found)
      if (!next) continue
      done.records += next.records - mark.records
      done.unreadable += next.unreadable - mark.unreadable
    }
  }

  /** The mark after these lines; undefined when another process was quicker. */
  async #keep(mark: JournalMark, { lines, until }: Lines): Promise<JournalMark | undefined> {
    const { store } = this.#options
    const records = lines.map(readLine).filter((line) => line !== undefined)
    const unreadable = unreadableIn(lines, records)
    const tally = await tallyOf(store, records)
    const next = movedMark(mark, until, records.length, unreadable, tally.span)
    const { counts, blocked, listDays, sightings } = tally
    const isKept = await store.keepBatch({
      mark: next,
      from: mark.offset,
      counts,
      blocked,
      sightings,
      listDays,
    })
    return isKept ? next : undefined
  }

  /** Files only grow; one that did not was tampered with, or its disk lost what had been written. */
  #logShrunk(name: string, { offset }: JournalMark, size: number): void {
    this.#options.log.warn(
      { name, rolledUp: offset, size },
      'a journal file is shorter than what was rolled up of it',
    )
  }
}

/** 0 for a file that is gone: retention deletes what is rolled up. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch {
    return 0
  }
}

const NOTHING = { records: 0, unreadable: 0 } as const

function unmarked(journal: string, name: string): JournalMark {
  return { journal, name, offset: 0, records: 0, unreadable: 0, firstAt: undefined, lastAt: undefined }
}

/** An empty line is what a crash leaves before the next record; it is nothing that was lost. */
function unreadableIn(lines: readonly string[], records: readonly JournalLine[]): number {
  return lines.filter((line) => line !== '').length - records.length
}

async function tallyOf(store: RollUpStore, records: readonly JournalLine[]): Promise<Tally> {
  const tally = new Tally(await KnownDevices.of(store, records))
  for (const record of records) tally.add(record)
  return tally
}

function movedMark(
  mark: JournalMark,
  offset: number,
  records: number,
  unreadable: number,
  span: Tally['span'],
): JournalMark {
  const firstAt = earlier(mark.firstAt, span?.firstAt)
  const lastAt = later(mark.lastAt, span?.lastAt)
  return {
    ...mark,
    offset,
    records: mark.records + records,
    unreadable: mark.unreadable + unreadable,
    firstAt,
    lastAt,
  }
}

function earlier<At extends number>(one: At | undefined, other: At | undefined): At | undefined {
  return one === undefined || (other !== undefined && other < one) ? other : one
}

function later<At extends number>(one: At | undefined, other: At | undefined): At | undefined {
  return one === undefined || (other !== undefined && other > one) ? other : one
}
