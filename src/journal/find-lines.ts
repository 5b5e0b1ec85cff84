/**
 * Finding single records in the files of a decision journal without reading more of them than is needed: the day and the
 * time tell the file, and bytes are compared, not parsed.
 */

import { createReadStream } from 'node:fs'
import type { Instant } from '../core/device/device.ts'
import { DAY_MS } from '../core/device/durations.ts'
import { arrivalOf, type JournalLine, readLine } from '../core/journal/journal-line.ts'
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

/** Records of messages with that RequestID that arrived in the 24 hours from `from` on, at most `limit`. */
export async function recordsOfRequest(
  folder: string,
  requestId: string,
  from: Instant,
  limit: number,
): Promise<readonly WholeRecord[]> {
  const needle = `"requestId":${JSON.stringify(requestId)}`
  const isMeant = (line: WholeRecord) =>
    line.requestId === requestId && arrivalOf(line) >= from && arrivalOf(line) < from + DAY_MS
  const found: WholeRecord[] = []
  for (const { path } of await filesFrom(folder, from))
    found.push(...(await linesWith(path, needle, limit - found.length, isMeant, true)))
  return found
}

/** Files of that day and the next, by day and path; none when there is no such folder. */
async function filesFrom(folder: string, at: Instant): Promise<readonly JournalFile[]> {
  const files = await journalFiles(folder).catch(() => [])
  return [at, at + DAY_MS].flatMap((time) => files.filter((file) => dayOfFile(file) === dayOf(time)))
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

/** Lines stand in the order in which messages were done; hardly one takes longer than this. */
const USUALLY_DONE_MS = 300_000

/** The files that begin before the record can have been written, the last of them first; then the others. */
async function likeliestFirst(folder: string, at: Instant): Promise<readonly string[]> {
  const files = await filesFrom(folder, at)
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
