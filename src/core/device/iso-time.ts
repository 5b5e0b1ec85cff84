/** An Instant as text: ISO 8601 in UTC with milliseconds, as the journal and DUIS (`xs:dateTime`) write it. */
import type { Instant } from './device.ts'

/** Formatting a time costs more than the record or document it stands in; most messages of a second share its text. */
let second = { from: Number.NaN, text: '' }

/** `2026-11-24T05:03:27.041Z`; parts of a millisecond are left off. */
export function isoTime(at: Instant): string {
  const from = Math.floor(at / 1_000) * 1_000
  if (second.from !== from) second = { from, text: new Date(from).toISOString().slice(0, -4) }
  return `${second.text}${THREE_DIGITS[Math.floor(at - from)]}Z`
}

const THREE_DIGITS = Array.from({ length: 1_000 }, (_, number) => String(number).padStart(3, '0'))

/** The same where there may be none: null, as JSON has it. */
export function isoTimeOrNull(at: Instant | undefined): string | null {
  return at === undefined ? null : isoTime(at)
}

/** The same where there may be none, which stays absent. */
export function isoTimeIfAny(at: Instant | undefined): string | undefined {
  return at === undefined ? undefined : isoTime(at)
}

/** The day in UTC: `2026-11-24`. */
export function isoDay(at: Instant): string {
  return isoTime(at).slice(0, 10)
}
