/**
 * The DSP's synchronous reply on its way back to the User. It is a northbound message: an answer to a Non-Device request
 * may carry data of a Restricted Device as well as a later Response may.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { MessageFacts } from '../core/duis/facts.ts'
import { DuisReader, type ReadingPlan, type ReadResult, readMessage } from '../core/duis/reader.ts'
import type { Verdict } from '../core/policy/verdict.ts'
import type { Answer } from './answer.ts'
import { isErrorPage } from './error-page.ts'
import { GATEWAY_FAULTS } from './faults.ts'
import { objectToContent } from './gate.ts'
import { carryFields } from './headers.ts'
import { type Judge, judge, tellDecided } from './judge.ts'
import type { GatewayLimits } from './limits.ts'
import { type Handled, handled, type Passage, type ReadReply } from './passage.ts'
import type { PeerReply } from './peer.ts'
import { refused } from './refuse.ts'
import { type RejectionWriter, reject } from './reject.ts'

export interface ReplyFilter extends Judge, RejectionWriter {
  /** How replies are read: as northbound messages. */
  readonly replyPlan: ReadingPlan
  readonly replyFields: ReadonlySet<string>
  readonly limits: GatewayLimits
}

/** A forwarded request, the verdict on it, and what the DSP replied. */
interface Forwarded {
  readonly facts: MessageFacts
  readonly verdict: Verdict
  readonly reply: PeerReply
}

/** Passes the reply on as it came, or stops it and answers the request in its place. */
export async function filterReply(way: ReplyFilter, passage: Passage, exchange: Forwarded): Promise<Handled> {
  const { facts, verdict, reply } = exchange
  const known = { facts, verdict, peerStatus: reply.status }
  const passed = handled({ outcome: 'forwarded', ...known, answer: replyAsItCame(reply, way.replyFields) })
  if (reply.body.length === 0) return passed
  const objection = objectToContent(reply.fields)
  if (objection) {
    passage.cause = new Error(GATEWAY_FAULTS[objection].text)
    return refused(way, passage, 'GW_REPLY_UNREADABLE', { ...known, outcome: 'upstream-failed' })
  }

  const reading =
    reply.body.length > SLICE
      ? await readInSlices(way.replyPlan, reply.body)
      : readMessage(way.replyPlan, reply.body)
  if (!reading.ok) {
    if (isErrorPage(reply.status, reply.body)) return passed
    return refused(way, passage, 'GW_REPLY_UNREADABLE', { ...known, outcome: 'upstream-failed' })
  }
  const judged = judge(way, reading.facts)
  const read = { facts: reading.facts, verdict: judged instanceof Promise ? await judged : judged }
  tellDecided(way, `${passage.decision}/reply`, read.facts, read.verdict)
  if (read.verdict.kind === 'forward') return { ...passed, reply: read }
  return stoppedReply(way, passage, exchange, read)
}

/** The reply of a peer as an answer: its status, the fields that travel back, its bytes. */
export function replyAsItCame(reply: PeerReply, fields: ReadonlySet<string>): Answer {
  return {
    status: reply.status,
    fields: carryFields(reply.fields, reply.connection, fields),
    body: reply.body,
    closes: reply.isEarly,
  }
}

function stoppedReply(
  way: ReplyFilter,
  passage: Passage,
  { facts, verdict, reply }: Forwarded,
  stopped: ReadReply,
): Handled {
  const outcome = stopped.verdict.kind === 'defer' ? 'deferred' : 'withheld'
  const known = {
    outcome: 'forwarded',
    facts,
    verdict,
    peerStatus: reply.status,
    stoppedReply: { ...stopped, outcome, bytes: reply.body.length },
    reply: stopped,
  } as const
  if (outcome === 'deferred') return refused(way, passage, 'GW_DEFERRED', known)
  const answer = reject(way, facts, way.clock.now())
  return answer ? handled({ ...known, answer }) : refused(way, passage, 'GW_NOT_REJECTABLE', known)
}

/** Bytes read in one turn of the event loop: about a millisecond. */
const SLICE = 262_144

async function readInSlices(plan: ReadingPlan, bytes: Buffer): Promise<ReadResult> {
  const reader = new DuisReader(plan)
  for (let from = 0; from < bytes.length; from += SLICE) {
    if (from > 0) await nextTurn()
    if (!reader.write(bytes.subarray(from, from + SLICE))) break
  }
  return reader.end()
}
