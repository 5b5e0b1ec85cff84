/**
 * Withholding a northbound message: it is destroyed, and the DSP is told that it was taken. When somebody waits for it,
 * a Response without data goes out first, and the DSP is told only after that was acknowledged: if the gateway or the
 * User fails in between, the DSP delivers again and nothing is lost.
 */
import type { MessageFacts } from '../core/duis/facts.ts'
import type { Verdict } from '../core/policy/verdict.ts'
import { ACKNOWLEDGED } from './answer.ts'
import type { FindDestination, Way } from './carry.ts'
import { type Handled, handled, type Passage } from './passage.ts'
import { refused } from './refuse.ts'
import { type RejectionWriter, stoppedDocument } from './reject.ts'

export interface Withholding extends Way, RejectionWriter {
  readonly destinationOf: FindDestination
}

export async function withhold(
  way: Withholding,
  passage: Passage,
  facts: MessageFacts,
  verdict: Verdict,
): Promise<Handled> {
  const known = { outcome: 'withheld', facts, verdict } as const
  if (verdict.kind === 'withhold' && !verdict.answersRequest)
    return handled({ ...known, answer: ACKNOWLEDGED })

  const document = stoppedDocument(way, facts, way.clock.now())
  if (document === undefined) return handled({ ...known, substitute: 'impossible', answer: ACKNOWLEDGED })
  const destination = way.destinationOf(facts)
  if (!destination) return refused(way, passage, 'GW_NO_ROUTE', { facts, verdict })

  const request = { target: destination.target, fields: ['content-type', 'application/xml'] }
  const outcome = await destination.peer.post(request, document)
  passage.ended('peer')
  const unsent = { facts, verdict, substitute: 'failed' } as const
  if (outcome.kind === 'failed') {
    passage.cause = outcome.cause
    return refused(way, passage, outcome.code, unsent)
  }
  const { status } = outcome
  if (status < 200 || status > 299) {
    return refused(way, passage, 'GW_SUBSTITUTE_REFUSED', { ...unsent, peerStatus: status })
  }
  return handled({ ...known, substitute: 'acknowledged', peerStatus: status, answer: ACKNOWLEDGED })
}
