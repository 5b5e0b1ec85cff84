/**
 * The journal: one line of JSON for each decision, appended to a file.
 *
 * It never blocks the message path: lines wait in memory and are written every `flushMs` or `flushBytes`. A disk that is full
 * or fails is tried again, from the byte at which it stopped. When it takes nothing, or less than the traffic brings, for longer
 * than the buffer lasts, lines are dropped and counted. `close` writes what waits and syncs the file. A crash loses at most what
 * was waiting.
 */
import { existsSync } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { JournalEntry } from '../core/journal/journal-entry.ts'
import type { Clock } from '../observe/clock.ts'
import { COMPRESSED, compressFile } from './compressed-file.ts'
import { journalFiles } from './journal-files.ts'

export interface JournalOptions {
  readonly directory: string
  /** Begins the file names; one gateway process, one name. */
  readonly name: string
  readonly clock: Clock
  /** Called for each failing write, with the lines lost since the start. */
  readonly onFailure: (cause: unknown, lostLines: number) => void
  readonly flushMs?: number
  readonly flushBytes?: number
  /** Bytes that may wait for the disk. */
  readonly maxWaiting?: number
  /** A file is followed by another when it is longer than this, or when the UTC day ends. */
  readonly maxFileBytes?: number
  /** Whether files are compressed once they are followed by another; false when absent. */
  readonly compresses?: boolean
  /** Pause after a failing write; 1,000 when absent. */
  readonly retryMs?: number
}

export interface Journal {
  write(entry: JournalEntry): void
  /** Lines lost since the start, because the buffer was full or the disk failed. */
  readonly dropped: number
  /** Bytes that wait for the disk. */
  readonly waitingBytes: number
  /** Writes what waits, syncs and closes. Nothing may be written after it. */
  close(): Promise<void>
}

const FLUSH_MS = 100
const FLUSH_BYTES = 65_536
const MAX_WAITING = 16_777_216
const MAX_FILE_BYTES = 134_217_728
const RETRY_MS = 1_000

/**
 * Where lines wait: written as they come, so that no text is joined and none waits beside its bytes. Two are enough while the
 * disk keeps up, one that is filled and one that is written; they change places.
 */
const SLAB_BYTES = 131_072

/** Lines that wait for the disk. */
interface Slab {
  readonly bytes: Buffer
  /** What the disk has taken of it, and where its lines end. */
  from: number
  to: number
}

interface Waiting {
  readonly slabs: Slab[]
  bytes: number
}

interface OpenFile {
  readonly handle: FileHandle
  readonly day: string
  bytes: number
  /** A crash cut the last line short: the next record begins a line of its own. */
  isTorn: boolean
  /** A write stopped within a line, and what waits begins with the rest of it. */
  isMidLine: boolean
}

export class FileJournal implements Journal {
  readonly #options: Required<JournalOptions>
  readonly #timer: NodeJS.Timeout
  #waiting: Waiting = { slabs: [], bytes: 0 }
  /** What is being written. */
  #underWay: Waiting = { slabs: [], bytes: 0 }
  /** Where lines are written; it waits like the others once it is full, or its turn has come. */
  #slab: Slab = emptySlab(SLAB_BYTES)
  /** Written out, and free for new lines. */
  #spare: Slab | undefined
  #dropped = 0
  #writing: Promise<void> | undefined
  #compressing: Promise<void> = Promise.resolve()
  #file: OpenFile | undefined
  #serial = 0
  /** No write before that time, of the clock that never jumps: the last one failed. */
  #notBeforeMs = 0

