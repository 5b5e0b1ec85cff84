/**
 * The event spool of one gateway: what rows with `observe` saw pass, kept on disk until the store has taken it.
 *
 * Cast: the gateway calls `keep` before it answers the sender, so an event is on disk when the sender learns of success;
 * a loop hands what was kept to `deliver`, oldest first, and advances a mark when it was taken. Promised: at least once,
 * in order, also after kill -9 or with the store away for days. The receiver tells repeats by the decision ID.
 *
 * Two files in the folder: `events.ndjson`, one event a line, and `events.mark`, the bytes of it that were delivered.
 */
import { readFileSync } from 'node:fs'
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'

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
  /** Pause after a failed delivery; 1,000 when absent. */
  readonly retryMs?: number
  /** A delivered file larger than this starts over; 4 MiB when absent. */
  readonly restartBytes?: number
}

/** Events handed over at a time. */
const BATCH = 500

/** Bytes read from the file at a time; one event has a few hundred. */
const READ_BYTES = 262_144

const NEWLINE = 0x0a

export class EventSpool<Event> {
  readonly #options: EventSpoolOptions<Event>
  readonly #file: FileHandle
  readonly #markPath: string
  readonly #restartBytes: number
  /** Bytes in the file that are whole lines on disk. */
  #size: number
  #delivered: number
  /** Lines waiting for the write under way, and the write that will take them. */
  #waiting: string[] = []
  #nextWrite: Promise<void> | undefined
  #lastWrite: Promise<void> = Promise.resolve()
  #delivery: Promise<void> | undefined
  #cancelRetry: (() => void) | undefined
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
    await file.truncate(size)
    const delivered = Math.min(readMark(join(options.folder, 'events.mark')), size)
    const spool = new EventSpool(options, file, size, delivered)
    await spool.#tellFound()
    spool.#wake()
    return spool
  }

  /** Events kept and not yet delivered, in bytes. */
  get backlogBytes(): number {
    return this.#size - this.#delivered
  }

  /** Keeps an event; it is on disk when this settles. Rejects when the disk did not take it. */
  keep(event: Event): Promise<void> {
    this.#waiting.push(`${JSON.stringify(event, bigintAsHex)}\n`)
    this.#nextWrite ??= this.#writeAfter(this.#lastWrite)
    return this.#nextWrite
  }

  /** One write and one sync for everything that waits. */
  async #writeAfter(before: Promise<void>): Promise<void> {
    await before.catch(() => undefined)
    const lines = Buffer.from(this.#waiting.join(''))
    this.#waiting = []
    this.#lastWrite = this.#nextWrite ?? before
    this.#nextWrite = undefined
    await this.#append(lines)
    this.#wake()
  }

  async #append(lines: Buffer): Promise<void> {
    try {
      await this.#file.appendFile(lines)
      await this.#file.datasync()
      this.#size += lines.length
    } catch (error) {
      await this.#file.truncate(this.#size).catch(() => undefined)
      throw error
    }
  }

  async #tellFound(): Promise<void> {
    for (let from = this.#delivered; from < this.#size; ) {
      const { lines, bytes } = await this.#linesFrom(from)
      this.#options.onFound?.(lines.map((line) => JSON.parse(line, hexAsBigint) as Event))
      from += bytes
    }
  }

  #wake(): void {
    if (this.#isClosed || this.#delivery || this.#cancelRetry || this.backlogBytes === 0) return
    this.#delivery = this.#deliverAll().finally(() => {
      this.#delivery = undefined
    })
  }

  async #deliverAll(): Promise<void> {
    try {
      while (this.backlogBytes > 0 && !this.#isClosed) await this.#deliverBatch()
      this.#isFailing = false
    } catch (error) {
      this.#retryLater(error)
    }
  }

  #retryLater(error: unknown): void {
    if (!this.#isFailing) this.#options.onFailure?.(error)
    this.#isFailing = true
    if (this.#isClosed) return
    this.#cancelRetry = this.#options.after(this.#options.retryMs ?? 1_000, () => {
      this.#cancelRetry = undefined
      this.#wake()
    })
  }

  async #deliverBatch(): Promise<void> {
    const { lines, bytes } = await this.#linesFrom(this.#delivered)
    await this.#options.deliver(lines.map((line) => JSON.parse(line, hexAsBigint) as Event))
    this.#delivered += bytes
    await writeMark(this.#markPath, this.#delivered)
    await this.#startOver()
  }

  async #linesFrom(from: number): Promise<{ lines: string[]; bytes: number }> {
    const room = Math.min(READ_BYTES, this.#size - from)
    const { buffer } = await this.#file.read(Buffer.alloc(room), 0, room, from)
    const lines = buffer.subarray(0, buffer.lastIndexOf(NEWLINE)).toString('utf8').split('\n').slice(0, BATCH)
    const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)
    return { lines, bytes }
  }

  /** Empties a large file once all of it was delivered; in turn with the writes, so that none falls in between. */
  async #startOver(): Promise<void> {
    if (this.backlogBytes > 0 || this.#size < this.#restartBytes || this.#nextWrite) return
    this.#lastWrite = this.#lastWrite.catch(() => undefined).then(() => this.#empty())
    await this.#lastWrite
  }

  async #empty(): Promise<void> {
    if (this.backlogBytes > 0) return
    await writeMark(this.#markPath, 0)
    this.#delivered = 0
    this.#size = 0
    await this.#file.truncate(0)
  }

  /** Ends delivery and closes the file; what is not delivered is delivered after the next start. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelRetry?.()
    await this.#nextWrite?.catch(() => undefined)
    await this.#lastWrite.catch(() => undefined)
    await this.#delivery
    await this.#file.close()
  }
}

/** Bytes up to and with the last newline. */
async function endOfLastLine(file: FileHandle): Promise<number> {
  const { size } = await file.stat()
  for (let end = size; end > 0; ) {
    const length = Math.min(READ_BYTES, end)
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, end - length)
    const newline = buffer.lastIndexOf(NEWLINE)
    if (newline >= 0) return end - length + newline + 1
    end -= length
  }
  return 0
}

/** Bytes delivered; 0 when there is no mark, which only repeats deliveries. */
function readMark(path: string): number {
  try {
    const mark = Number(readFileSync(path, 'utf8'))
    return Number.isSafeInteger(mark) && mark > 0 ? mark : 0
  } catch {
    return 0
  }
}

/** Never in the way of messages: a disk may take its time, and they share the event loop. */
async function writeMark(path: string, delivered: number): Promise<void> {
  const fresh = `${path}.new`
  const file = await open(fresh, 'w')
  try {
    await file.writeFile(String(delivered))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(fresh, path)
}

/** Device keys are written as `0x00DB…`, because JSON has no 64-bit numbers. */
function bigintAsHex(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `0x${value.toString(16).padStart(16, '0')}` : value
}

function hexAsBigint(_name: string, value: unknown): unknown {
  return typeof value === 'string' && /^0x[0-9a-f]{16}$/.test(value) ? BigInt(value) : value
}
