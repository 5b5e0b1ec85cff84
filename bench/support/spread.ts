/** A figure over several rounds: its median, and how far the rounds lie apart. */

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** Throws when there are no values: a figure without a round is a mistake, not a zero. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const [min, max] = [sorted[0], sorted.at(-1)]
  const low = sorted[Math.floor((sorted.length - 1) / 2)]
  const high = sorted[Math.ceil((sorted.length - 1) / 2)]
  if (min === undefined || max === undefined || low === undefined || high === undefined)
    throw new Error('there are no rounds')
  return { median: (low + high) / 2, min, max }
}

/** Whether two figures cannot be told apart: some round of one lies within the rounds of the other. */
export function overlap(a: Spread, b: Spread): boolean {
  return a.min <= b.max && b.min <= a.max
}

/** Text to about three digits, with the spread behind it. */
export function spreadText({ median, min, max }: Spread): string {
  return `${digits(median)} (${digits(min)}–${digits(max)})`
}

/** A number to about three digits. */
export function digits(value: number): string {
  const fraction = value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3
  return value.toLocaleString('en', { minimumFractionDigits: fraction, maximumFractionDigits: fraction })
}
