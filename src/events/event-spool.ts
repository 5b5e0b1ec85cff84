/**
 * The event spool of one gateway: what rows with `observe` saw pass, kept on disk until the store has taken it.
 *
 * Cast: the gateway calls `keep` before it answers the sender, so an event is on disk when the sender learns of success;
 * a loop hands what was kept to `deliver`, oldest first, and advances a mark when it was taken. Promised: at least once,
 * in order, also after kill -9 or with the store away for days. The receiver tells repeats by the decision ID.
 *
 * A disk that fails or is full costs nothing while the store is there: what it does not take goes to the store at once, behind
 * what is on disk. With both away, events wait in memory for whichever is back first, and `keep` rejects: a crash would lose them.
 *
 * Two files in the folder: `events.ndjson`, one event a line, and `events.mark`, the bytes of it that were delivered.
 */
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readMark, writeMark } from './delivery-mark.ts'
import { bytesOf, endOfLastLine, eventsOf, lineOf, NEWLINE, READ_BYTES } from './event-lines.ts'

export interface EventSpoolOptions<Event> {
  readonly folder: string
  /** Told of events that were kept before a restart and not delivered, before any is delivered. */
  readonly onFound?: (events: readonly Event[]) => void
  /** Takes events in order; rejects when it could not, and gets the same ones again. */
  readonly deliver: (events: readonly Event[]) => Promise<void>
  /** Runs the work after the delay; the answer cancels it. */
  readonly after: (delayMs: number, work: () => void) => () => void
  /** Told of the first delivery that fails after one that did not. */
  readonly onFailure?: (error: unknown) => void
  /** Told of everything that the disk did not do. */
  readonly onDiskFailure?: (error: unknown) => void
  /** Told of events that are given up: neither disk nor store took them, and memory has no room or the process ends. */
  readonly onLost?: (events: number) => void
  /** Pause after a failed delivery; 1,000 when absent. */
  readonly retryMs?: number
  /** A delivered file larger than this starts over; 4 MiB when absent. */
  readonly restartBytes?: number
  /** Events that may wait in memory for disk or store; 10,000 when absent. */
  readonly maxInMemory?: number
}

/** Events handed over at a time. */
const BATCH = 500

export class EventSpool<Event> {
  readonly #options: EventSpoolOptions<Event>
  readonly #file: FileHandle
  readonly #markPath: string
  readonly #restartBytes: number
  /** Bytes in the file that are whole lines on disk. */
  #size: number
  #delivered: number
  /** There may be more in the file than `#size`: a write failed, and what it left has not been cut off. */
  #isTorn = false
  /** Lines waiting for the write under way, and the write that will take them. */
  #waiting: string[] = []
  #nextWrite: Promise<void> | undefined
  #lastWrite: Promise<void> = Promise.resolve()
  /** Lines that neither disk nor store took, oldest first: later than all on disk, earlier than all that wait. */
  #inMemory: string[] = []
  /** Bytes that are neither on disk nor with the store. */
  #inMemoryBytes = 0
  #delivery: Promise<void> | undefined
  #cancelRetry: (() => void) | undefined
  /** The store did not take the last that it was given. */
  #isFailing = false
  #isClosed = false

  private constructor(options: EventSpoolOptions<Event>, file: FileHandle, size: number, delivered: number) {
    this.#options = options
    this.#file = file
    this.#markPath = join(options.folder, 'events.mark')
    this.#restartBytes = options.restartBytes ?? 4_194_304
    this.#size = size
    this.#delivered = delivered
  }

  /** Opens the spool, makes its folder, and drops a last line that a crash cut in two. */
  static async open<Event>(options: EventSpoolOptions<Event>): Promise<EventSpool<Event>> {
    await mkdir(options.folder, { recursive: true })
    const file = await open(join(options.folder, 'events.ndjson'), 'a+')
    const size = await endOfLastLine(file)
    if ((await file.stat()).size > size) await file.truncate(size)
    const mark = readMark(join(options.folder, 'events.mark'))
    // A mark beyond the end is one of before the file started over.
    const delivered = mark > size ? 0 : mark
    const spool = new EventSpool(options, file, size, delivered)
    await spool.#reportFound()
    spool.#wake()
    return spool
  }

  /** Events kept and not yet delivered, in bytes, wherever they are. */
  get backlogBytes(): number {
    return this.#bytesOnDisk + this.#inMemoryBytes
  }

