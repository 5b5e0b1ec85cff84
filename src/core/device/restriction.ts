/**
 * How the Restricted flag of one Device changes. Every store driver applies these rules, so that they agree.
 *
 * A Device has one current restriction at a time. Where two requests overlap, the longer restriction counts: a request
 * to set the flag never opens a gap in a restriction that is in force or promised.
 */
import type { Instant, Restriction } from './device.ts'

/** The restriction after setting the flag from `from` on. The same object when nothing changes. */
export function setFrom(current: Restriction | undefined, from: Instant, now: Instant): Restriction {
  if (!current || hasEnded(current, now)) return { from, until: undefined }
  if (current.until === undefined && current.from <= from) return current
  return { from: current.from < from ? current.from : from, until: undefined }
}

/**
 * The restriction after ending the flag at `until`. The same object when nothing changes; undefined when it would end
 * before it began. One that has ended stays as it is: clearing never sets a flag.
 */
export function endAt(
  current: Restriction | undefined,
  until: Instant,
  now: Instant,
): Restriction | undefined {
  if (!current || hasEnded(current, now) || current.until === until) return current
  return until <= current.from ? undefined : { from: current.from, until }
}

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
