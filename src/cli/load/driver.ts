/**
 * Sends messages and times their replies, closed loop or open loop.
 *
 * Closed loop: so many in flight at a time, the next when one is answered; this finds how much a gateway can take. Open
 * loop: message i is due at start + i / rate, whatever became of those before it. Its latency counts from when it was
 * due, not from when it could be sent, so a pause of the upstream shows in every message that it delayed: nothing is
 * omitted. Between messages the open loop polls instead of sleeping, because timers of a millisecond would be most of
 * what it measures.
 */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { Lane, type Parcel, type Shipment } from './lane.ts'
import type { Address } from './lean-connection.ts'
import type { Reply } from './reply.ts'

export interface DriverOptions {
  /** Where messages of each lane go. */
  readonly lanes: readonly Address[]
  readonly next: () => Shipment
  /** Connections a lane may have. */
  readonly maxConnections: number
  /** Whether connections stay open after a run, for the next one, until `close`. */
  readonly keepsConnections?: boolean
  /** How long nothing may be answered before the run is given up; 10,000 when absent. */
  readonly graceMs?: number
  /** Messages that may wait for a connection of a lane; those beyond are lost. As many as come when absent. */
  readonly maxWaiting?: number
}

export interface Progress {
  readonly elapsedMs: number
  readonly sent: number
  readonly answered: number
  readonly lost: number
  /** Messages that are due and wait for a connection. */
  readonly waiting: number
}

/** When to stop: after so long or so many, whichever is first. */
export interface Until {
  readonly seconds?: number
  readonly messages?: number
}

/** When each message of an open loop is due: milliseconds after the start, by its place from 0. */
export interface DueTimes {
  readonly messages: number
  dueMs(place: number): number
}

/** Milliseconds. */
interface Latency {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

export interface RunReport {
  /** From the first message to the last reply. */
  readonly seconds: number
  readonly sent: number
  readonly answered: number
  /** Replies by what they were judged to be. */
  readonly outcomes: Readonly<Record<string, number>>
  /** Messages without a reply, by why. */
  readonly failures: Readonly<Record<string, number>>
  readonly latency: Latency
  /** Open loop: how late messages left although a connection was free. The generator's own fault. */
  readonly lateness: Latency
}

const WATCH_MS = 250
/** A timer may be this much late; nearer messages are waited for by polling. */
const TIMER_SLACK_MS = 2
const UNANSWERED = 'no answer in time'
const CROWDED = 'never sent: too many waited for a connection'

export class Driver {
  readonly #options: DriverOptions
  readonly #lanes: readonly Lane[]
  readonly #latency = histogram()
  readonly #lateness = histogram()
  #outcomes: Record<string, number> = {}
  #failures: Record<string, number> = {}
  #startMs = 0
  #lastReplyMs = 0
  /** Since when something has been waiting for an answer, or when the last came. */
  #waitingSinceMs = 0
  #sent = 0
  #answered = 0
  #lost = 0
  #isStopped = false
  #abort = () => {}
  #timer: NodeJS.Timeout | undefined
  /** What to do when a message is answered or lost. */
  #onSettled = () => {}

  /** One driver for one run, or for several one after the other. */
  constructor(options: DriverOptions) {
    this.#options = options
    const events = {
      onAnswered: (parcel: Parcel, reply: Reply) => this.#answer(parcel, reply),
      onLost: ({ shipment }: Parcel, cause: string) => {
        shipment.onLost?.()
        this.#lose(cause)
      },
    }
    this.#lanes = options.lanes.map((address) => new Lane(address, options.maxConnections, events))
  }

  runClosed(inFlight: number, until: Until): Promise<RunReport> {
    const { messages = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY } = until
    const atOnce = Math.min(inFlight, messages)
    return this.#run((over) => {
      const goOn = () => {
        const nowMs = performance.now()
        // The first are sent however late it is, so that a run whose start was held up still says something.
        const isOver = this.#sent >= atOnce && nowMs - this.#startMs >= seconds * 1_000
        if (!isOver && this.#sent < messages && !this.#isStopped) this.#issue(nowMs)
        else if (this.#isQuiet()) over()
      }
      this.#onSettled = goOn
      for (let n = 0; n < atOnce; n++) goOn()
    })
  }

  runOpen(rate: number, until: Until): Promise<RunReport> {
    const { messages = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY } = until
    const total = Math.min(messages, Math.max(1, Math.round(rate * seconds)))
    return this.runDue({ messages: total, dueMs: (place) => (place * 1_000) / rate })
  }

