/**
 * Times as people read them: as clocks in Great Britain show them, with the zone named. Machines read UTC: `datetime` of
 * each element, CSV, JSON.
 */
import type { Instant } from '../../core/device/device.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/device/durations.ts'
import { type Html, html } from './html.ts'
import { isSummerTime, UK } from './uk-clock.ts'

const LONG_DAY = { day: 'numeric', month: 'long', year: 'numeric' } as const

const utcDay = writerOf({ ...LONG_DAY, timeZone: 'UTC' })
const ukDay = writerOf({ ...LONG_DAY, timeZone: UK })
const ukTime = writerOf({ timeZone: UK, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })

/** Writes times in that way. Its format is made for the first one: it has Node load the calendars. */
function writerOf(options: Intl.DateTimeFormatOptions): (at: number) => string {
  let format: Intl.DateTimeFormat | undefined
  return (at) => {
    format ??= new Intl.DateTimeFormat('en-GB', options)
    return format.format(at)
  }
}

/** `23 November 2026, 14:05 GMT`, `1 July 2026, 00:30 BST`. */
export function timeText(at: Instant): string {
  return `${ukDay(at)}, ${clockText(at)}`
}

/** `14:05 GMT`: for where the day is plain. */
export function clockText(at: Instant): string {
  return `${ukTime(at)} ${isSummerTime(at) ? 'BST' : 'GMT'}`
}

/** The time as an element that says the instant to machines as well. */
export function timeElement(at: Instant): Html {
  const exact = new Date(at).toISOString()
  return html`<time datetime="${exact}">${timeText(at)}</time>`
}

/** The time, or a dash that is read out as words. */
export function timeOrNone(at: Instant | undefined, none: string): Html {
  return at === undefined ? html`${none}` : timeElement(at)
}

/** `23 November 2026`, as clocks in Great Britain have it. */
export function dayOf(at: Instant): string {
  return ukDay(at)
}

/** An ISO date such as `2026-11-23` as `23 November 2026`; another text as it is. */
export function dayText(isoDate: string): string {
  const midnight = Date.parse(`${isoDate}T00:00:00Z`)
  return Number.isNaN(midnight) ? isoDate : utcDay(midnight)
}

const monthAndYear = writerOf({ timeZone: 'UTC', month: 'long', year: 'numeric' })

const shortMonth = writerOf({ timeZone: 'UTC', month: 'short' })

/** `Oct`: for where there is little room and the year is plain. */
export function monthName({ from }: { readonly from: Instant }): string {
  return shortMonth(from).slice(0, 3)
}

/** A month such as `2026-10` as `October 2026`, with a mark on the one that is under way. */
export function monthText(
  { from, until }: { readonly from: Instant; readonly until: Instant },
  now: Instant,
): string {
  return `${monthAndYear(from)}${from <= now && now < until ? ' so far' : ''}`
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
