/**
 * Northbound: from the DSP to a Service User's Receive Response Service.
 *
 * The DSP gets the User's own reply, byte for byte; an acknowledgement of a message that was withheld; or problem
 * details, after which it delivers again. Nothing is acknowledged that the upstream has not acknowledged.
 */
import { type CarryResult, carry } from './carry.ts'
import { type GateRules, gate } from './gate.ts'
import { type MessageContext, type MessageResult, messageResult } from './message-context.ts'
import { notCarried, refused, refusedAtGate } from './refuse.ts'
import { replyAsItCame } from './sync-reply.ts'
import { type Withholding, withhold } from './withhold.ts'

export interface Northbound extends Withholding {
  readonly gate: GateRules
  readonly replyFields: ReadonlySet<string>
}

/** Handles one message from its headers to the answer it gets; the caller sends the answer and journals. */
export async function carryNorthbound(setup: Northbound, context: MessageContext): Promise<MessageResult> {
  const { exchange } = context
  const objection = gate(exchange.head, setup.gate)
  if (objection) return refusedAtGate(setup, context, objection)
  if (exchange.head.expectsContinue) exchange.sendContinue()

  const carryResult = await carry(setup, context, setup.destinationOf)
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
  setup: Northbound,
  context: MessageContext,
  { facts, verdict }: Extract<CarryResult, { kind: 'stopped' }>,
): Promise<MessageResult> | MessageResult {
  if (verdict.kind === 'defer') return refused(setup, context, 'GW_DEFERRED', { facts, verdict })
  return withhold(setup, context, facts, verdict)
}

function sent(
  setup: Northbound,
  context: MessageContext,
  { facts, verdict, outcome }: Extract<CarryResult, { kind: 'sent' }>,
): MessageResult {
  if (outcome.kind === 'failed') {
    context.cause = outcome.cause
    return refused(setup, context, outcome.code, { facts, verdict })
  }
  const known = { facts, verdict, peerStatus: outcome.status }
  if (outcome.isEarly && outcome.status < 400) return refused(setup, context, 'GW_PEER_EARLY', known)
  return messageResult({ outcome: 'forwarded', ...known, answer: replyAsItCame(outcome, setup.replyFields) })
}
