/** CSV (RFC 4180) in UTF-8 as a stream: one record a line, and a fault with its place where bytes are no such thing. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { CsvError, parse } from 'csv-parse/sync'
import { badByteIn, badByteText, withoutMark } from '../core/utf8-text.ts'

export interface CsvRecord {
  /** Line of the file, from 1. */
  readonly line: number
  readonly fields: readonly string[]
}

/** What ends the reading of a file. Nothing from `line` on was read. */
export interface CsvFault {
  readonly line: number
  readonly fault: string
}

/** Longer than any row that means something. */
const MAX_LINE_BYTES = 64 * 1024

/** Read in one go: some 10 ms of work where every byte is a line of its own. */
const PIECE_BYTES = 16 * 1024

/**
 * Yields records in order; lines with nothing on them are left out. A fault comes last. What the source throws is thrown
 * after the last line that came whole: the one that broke off may have lost its end. Everything else gets its turn after each
 * piece, so a large file holds nobody up.
 */
export async function* csvRecords(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<CsvRecord | CsvFault, void, undefined> {
  let line = 1
  let byte = 0
  for await (const bytes of wholeLines(chunks)) {
    const text = byte === 0 ? Buffer.from(withoutMark(bytes)) : bytes
    const { records, fault } = parsed(text, line, byte + bytes.length - text.length)
    for (const record of records) if (record.fields.some((field) => field !== '')) yield record
    if (fault) return yield fault
    line += records.length
    byte += bytes.length
    await nextTurn()
  }
}

const [LF, CR] = [0x0a, 0x0d]

/** Cuts chunks after line ends. A piece of more than `MAX_LINE_BYTES` with no line end inside is a line that is too long. */
async function* wholeLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let pending = Buffer.alloc(0)
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      pending = Buffer.concat([pending, chunk.subarray(at, at + PIECE_BYTES)])
      const end = endOfLines(pending)
      if (end === 0) continue
      yield pending.subarray(0, end)
      pending = pending.subarray(end)
    }
  }
  if (pending.length > 0) yield pending
}

/** A carriage return ends a line too, but the last byte may be half of a line end. */
function endOfLines(bytes: Buffer): number {
  const end = bytes.lastIndexOf(LF) + 1
  if (end > 0 || bytes.length <= MAX_LINE_BYTES) return end
  return bytes.lastIndexOf(CR, -2) + 1 || bytes.length
}

interface Parsed {
  /** One for each line before the fault. */
  readonly records: readonly CsvRecord[]
  readonly fault?: CsvFault
}

/** Reads whole lines; `line` and `byte` are where in the file they begin. */
function parsed(bytes: Buffer, line: number, byte: number): Parsed {
  const bad = badByteIn(bytes)
  if (!bad) return bytes.length > MAX_LINE_BYTES && isOneLine(bytes) ? tooLong(line) : split(bytes, line)
  const before = split(bytes.subarray(0, bad.lineStart), line)
  if (before.fault) return before
  const fault = badByteText(bytes, bad, byte)
  return { ...before, fault: { line: line + before.records.length, fault } }
}

function isOneLine(bytes: Buffer): boolean {
  const inside = bytes.subarray(0, -1)
  return !inside.includes(LF) && !inside.includes(CR)
}

function tooLong(line: number): Parsed {
  return { records: [], fault: { line, fault: `the line has more than ${MAX_LINE_BYTES} bytes` } }
}

const OPTIONS = { relax_column_count: true, record_delimiter: ['\r\n', '\n', '\r'] }

const QUOTE = 0x22

/** The records of valid UTF-8, up to the first line whose quotes are wrong. */
function split(bytes: Buffer, line: number): Parsed {
  // Only between quotes can a line break be part of a field.
  if (!bytes.includes(QUOTE)) return { records: numbered(parse(bytes, OPTIONS), line) }
  try {
    return upToLineBreak(parse(bytes, OPTIONS), line)
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const { records, fault } = upToLineBreak(recordsBeforeError(bytes), line)
    const text = error.code === 'INVALID_OPENING_QUOTE' ? STRAY_QUOTE : OPEN_QUOTE
    return { records, fault: fault ?? { line: line + records.length, fault: text } }
  }
}

function recordsBeforeError(bytes: Buffer): readonly string[][] {
  const records: string[][] = []
  try {
    parse(bytes, { ...OPTIONS, on_record: (record: string[]) => void records.push(record) })
  } catch {
    // It is the same error as before.
  }
  return records
}

const STRAY_QUOTE =
  'a quote stands inside a field that does not begin with one; put the whole field in quotes and write that quote twice'
const OPEN_QUOTE = 'a quote is opened and not closed before the next comma or the end of the line'

/** A line break in a field: the quote before it was never closed, or closed by the one that opens another field. */
function upToLineBreak(fields: readonly string[][], line: number): Parsed {
  const broken = fields.findIndex((record) => record.some((field) => /[\r\n]/.test(field)))
  if (broken < 0) return { records: numbered(fields, line) }
  const fault = { line: line + broken, fault: OPEN_QUOTE }
  return { records: numbered(fields.slice(0, broken), line), fault }
}

function numbered(fields: readonly string[][], line: number): readonly CsvRecord[] {
  return fields.map((each, index) => ({ line: line + index, fields: each }))
}
