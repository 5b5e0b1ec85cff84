/**
 * Southbound: from a Service User to the DSP.
 *
 * The User gets one of: the DSP's own reply, byte for byte; a DUIS Response that rejects the message; or problem
 * details. The DSP's synchronous reply is a northbound message of its own and passes the same filter.
 */
import { type Carried, carry, type Destination, type Way } from './carry.ts'
import { type GateRules, gate } from './gate.ts'
import { type Handled, handled, type Passage } from './passage.ts'
import type { Peer } from './peer.ts'
import { notCarried, refused, refusedAtGate } from './refuse.ts'
import { type RejectionWriter, reject } from './reject.ts'
import { filterReply, type ReplyFilter } from './sync-reply.ts'

export interface Southbound extends Way, RejectionWriter, ReplyFilter {
  readonly gate: GateRules
  readonly dsp: Peer
  /** Path of the DSP's base URL, without a slash at its end; the message's own path and query follow it. */
  readonly dspPath: string
}

/** Handles one message from its headers to the answer it gets; the caller sends the answer and journals. */
export async function carrySouthbound(way: Southbound, passage: Passage): Promise<Handled> {
  const { exchange } = passage
  const objection = gate(exchange.head, way.gate)
  if (objection) return refusedAtGate(way, passage, objection)
  if (exchange.head.expectsContinue) exchange.sendContinue()

  const dsp: Destination = { peer: way.dsp, target: way.dspPath + exchange.head.target }
  const carried = await carry(way, passage, () => dsp)
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

function stopped(way: Southbound, passage: Passage, carried: Extract<Carried, { kind: 'stopped' }>): Handled {
  const { facts, verdict } = carried
  if (verdict.kind === 'defer') return refused(way, passage, 'GW_DEFERRED', { facts, verdict })
  const answer = reject(way, facts, way.clock.now())
  if (!answer) return refused(way, passage, 'GW_NOT_REJECTABLE', { facts, verdict })
  return handled({ outcome: 'rejected', facts, verdict, answer })
}

function sent(
  way: Southbound,
  passage: Passage,
  carried: Extract<Carried, { kind: 'sent' }>,
): Promise<Handled> | Handled {
  const { facts, verdict, outcome } = carried
  if (outcome.kind === 'failed') {
    passage.cause = outcome.cause
    return refused(way, passage, outcome.code, { facts, verdict })
  }
  if (outcome.isEarly && outcome.status < 400) {
    return refused(way, passage, 'GW_PEER_EARLY', { facts, verdict, peerStatus: outcome.status })
  }
  return filterReply(way, passage, { facts, verdict, reply: outcome })
}