  runDue({ messages, dueMs: dueAfter }: DueTimes): Promise<RunReport> {
    return this.#run((over) => {
      const isDone = () => this.#sent >= messages || this.#isStopped
      const goOn = () => {
        const nowMs = performance.now()
        while (!isDone()) {
          const dueMs = this.#startMs + dueAfter(this.#sent)
          if (dueMs > nowMs) return this.#wait(dueMs - nowMs, goOn)
          this.#issue(dueMs)
        }
        if (this.#isQuiet()) over()
      }
      this.#onSettled = () => {
        if (isDone() && this.#isQuiet()) over()
      }
      goOn()
    })
  }

  /** Sends no more; the run ends when what is in flight has been answered. */
  stop(): void {
    this.#isStopped = true
    this.#onSettled()
  }

  /** Ends the run; what is in flight is neither answered nor lost. */
  abort(): void {
    this.#isStopped = true
    this.#abort()
  }

  get progress(): Progress {
    return {
      elapsedMs: performance.now() - this.#startMs,
      sent: this.#sent,
      answered: this.#answered,
      lost: this.#lost,
      waiting: this.#lanes.reduce((sum, lane) => sum + lane.waiting, 0),
    }
  }

  /** Ends the connections that were kept. */
  close(): void {
    for (const lane of this.#lanes) lane.close()
  }

  async #run(begin: (over: () => void) => void): Promise<RunReport> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const watch = setInterval(() => this.#watch(resolve), WATCH_MS)
    this.#forget()
    this.#startMs = performance.now()
    this.#lastReplyMs = this.#startMs
    this.#abort = resolve
    begin(resolve)
    await promise
    clearInterval(watch)
    clearTimeout(this.#timer)
    this.#onSettled = () => {}
    if (!this.#options.keepsConnections) this.close()
    return this.#report()
  }

  /** What was counted in the run before. */
  #forget(): void {
    this.#latency.reset()
    this.#lateness.reset()
    this.#outcomes = {}
    this.#failures = {}
    this.#sent = this.#answered = this.#lost = 0
  }

  /** Gives up when nothing has been answered for too long. */
  #watch(giveUp: () => void): void {
    const nowMs = performance.now()
    const { graceMs = 10_000 } = this.#options
    if (this.#isQuiet() || nowMs - this.#waitingSinceMs <= graceMs) return
    this.#failures[UNANSWERED] = this.#sent - this.#answered - this.#lost
    giveUp()
  }

  /** Whether everything that was sent has been answered or lost. */
  #isQuiet(): boolean {
    return this.#answered + this.#lost >= this.#sent
  }

  #issue(dueMs: number): void {
    const shipment = this.#options.next()
    const lane = this.#lanes[shipment.lane]
    if (!lane) throw new Error(`there is no lane ${shipment.lane}`)
    if (this.#isQuiet()) this.#waitingSinceMs = performance.now()
    this.#sent++
    if (lane.waiting >= (this.#options.maxWaiting ?? Number.POSITIVE_INFINITY)) return this.#lose(CROWDED)
    if (lane.isFree) this.#lateness.record(nanoseconds(performance.now() - dueMs))
    lane.take({ shipment, dueMs })
  }

  #wait(ms: number, then: () => void): void {
    if (ms > TIMER_SLACK_MS) this.#timer = setTimeout(then, ms - TIMER_SLACK_MS)
    else setImmediate(then)
  }

  #answer({ shipment, dueMs }: Parcel, reply: Reply): void {
    this.#lastReplyMs = this.#waitingSinceMs = performance.now()
    this.#latency.record(nanoseconds(this.#lastReplyMs - dueMs))
    const outcome = shipment.judge(reply)
    shipment.onAnswered?.(this.#lastReplyMs - dueMs)
    this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1
    this.#answered++
    this.#onSettled()
  }

  #lose(cause: string): void {
    this.#failures[cause] = (this.#failures[cause] ?? 0) + 1
    this.#lost++
    // Not at once: an upstream that refuses every connection would be asked without a pause.
    setTimeout(() => this.#onSettled(), 1)
  }

  #report(): RunReport {
    return {
      seconds: (this.#lastReplyMs - this.#startMs) / 1_000,
      sent: this.#sent,
      answered: this.#answered,
      outcomes: this.#outcomes,
      failures: this.#failures,
      latency: latencyOf(this.#latency),
      lateness: latencyOf(this.#lateness),
    }
  }
}

function nanoseconds(ms: number): number {
  return Math.max(1, Math.round(ms * 1e6))
}

/** Up to two minutes, to three digits. */
function histogram(): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: 120e9, figures: 3 })
}

function latencyOf(recorded: RecordableHistogram): Latency {
  const at = (percentile: number) => (recorded.count === 0 ? 0 : recorded.percentile(percentile) / 1e6)
  return { p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: at(100) }
}
