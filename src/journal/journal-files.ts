/**
 * The files of a decision journal as they lie in their folder: what names them, and their lines from an offset on.
 *
 * A file is named by its own beginning, up to its first whole record: decisions are random, so no two files begin alike, and
 * one that was moved, copied or restored is known again. Files only grow; only whole lines are read, and the last line of a
 * file that is being written waits for its end. A compressed file (`.ndjson.zst`) is the same as the plain one that it was.
 */
import { createHash } from 'node:crypto'
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readLine } from '../core/journal/journal-line.ts'
import { COMPRESSED, CompressedBytes, type FileBytes } from './compressed-file.ts'

export interface JournalFile {
  readonly name: string
  readonly path: string
}

const SUFFIX = '.ndjson'
const DAY = /-(\d{4}-\d\d-\d\d)(?:\.\d+)?\.ndjson(?:\.zst)?$/

/** The day that a file is of, by its name: `2026-10-25`; undefined for one that a gateway did not name. */
export function dayOfFile({ name }: JournalFile): string | undefined {
  return DAY.exec(name)?.[1]
}

/** The files of a folder by name; none when there is no such folder yet. */
export async function journalFiles(folder: string): Promise<JournalFile[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const there = new Set(names)
  const isPlain = (name: string) => name.endsWith(SUFFIX)
  // One that is being compressed is there twice for a moment.
  const isCompressed = (name: string) =>
    name.endsWith(SUFFIX + COMPRESSED) && !there.has(name.slice(0, -COMPRESSED.length))
  return names
    .filter((name) => isPlain(name) || isCompressed(name))
    .sort()
    .map((name) => ({ name, path: join(folder, name) }))
}

/** Lines of one portion of a file. */
export interface Lines {
  /** Without their line ends. */
  readonly lines: readonly string[]
  /** The offset behind the last of them. */
  readonly until: number
}

const NEWLINE = 0x0a
/** Stands for bytes without any line end. */
const NO_RECORD = '?'
/** Longer than any record: a file that has no whole record in as many bytes has none. */
const BEGINNING_BYTES = 1_048_576

class PlainBytes implements FileBytes {
  readonly #handle: FileHandle

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size
  }

  async read(buffer: Buffer, offset: number): Promise<number> {
    return (await this.#handle.read(buffer, 0, buffer.length, offset)).bytesRead
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

/** One open file. */
export class OpenJournal {
  readonly #bytes: FileBytes

  private constructor(bytes: FileBytes) {
    this.#bytes = bytes
  }

  /** One that has been compressed since it was listed is found all the same. */
  static async open({ path }: JournalFile): Promise<OpenJournal> {
    if (path.endsWith(COMPRESSED)) return new OpenJournal(await CompressedBytes.open(path))
    try {
      return new OpenJournal(new PlainBytes(await open(path, 'r')))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
      return new OpenJournal(await CompressedBytes.open(path + COMPRESSED).catch(() => Promise.reject(error)))
    }
  }

  /** Bytes of the plain file. */
  size(): Promise<number> {
    return this.#bytes.size()
  }

  /** The name of the file by its beginning; undefined until it has a whole record. */
  async identity(): Promise<string | undefined> {
    const { lines, bytes } = await this.#beginning()
    let length = 0
    for (const line of lines) {
      length += Buffer.byteLength(line) + 1
      if (readLine(line)) return createHash('sha256').update(bytes.subarray(0, length)).digest('hex')
    }
    return undefined
  }

  /**
   * Whole lines from an offset on, as many as fit into the buffer; undefined when there is none. What fills the buffer without
   * any line end is no record and is given out as one line.
   */
  async linesFrom(offset: number, buffer: Buffer): Promise<Lines | undefined> {
    const bytesRead = await this.#bytes.read(buffer, offset)
    const end = buffer.lastIndexOf(NEWLINE, bytesRead - 1)
    if (bytesRead > 0 && end >= 0 && end < bytesRead)
      return { lines: buffer.toString('utf8', 0, end).split('\n'), until: offset + end + 1 }
    return bytesRead === buffer.length ? { lines: [NO_RECORD], until: offset + bytesRead } : undefined
  }

  close(): Promise<void> {
    return this.#bytes.close()
  }

  async #beginning(): Promise<{ readonly lines: readonly string[]; readonly bytes: Buffer }> {
    for (let length = 16_384; ; length *= 8) {
      const bytes = Buffer.alloc(length)
      const found = await this.linesFrom(0, bytes)
      const lines = found?.lines ?? []
      if (lines.some((line) => readLine(line)) || length >= BEGINNING_BYTES) return { lines, bytes }
      if ((await this.size()) <= length) return { lines, bytes }
    }
  }
}
