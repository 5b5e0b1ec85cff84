/**
 * One capture as it runs: takes messages as they end, blanks them a few at a time beside the traffic, and writes them to its
 * file until its time or its bytes are used up.
 *
 * It never holds a message up. What waits is bounded, in messages and bytes, and what is beyond that is left out and counted.
 * Its work takes a small share of the time at most, however much passes.
 */
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { FlagReading, Instant } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { Direction } from '../core/duis/facts.ts'
import type { Verdict } from '../core/policy/verdict.ts'
import type { MessageTap, TapEnd, TappedMessage } from '../gateway/tap.ts'
import type { Clock } from '../observe/clock.ts'
import type { Metrics } from '../observe/metrics.ts'
import { blanked } from './blank.ts'
import type { CaptureLine } from './capture-line.ts'
import type { CaptureRequest, CaptureStatus, EndReason, LeftOutReason } from './capture-request.ts'

/** What a capture asks of the flags: only what is at hand, for it must cause no look-ups. */
export interface FlagsAtHand {
  atHand(keys: readonly DeviceKey[], now: Instant): readonly FlagReading[] | undefined
}

/** What a gateway gives all its captures. */
export interface CaptureSurroundings {
  readonly clock: Clock
  readonly metrics: Metrics
  readonly flags: FlagsAtHand
  /** Between 0 and 1. */
  readonly random: () => number
}

/** Which worker process captures, of how many: each takes its part of the bytes. */
export interface CaptureSeat {
  readonly number: number
  readonly of: number
}

/** Messages under way and waiting together. */
const MAX_MESSAGES = 256
/** Bytes of messages and of lines that wait. */
const MAX_WAITING_BYTES = 33_554_432
/** Every so many milliseconds messages are blanked, for so many: a fifth of the time. */
const TURN_MS = 20
const WORK_MS = 4

export class CaptureRun implements MessageTap {
  readonly request: CaptureRequest
  readonly #seat: CaptureSeat
  readonly #around: CaptureSurroundings
  readonly #path: string
  readonly #file: FileHandle
  readonly #maxBytes: number
  readonly #queue: TappedMessage[] = []
  readonly #leftOut: Partial<Record<LeftOutReason, number>> = {}
  #underWay = 0
  #waitingBytes = 0
  #captured = 0
  #bytes = 0
  #lines: { readonly text: string; readonly direction: Direction }[] = []
  #writing: Promise<void> | undefined
  #turn: NodeJS.Timeout | undefined
  #reason: EndReason | undefined
  #error: string | undefined
  readonly #clockOut: NodeJS.Timeout

  private constructor(
    request: CaptureRequest,
    seat: CaptureSeat,
    around: CaptureSurroundings,
    file: FileHandle,
    path: string,
  ) {
    this.request = request
    this.#seat = seat
    this.#around = around
    this.#file = file
    this.#path = path
    this.#maxBytes = Math.floor(request.maxBytes / seat.of)
    this.#clockOut = setTimeout(() => this.#stop('time'), request.until - around.clock.now()).unref()
  }

  /** Opens the file. Undefined when there is one of this order: an order is carried out once, also over a restart. */
  static async start(
    request: CaptureRequest,
    seat: CaptureSeat,
    around: CaptureSurroundings,
  ): Promise<CaptureRun | undefined> {
    const path = capturePath(request, seat)
    await mkdir(request.out, { recursive: true, mode: 0o700 })
    const file = await openNew(path)
    return file && new CaptureRun(request, seat, around, file, path)
  }

  /** Whether it takes no more messages. */
  get isOver(): boolean {
    return this.#reason !== undefined
  }

