/**
 * Sends messages and times their replies, closed loop or open loop.
 *
 * Closed loop: so many in flight at a time, the next when one is answered; this finds how much a gateway can take. Open
 * loop: message i is due at start + i / rate, whatever became of those before it. Its latency counts from when it was
 * due, not from when it could be sent, so a pause of the far side shows in every message that it delayed: nothing is
 * omitted. Between messages the open loop polls instead of sleeping, because timers of a millisecond would be most of
 * what it measures.
 */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { type Address, LeanConnection } from './lean-connection.ts'
import type { Reply } from './reply.ts'

/** A message on its way: its bytes with HTTP head, the lane it takes, and what tells a right reply. */
export interface Shipment {
  readonly bytes: Buffer
  readonly lane: number
  /** Names what the reply is. An answer that begins with `wrong` is counted as such. */
  readonly judge: (reply: Reply) => string
}

export interface DriverOptions {
  /** Where messages of each lane go. */
  readonly lanes: readonly Address[]
  readonly next: () => Shipment
  /** Connections a lane may have. */
  readonly maxConnections: number
  /** Time that what is in flight at the end has to be answered; 10,000 when absent. */
  readonly graceMs?: number
  /** Called about four times a second. */
  readonly onProgress?: (sofar: Progress) => void
}

export interface Progress {
  readonly elapsedMs: number
  readonly answered: number
  readonly failed: number
  readonly waiting: number
}

/** When to stop: after so long or so many, whichever is first. */
export interface Until {
  readonly seconds?: number
  readonly messages?: number
}

/** Milliseconds. */
export interface Latency {
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

interface Waiting {
  readonly shipment: Shipment
  readonly dueMs: number
}

interface Lane {
  readonly address: Address
  readonly idle: LeanConnection[]
  readonly waiting: Waiting[]
  /** How much of `waiting` has gone: taking from the front of an array costs more the longer it is. */
  taken: number
  open: number
}

const PROGRESS_MS = 250
/** A timer may be this much late; nearer messages are waited for by polling. */
const TIMER_SLACK_MS = 2

export class Driver {
  readonly #options: DriverOptions
  readonly #lanes: Lane[]
  readonly #underWay = new Map<LeanConnection, Waiting & { readonly lane: Lane }>()
  readonly #latency = histogram()
  readonly #lateness = histogram()
  readonly #outcomes: Record<string, number> = {}
  readonly #failures: Record<string, number> = {}
  #sent = 0
  #answered = 0
  #failed = 0
  #lastReplyMs = 0
  #onSettled = () => {}

  /** One driver for one run. */
  constructor(options: DriverOptions) {
    this.#options = options
    this.#lanes = options.lanes.map((address) => ({ address, idle: [], waiting: [], taken: 0, open: 0 }))
  }

  async runClosed(inFlight: number, until: Until): Promise<RunReport> {
    const startMs = performance.now()
    const { messages = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY } = until
    const deadlineMs = startMs + seconds * 1_000
    return this.#run(startMs, (over) => {
      const goOn = () => {
        const nowMs = performance.now()
        if (this.#sent < messages && nowMs < deadlineMs) this.#issue(this.#options.next(), nowMs)
        else if (this.#isQuiet()) over()
      }
      this.#onSettled = goOn
      for (let n = 0; n < Math.min(inFlight, messages); n++) goOn()
    })
  }

  async runOpen(rate: number, until: Until): Promise<RunReport> {
    const startMs = performance.now()
    const { messages = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY } = until
    const total = Math.min(messages, Math.round(rate * seconds))
    return this.#run(startMs, (over) => {
      const goOn = () => {
        const nowMs = performance.now()
        for (;;) {
          const dueMs = startMs + (this.#sent * 1_000) / rate
          if (this.#sent >= total) return this.#isQuiet() && over()
          if (dueMs > nowMs)
            return dueMs - nowMs > TIMER_SLACK_MS
              ? setTimeout(goOn, dueMs - nowMs - TIMER_SLACK_MS)
              : setImmediate(goOn)
          this.#issue(this.#options.next(), dueMs)
        }
      }
      this.#onSettled = () => {
        if (this.#sent >= total && this.#isQuiet()) over()
      }
      goOn()
    })
  }

