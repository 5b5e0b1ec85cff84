/**
 * Northbound: from the DSP to a Service User's Receive Response Service.
 *
 * The DSP gets the User's own reply, byte for byte; an acknowledgement of a message that was withheld; or problem
 * details, after which it delivers again. Nothing is acknowledged that the far side has not acknowledged.
 */
import { type Carried, carry } from './carry.ts'
import { type GateRules, gate } from './gate.ts'
import { type Handled, handled, type Passage } from './passage.ts'
import { notCarried, refused, refusedAtGate } from './refuse.ts'
import { replyAsItCame } from './sync-reply.ts'
import { type Withholding, withhold } from './withhold.ts'

export interface Northbound extends Withholding {
  readonly gate: GateRules
  readonly replyFields: ReadonlySet<string>
}

/** Handles one message from its headers to the answer it gets; the caller sends the answer and journals. */
export async function carryNorthbound(way: Northbound, passage: Passage): Promise<Handled> {
  const { exchange } = passage
  const objection = gate(exchange.head, way.gate)
  if (objection) return refusedAtGate(way, passage, objection)
  if (exchange.head.expectsContinue) exchange.sendContinue()

  const carried = await carry(way, passage, way.destinationOf)
  switch (carried.kind) {
    case 'gone':
    case 'unreadable':
    case 'refused':
      return notCarried(way, passage, carried)
    case 'stopped':
      return stopped(way, passage, carried)
    case 'sent':
      return sent(way, passage, carried)
  }
}

function stopped(
  way: Northbound,
  passage: Passage,
  { facts, verdict }: Extract<Carried, { kind: 'stopped' }>,
): Promise<Handled> | Handled {
  if (verdict.kind === 'defer') return refused(way, passage, 'GW_DEFERRED', { facts, verdict })
  return withhold(way, passage, facts, verdict)
}

function sent(
  way: Northbound,
  passage: Passage,
  { facts, verdict, outcome }: Extract<Carried, { kind: 'sent' }>,
): Handled {
  if (outcome.kind === 'failed') {
    passage.cause = outcome.cause
    return refused(way, passage, outcome.code, { facts, verdict })
  }
  const known = { facts, verdict, peerStatus: outcome.status }
  if (outcome.isEarly && outcome.status < 400) return refused(way, passage, 'GW_PEER_EARLY', known)
  return handled({ outcome: 'forwarded', ...known, answer: replyAsItCame(outcome, way.replyFields) })
}
