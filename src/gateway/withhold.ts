/**
 * Withholding a northbound message: it is destroyed, and the DSP is told that it was taken. When somebody waits for it,
 * a Response without data goes out first, and the DSP is told only after that was acknowledged: if the gateway or the
 * User fails in between, the DSP delivers again and nothing is lost.
 */
import type { MessageFacts } from '../core/duis/facts.ts'
import type { Verdict } from '../core/policy/verdict.ts'
import { ACKNOWLEDGED } from './answer.ts'
import type { DirectionSetup, FindDestination } from './carry.ts'
import { type MessageContext, type MessageResult, messageResult } from './message-context.ts'
import { refused } from './refuse.ts'
import { type RejectionWriter, stoppedDocument } from './reject.ts'

export interface Withholding extends DirectionSetup, RejectionWriter {
  readonly destinationOf: FindDestination
}

export async function withhold(
  setup: Withholding,
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
