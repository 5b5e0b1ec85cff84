/**
 * The two directions of messages.
 *
 * Southbound, from a Service User to the DSP: the User gets the DSP's own reply, byte for byte; a DUIS Response that rejects the
 * message; or problem details. The DSP's synchronous reply is a northbound message of its own and passes the same filter.
 *
 * Northbound, from the DSP to a Service User's Receive Response Service: the DSP gets the User's own reply, byte for byte; an
 * acknowledgement of a message that was withheld; or problem details, after which it delivers again. Nothing is acknowledged
 * that the upstream has not acknowledged.
 */
import type { MessageFacts } from '../core/duis/facts.ts'
import type { Verdict } from '../core/policy/verdict.ts'
import { ACKNOWLEDGED } from './answer.ts'
import { carry, type Destination, type DirectionSetup, type FindDestination } from './carry.ts'
import { type GateRules, gate } from './gate.ts'
import { type MessageContext, type MessageResult, messageResult } from './message-context.ts'
import { notCarried, refused, refusedAtGate } from './refuse.ts'
import { type RejectionWriter, reject, stoppedDocument } from './reject.ts'
import { type Forwarded, filterReply, type ReplyFilter, replyAsItCame } from './sync-reply.ts'
import type { Upstream } from './upstream.ts'

export interface BothDirections extends DirectionSetup, RejectionWriter {
  readonly gate: GateRules
  readonly replyFields: ReadonlySet<string>
}

export interface Southbound extends BothDirections, ReplyFilter {
  readonly dsp: Upstream
  /** Path of the DSP's base URL, without a slash at its end; the message's own path and query follow it. */
  readonly dspPath: string
}

export interface Northbound extends BothDirections {
  readonly destinationOf: FindDestination
}

/** What becomes of a message that was decided on, in the way of one direction. */
interface Ends {
  /** It is stopped for good: rejected or withheld. */
  readonly stopped: (facts: MessageFacts, verdict: Verdict) => MessageResult | Promise<MessageResult>
  /** The upstream has it and has replied. */
  readonly replied: (forwarded: Forwarded) => MessageResult | Promise<MessageResult>
}

/** Handles one message from its headers to the answer it gets; the caller sends the answer and journals. */
export function carrySouthbound(setup: Southbound, context: MessageContext): Promise<MessageResult> {
  const dsp: Destination = { upstream: setup.dsp, target: setup.dspPath + context.exchange.head.target }
  return handle(setup, context, () => dsp, {
    stopped: (facts, verdict) => rejected(setup, context, facts, verdict),
    replied: (forwarded) => filterReply(setup, context, forwarded),
  })
}

/** The same for the other direction. */
export function carryNorthbound(setup: Northbound, context: MessageContext): Promise<MessageResult> {
  return handle(setup, context, setup.destinationOf, {
    stopped: (facts, verdict) => withhold(setup, context, facts, verdict),
    replied: ({ facts, verdict, reply }) => {
      const known = { facts, verdict, peerStatus: reply.status }
      return messageResult({
        outcome: 'forwarded',
        ...known,
        answer: replyAsItCame(reply, setup.replyFields),
      })
    },
  })
}

async function handle(
  setup: BothDirections,
  context: MessageContext,
  destinationOf: FindDestination,
  { stopped, replied }: Ends,
): Promise<MessageResult> {
  const { exchange } = context
  const objection = gate(exchange.head, setup.gate)
  if (objection) return refusedAtGate(setup, context, objection)
  if (exchange.head.expectsContinue) exchange.sendContinue()

  const carryResult = await carry(setup, context, destinationOf)
  if (carryResult.kind !== 'stopped' && carryResult.kind !== 'sent')
    return notCarried(setup, context, carryResult)
  const { facts, verdict } = carryResult
  if (carryResult.kind === 'stopped')
    return verdict.kind === 'defer'
      ? refused(setup, context, 'GW_DEFERRED', { facts, verdict })
      : stopped(facts, verdict)
  const { outcome } = carryResult
  if (outcome.kind === 'failed') {
    context.cause = outcome.cause
    return refused(setup, context, outcome.code, { facts, verdict })
  }
  if (outcome.isEarly && outcome.status < 400)
    return refused(setup, context, 'GW_PEER_EARLY', { facts, verdict, peerStatus: outcome.status })
  return replied({ facts, verdict, reply: outcome })
}

function rejected(
  setup: Southbound,
  context: MessageContext,
  facts: MessageFacts,
  verdict: Verdict,
): MessageResult {
  const answer = reject(setup, facts, setup.clock.now())
  if (!answer) return refused(setup, context, 'GW_NOT_REJECTABLE', { facts, verdict })
  return messageResult({ outcome: 'rejected', facts, verdict, answer })
}

/**
 * Withholds a northbound message: it is destroyed, and the DSP is told that it was taken. When somebody waits for it, a Response
 * without data goes out first, and the DSP is told only after that was acknowledged: if the gateway or the User fails in
 * between, the DSP delivers again and nothing is lost.
 */
async function withhold(
  setup: Northbound,
  context: MessageContext,
  facts: MessageFacts,
  verdict: Verdict,
): Promise<MessageResult> {
  const known = { outcome: 'withheld', facts, verdict } as const
  if (verdict.kind === 'withhold' && !verdict.answersRequest)
    return messageResult({ ...known, answer: ACKNOWLEDGED })

  const document = stoppedDocument(setup, facts, setup.clock.now())
  if (document === undefined)
    return messageResult({ ...known, substitute: 'impossible', answer: ACKNOWLEDGED })
  const destination = setup.destinationOf(facts)
  if (!destination) return refused(setup, context, 'GW_NO_ROUTE', { facts, verdict })

  const request = { target: destination.target, fields: ['content-type', 'application/xml'] }
  const outcome = await destination.upstream.post(request, document)
  context.ended('peer')
  const unsent = { facts, verdict, substitute: 'failed' } as const
  if (outcome.kind === 'failed') {
    context.cause = outcome.cause
    return refused(setup, context, outcome.code, unsent)
  }
  const { status } = outcome
  if (status < 200 || status > 299) {
    return refused(setup, context, 'GW_SUBSTITUTE_REFUSED', { ...unsent, peerStatus: status })
  }
  return messageResult({ ...known, substitute: 'acknowledged', peerStatus: status, answer: ACKNOWLEDGED })
}
