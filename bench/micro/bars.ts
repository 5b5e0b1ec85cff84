/**
 * What the reader promises beside other readers, as ratios of one run: a machine that is slow or busy slows them all. A
 * ratio below its bar is printed as missed, and the bench ends with an error.
 */
import { digits } from '../support/spread.ts'
import type { Timed } from './stopwatch.ts'

interface Bar {
  /** Name of the case that is measured against. */
  readonly other: string
  /** How many times as long as ours it takes at least. */
  readonly atLeast: number
}

const GROUP = 'reading a message'
const OURS = 'duisgate, whole message'
const BARS: readonly Bar[] = [
  { other: 'saxes, whole, namespaces', atLeast: 3 },
  { other: 'fast-xml-parser', atLeast: 15 },
]

/** Whether every bar is kept, and a line about each. Best rounds are compared: what else the machine did only adds. */
export function barsKept(timed: readonly Timed[]): {
  readonly areKept: boolean
  readonly lines: readonly string[]
} {
  const results = BARS.map((bar) => ({ bar, ratio: leastOf(timed, bar.other) / leastOf(timed, OURS) }))
  return {
    areKept: results.every(({ bar, ratio }) => ratio >= bar.atLeast),
    lines: results.map(
      ({ bar, ratio }) =>
        `${bar.other} takes ${digits(ratio)} times as long, at least ${bar.atLeast}: ${ratio >= bar.atLeast ? 'kept' : 'missed'}`,
    ),
  }
}

function leastOf(timed: readonly Timed[], name: string): number {
  const found = timed.find((one) => one.group === GROUP && one.name === name)
  if (!found) throw new Error(`the case "${name}" was not timed`)
  return found.nanos.min
}
