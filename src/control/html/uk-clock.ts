/** The clocks of Great Britain: what they show, and the instant at which they show what somebody typed. */
import { type Instant, instantOf } from '../../core/device/device.ts'
import { HOUR_MS, MINUTE_MS } from '../../core/device/durations.ts'

export const UK = 'Europe/London'

/** GMT in winter, British Summer Time an hour ahead of it. */
export type UkZone = 'GMT' | 'BST'

/** A wall clock reading in Great Britain. */
export interface UkClock {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
}

/**
 * Why a reading is not one instant. `no-such-time`: 31 April, 25:00. `left-out`: the hour that clocks leave out in March.
 * `comes-twice`: the hour in October that they show twice, with no zone said. `other-zone`: clocks run on the other one then.
 */
export type UkClockProblem = 'no-such-time' | 'left-out' | 'comes-twice' | 'other-zone'

/** The instant at which clocks in Great Britain show this; `zone` where it was said. */
export function instantOfUkClock(
  { year, month, day, hour, minute }: UkClock,
  zone?: UkZone,
): { readonly at: Instant } | { readonly problem: UkClockProblem } {
  const asUtc = Date.UTC(year, month - 1, day, hour, minute)
  const wanted = new Date(asUtc)
  const isReal =
    wanted.getUTCMonth() === month - 1 && wanted.getUTCDate() === day && wanted.getUTCHours() === hour
  if (!isReal || minute > 59) return { problem: 'no-such-time' }
  const [inSummer, inWinter] = [instantOf(asUtc - HOUR_MS), instantOf(asUtc)]
  const shown = [
    ...(isSummerTime(inSummer) ? [{ at: inSummer, zone: 'BST' }] : []),
    ...(isSummerTime(inWinter) ? [] : [{ at: inWinter, zone: 'GMT' }]),
  ]
  const [found, ...others] = shown.filter((each) => zone === undefined || each.zone === zone)
  if (!found) return { problem: shown.length === 0 ? 'left-out' : 'other-zone' }
  return others.length === 0 ? { at: found.at } : { problem: 'comes-twice' }
}

const PARTS: Intl.DateTimeFormatOptions = {
  ...{ timeZone: UK, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
  ...{ hour: 'numeric', minute: 'numeric' },
}

/** Made for the first time that is shown: it has Node load the calendars. */
let ukParts: Intl.DateTimeFormat | undefined

/** Whether clocks in Great Britain are ahead of UTC at that instant. */
export function isSummerTime(at: Instant): boolean {
  const { year, month, day, hour, minute } = ukClockOf(at)
  return Date.UTC(year, month - 1, day, hour, minute) !== Math.floor(at / MINUTE_MS) * MINUTE_MS
}

/** What clocks in Great Britain show at that instant. */
function ukClockOf(at: Instant): UkClock {
  ukParts ??= new Intl.DateTimeFormat('en-GB', PARTS)
  const found = new Map(ukParts.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  const part = (type: Intl.DateTimeFormatPartTypes): number => found.get(type) ?? 0
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
  }
}
