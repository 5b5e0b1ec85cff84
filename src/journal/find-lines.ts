/**
 * Finding single records in the files of a decision journal without reading more of them than is needed: the day and the
 * time tell the file, and bytes are compared, not parsed.
 */

import { createReadStream } from 'node:fs'
import { type Instant, instantOf } from '../core/device/device.ts'
import { DAY_MS } from '../core/device/durations.ts'
import { isoDay } from '../core/device/iso-time.ts'
import { arrivalOf, type JournalLine, readLine } from '../core/journal/journal-line.ts'
import type { BoundedSpan } from '../core/report/span.ts'
import { COMPRESSED, decompressed } from './compressed-file.ts'
import { dayOfFile, type JournalFile, journalFiles, OpenJournal } from './journal-files.ts'

/** A record with all its fields, also those that reports do not use. */
export type WholeRecord = JournalLine & Readonly<Record<string, unknown>>

/** Records of the decision: that of the message, and that of a synchronous reply that was stopped. */
export async function recordsOfDecision(
  folder: string,
  decision: string,
  at: Instant,
): Promise<readonly WholeRecord[]> {
  const needle = `"decision":${JSON.stringify(decision)}`
  for (const path of await likeliestFirst(folder, at)) {
    const found = await linesWith(path, needle, 2, (line) => line.decision === decision, false)
    if (found.length > 0) return found
  }
  return []
}

/** Records of messages with that RequestID that arrived within the span, at most `limit`. */
export async function recordsOfRequest(
  folder: string,
  requestId: string,
  span: BoundedSpan,
  limit: number,
): Promise<readonly WholeRecord[]> {
  const needle = `"requestId":${JSON.stringify(requestId)}`
  const isMeant = (line: WholeRecord) =>
    line.requestId === requestId && arrivalOf(line) >= span.from && arrivalOf(line) < span.until
  const found: WholeRecord[] = []
  for (const { path } of await filesOf(folder, span))
    found.push(...(await linesWith(path, needle, limit - found.length, isMeant, true)))
  return found
}

/** Lines stand in the order in which messages were done; hardly one takes longer than this. */
const USUALLY_DONE_MS = 300_000

/** Files that may have a message that arrived within the span, by day and path; none when there is no such folder. */
async function filesOf(folder: string, { from, until }: BoundedSpan): Promise<readonly JournalFile[]> {
  const files = await journalFiles(folder).catch(() => [])
  const dayOf = (file: JournalFile) => dayOfFile(file) ?? ''
  const last = isoDay(instantOf(until + USUALLY_DONE_MS))
  return files
    .filter((file) => isoDay(from) <= dayOf(file) && dayOf(file) <= last)
    .sort((one, other) => dayOf(one).localeCompare(dayOf(other)))
}

/** The files that begin before the record can have been written, the last of them first; then the others. */
async function likeliestFirst(folder: string, at: Instant): Promise<readonly string[]> {
  const files = await filesOf(folder, { from: at, until: instantOf(at + DAY_MS) })
  const begun = await Promise.all(
    files.map(async ({ path }) => ({ path, beginsAt: await beginningOf(path) })),
  )
  const likely = (beginsAt: number) => beginsAt <= at + USUALLY_DONE_MS
  const before = begun.filter(({ beginsAt }) => likely(beginsAt))
  const after = begun.filter(({ beginsAt }) => !likely(beginsAt))
  const latestFirst = before.sort((one, other) => other.beginsAt - one.beginsAt)
  return [...latestFirst, ...after].map(({ path }) => path)
}

const BEGINNING_BYTES = 16_384

/** When the message of the first record arrived; 0 where that cannot be told. */
async function beginningOf(path: string): Promise<number> {
  const journal = await OpenJournal.open({ name: path, path })
  try {
    const { lines = [] } = (await journal.linesFrom(0, Buffer.alloc(BEGINNING_BYTES))) ?? {}
    const first = lines.map(readLine).find((line) => line !== undefined)
    return first ? arrivalOf(first) : 0
  } finally {
    await journal.close()
  }
}

const CHUNK_BYTES = 1_048_576

/**
 * Records that have the bytes of `needle` and are meant, at most `limit`. Records of one decision are written one after the
 * other, so unless `goesOn` the portion after the first is the last that is looked at.
 */
async function linesWith(
  path: string,
  needle: string,
  limit: number,
  isMeant: (line: WholeRecord) => boolean,
  goesOn: boolean,
): Promise<readonly WholeRecord[]> {
  const found: WholeRecord[] = []
  for await (const portion of wholeLines(path)) {
    const isLast = found.length > 0 && !goesOn
    if (portion.includes(needle)) found.push(...meantIn(portion, needle, isMeant))
    if (found.length >= limit || isLast) break
  }
  return found.slice(0, limit)
}

function meantIn(portion: Buffer, needle: string, isMeant: (line: WholeRecord) => boolean): WholeRecord[] {
  const lines = portion.toString('utf8').split('\n')
  return lines
    .filter((line) => line.includes(needle))
    .map((line) => readLine(line) as WholeRecord | undefined)
    .filter((line) => line !== undefined)
    .filter(isMeant)
}

/** The file in portions that end with a line. */
async function* wholeLines(path: string): AsyncGenerator<Buffer, void, undefined> {
  let rest = Buffer.alloc(0)
  const isCompressed = path.endsWith(COMPRESSED)
  const stream = isCompressed
    ? decompressed(path, CHUNK_BYTES)
    : createReadStream(path, { highWaterMark: CHUNK_BYTES })
  for await (const chunk of stream) {
    const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const end = bytes.lastIndexOf('\n') + 1
    yield bytes.subarray(0, end)
    rest = Buffer.from(bytes.subarray(end))
  }
  yield rest
}
