/** How many meters have the flag, since when, and how many gained or lost it in a month: by Supplier and region. */

import type { Instant } from '../device/device.ts'
import { DAY_MS } from '../device/durations.ts'
import type { Month, Span } from './span.ts'

/** A flag as uptake counts it. One that was taken back before it began never existed here. */
export interface CountedFlag extends Span {
  /** Closed by decommissioning rather than cleared. */
  readonly isClosed: boolean
  readonly clearReason: string | undefined
  /** The Responsible Supplier and the region of the meter at an instant; empty when not known. */
  readonly at: (instant: Instant) => { readonly supplier: string; readonly region: string }
}

/** Ages of flags, each up to its number of days; the last has no end. */
export const AGE_BANDS = [
  { name: 'up to 30 days', days: 30 },
  { name: '31 to 90 days', days: 90 },
  { name: '91 to 365 days', days: 365 },
  { name: 'over a year', days: Number.POSITIVE_INFINITY },
] as const
type AgeBand = (typeof AGE_BANDS)[number]['name']

export interface UptakeRow {
  /** Empty when none is registered. */
  readonly supplier: string
  readonly region: string
  /** Flags that took effect in the month. */
  readonly set: number
  /** Flags that ended in the month by decision. */
  readonly cleared: number
  /** Flags that ended because the meter was decommissioned. */
  readonly closed: number
  /** Of `cleared`, by the reason given. */
  readonly clearReasons: Readonly<Record<string, number>>
  /** Flags in effect when the month ended, or now where it has not. */
  readonly inEffect: number
  /** The same by how long they had been in effect. */
  readonly ages: Readonly<Record<AgeBand, number>>
}

interface Sums {
  readonly supplier: string
  readonly region: string
  set: number
  cleared: number
  closed: number
  clearReasons: Record<string, number>
  inEffect: number
  ages: Record<AgeBand, number>
}

/** Adds flags up, one at a time, so that millions need not fit in memory. */
export class UptakeSums {
  readonly #month: Month
  readonly #asOf: Instant
  readonly #rows = new Map<string, Sums>()

  /** `asOf`: when "in effect" is asked; the end of the month, or now where that is earlier. */
  constructor(month: Month, asOf: Instant) {
    this.#month = month
    this.#asOf = asOf
  }

  add(flag: CountedFlag): void {
    const { from, until } = flag
    if (until !== undefined && until <= from) return
    if (this.#isInMonth(from)) this.#rowAt(flag, from).set++
    if (until !== undefined && this.#isInMonth(until)) this.#addEnd(flag, until)
    if (from < this.#asOf && (until === undefined || this.#asOf <= until)) this.#addInEffect(flag)
  }

  /** By Supplier, then region. */
  rows(): UptakeRow[] {
    return [...this.#rows.values()].sort(
      (one, other) => compare(one.supplier, other.supplier) || compare(one.region, other.region),
    )
  }

  #isInMonth(at: Instant): boolean {
    return this.#month.from <= at && at < this.#asOf
  }

  #addEnd(flag: CountedFlag, until: Instant): void {
    const row = this.#rowAt(flag, until)
    if (flag.isClosed) {
      row.closed++
      return
    }
    const reason = flag.clearReason ?? 'not given'
    row.cleared++
    row.clearReasons[reason] = (row.clearReasons[reason] ?? 0) + 1
  }

  #addInEffect(flag: CountedFlag): void {
    const row = this.#rowAt(flag, this.#asOf)
    row.inEffect++
    row.ages[ageBandOf(this.#asOf - flag.from)]++
  }

  #rowAt(flag: CountedFlag, at: Instant): Sums {
    const { supplier, region } = flag.at(at)
    const key = JSON.stringify([supplier, region])
    const row = this.#rows.get(key) ?? noSums(supplier, region)
    this.#rows.set(key, row)
    return row
  }
}

function noSums(supplier: string, region: string): Sums {
  const ages = { 'up to 30 days': 0, '31 to 90 days': 0, '91 to 365 days': 0, 'over a year': 0 }
  return { supplier, region, set: 0, cleared: 0, closed: 0, clearReasons: {}, inEffect: 0, ages }
}

function ageBandOf(ageMs: number): AgeBand {
  return (AGE_BANDS.find(({ days }) => ageMs <= days * DAY_MS) ?? AGE_BANDS[3]).name
}

function compare(one: string, other: string): number {
  return one.localeCompare(other, 'en')
}
