/**
 * From a message that the gateway handled to the events that the flag's own life is told of.
 *
 * A Service Request that the DSP took is only asked for; a Response with `I0` and every alert say that it was done. What
 * the far side did not take is not an event: it comes again, or its sender learns that it failed.
 */
import type { Instant } from '../core/device/device.ts'
import { claimedCodes, type MessageFacts } from '../core/duis/facts.ts'
import type { ObservedEvent } from '../core/policy/verdict.ts'
import type { TrafficEvent } from '../core/restriction/restriction.ts'

/** What is known of a message in which rows with `observe` saw something. */
export interface SeenMessage {
  readonly decision: string
  readonly at: Instant
  readonly events: readonly ObservedEvent[]
  readonly facts: MessageFacts
  /** `forwarded`: the far side answered, with `peerStatus`; `withheld`: destroyed on purpose. */
  readonly outcome: string
  readonly peerStatus: number | undefined
  /** True of the DSP's synchronous reply, which has the decision ID of its request. */
  readonly isReply: boolean
}

/** The events of a message, one for each name; none when it shows neither a request nor an outcome. */
export function trafficEventsOf(seen: SeenMessage): readonly TrafficEvent[] {
  const stage = stageOf(seen)
  if (stage === undefined) return []
  const { at, facts, isReply } = seen
  const { devices, user, requestId } = facts
  const decision = isReply ? `${seen.decision}/reply` : seen.decision
  const codes = claimedCodes(facts)
  return seen.events.map((event) => ({ decision, event, at, codes, devices, user, requestId, stage }))
}

function stageOf({ facts, outcome, peerStatus, isReply }: SeenMessage): TrafficEvent['stage'] {
  const isTaken = isReply || outcome === 'withheld' || (outcome === 'forwarded' && isSuccess(peerStatus))
  if (!isTaken) return undefined
  switch (facts.kind) {
    case 'service-request':
      return 'requested'
    case 'service-response':
      return facts.responseCode === 'I0' ? 'done' : undefined
    default:
      return 'done'
  }
}

function isSuccess(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300
}
