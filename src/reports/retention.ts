/**
 * What is past its time: which files of the journal, and how many rows of which tables. A file goes only when all of it is
 * rolled up; the audit stays, because a chain that begins in the middle proves nothing by itself.
 */
import { unlink } from 'node:fs/promises'
import type { Instant } from '../core/device/device.ts'
import { monthAt, monthsLater } from '../core/report/span.ts'
import { type JournalFile, journalFiles, OpenJournal } from '../journal/journal-files.ts'
import type { JournalMark, PrunedTable, ReportStore } from '../store/report-store.ts'

export interface RetentionRules {
  /** Whole months that are kept of what is known of single messages and Devices. */
  readonly messageMonths: number
  /** The same of counts without Devices. */
  readonly auditMonths: number
}

interface OldRows {
  readonly table: PrunedTable
  /** Everything before this is past its time. */
  readonly before: Instant
  readonly rows: number
}

export interface PastItsTime {
  /** Files whose last message is too old, all of it rolled up. */
  readonly files: readonly JournalFile[]
  /** Files whose last message may be too old, and of which something is not rolled up. */
  readonly keptFiles: readonly JournalFile[]
  readonly tables: readonly OldRows[]
  /** Entries of the audit that are older; they are kept all the same. */
  readonly auditEntries: number
}

const LONG_KEPT: readonly PrunedTable[] = ['report_counts', 'leak_checks']
const SHORT_KEPT: readonly PrunedTable[] = [
  'traffic_events',
  'schedules',
  'notices',
  'report_blocked',
  'report_sightings',
]

/** Finds what is past its time at `now`; deletes nothing. */
export async function pastItsTime(
  store: ReportStore,
  folder: string,
  rules: RetentionRules,
  now: Instant,
): Promise<PastItsTime> {
  const messages = monthsLater(monthAt(now), -rules.messageMonths).from
  const audit = monthsLater(monthAt(now), -rules.auditMonths).from
  const ages = [
    ...SHORT_KEPT.map((table) => ({ table, before: messages })),
    ...LONG_KEPT.map((table) => ({ table, before: audit })),
  ]
  const tables: OldRows[] = []
  for (const { table, before } of ages)
    tables.push({ table, before, rows: await store.countOlder(table, before) })
  const files = await oldFiles(store, folder, messages)
  return { ...files, tables, auditEntries: await store.auditOlder(audit) }
}

const ROWS_AT_ONCE = 1_000

/** Deletes it, a portion of rows at a time so that nobody waits long; tells of each file and table that is done. */
export async function deletePast(
  store: ReportStore,
  { files, tables }: PastItsTime,
  onDone: (what: string, count: number) => void,
): Promise<void> {
  for (const { table, before } of tables) {
    let rows = 0
    for (let deleted = ROWS_AT_ONCE; deleted === ROWS_AT_ONCE; rows += deleted)
      deleted = await store.deleteOlder(table, before, ROWS_AT_ONCE)
    if (rows > 0) onDone(table, rows)
  }
  for (const { path } of files) await unlink(path)
  if (files.length > 0) onDone('journal files', files.length)
}

async function oldFiles(
  store: ReportStore,
  folder: string,
  before: Instant,
): Promise<Pick<PastItsTime, 'files' | 'keptFiles'>> {
  const files: JournalFile[] = []
  const keptFiles: JournalFile[] = []
  for (const file of await journalFiles(folder)) {
    const { mark, isWhole } = await standingOf(store, file)
    if (mark?.lastAt !== undefined && mark.lastAt >= before) continue
    if (mark && isWhole) files.push(file)
    else if (isNamedBefore(file, before)) keptFiles.push(file)
  }
  return { files, keptFiles }
}

/** Whether all whole lines of the file are rolled up. */
async function standingOf(
  store: ReportStore,
  file: JournalFile,
): Promise<{ readonly mark: JournalMark | undefined; readonly isWhole: boolean }> {
  const journal = await OpenJournal.open(file)
  try {
    const identity = await journal.identity()
    const mark = identity === undefined ? undefined : await store.markOf(identity)
    if (!mark) return { mark, isWhole: false }
    const rest = await journal.linesFrom(mark.offset, Buffer.allocUnsafe(1_048_576))
    return { mark, isWhole: rest === undefined }
  } finally {
    await journal.close()
  }
}

/** The day in a file's name is that on which it was begun. */
function isNamedBefore({ name }: JournalFile, before: Instant): boolean {
  const [day] = /\d{4}-\d\d-\d\d/.exec(name) ?? []
  return day === undefined || Date.parse(day) < before
}
