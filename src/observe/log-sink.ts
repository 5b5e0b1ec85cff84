/**
 * Where log lines go: standard output, without ever making a message wait for it.
 *
 * A collector that reads nothing, a full disk or a slow one costs lines, which are counted, and nothing else. What is written
 * here may be lost; the journal and the audit trail are not written here.
 */
import { fstatSync, write, writeSync } from 'node:fs'
import { Socket } from 'node:net'

export interface LogSink {
  /** Takes a line with its LF. Never throws and never blocks. */
  write(line: string): void
  /** Lines lost since the start. */
  readonly dropped: number
}

/** Until a pipe without room is tried again. */
const RETRY_MS = 20

/** Bytes that may wait. */
const MAX_WAITING = 1_048_576

const STANDARD_OUTPUT = 1

/** A sink over a descriptor that is open for writing; standard output when absent. */
export function openLogSink(fd = STANDARD_OUTPUT): LogSink {
  const kind = fstatSync(fd)
  return kind.isFIFO() || kind.isSocket() ? new PipeSink(fd) : new FileSink(fd)
}

/** A pipe or a socket: what there is no room for waits, and is tried again. */
class PipeSink implements LogSink {
  readonly #fd: number
  readonly #waiting: Buffer[] = []
  #waitingBytes = 0
  dropped = 0

  constructor(fd: number) {
    this.#fd = fd
    // Taking it for a socket is how Node has the system answer EAGAIN instead of waiting for room.
    new Socket({ fd, readable: false, writable: true }).on('error', () => {}).unref()
  }

  write(line: string): void {
    if (this.#waitingBytes >= MAX_WAITING) {
      this.dropped++
      return
    }
    const bytes = Buffer.from(line)
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    if (this.#waiting.length === 1) this.#writeWaiting()
  }

  #writeWaiting(): void {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const written = this.#written(next)
      if (written === undefined) return
      this.#waitingBytes -= written
      if (written < next.length) this.#waiting[0] = next.subarray(written)
      else this.#waiting.shift()
    }
  }

  /** Bytes that were taken; undefined when there is no room, and it is tried again by itself. */
  #written(bytes: Buffer): number | undefined {
    try {
      return writeSync(this.#fd, bytes)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') {
        setTimeout(() => this.#writeWaiting(), RETRY_MS).unref()
        return undefined
      }
      this.dropped++
      return bytes.length
    }
  }
}

/** A file or a terminal: one write at a time, in Node's own threads. */
class FileSink implements LogSink {
  readonly #fd: number
  #waiting: string[] = []
  #waitingLength = 0
  #isWriting = false
  dropped = 0

  constructor(fd: number) {
    this.#fd = fd
  }

  write(line: string): void {
    if (this.#waitingLength >= MAX_WAITING) {
      this.dropped++
      return
    }
    this.#waiting.push(line)
    this.#waitingLength += line.length
    if (!this.#isWriting) this.#writeWaiting()
  }

  #writeWaiting(): void {
    const lines = this.#waiting
    this.#isWriting = lines.length > 0
    if (!this.#isWriting) return
    this.#waiting = []
    this.#waitingLength = 0
    this.#writeAll(Buffer.from(lines.join('')), lines.length)
  }

  #writeAll(bytes: Buffer, lines: number): void {
    write(this.#fd, bytes, (error, written) => {
      if (!error && written < bytes.length) return this.#writeAll(bytes.subarray(written), lines)
      if (error) this.dropped += lines
      this.#writeWaiting()
    })
  }
}
