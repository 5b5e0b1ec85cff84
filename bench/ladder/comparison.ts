/** Two results side by side: what changed beyond the spread of the rounds. */
import { digits, overlap, type Spread } from '../support/spread.ts'
import { type BenchResult, differences, type RungFigures, type RungResult } from './result.ts'
import type { Cells } from './table.ts'

/** Why two results cannot be compared; empty when they can. */
export function refusalOf(a: BenchResult, b: BenchResult): string[] {
  const common = a.rungs.some(({ name }) => b.rungs.some((other) => other.name === name))
  return common ? differences(a, b) : [...differences(a, b), 'they have no rung in common']
}

/** Figures that are compared, where both have them. Lower is better for all but the second. */
const FIGURES: readonly {
  readonly name: string
  readonly of: (figures: RungFigures) => Spread | undefined
}[] = [
  { name: 'CPU µs', of: ({ cpuMicros }) => cpuMicros },
  { name: 'messages/s', of: ({ throughput }) => throughput },
  { name: 'p50 ms', of: ({ fixed }) => fixed?.p50 },
  { name: 'p99 ms', of: ({ fixed }) => fixed?.p99 },
  { name: 'p99 ms at half', of: ({ half }) => half?.p99 },
]

/** One row for each figure of each rung that both have. */
export function compared(a: BenchResult, b: BenchResult): Cells {
  const rows = a.rungs.flatMap((before) => {
    const after = b.rungs.find(({ name }) => name === before.name)
    return after ? rowsOf(before, after) : []
  })
  return [['rung', 'figure', 'before', 'after', 'after / before'], ...rows]
}

function rowsOf(before: RungResult, after: RungResult): string[][] {
  const [x, y] = [before.figures, after.figures]
  if (!x || !y) return [[before.name, '', x ? '' : 'failed', y ? '' : 'failed', '']]
  return FIGURES.flatMap(({ name, of }) => {
    const [a, b] = [of(x), of(y)]
    return a && b ? [[before.name, name, digits(a.median), digits(b.median), change(a, b)]] : []
  })
}

function change(before: Spread, after: Spread): string {
  if (overlap(before, after)) return 'no difference'
  return before.median === 0 ? 'from nothing' : `× ${(after.median / before.median).toFixed(2)}`
}
