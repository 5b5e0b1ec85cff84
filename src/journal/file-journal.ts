/**
 * The journal: one line of JSON for each decision, appended to a file.
 *
 * It never blocks the message path: lines wait in memory and are written every `flushMs` or `flushBytes`. When the
 * disk is slower than the traffic for longer than the buffer lasts, lines are dropped and counted. `close` writes what
 * waits and syncs the file. A crash loses at most what was waiting.
 */
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { JournalRecord } from '../core/journal/journal-record.ts'
import type { Clock } from '../observe/clock.ts'

export interface JournalOptions {
  readonly directory: string
  /** Begins the file names; one gateway process, one name. */
  readonly name: string
  readonly clock: Clock
  /** Called with the first error of each failing write and the number of lines lost with it. */
  readonly onFailure: (cause: unknown, lostLines: number) => void
  readonly flushMs?: number
  readonly flushBytes?: number
  /** Bytes that may wait for the disk. */
  readonly maxWaiting?: number
  /** A file is followed by another when it is longer than this, or when the UTC day ends. */
  readonly maxFileBytes?: number
}

export interface Journal {
  write(record: JournalRecord): void
  /** Lines lost since the start, because the buffer was full or the disk failed. */
  readonly dropped: number
  /** Writes what waits, syncs and closes. Nothing may be written after it. */
  close(): Promise<void>
}

const FLUSH_MS = 100
const FLUSH_BYTES = 65_536
const MAX_WAITING = 16_777_216
const MAX_FILE_BYTES = 134_217_728

/** Where lines wait: written as they come, so that no text is joined and none waits beside its bytes. */
const SLAB_BYTES = 131_072
/** UTF-8 takes at most so many bytes for a UTF-16 unit. */
const BYTES_A_UNIT = 3

interface Waiting {
  /** Full slabs, each cut to what stands in it. */
  readonly slabs: Buffer[]
  lines: number
  bytes: number
}

interface OpenFile {
  readonly handle: FileHandle
  readonly day: string
  bytes: number
  /** The last line may be cut short, by a crash or a full disk: the next record begins a line of its own. */
  isTorn: boolean
}

export class FileJournal implements Journal {
  readonly #options: Required<JournalOptions>
  readonly #timer: NodeJS.Timeout
  #waiting: Waiting = { slabs: [], lines: 0, bytes: 0 }
  #slab: Buffer = Buffer.allocUnsafe(SLAB_BYTES)
  /** What stands in the slab, and how much of it the disk has been given already. */
  #filled = 0
  #taken = 0
  #dropped = 0
  #writing: Promise<void> | undefined
  #file: OpenFile | undefined
  #serial = 0

  constructor(options: JournalOptions) {
    this.#options = {
      flushMs: FLUSH_MS,
      flushBytes: FLUSH_BYTES,
      maxWaiting: MAX_WAITING,
      maxFileBytes: MAX_FILE_BYTES,
      ...options,
    }
    this.#timer = setInterval(() => this.#flush(), this.#options.flushMs).unref()
  }

  get dropped(): number {
    return this.#dropped
  }

  write(record: JournalRecord): void {
    if (this.#waiting.bytes >= this.#options.maxWaiting) {
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
    this.#waiting.lines++
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
    this.#flush()
    await this.#writing
    await this.#file?.handle.sync().catch((cause) => this.#options.onFailure(cause, 0))
    await this.#file?.handle.close()
    this.#file = undefined
  }

  #flush(): void {
    if (this.#writing || this.#waiting.lines === 0) return
    this.#setAside()
    const waiting = this.#waiting
    this.#waiting = { slabs: [], lines: 0, bytes: 0 }
    this.#writing = this.#append(waiting).finally(() => {
      this.#writing = undefined
    })
  }

  async #append({ slabs, lines }: Waiting): Promise<void> {
    try {
      const bytes = Buffer.concat(slabs)
      const file = await this.#currentFile()
      if (file.isTorn) await file.handle.appendFile('\n')
      file.isTorn = true
      await file.handle.appendFile(bytes)
      file.isTorn = false
      file.bytes += bytes.length
    } catch (cause) {
      this.#dropped += lines
      this.#options.onFailure(cause, lines)
    }
  }

  async #currentFile(): Promise<OpenFile> {
    const day = new Date(this.#options.clock.now()).toISOString().slice(0, 10)
    const current = this.#file
    if (current && current.day === day && current.bytes < this.#options.maxFileBytes) return current
    this.#file = undefined
    await current?.handle.close()
    this.#serial = current?.day === day ? this.#serial + 1 : 0
    this.#file = await this.#openFile(day)
    return this.#file
  }

  /** Goes on in the last file of the day that is not full; a restart does not begin a new one. */
  async #openFile(day: string): Promise<OpenFile> {
    const { directory, name, maxFileBytes } = this.#options
    await mkdir(directory, { recursive: true })
    for (;;) {
      const suffix = this.#serial === 0 ? '' : `.${this.#serial}`
      const handle = await open(join(directory, `${name}-${day}${suffix}.ndjson`), 'a+', 0o640)
      const { size } = await handle.stat()
      if (size < maxFileBytes)
        return { handle, day, bytes: size, isTorn: !(await endsWithLine(handle, size)) }
      await handle.close()
      this.#serial++
    }
  }
}

/** Whether a file is empty or ends with a newline. */
async function endsWithLine(handle: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return true
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] === NEWLINE
}

const NEWLINE = 0x0a
