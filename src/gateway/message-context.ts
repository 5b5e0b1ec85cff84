/**
 * One message on its way through the gateway, from the first header byte to the journal: what is known of it before it
 * is read (`MessageContext`), and what became of it (`MessageResult`).
 */
import type { Instant } from '../core/device/device.ts'
import type { Direction, MessageFacts } from '../core/duis/facts.ts'
import type { ReadFaultCode } from '../core/duis/fault.ts'
import type { MessageOutcome, Substitute } from '../core/journal/journal-record.ts'
import type { Verdict } from '../core/policy/verdict.ts'
import type { Exchange } from '../http1/exchange.ts'
import type { Clock } from '../observe/clock.ts'
import type { Answer } from './answer.ts'
import { type DecisionId, newDecisionId } from './decision-id.ts'
import type { GatewayFaultCode } from './faults.ts'

/** Stages whose duration the journal has: taking the body in, looking up and deciding, waiting for the upstream. */
export type Stage = 'hold' | 'decide' | 'peer'

export class MessageContext {
  readonly direction: Direction
  readonly exchange: Exchange
  readonly decision: DecisionId
  readonly arrivedAt: Instant
  /** The same by the monotonic clock. */
  readonly arrivedAtMs: number
  /** Bytes of the body that arrived. */
  bytes = 0
  /** The error behind a fault of the upstream or of the gateway: for the log, never for the answer. */
  cause: Error | undefined
  readonly #clock: Clock
  readonly #spentMs: Record<Stage, number> = { hold: 0, decide: 0, peer: 0 }
  #lastMs: number

  constructor(direction: Direction, exchange: Exchange, clock: Clock) {
    this.direction = direction
    this.exchange = exchange
    this.arrivedAt = clock.now()
    this.decision = newDecisionId(this.arrivedAt)
    this.#clock = clock
    this.arrivedAtMs = clock.monotonicMs()
    this.#lastMs = this.arrivedAtMs
  }

  /** The `traceparent` field that travels with it; undefined where there is none, more than one, or one that is none. */
  get traceparent(): string | undefined {
    const { fields } = this.exchange.head
    let found: string | undefined
    for (let i = 0; i + 1 < fields.length; i += 2) {
      if (fields[i] !== 'traceparent') continue
      if (found !== undefined) return undefined
      found = fields[i + 1]
    }
    return found !== undefined && TRACEPARENT.test(found) ? found : undefined
  }

  /** Adds the time since the stage before it ended. */
  ended(stage: Stage): void {
    const now = this.#clock.monotonicMs()
    this.#spentMs[stage] += now - this.#lastMs
    this.#lastMs = now
  }

  /** Milliseconds spent so far, in total and by stage, to the microsecond. */
  get spentMs(): Readonly<Record<Stage | 'total', number>> {
    const { hold, decide, peer } = this.#spentMs
    const total = this.#clock.monotonicMs() - this.arrivedAtMs
    return { total: rounded(total), hold: rounded(hold), decide: rounded(decide), peer: rounded(peer) }
  }
}

/** Version, trace, parent, flags: https://www.w3.org/TR/trace-context/ */
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

/** To the microsecond. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1_000) / 1_000
}

export interface MessageResult {
  readonly outcome: MessageOutcome
  /** Absent when nobody is left to answer. */
  readonly answer: Answer | undefined
  /** The fault that was answered, when one was. */
  readonly code: GatewayFaultCode | ReadFaultCode | undefined
  /** Absent when the message could not be read. */
  readonly facts: MessageFacts | undefined
  readonly verdict: Verdict | undefined
  /** Status of the upstream's reply, when there was one. */
  readonly peerStatus: number | undefined
  readonly substitute: Substitute | undefined
  /** The DSP's synchronous reply, when it was not passed on as it came. */
  readonly stoppedReply: StoppedReply | undefined
  /** The DSP's synchronous reply, when it was read, whether it was passed on or stopped. */
  readonly reply: ReadReply | undefined
}

/** A synchronous reply as a message of its own. */
export interface ReadReply {
  readonly facts: MessageFacts
  readonly verdict: Verdict
}

export interface StoppedReply extends ReadReply {
  readonly outcome: 'withheld' | 'deferred'
  readonly bytes: number
}

/** A `MessageResult` of which only what matters is said. */
export function messageResult(what: Pick<MessageResult, 'outcome'> & Partial<MessageResult>): MessageResult {
  return {
    answer: undefined,
    code: undefined,
    facts: undefined,
    verdict: undefined,
    peerStatus: undefined,
    substitute: undefined,
    stoppedReply: undefined,
    reply: undefined,
    ...what,
  }
}
