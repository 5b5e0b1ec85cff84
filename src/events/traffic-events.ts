/**
 * From a message that the gateway handled to the events that the flag's own life is told of.
 *
 * A Service Request that the DSP took is only asked for; a Response with `I0` and every alert say that it was done, except
 * for a Response that brings the command itself, to be signed or delivered locally (DUIS, Command Variants 2 to 4, 6 and 7).
 * What the far side did not take is not an event: it comes again, or its sender learns that it failed. One kind of rejected
 * request is an event all the same: whoever wants a Restricted meter in prepayment contradicts what its Supplier declared.
 */

import { type Instant, instantOf } from '../core/device/device.ts'
import { DAY_MS } from '../core/device/durations.ts'
import { claimedCodes, type MessageFacts } from '../core/duis/facts.ts'
import type { ObservedEvent } from '../core/policy/verdict.ts'
import type { TrafficEvent } from '../core/restriction/restriction.ts'

/** What is known of a message in which rows with `observe` saw something. */
export interface SeenMessage {
  readonly decision: string
  readonly at: Instant
  readonly events: readonly ObservedEvent[]
  readonly facts: MessageFacts
  /** `forwarded`: the far side answered, with `peerStatus`; `withheld`: destroyed on purpose; `rejected`: sent back. */
  readonly outcome: string
  readonly peerStatus: number | undefined
  /** True of the DSP's synchronous reply, which has the decision ID of its request. */
  readonly isReply: boolean
}

/** Events that ask a question, whether or not what they show went through. */
const TELLING_WHEN_REJECTED: readonly ObservedEvent[] = ['payment-mode-change', 'prepayment-activity']

/** The events of a message, one for each name; none when it shows neither a request nor an outcome. */
export function trafficEventsOf(seen: SeenMessage): readonly TrafficEvent[] {
  if (seen.outcome === 'rejected') {
    return eventsNamed(
      seen,
      seen.events.filter((event) => TELLING_WHEN_REJECTED.includes(event)),
    )
  }
  const stage = stageOf(seen)
  if (stage === undefined) return []
  const events = eventsNamed(seen, seen.events)
  return isUncertain(seen.facts) ? events : events.map((event) => ({ ...event, stage }))
}

/**
 * Whether a Device is ever given the command that an answer brings is not known; nor, of a DCC Alert, whether a meter was
 * decommissioned or withdrawn, and a withdrawn one keeps its flag.
 */
function isUncertain({ kind, gbcs, dccAlertPayloads }: MessageFacts): boolean {
  return (
    (kind === 'service-response' && gbcs?.cra === 'command') || dccAlertPayloads.includes(GONE_OR_WITHDRAWN)
  )
}

const GONE_OR_WITHDRAWN = 'DeviceStatusChangeEvent/DeviceStatusChange/MeterDecommissioningOrWithdrawal'

/** Without a stage: nothing that lifts a flag rests on them. */
function eventsNamed(seen: SeenMessage, names: readonly ObservedEvent[]): readonly TrafficEvent[] {
  const { at, facts, isReply } = seen
  const { devices, requestId, scheduleId, home } = facts
  const user = requestId === undefined ? undefined : facts.user
  const decision = isReply ? `${seen.decision}/reply` : seen.decision
  const codes = [...claimedCodes(facts), ...facts.dccAlertPayloads]
  const scheduleUntil = endOfDay(facts.scheduleEndDate)
  return names.map((event) => ({
    ...{ decision, event, at, codes, devices, user, requestId },
    ...(home !== undefined && { home }),
    ...(scheduleId !== undefined && { scheduleId }),
    ...(scheduleUntil !== undefined && { scheduleUntil }),
  }))
}

/** The end of the day in UTC that an xs:date names; its time zone is left out. */
function endOfDay(date: string | undefined): Instant | undefined {
  const start = Date.parse(/^\d{4}-\d\d-\d\d/.exec(date ?? '')?.[0] ?? '')
  return Number.isNaN(start) ? undefined : instantOf(start + DAY_MS)
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
