/**
 * Switches captures on and off in a running gateway: looks for an order every second, carries it out once, and answers.
 *
 * Off, it costs a look into a folder each second and nothing on the way of a message.
 */
import { mkdir } from 'node:fs/promises'
import type { MessageTap, TapSocket } from '../gateway/tap.ts'
import type { Logger } from '../observe/log.ts'
import { Repeated } from '../observe/repeated.ts'
import { systemScheduler } from '../observe/scheduler.ts'
import {
  type CaptureRequest,
  type CaptureStatus,
  type EndReason,
  MAX_CAPTURE_MS,
  readRequest,
  writeStatus,
} from './capture-request.ts'
import { CaptureRun, type CaptureSeat, type CaptureSurroundings, capturePath } from './capture-run.ts'

export interface CaptureSwitchOptions extends CaptureSurroundings {
  /** Where orders are looked for and answered; made when it is not there. */
  readonly folder: string
  readonly seat: CaptureSeat
  readonly log: Logger
  /** Milliseconds between two looks; one second when absent. */
  readonly pollMs?: number
}

const POLL_MS = 1_000

export class CaptureSwitch implements TapSocket {
  readonly #options: CaptureSwitchOptions
  #run: CaptureRun | undefined
  /** Of the order last seen, which is not looked at again. */
  #seen: string | undefined
  /** Why a file was refused, so that it is logged once. */
  #refused: string | undefined
  readonly #repeated: Repeated

  constructor(options: CaptureSwitchOptions) {
    this.#options = options
    const { pollMs = POLL_MS } = options
    this.#repeated = new Repeated({ work: () => this.#look(), everyMs: pollMs, scheduler: systemScheduler })
  }

  /** The capture that runs; undefined when none does. */
  get tap(): MessageTap | undefined {
    return this.#run
  }

  /** Begins to look for orders. Where the folder cannot be made there is no capturing, and the log says so. */
  async start(): Promise<void> {
    const { folder, log } = this.#options
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      this.#repeated.startLater()
    } catch (err) {
      log.warn({ err }, 'there is no folder for orders to capture; nothing can be captured')
    }
  }

  /** Ends the capture that runs, and looks no more. */
  async stop(): Promise<void> {
    await this.#repeated.stop()
    await this.#end('stopped')
  }

  async #look(): Promise<void> {
    try {
      const found = await readRequest(this.#options.folder)
      if (found.kind === 'refused') this.#refuse(found.why)
      const request = found.kind === 'found' ? found.request : undefined
      if (this.#run?.isOver || (this.#run && this.#run.request.id !== request?.id))
        await this.#end('withdrawn')
      if (request && request.id !== this.#seen) await this.#begin(request)
      if (this.#run) await this.#answer(this.#run.status)
    } catch (err) {
      this.#options.log.error({ err }, 'an order to capture could not be looked at')
    }
  }

  #refuse(why: string): void {
    if (this.#refused === why) return
    this.#refused = why
    this.#options.log.warn({ why }, 'an order to capture is refused')
  }

  /** An order that another process of this seat has begun, before a restart, is not begun again. */
  async #begin(request: CaptureRequest): Promise<void> {
    const { seat, clock, log } = this.#options
    this.#seen = request.id
    const now = clock.now()
    const until = Math.min(request.until, now + MAX_CAPTURE_MS)
    if (until <= now) return
    try {
      this.#run = await CaptureRun.start({ ...request, until }, seat, this.#options)
      if (!this.#run) {
        log.warn({ capture: request.id }, 'an order to capture has been carried out before')
        return
      }
      const { out, sample, maxBytes, keepPayload } = request
      log.warn({ capture: request.id, out, sample, maxBytes, until, keepPayload }, 'messages are captured')
    } catch (err) {
      log.error({ err, capture: request.id }, 'a capture cannot begin')
      await this.#answer(failedStatus(request, seat, err))
    }
  }

  async #end(reason: EndReason): Promise<void> {
    const run = this.#run
    if (!run) return
    this.#run = undefined
    await run.end(reason)
    const { captured, bytes, leftOut, reason: why } = run.status
    this.#options.log.warn(
      { capture: run.request.id, reason: why, captured, bytes, leftOut },
      'the capture is over',
    )
    await this.#answer(run.status)
  }

  async #answer(status: CaptureStatus): Promise<void> {
    await writeStatus(this.#options.folder, status).catch((err: unknown) =>
      this.#options.log.warn({ err }, 'how a capture goes could not be written down'),
    )
  }
}

function failedStatus(request: CaptureRequest, seat: CaptureSeat, error: unknown): CaptureStatus {
  return {
    id: request.id,
    worker: seat.number,
    of: seat.of,
    state: 'over',
    reason: 'failed',
    file: capturePath(request, seat),
    captured: 0,
    bytes: 0,
    leftOut: {},
    error: String(error),
  }
}
