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
import type { JournalRecord } from '../core/journal/journal-record.ts'
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
  write(record: JournalRecord): void
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

/** Where lines wait: written as they come, so that no text is joined and none waits beside its bytes. */
const SLAB_BYTES = 131_072
/** UTF-8 takes at most so many bytes for a UTF-16 unit. */
const BYTES_A_UNIT = 3

interface Waiting {
  /** Full slabs, each cut to what stands in it and is not written yet. */
  readonly slabs: Buffer[]
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
  #slab: Buffer = Buffer.allocUnsafe(SLAB_BYTES)
  /** What stands in the slab, and how much of it the disk has been given already. */
  #filled = 0
  #taken = 0
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

  write(record: JournalRecord): void {
    if (this.waitingBytes >= this.#options.maxWaiting) {
      this.#dropped++
      return
    }
    this.#put(JSON.stringify(record))
    if (this.#waiting.bytes >= this.#options.flushBytes) this.#flush()
  }

  #put(line: string): void {
    const room = line.length * BYTES_A_UNIT + 1
    if (this.#slab.length - this.#filled < room) this.#nextSlab(room)
    const start = this.#filled
    this.#filled += this.#slab.write(line, start)
    this.#slab[this.#filled++] = NEWLINE
    this.#waiting.bytes += this.#filled - start
  }

  #nextSlab(room: number): void {
    this.#setAside()
    this.#slab = Buffer.allocUnsafe(Math.max(SLAB_BYTES, room))
    this.#filled = 0
    this.#taken = 0
  }

  /** Adds what the slab holds and the disk has not been given to what waits. */
  #setAside(): void {
    if (this.#filled > this.#taken) this.#waiting.slabs.push(this.#slab.subarray(this.#taken, this.#filled))
    this.#taken = this.#filled
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
    this.#setAside()
    this.#underWay = this.#waiting
    this.#waiting = { slabs: [], bytes: 0 }
    this.#writing = this.#append(this.#underWay).finally(() => {
      this.#writing = undefined
    })
  }

  async #append(underWay: Waiting): Promise<void> {
    try {
      await writeOut(await this.#currentFile(), underWay)
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
    this.#setAside()
    for (const slab of this.#waiting.slabs) this.#dropped += linesIn(slab)
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

/** Writes everything; when it rejects, `waiting` has what the disk did not take. */
async function writeOut(file: OpenFile, waiting: Waiting): Promise<void> {
  if (file.isTorn) await file.handle.appendFile('\n')
  file.isTorn = false
  for (let slab = waiting.slabs[0]; slab; slab = waiting.slabs[0]) {
    const { bytesWritten } = await file.handle.write(slab)
    file.bytes += bytesWritten
    file.isMidLine = slab[bytesWritten - 1] !== NEWLINE
    waiting.bytes -= bytesWritten
    if (bytesWritten < slab.length) waiting.slabs[0] = slab.subarray(bytesWritten)
    else waiting.slabs.shift()
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