  get #bytesOnDisk(): number {
    return this.#size - this.#delivered
  }

  /**
   * Keeps an event; it is on disk, or with the store, when this settles. Rejects when neither took it; it is then tried again,
   * for as long as this process is up and there is room.
   */
  keep(event: Event): Promise<void> {
    const line = lineOf(event)
    this.#waiting.push(line)
    this.#inMemoryBytes += Buffer.byteLength(line)
    return this.#write()
  }

  #write(): Promise<void> {
    this.#nextWrite ??= this.#writeAfter(this.#lastWrite)
    return this.#nextWrite
  }

  /** One write and one sync for everything that waits. */
  async #writeAfter(before: Promise<void>): Promise<void> {
    await before.catch(() => undefined)
    const lines = [...this.#inMemory, ...this.#waiting]
    this.#waiting = []
    this.#inMemory = []
    this.#lastWrite = this.#nextWrite ?? before
    this.#nextWrite = undefined
    await this.#writeOrHandOver(lines)
    this.#wake()
  }

  async #writeOrHandOver(lines: readonly string[]): Promise<void> {
    try {
      const bytes = Buffer.from(lines.join(''))
      await this.#append(bytes)
      this.#inMemoryBytes -= bytes.length
    } catch (error) {
      this.#options.onDiskFailure?.(error)
      await this.#handOverFromMemory(lines)
    }
  }

  async #append(bytes: Buffer): Promise<void> {
    if (this.#isTorn) await this.#file.truncate(this.#size)
    this.#isTorn = true
    await this.#file.appendFile(bytes)
    await this.#file.datasync()
    this.#isTorn = false
    this.#size += bytes.length
  }

  /** Behind what is on disk; what the store does not take stays. */
  async #handOverFromMemory(lines: readonly string[]): Promise<void> {
    let taken = 0
    try {
      await this.#delivery
      if (this.#cancelRetry || this.#bytesOnDisk > 0) throw new Error('neither disk nor store takes events')
      for (; taken < lines.length; taken += BATCH) {
        const batch = lines.slice(taken, taken + BATCH)
        await this.#handOver(batch)
        this.#inMemoryBytes -= bytesOf(batch)
      }
    } catch (error) {
      this.#keepInMemory(lines.slice(taken))
      this.#retryLater()
      throw error
    }
  }

  #keepInMemory(lines: readonly string[]): void {
    const { maxInMemory = 10_000 } = this.#options
    this.#inMemory = lines.slice(0, maxInMemory)
    this.#giveUp(lines.slice(maxInMemory))
  }

  #giveUp(lines: readonly string[]): void {
    this.#inMemoryBytes -= bytesOf(lines)
    if (lines.length > 0) this.#options.onLost?.(lines.length)
  }

  async #reportFound(): Promise<void> {
    for (let from = this.#delivered; from < this.#size; ) {
      const { lines, bytes } = await this.#linesFrom(from)
      this.#options.onFound?.(eventsOf(lines))
      from += bytes
    }
  }

  #wake(): void {
    if (this.#isClosed || this.#delivery || this.#cancelRetry || this.#bytesOnDisk === 0) return
    this.#delivery = this.#deliverAll().finally(() => {
      this.#delivery = undefined
    })
  }

  async #deliverAll(): Promise<void> {
    try {
      while (this.#bytesOnDisk > 0 && !this.#isClosed) await this.#deliverBatch()
    } catch {
      this.#retryLater()
    }
  }

  #retryLater(): void {
    if (this.#isClosed || this.#cancelRetry) return
    this.#cancelRetry = this.#options.after(this.#options.retryMs ?? 1_000, () => {
      this.#cancelRetry = undefined
      this.#wake()
      if (this.#inMemory.length > 0) this.#write().catch(() => undefined)
    })
  }

  async #deliverBatch(): Promise<void> {
    const { lines, bytes } = await this.#onDisk(this.#linesFrom(this.#delivered))
    await this.#handOver(lines)
    this.#delivered += bytes
    // A mark that stays behind only repeats deliveries after a restart.
    await this.#onDisk(writeMark(this.#markPath, this.#delivered)).catch(() => undefined)
    this.#startOver()
  }

  async #handOver(lines: readonly string[]): Promise<void> {
    try {
      await this.#options.deliver(eventsOf(lines))
      this.#isFailing = false
    } catch (error) {
      if (!this.#isFailing) this.#options.onFailure?.(error)
      this.#isFailing = true
      throw error
    }
  }

  async #onDisk<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work
    } catch (error) {
      this.#options.onDiskFailure?.(error)
      throw error
    }
  }

  async #linesFrom(from: number): Promise<{ lines: string[]; bytes: number }> {
    const room = Math.min(READ_BYTES, this.#size - from)
    const { buffer } = await this.#file.read(Buffer.alloc(room), 0, room, from)
    const lines = buffer.subarray(0, buffer.lastIndexOf(NEWLINE)).toString('utf8').split('\n').slice(0, BATCH)
    return { lines, bytes: bytesOf(lines) + lines.length }
  }

  /** Empties a large file once all of it was delivered; in turn with the writes, so that none falls in between. */
  #startOver(): void {
    if (this.#bytesOnDisk > 0 || this.#size < this.#restartBytes || this.#nextWrite) return
    this.#lastWrite = this.#lastWrite
      .catch(() => undefined)
      .then(() => this.#onDisk(this.#empty()))
      .catch(() => undefined)
  }

  /** The mark is removed, not written: a full disk allows that, and without a mark deliveries are at worst repeated. */
  async #empty(): Promise<void> {
    await this.#delivery
    if (this.#bytesOnDisk > 0) return
    await rm(this.#markPath, { force: true })
    this.#delivered = 0
    this.#size = 0
    this.#isTorn = true
    await this.#file.truncate(0)
    this.#isTorn = false
  }

  /** Ends delivery and closes the file; what is not delivered is delivered after the next start. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    await this.#nextWrite?.catch(() => undefined)
    await this.#delivery
    await this.#lastWrite.catch(() => undefined)
    if (this.#inMemory.length > 0) await this.#write().catch(() => undefined)
    this.#giveUp(this.#inMemory)
    await this.#file.close()
  }
}
