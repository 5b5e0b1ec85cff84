/**
 * Responses that are under way when the flag of their Device takes effect: whether they may still be delivered.
 *
 * `inFlight: withhold` stops them like everything else. `inFlight: deliver` lets the answer to a Request out when this
 * gateway forwarded that Request before the flag took effect, and not too long ago. Alerts and scheduled Responses answer
 * no such Request, so they stop at once whatever the table says.
 */
import type { FlagReading, Instant } from '../device/device.ts'
import type { MessageFacts } from '../duis/facts.ts'
import type { Table } from './table.ts'

/** The longest that a table may let Responses be under way, and what it lets them without saying. */
export const MAX_IN_FLIGHT_HOURS = 24

/**
 * When the Request was forwarded, where its Response may count as under way; undefined where it may not. Times from a
 * clock that went back count as unknown.
 */
export function underWaySince(
  { deliverInFlightMs }: Table,
  facts: MessageFacts,
  now: Instant,
  requestedAt: Instant | undefined,
): Instant | undefined {
  if (requestedAt === undefined || !mayBeUnderWay(facts)) return undefined
  const age = now - requestedAt
  return age >= 0 && age < deliverInFlightMs ? requestedAt : undefined
}

/**
 * Whether the message answers one Request and carries nothing but its answer: no schedule made it, no alert is wrapped in it,
 * and it concerns no Device but the one that was asked.
 */
export function mayBeUnderWay(facts: MessageFacts): boolean {
  if (facts.kind !== 'service-response' || facts.requestId === undefined || facts.isScheduled) return false
  if (facts.devices.length > 1) return false
  return !facts.claims.some((claim) => claim.type === 'alert' || claim.type === 'dcc-alert')
}

/**
 * Whether the answer to this Request may count as under way one day. One for a future date may not: what it will read lies
 * behind the flag.
 */
export function opensInFlight(facts: MessageFacts): boolean {
  return (
    facts.kind === 'service-request' && facts.requestId !== undefined && facts.executionDateTime === undefined
  )
}

/** Whether the flag took effect only after the Request had been forwarded. */
export function isOlderThanFlag(underWay: Instant | undefined, reading: FlagReading): boolean {
  if (underWay === undefined || reading.state !== 'restricted' || reading.since === undefined) return false
  return underWay < reading.since
}
