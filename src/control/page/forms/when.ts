/** When a change takes effect, as a form asks it: now, or a day and a time on the clocks of Great Britain. */
import type { Instant } from '../../../core/device/device.ts'
import { instantOfUkClock, type UkClockProblem, type UkZone } from '../../html/uk-clock.ts'
import type { DateText } from '../parts/fields.ts'
import type { Problem } from '../parts/problems.ts'
import type { Answers } from './answers.ts'

export type WhenReading =
  | { readonly ok: true; readonly at: Instant | undefined }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** The instant; undefined for now, which is also what a form says that does not say. */
export function whenOf(answers: Answers): WhenReading {
  if (answers.text('when') !== 'later') return { ok: true, at: undefined }
  const date = wholeDate(answers.date('when-date'))
  const clock = clockOf(answers.text('when-time'))
  const problems = [
    ...(date ? [] : [{ field: 'when-date', text: DATE_MISSING }]),
    ...(clock ? [] : [{ field: 'when-time', text: 'Enter the time in UK time, such as 14:05.' }]),
  ]
  if (!date || !clock) return { ok: false, problems }
  const found = instantOfUkClock({ ...date, ...clock }, clock.zone)
  if ('at' in found) return { ok: true, at: found.at }
  return { ok: false, problems: [NO_INSTANT[found.problem]] }
}

/** What was typed as a time of day: `14:05`, `1.30 BST`; undefined for anything else. */
function clockOf(text: string) {
  const [, hour, minute, zone] = /^(\d{1,2})[:.](\d{2}) *(GMT|BST)?$/i.exec(text) ?? []
  if (hour === undefined) return undefined
  return { hour: Number(hour), minute: Number(minute), zone: zone?.toUpperCase() as UkZone | undefined }
}

const NO_INSTANT: Readonly<Record<UkClockProblem, Problem>> = {
  'no-such-time': {
    field: 'when-date',
    text: 'There is no such day and time on the clocks of Great Britain.',
  },
  'left-out': {
    field: 'when-time',
    text: 'Clocks go forward that night and never show this time. Enter one from 02:00 on.',
  },
  'comes-twice': {
    field: 'when-time',
    text: 'Clocks go back that night and show this time twice. Enter BST after it for the first, GMT for the second.',
  },
  'other-zone': {
    field: 'when-time',
    text: 'Clocks in Great Britain are on the other time then. Leave BST or GMT out, or correct it.',
  },
}

const DATE_MISSING = 'Enter the day on which the change takes effect, such as 23 11 2026.'

/** The day of a date field such as `2026-11-23`, from midnight to midnight in UK time; undefined for any other text. */
export function ukDay(text: string): { readonly from: Instant; readonly until: Instant } | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []
  const midnight = (days: number) => {
    const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day) + days))
    const clock = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
    return instantOfUkClock({ ...clock, hour: 0, minute: 0 })
  }
  if (year === undefined || Number(month) > 12) return undefined
  const [from, until] = [midnight(0), midnight(1)]
  return 'at' in from && 'at' in until ? { from: from.at, until: until.at } : undefined
}

/** A date in figures; undefined when a part is missing or not a number. Whether the day exists is not looked at. */
function wholeDate({ day, month, year }: DateText) {
  if (!/^\d{1,2}$/.test(day) || !/^\d{1,2}$/.test(month) || !/^\d{4}$/.test(year)) return undefined
  return { day: Number(day), month: Number(month), year: Number(year) }
}

/** `2026-11-23`, or an empty text when a part is missing. */
export function isoDate(text: DateText): string {
  const date = wholeDate(text)
  if (!date) return ''
  return `${date.year}-${String(date.month).padStart(2, '0')}-${String(date.day).padStart(2, '0')}`
}