  get status(): CaptureStatus {
    return {
      id: this.request.id,
      worker: this.#seat.number,
      of: this.#seat.of,
      state: this.isOver ? 'over' : 'running',
      ...(this.#reason && { reason: this.#reason }),
      file: this.#path,
      captured: this.#captured,
      bytes: this.#bytes,
      leftOut: this.#leftOut,
      ...(this.#error !== undefined && { error: this.#error }),
    }
  }

  begin(direction: Direction): TapEnd | undefined {
    if (!this.#wants(direction)) return undefined
    if (this.#underWay + this.#queue.length >= MAX_MESSAGES || this.#waitingBytes >= MAX_WAITING_BYTES) {
      this.#leaveOut('busy')
      return undefined
    }
    this.#underWay++
    return (message) => {
      this.#underWay--
      this.#take(message)
    }
  }

  tooLarge(direction: Direction): void {
    if (this.#wants(direction)) this.#leaveOut('large')
  }

  /** Takes no more, writes what waits and closes the file. What it was over for before stays the reason. */
  async end(reason: EndReason): Promise<void> {
    this.#stop(reason)
    clearTimeout(this.#turn)
    for (let message = this.#next(); message; message = this.#next()) this.#handle(message)
    while (this.#lines.length > 0 || this.#writing) await (this.#writing ?? this.#write())
    await this.#file.close().catch((error: unknown) => this.#fail(error))
  }

  #wants(direction: Direction): boolean {
    const { request } = this
    if (this.isOver || (request.direction ?? direction) !== direction) return false
    if (this.#around.clock.now() >= request.until) {
      this.#stop('time')
      return false
    }
    return request.sample >= 1 || this.#around.random() < request.sample
  }

  #stop(reason: EndReason): void {
    this.#reason ??= reason
    clearTimeout(this.#clockOut)
  }

  #leaveOut(reason: LeftOutReason, count = 1): void {
    this.#leftOut[reason] = (this.#leftOut[reason] ?? 0) + count
    this.#around.metrics.count('duisgate_capture_left_out_total', [reason], count)
  }

  #take(message: TappedMessage | undefined): void {
    if (!message) return this.#leaveOut('undecided')
    if (this.isOver) return this.#leaveOut('over')
    this.#waitingBytes += message.bytes.length
    this.#queue.push({ ...message, bytes: Buffer.from(message.bytes) })
    this.#turn ??= setTimeout(() => this.#work(), TURN_MS)
  }

  #work(): void {
    const { clock } = this.#around
    const until = clock.monotonicMs() + WORK_MS
    while (clock.monotonicMs() < until) {
      const message = this.#next()
      if (!message) break
      this.#handle(message)
    }
    this.#turn = this.#queue.length > 0 ? setTimeout(() => this.#work(), TURN_MS) : undefined
    void this.#write()
  }

  #next(): TappedMessage | undefined {
    const message = this.#queue.shift()
    if (message) this.#waitingBytes -= message.bytes.length
    return message
  }

  #handle(message: TappedMessage): void {
    const body = this.#bodyOf(message)
    if (!body) return this.#leaveOut('unlike')
    const text = `${JSON.stringify(lineOf(message, body))}\n`
    if (this.#bytes + text.length > this.#maxBytes) {
      this.#stop('size')
      return this.#leaveOut('over')
    }
    this.#bytes += text.length
    this.#waitingBytes += text.length
    this.#lines.push({ text, direction: message.direction })
  }

  #bodyOf({ plan, facts, verdict, bytes }: TappedMessage): Buffer | undefined {
    const { keepPayload } = this.request
    const { devices } = facts
    const readings = keepPayload ? this.#around.flags.atHand(devices, this.#around.clock.now()) : undefined
    if (mayKeepPayload({ isWanted: keepPayload, verdict, devices, readings })) return bytes
    return blanked(plan, facts, bytes)
  }

  #write(): Promise<void> {
    this.#writing ??= this.#append().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async #append(): Promise<void> {
    while (this.#lines.length > 0) {
      const lines = this.#lines
      this.#lines = []
      const text = lines.map((line) => line.text).join('')
      try {
        await this.#file.appendFile(text)
        this.#captured += lines.length
        for (const { direction } of lines) this.#around.metrics.count('duisgate_captured_total', [direction])
      } catch (error) {
        this.#fail(error)
        this.#leaveOut('disk', lines.length)
      } finally {
        this.#waitingBytes -= text.length
      }
    }
  }

  #fail(error: unknown): void {
    this.#error = String(error)
    this.#stop('failed')
  }
}

async function openNew(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined
    throw error
  }
}

/** The file of an order and a worker. */
export function capturePath({ out, id }: CaptureRequest, { number }: CaptureSeat): string {
  return join(out, `capture-${id}${number === 1 ? '' : `-${number}`}.ndjson`)
}

function lineOf({ direction, path, arrivedAt, decision, verdict }: TappedMessage, body: Buffer): CaptureLine {
  return {
    direction,
    path,
    body: body.toString('base64'),
    time: new Date(arrivedAt).toISOString(),
    decision,
    verdict: verdict.kind,
    rule: verdict.kind === 'refuse' ? verdict.fault.code : verdict.rule,
  }
}

/** What the rule looks at. */
export interface PayloadCase {
  /** Whoever ordered the capture wants payloads. */
  readonly isWanted: boolean
  readonly verdict: Verdict
  readonly devices: readonly DeviceKey[]
  /** One reading per Device; undefined when they are not all at hand. */
  readonly readings: readonly FlagReading[] | undefined
}

/**
 * Whether a captured message may keep its payload: only where it was asked for, the message went on, and every Device that it
 * concerns is known not to be Restricted. The flags count beside the verdict, for a row that lets everything pass asks for none.
 */
export function mayKeepPayload({ isWanted, verdict, devices, readings }: PayloadCase): boolean {
  if (!isWanted || verdict.kind !== 'forward') return false
  if (verdict.flag !== 'clear' && verdict.flag !== 'not-needed') return false
  if (devices.length === 0 || readings?.length !== devices.length) return false
  return readings.every((reading) => reading.state === 'clear' && !reading.isStale)
}
