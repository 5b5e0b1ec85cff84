/**
 * Southbound: from a Service User to the DSP.
 *
 * The User gets one of: the DSP's own reply, byte for byte; a DUIS Response that rejects the message; or problem
 * details. The DSP's synchronous reply is a northbound message of its own and passes the same filter.
 */
import { type CarryResult, carry, type Destination, type DirectionSetup } from './carry.ts'
import { type GateRules, gate } from './gate.ts'
import { type MessageContext, type MessageResult, messageResult } from './message-context.ts'
import { notCarried, refused, refusedAtGate } from './refuse.ts'
import { type RejectionWriter, reject } from './reject.ts'
import { filterReply, type ReplyFilter } from './sync-reply.ts'
import type { Upstream } from './upstream.ts'

export interface Southbound extends DirectionSetup, RejectionWriter, ReplyFilter {
  readonly gate: GateRules
  readonly dsp: Upstream
  /** Path of the DSP's base URL, without a slash at its end; the message's own path and query follow it. */
  readonly dspPath: string
}

/** Handles one message from its headers to the answer it gets; the caller sends the answer and journals. */
export async function carrySouthbound(setup: Southbound, context: MessageContext): Promise<MessageResult> {
  const { exchange } = context
  const objection = gate(exchange.head, setup.gate)
  if (objection) return refusedAtGate(setup, context, objection)
  if (exchange.head.expectsContinue) exchange.sendContinue()

  const dsp: Destination = { upstream: setup.dsp, target: setup.dspPath + exchange.head.target }
  const carryResult = await carry(setup, context, () => dsp)
  switch (carryResult.kind) {
    case 'gone':
    case 'unreadable':
    case 'refused':
      return notCarried(setup, context, carryResult)
    case 'stopped':
      return stopped(setup, context, carryResult)
    case 'sent':
      return sent(setup, context, carryResult)
  }
}

function stopped(
  setup: Southbound,
  context: MessageContext,
  carryResult: Extract<CarryResult, { kind: 'stopped' }>,
): MessageResult {
  const { facts, verdict } = carryResult
  if (verdict.kind === 'defer') return refused(setup, context, 'GW_DEFERRED', { facts, verdict })
  const answer = reject(setup, facts, setup.clock.now())
  if (!answer) return refused(setup, context, 'GW_NOT_REJECTABLE', { facts, verdict })
  return messageResult({ outcome: 'rejected', facts, verdict, answer })
}

function sent(
  setup: Southbound,
  context: MessageContext,
  carryResult: Extract<CarryResult, { kind: 'sent' }>,
): Promise<MessageResult> | MessageResult {
  const { facts, verdict, outcome } = carryResult
  if (outcome.kind === 'failed') {
    context.cause = outcome.cause
    return refused(setup, context, outcome.code, { facts, verdict })
  }
  if (outcome.isEarly && outcome.status < 400) {
    return refused(setup, context, 'GW_PEER_EARLY', { facts, verdict, peerStatus: outcome.status })
  }
  return filterReply(setup, context, { facts, verdict, reply: outcome })
}
