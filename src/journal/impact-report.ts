/**
 * The impact report: plays the journal of a month against another table, before anybody puts that in force.
 *
 * Reads the files of the folders given, portion by portion; Devices are looked up by the portion. Bounded by a number of
 * records, so that whoever waits for it does not wait for ever; what was left out is said.
 */

import type { Instant } from '../core/device/device.ts'
import { DAY_MS } from '../core/device/durations.ts'
import { formatEui64 } from '../core/duis/eui64.ts'
import type { MessageFacts } from '../core/duis/facts.ts'
import { arrivalOf, type JournalLine, readLine } from '../core/journal/journal-line.ts'
import { ImpactCount, type ImpactRow, type ImpactTotals } from '../core/policy/impact.ts'
import { decideAgain, factsOfLine, type KnownThen } from '../core/policy/journalled-message.ts'
import type { Table } from '../core/policy/table.ts'
import type { BoundedSpan } from '../core/report/span.ts'
import type { Party } from '../core/restriction/party.ts'
import type { RollUpStore } from '../store/report-store.ts'
import { dayOfFile, type JournalFile, journalFiles, OpenJournal } from './journal-files.ts'
import { KnownDevices } from './known-devices.ts'

export interface ImpactOptions {
  /** Folders of journals on this machine. */
  readonly folders: readonly string[]
  readonly store: Pick<RollUpStore, 'facts' | 'registrations'>
  /** The table of a revision; undefined where its text is not kept. */
  readonly tableOf: (revision: string) => Promise<Table | undefined>
  readonly parties: readonly Party[]
}

export interface ImpactRequest {
  /** The table to try. */
  readonly table: Table
  /** When the messages arrived. */
  readonly span: BoundedSpan
  /** Records to look at, at most. */
  readonly maxRecords: number
}

export interface ImpactReport extends ImpactTotals {
  readonly name: string
  readonly revision: string
  readonly from: Instant
  readonly until: Instant
  /** Files that have a part in it. */
  readonly files: number
  /** False when there were more records than were asked for. */
  readonly isComplete: boolean
  readonly rows: readonly ImpactRow[]
}

/** Plays the journals against the table. */
export async function impactOf(options: ImpactOptions, request: ImpactRequest): Promise<ImpactReport> {
  const { table, span } = request
  const run = new ImpactRun(options, request)
  const folders = await Promise.all(options.folders.map(journalFiles))
  const files = folders.flat().filter((file) => mayHave(file, span))
  for (const file of files) if (!(await run.take(file))) break
  const { name, revision } = table
  return { name, revision, ...span, files: files.length, ...run.result() }
}

/** A record lies in the file of the day on which its message was done: that of its arrival or the next. */
function mayHave(file: JournalFile, { from, until }: BoundedSpan): boolean {
  const day = dayOfFile(file)
  if (day === undefined) return true
  const begins = Date.parse(day)
  return begins + DAY_MS > from && begins < until + DAY_MS
}

const PORTION_BYTES = 1_048_576

class ImpactRun {
  readonly #options: ImpactOptions
  readonly #request: ImpactRequest
  readonly #roles: ReadonlyMap<string, string>
  readonly #count = new ImpactCount()
  readonly #tables = new Map<string, Table | undefined>()
  #records = 0
  #isComplete = true

  constructor(options: ImpactOptions, request: ImpactRequest) {
    this.#options = options
    this.#request = request
    this.#roles = new Map(
      options.parties.flatMap(({ euis, roles }) =>
        euis.map((eui) => [formatEui64(eui), roles[0] ?? 'other'] as const),
      ),
    )
  }

  /** False when no more is to be read. */
  async take(file: JournalFile): Promise<boolean> {
    const journal = await OpenJournal.open(file)
    const buffer = Buffer.alloc(PORTION_BYTES)
    try {
      for (let offset = 0; ; ) {
        const portion = await journal.linesFrom(offset, buffer)
        if (!portion) return true
        await this.#takeLines(portion.lines)
        if (!this.#isComplete) return false
        offset = portion.until
      }
    } finally {
      await journal.close()
    }
  }

  result() {
    return { ...this.#count.totals, isComplete: this.#isComplete, rows: this.#count.rows() }
  }

  async #takeLines(texts: readonly string[]): Promise<void> {
    const lines = texts.flatMap((text) => this.#lineOf(text) ?? [])
    const known = await KnownDevices.of(this.#options.store, lines)
    await this.#loadTables(lines)
    for (const line of lines) {
      if (this.#records >= this.#request.maxRecords) {
        this.#isComplete = false
        return
      }
      this.#records++
      this.#takeLine(line, known)
    }
  }

  #lineOf(text: string): JournalLine | undefined {
    if (text === '') return undefined
    const line = readLine(text)
    if (!line) {
      this.#count.addUnreadable()
      return undefined
    }
    const at = arrivalOf(line)
    return at >= this.#request.span.from && at < this.#request.span.until ? line : undefined
  }

  #takeLine(line: JournalLine, known: KnownDevices): void {
    const facts = factsOfLine(line)
    if (!facts) return this.#count.addUnreadable()
    const at = arrivalOf(line)
    const then = {
      typeOf: (device: string) => known.factsOf(device)?.type,
      wasRestricted: (device: string) => known.isRestricted(device, at),
    }
    const other = decideAgain(this.#request.table, line, facts, then)
    const { region = '' } = known.placementOf(line.devices, at)
    const isTold = other.kind === line.verdict || this.#isToldWhole(line, facts, then)
    const judged = isTold ? other : { ...other, isUndecidable: true }
    this.#count.add(line, judged, this.#roles.get(line.user ?? '') ?? 'other', region)
  }

  /** Whether its own table comes to what was recorded: if not, the journal leaves out something that mattered. */
  #isToldWhole(line: JournalLine, facts: MessageFacts, then: KnownThen): boolean {
    const table = this.#tables.get(line.tableRevision ?? '')
    return table === undefined || decideAgain(table, line, facts, then).kind === line.verdict
  }

  async #loadTables(lines: readonly JournalLine[]): Promise<void> {
    for (const revision of new Set(lines.map(({ tableRevision }) => tableRevision ?? '')))
      if (revision !== '' && !this.#tables.has(revision))
        this.#tables.set(revision, await this.#options.tableOf(revision))
  }
}
