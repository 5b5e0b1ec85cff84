/**
 * Half-open spans of time [from, until): cutting them to a period, joining those that touch; and calendar months in UTC, the
 * periods that reports count by (DCC Performance Measurement Methodology). A record of 31 October, 23:30 on clocks in Great
 * Britain belongs to October because it is 23:30 UTC by then; one of 1 July, 00:30 belongs to June.
 */
import { type Instant, instantOf } from '../device/device.ts'

/** A span that may be open at its end. */
export interface Span {
  readonly from: Instant
  /** Absent while no end is known. */
  readonly until: Instant | undefined
}

export interface BoundedSpan extends Span {
  readonly until: Instant
}

/** The part of a span within bounds; undefined when there is none. */
export function clipped(span: Span, bounds: BoundedSpan): BoundedSpan | undefined {
  const from = span.from > bounds.from ? span.from : bounds.from
  const until = span.until !== undefined && span.until < bounds.until ? span.until : bounds.until
  return from < until ? { from, until } : undefined
}

/** Whether the instant lies in any of the spans. */
export function coversAt(spans: readonly Span[], at: Instant): boolean {
  return spans.some(({ from, until }) => from <= at && (until === undefined || at < until))
}

/** The spans in order of time, those that touch or overlap as one. */
export function joined<Each extends Span>(spans: readonly Each[]): Each[] {
  const result: Each[] = []
  for (const span of spans.toSorted((one, other) => one.from - other.from)) {
    const last = result.at(-1)
    if (last === undefined || (last.until !== undefined && last.until < span.from)) result.push(span)
    else result[result.length - 1] = { ...last, until: laterEnd(last, span) }
  }
  return result
}

function laterEnd(one: Span, other: Span): Instant | undefined {
  if (one.until === undefined || other.until === undefined) return undefined
  return one.until > other.until ? one.until : other.until
}

/** The span cut at every one of the instants that lies inside it. */
export function cutAt(span: BoundedSpan, instants: readonly Instant[]): BoundedSpan[] {
  const inside = instants.filter((at) => span.from < at && at < span.until).sort((one, other) => one - other)
  const edges = [span.from, ...new Set(inside), span.until]
  return edges.slice(1).map((until, index) => ({ from: edges[index] ?? span.from, until }))
}

/** Milliseconds of all spans together. */
export function lengthOf(spans: readonly BoundedSpan[]): number {
  return spans.reduce((sum, { from, until }) => sum + until - from, 0)
}

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

/** Whether a report can tell anything of the month. */
export function hasBegun({ from }: Month, now: Instant): boolean {
  return from <= now
}

/** Up to when a month is told: its end, or now where it is under way. */
export function toldUntil({ until }: Month, now: Instant): Instant {
  return now < until ? now : until
}

/** `index` is 0 for January; other years' months have others. */
function monthOf(year: number, index: number): Month {
  const from = Date.UTC(year, index)
  const name = new Date(from).toISOString().slice(0, 7)
  return { name, from: instantOf(from), until: instantOf(Date.UTC(year, index + 1)) }
}
