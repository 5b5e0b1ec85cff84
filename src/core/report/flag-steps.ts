/**
 * When a Device was Restricted, as the history of its flag tells. A step is what the flag was after a change; it counts from
 * the moment it was recorded until the next one.
 */
import type { Instant, Restriction } from '../device/device.ts'
import { joined, type Span } from './span.ts'

/** One change of a Device's flag. */
export interface FlagStep {
  readonly recordedAt: Instant
  /** When every live gateway had applied it; absent while that is not known. */
  readonly inForceAt: Instant | undefined
  /** Undefined when the change took the flag back. */
  readonly restriction: Restriction | undefined
}

/**
 * The spans in which the Device was Restricted. `steps` are in the order in which they were recorded. A flag that was to
 * begin before it was recorded counts from the record on: nobody could have honoured it earlier.
 */
export function restrictedSpans(steps: readonly FlagStep[]): Span[] {
  return joined(steps.flatMap((step, index) => spanOf(step, steps[index + 1]?.recordedAt)))
}

function spanOf({ recordedAt, restriction }: FlagStep, replacedAt: Instant | undefined): Span[] {
  if (!restriction) return []
  const from = restriction.from > recordedAt ? restriction.from : recordedAt
  const until = earlier(restriction.until, replacedAt)
  return until !== undefined && until <= from ? [] : [{ from, until }]
}

function earlier(one: Instant | undefined, other: Instant | undefined): Instant | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return one < other ? one : other
}

/**
 * Whether every gateway had to take the Device for Restricted at that time. A gateway may have applied any step from the last
 * one that was in force everywhere to the last one recorded; all of them must restrict.
 */
export function isEnforcedAt(steps: readonly FlagStep[], at: Instant): boolean {
  const recorded = steps.filter((step) => step.recordedAt <= at)
  const settled = recorded.findLastIndex(({ inForceAt }) => inForceAt !== undefined && inForceAt <= at)
  return settled >= 0 && recorded.slice(settled).every(({ restriction }) => restricts(restriction, at))
}

/**
 * Whether the Device was Restricted at that time by a change that was never confirmed as in force everywhere: whether gateways had
 * to know it cannot be said.
 */
export function isUnconfirmedAt(steps: readonly FlagStep[], at: Instant): boolean {
  const last = steps.findLast((step) => step.recordedAt <= at)
  return (
    last !== undefined &&
    last.inForceAt === undefined &&
    restricts(last.restriction, at) &&
    !isEnforcedAt(steps, at)
  )
}

function restricts(restriction: Restriction | undefined, at: Instant): boolean {
  if (!restriction || at < restriction.from) return false
  return restriction.until === undefined || at < restriction.until
}