  async #run(startMs: number, begin: (over: () => void) => void): Promise<RunReport> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const watch = setInterval(() => this.#watch(startMs, resolve), PROGRESS_MS)
    begin(resolve)
    await promise
    clearInterval(watch)
    this.#close()
    return this.#report(startMs)
  }

  /** Tells of the progress, and gives up when nothing has been answered for too long. */
  #watch(startMs: number, giveUp: () => void): void {
    const nowMs = performance.now()
    const { graceMs = 10_000, onProgress } = this.#options
    const waiting = this.#lanes.reduce((sum, lane) => sum + lane.waiting.length - lane.taken, 0)
    onProgress?.({ elapsedMs: nowMs - startMs, answered: this.#answered, failed: this.#failed, waiting })
    const isStuck = !this.#isQuiet() && nowMs - Math.max(this.#lastReplyMs, startMs) > graceMs
    if (!isStuck) return
    const unanswered = this.#underWay.size + waiting
    this.#failures['no answer in time'] = (this.#failures['no answer in time'] ?? 0) + unanswered
    giveUp()
  }

  #isQuiet(): boolean {
    return this.#answered + this.#failed >= this.#sent
  }

  #issue(shipment: Shipment, dueMs: number): void {
    this.#sent++
    const lane = this.#lanes[shipment.lane]
    if (!lane) throw new Error(`there is no lane ${shipment.lane}`)
    const waiting = { shipment, dueMs }
    if (lane.idle.length === 0 && lane.open >= this.#options.maxConnections) lane.waiting.push(waiting)
    else this.#send(lane, lane.idle.pop() ?? this.#connect(lane), waiting, performance.now() - dueMs)
  }

  #send(lane: Lane, connection: LeanConnection, { shipment, dueMs }: Waiting, lateMs?: number): void {
    if (lateMs !== undefined) this.#lateness.record(nanoseconds(lateMs))
    this.#underWay.set(connection, { lane, shipment, dueMs })
    connection.send(shipment.bytes)
  }

  #connect(lane: Lane): LeanConnection {
    lane.open++
    return new LeanConnection(lane.address, {
      onReply: (connection, reply) => this.#settle(connection, reply),
      onEnd: (connection, cause) => this.#lose(lane, connection, cause),
    })
  }

  #settle(connection: LeanConnection, reply: Reply): void {
    const sending = this.#underWay.get(connection)
    if (!sending) return
    this.#underWay.delete(connection)
    const { lane, shipment, dueMs } = sending
    this.#lastReplyMs = performance.now()
    this.#latency.record(nanoseconds(this.#lastReplyMs - dueMs))
    const outcome = shipment.judge(reply)
    this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1
    this.#answered++
    const next = takeWaiting(lane)
    if (next) this.#send(lane, connection, next)
    else lane.idle.push(connection)
    this.#onSettled()
  }

  #lose(lane: Lane, connection: LeanConnection, cause: string): void {
    lane.open--
    const idleAt = lane.idle.indexOf(connection)
    if (idleAt >= 0) lane.idle.splice(idleAt, 1)
    if (!this.#underWay.delete(connection)) return
    this.#failures[cause] = (this.#failures[cause] ?? 0) + 1
    this.#failed++
    const next = takeWaiting(lane)
    if (next) this.#send(lane, this.#connect(lane), next)
    // Not at once: a far side that refuses every connection would be asked without a pause.
    setTimeout(() => this.#onSettled(), 1)
  }

  #close(): void {
    this.#onSettled = () => {}
    for (const lane of this.#lanes) for (const connection of lane.idle) connection.close()
    for (const connection of this.#underWay.keys()) connection.close()
    this.#underWay.clear()
  }

  #report(startMs: number): RunReport {
    const endMs = this.#lastReplyMs || performance.now()
    return {
      seconds: (endMs - startMs) / 1_000,
      sent: this.#sent,
      answered: this.#answered,
      outcomes: this.#outcomes,
      failures: this.#failures,
      latency: latencyOf(this.#latency),
      lateness: latencyOf(this.#lateness),
    }
  }
}

function takeWaiting(lane: Lane): Waiting | undefined {
  const next = lane.waiting[lane.taken]
  if (!next) return undefined
  lane.taken++
  if (lane.taken === lane.waiting.length) {
    lane.waiting.length = 0
    lane.taken = 0
  }
  return next
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
