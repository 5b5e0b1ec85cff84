/**
 * What the journal is given of a message: its line as bytes, and its record for whoever asks.
 *
 * The record is the definition: a line is what `JSON.stringify` says of it, however it came to be written.
 */
import type { JournalRecord } from './journal-record.ts'

export interface JournalEntry {
  /** Made when it is asked for. */
  readonly record: JournalRecord
  /**
   * Writes the line, without its line end, from byte `at` on. Returns the byte behind it; one beyond the end of `bytes` means
   * that the line has no room there, and how far it may reach.
   */
  write(bytes: Buffer, at: number): number
}

/** UTF-8 takes at most so many bytes for a UTF-16 unit. */
export const BYTES_A_UNIT = 3

/** An entry whose record is at hand. */
export class RecordEntry implements JournalEntry {
  readonly record: JournalRecord

  constructor(record: JournalRecord) {
    this.record = record
  }

  write(bytes: Buffer, at: number): number {
    return writeRecord(bytes, at, this.record)
  }
}

/** Writes the line of a record, as `JournalEntry.write` does. */
export function writeRecord(bytes: Buffer, at: number, record: JournalRecord): number {
  const line = JSON.stringify(record)
  const room = line.length * BYTES_A_UNIT
  return at + room > bytes.length ? at + room : at + bytes.write(line, at)
}

/** Members of a record as its line has them, without braces. */
export function membersOf(some: Partial<JournalRecord>): string {
  return JSON.stringify(some).slice(1, -1)
}
