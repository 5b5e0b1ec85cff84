/**
 * Calendar months in UTC: the periods that reports count by (DCC Performance Measurement Methodology: calendar months).
 * A record of 31 October, 23:30 on clocks in Great Britain belongs to October because it is 23:30 UTC by then; one of
 * 1 July, 00:30 belongs to June.
 */
import { type Instant, instantOf } from '../device/device.ts'
import type { BoundedSpan } from './span.ts'

/** A month as the time [from, until). */
export interface Month extends BoundedSpan {
  /** `2026-10`. */
  readonly name: string
}

const NAME = /^(\d{4})-(0[1-9]|1[0-2])$/

/** Reads `2026-10`; undefined for any other text. */
export function parseMonth(text: string): Month | undefined {
  const [, year, month] = NAME.exec(text) ?? []
  return year === undefined ? undefined : monthOf(Number(year), Number(month) - 1)
}

/** The month that an instant lies in. */
export function monthAt(at: Instant): Month {
  const date = new Date(at)
  return monthOf(date.getUTCFullYear(), date.getUTCMonth())
}

/** The month so many months later, or earlier when negative. */
export function monthsLater(month: Month, months: number): Month {
  const date = new Date(month.from)
  return monthOf(date.getUTCFullYear(), date.getUTCMonth() + months)
}

/** `index` is 0 for January; other years' months have others. */
function monthOf(year: number, index: number): Month {
  const from = Date.UTC(year, index)
  const name = new Date(from).toISOString().slice(0, 7)
  return { name, from: instantOf(from), until: instantOf(Date.UTC(year, index + 1)) }
}
