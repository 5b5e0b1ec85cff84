/** What the restrictions of one Device amount to. Every store driver goes by it, so that they agree. */
import type { Instant, Restriction } from './device.ts'

/** Whether it is over at `now`; it is lifted from the instant it ends, not after. */
export function hasEnded(restriction: Restriction, now: Instant): boolean {
  return restriction.until !== undefined && restriction.until <= now
}

/**
 * What several restrictions of one Device amount to, undefined when they restrict nothing: the time from the first start to
 * the last end. A gap between two of them that are still to end counts as restricted, because the data plane holds one
 * span for a Device and may only err on the strict side. Those that have ended count only when there are no others.
 */
export function coverOf(restrictions: readonly Restriction[], now: Instant): Restriction | undefined {
  const real = restrictions.filter(({ from, until }) => until === undefined || until > from)
  const lasting = real.filter((restriction) => !hasEnded(restriction, now))
  return lasting.length > 0
    ? lasting.reduce(spanOf)
    : real.reduce<Restriction | undefined>(laterOf, undefined)
}

function spanOf(one: Restriction, other: Restriction): Restriction {
  const from = one.from < other.from ? one.from : other.from
  if (one.until === undefined || other.until === undefined) return { from, until: undefined }
  return { from, until: one.until > other.until ? one.until : other.until }
}

/** Of two that have ended, the one that ended last. */
function laterOf(one: Restriction | undefined, other: Restriction): Restriction {
  return one?.until !== undefined && other.until !== undefined && one.until > other.until ? one : other
}
