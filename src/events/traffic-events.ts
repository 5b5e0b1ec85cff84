/**
 * From a message that the gateway handled to the events that the flag's own life is told of.
 *
 * A Service Request that the DSP took is only asked for; a Response with `I0` and every alert say that it was done, except
 * for a Response that brings the command itself, to be signed or delivered locally (DUIS, Command Variants 2 to 4, 6 and 7).
 * What the upstream did not take is not an event: it comes again, or its sender learns that it failed. Three kinds are events
 * all the same. A rejected request for prepayment: whoever wants a Restricted meter in prepayment contradicts what its Supplier
 * declared. What a message from the DSP says has been done in a home: a hub was swapped whether or not a User takes the news of
 * it, and flags must not wait for that. And a request for that which the DSP may have: only the request names what gives way.
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
  /** `forwarded`: the upstream answered, with `peerStatus`; `withheld`: destroyed on purpose; `rejected`: sent back. */
  readonly outcome: string
  readonly peerStatus: number | undefined
  /** Why it was not carried; absent when it was. */
  readonly code: string | undefined
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
  const stage = stageOf(seen.facts)
  if (stage === undefined) return []
  const events = eventsNamed(seen, isTaken(seen) ? seen.events : countingAnyhow(seen, stage))
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

function stageOf({ kind, responseCode }: MessageFacts): TrafficEvent['stage'] {
  switch (kind) {
    case 'service-request':
      return 'requested'
    case 'service-response':
      return responseCode === 'I0' ? 'done' : undefined
    default:
      return 'done'
  }
}

/** Whether the upstream has it, or never will because the gateway says so. */
function isTaken({ outcome, peerStatus, isReply }: SeenMessage): boolean {
  return isReply || outcome === 'withheld' || (outcome === 'forwarded' && isSuccess(peerStatus))
}

/** Events that bring a Device into a home. */
export const BRINGING: readonly string[] = ['hub-change', 'han-change'] satisfies ObservedEvent[]

/** Outcomes of a message that was whole and that the upstream does not have. */
const READ_AND_NOT_TAKEN: readonly string[] = ['forwarded', 'upstream-failed', 'deferred']

/** Faults of an upstream that certainly does not have the message. */
const NEVER_ARRIVED: readonly string[] = ['GW_PEER_UNREACHABLE', 'GW_PEER_BUSY']

/** What counts although nobody said that they took the message. */
function countingAnyhow(seen: SeenMessage, stage: TrafficEvent['stage']): readonly ObservedEvent[] {
  const { events, outcome, code = '' } = seen
  const mayHaveArrived = outcome === 'upstream-failed' && !NEVER_ARRIVED.includes(code)
  const counts = stage === 'done' ? READ_AND_NOT_TAKEN.includes(outcome) : mayHaveArrived
  return counts ? events.filter((event) => BRINGING.includes(event)) : []
}

function isSuccess(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300
}
