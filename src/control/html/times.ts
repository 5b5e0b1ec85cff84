/**
 * Times as people read them: UTC, which every party shares, and the time on the clock in Great Britain beside it.
 */
import { type Instant, instantOf } from '../../core/device/device.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/device/durations.ts'
import { type Html, html } from './html.ts'

const day = (timeZone: string) =>
  new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'long', year: 'numeric' })
const clockTime = (timeZone: string) =>
  new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })

const UK = 'Europe/London'
const utcDay = day('UTC')
const utcTime = clockTime('UTC')
const ukDay = day(UK)
const ukTime = clockTime(UK)

/** `23 November 2026, 14:05 (UTC)`. */
export function utcText(at: Instant): string {
  return `${utcDay.format(at)}, ${utcTime.format(at)} (UTC)`
}

/** `14:05 UK time`, with the day where it is another one. */
export function ukText(at: Instant): string {
  const sameDay = ukDay.format(at) === utcDay.format(at)
  return `${sameDay ? '' : `${ukDay.format(at)}, `}${ukTime.format(at)} UK time`
}

/** Both, as one element that says the instant to machines as well. */
export function timeElement(at: Instant): Html {
  const exact = new Date(at).toISOString()
  return html`<time datetime="${exact}">${utcText(at)}<span class="dg-uk-time">, ${ukText(at)}</span></time>`
}

/** The time, or a dash that is read out as words. */
export function timeOrNone(at: Instant | undefined, none: string): Html {
  return at === undefined ? html`${none}` : timeElement(at)
}

/** An ISO date such as `2026-11-23` as `23 November 2026`; another text as it is. */
export function dayText(isoDate: string): string {
  const midnight = Date.parse(`${isoDate}T00:00:00Z`)
  return Number.isNaN(midnight) ? isoDate : utcDay.format(midnight)
}

/** `350 ms`, `2.4 seconds`, `3 minutes`, `2 days`: as long as a change took, or data are old. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.max(0, Math.round(milliseconds))} ms`
  if (milliseconds < MINUTE_MS) return counted(Math.round(milliseconds / 100) / 10, 'second')
  if (milliseconds < HOUR_MS) return counted(Math.round(milliseconds / MINUTE_MS), 'minute')
  if (milliseconds < 2 * DAY_MS) return counted(Math.round(milliseconds / HOUR_MS), 'hour')
  return counted(Math.round(milliseconds / DAY_MS), 'day')
}

/** `1 meter`, `2 meters`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-GB')} ${noun}${count === 1 ? '' : 's'}`
}

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
 * The instant at which clocks in Great Britain show this; the earlier of two in the hour that comes twice in October.
 * Undefined when no clock ever shows it: 31 April, 25:00, or the hour that is left out in March.
 */
export function instantOfUkClock({ year, month, day, hour, minute }: UkClock): Instant | undefined {
  const asUtc = Date.UTC(year, month - 1, day, hour, minute)
  const wanted = new Date(asUtc)
  const isReal =
    wanted.getUTCMonth() === month - 1 && wanted.getUTCDate() === day && wanted.getUTCHours() === hour
  if (!isReal || minute > 59) return undefined
  // Summer time is an hour ahead, so the earlier candidate is an hour before the reading itself.
  return [asUtc - HOUR_MS, asUtc]
    .map(instantOf)
    .find((candidate) => candidate + ukOffsetMs(candidate) === asUtc)
}

const ukParts = new Intl.DateTimeFormat('en-GB', {
  timeZone: UK,
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
})

/** How far clocks in Great Britain are ahead of UTC at that instant. */
function ukOffsetMs(at: Instant): number {
  const { year, month, day, hour, minute } = ukClockOf(at)
  return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(at / MINUTE_MS) * MINUTE_MS
}

/** What clocks in Great Britain show at that instant. */
function ukClockOf(at: Instant): UkClock {
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