  constructor(options: JournalOptions) {
    this.#options = {
      flushMs: FLUSH_MS,
      flushBytes: FLUSH_BYTES,
      maxWaiting: MAX_WAITING,
      maxFileBytes: MAX_FILE_BYTES,
      retryMs: RETRY_MS,
      compresses: false,
      ...options,
    }
    this.#timer = setInterval(() => this.#flush(), this.#options.flushMs).unref()
  }

  get dropped(): number {
    return this.#dropped
  }

  get waitingBytes(): number {
    return this.#waiting.bytes + this.#underWay.bytes
  }

  write(entry: JournalEntry): void {
    if (this.waitingBytes >= this.#options.maxWaiting) {
      this.#dropped++
      return
    }
    this.#put(entry)
    if (this.#waiting.bytes >= this.#options.flushBytes) this.#flush()
  }

  #put(entry: JournalEntry): void {
    const slab = this.#slab
    const end = entry.write(slab.bytes, slab.to)
    if (end >= slab.bytes.length) {
      this.#nextSlab(end - slab.to)
      return this.#put(entry)
    }
    slab.bytes[end] = NEWLINE
    this.#waiting.bytes += end + 1 - slab.to
    slab.to = end + 1
  }

  /** `room`: how long the line may be that comes next. */
  #nextSlab(room: number): void {
    const isEmpty = this.#slab.to === this.#slab.from
    if (isEmpty && room < SLAB_BYTES) return
    if (!isEmpty) this.#waiting.slabs.push(this.#slab)
    if (room < SLAB_BYTES && this.#spare) {
      this.#slab = this.#spare
      this.#spare = undefined
    } else this.#slab = emptySlab(Math.max(SLAB_BYTES, room + 1))
  }

  /** Keeps a slab that was written out for what comes; one is enough. */
  #free(slab: Slab): void {
    if (slab.bytes.length !== SLAB_BYTES) return
    this.#spare = slab
    slab.from = 0
    slab.to = 0
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#writing
    this.#notBeforeMs = 0
    this.#flush()
    await this.#writing
    this.#dropWaiting()
    await this.#file?.handle.sync().catch((cause) => this.#options.onFailure(cause, this.#dropped))
    await this.#file?.handle.close()
    this.#file = undefined
    await this.#compressing
  }

  #flush(): void {
    if (this.#writing || this.#waiting.bytes === 0) return
    if (this.#options.clock.monotonicMs() < this.#notBeforeMs) return
    this.#nextSlab(0)
    this.#underWay = this.#waiting
    this.#waiting = { slabs: [], bytes: 0 }
    this.#writing = this.#append(this.#underWay).finally(() => {
      this.#writing = undefined
    })
  }

  async #append(underWay: Waiting): Promise<void> {
    try {
      await writeOut(await this.#currentFile(), underWay, (slab) => this.#free(slab))
    } catch (cause) {
      this.#waitAgain(underWay)
      this.#options.onFailure(cause, this.#dropped)
    }
  }

  /** What was not written waits before everything that came since. */
  #waitAgain({ slabs, bytes }: Waiting): void {
    const { clock, retryMs } = this.#options
    this.#waiting = { slabs: [...slabs, ...this.#waiting.slabs], bytes: bytes + this.#waiting.bytes }
    this.#underWay = { slabs: [], bytes: 0 }
    this.#notBeforeMs = clock.monotonicMs() + retryMs
  }

  /** A line whose end was not written is lost, however much of it was. */
  #dropWaiting(): void {
    this.#nextSlab(0)
    for (const { bytes, from, to } of this.#waiting.slabs) this.#dropped += linesIn(bytes.subarray(from, to))
    this.#waiting = { slabs: [], bytes: 0 }
  }

  async #currentFile(): Promise<OpenFile> {
    const day = new Date(this.#options.clock.now()).toISOString().slice(0, 10)
    const current = this.#file
    if (current?.isMidLine) return current
    if (current && current.day === day && current.bytes < this.#options.maxFileBytes) return current
    this.#file = undefined
    await current?.handle.close()
    this.#serial = current?.day === day ? this.#serial + 1 : 0
    this.#file = await this.#openFile(day)
    if (this.#options.compresses) this.#compressOthers(this.#pathOf(day))
    return this.#file
  }

  #pathOf(day: string): string {
    const { directory, name } = this.#options
    const suffix = this.#serial === 0 ? '' : `.${this.#serial}`
    return join(directory, `${name}-${day}${suffix}.ndjson`)
  }

  /** All of this journal but the one that is written: also what a crash, or a full disk, has left as it was. */
  #compressOthers(current: string): void {
    const { directory, name, onFailure } = this.#options
    const tell = (cause: unknown) => onFailure(cause, this.#dropped)
    const isOwn = (file: string) => file.startsWith(`${name}-`) && DATED.test(file.slice(name.length))
    const compress = async () => {
      for (const file of await journalFiles(directory))
        if (isOwn(file.name) && file.path !== current) await compressFile(file.path).catch(tell)
    }
    this.#compressing = this.#compressing.then(compress).catch(tell)
  }

  /** Goes on in the last file of the day that is not full; a restart does not begin a new one. */
  async #openFile(day: string): Promise<OpenFile> {
    const { directory, maxFileBytes } = this.#options
    await mkdir(directory, { recursive: true })
    for (;;) {
      const path = this.#pathOf(day)
      if (existsSync(path + COMPRESSED)) {
        this.#serial++
        continue
      }
      const handle = await open(path, 'a+', 0o640)
      const { size } = await handle.stat()
      if (size < maxFileBytes)
        return { handle, day, bytes: size, isTorn: !(await endsWithLine(handle, size)), isMidLine: false }
      await handle.close()
      this.#serial++
    }
  }
}

/** Behind the name of a journal: a day, and a number from the second file on. Other journals have longer names. */
const DATED = /^-\d{4}-\d\d-\d\d(?:\.\d+)?\.ndjson$/

function emptySlab(length: number): Slab {
  return { bytes: Buffer.allocUnsafeSlow(length), from: 0, to: 0 }
}

/** Writes everything; when it rejects, `waiting` has what the disk did not take. `free` is given each slab that it has taken. */
async function writeOut(file: OpenFile, waiting: Waiting, free: (slab: Slab) => void): Promise<void> {
  if (file.isTorn) await file.handle.appendFile('\n')
  file.isTorn = false
  for (let slab = waiting.slabs[0]; slab; slab = waiting.slabs[0]) {
    const { bytesWritten } = await file.handle.write(slab.bytes, slab.from, slab.to - slab.from)
    file.bytes += bytesWritten
    waiting.bytes -= bytesWritten
    slab.from += bytesWritten
    file.isMidLine = slab.bytes[slab.from - 1] !== NEWLINE
    if (slab.from < slab.to) continue
    waiting.slabs.shift()
    free(slab)
  }
}

function linesIn(slab: Buffer): number {
  let lines = 0
  for (let at = slab.indexOf(NEWLINE); at >= 0; at = slab.indexOf(NEWLINE, at + 1)) lines++
  return lines
}

/** Whether a file is empty or ends with a newline. */
async function endsWithLine(handle: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return true
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] === NEWLINE
}

const NEWLINE = 0x0a
