/**
 * What the reader promises beside other readers, as ratios of one run: a machine that is slow or busy slows them all. A
 * ratio below its bar is printed as missed, and the bench ends with an error.
 */
import { digits } from '../support/spread.ts'
import { AS_THEY_COME_GROUP, KNOWN_MARKUP_GROUP } from './known-markup-cases.ts'
import type { Timed } from './stopwatch.ts'

interface Bar {
  readonly group: string
  /** The case of ours, and the one that it is measured against. */
  readonly ours: string
  readonly other: string
  /** How many times as long as ours it takes at least. */
  readonly atLeast: number
}

const STRICT = { group: 'reading a message', ours: 'duisgate, whole message' }
const KNOWN = { group: KNOWN_MARKUP_GROUP, ours: 'known' }
const BARS: readonly Bar[] = [
  { ...STRICT, other: 'saxes, whole, namespaces', atLeast: 3 },
  { ...STRICT, other: 'fast-xml-parser', atLeast: 15 },
  { ...KNOWN, other: 'saxes', atLeast: 10 },
  { ...KNOWN, other: 'fast-xml-parser', atLeast: 60 },
  { group: AS_THEY_COME_GROUP, ours: 'learned markup', other: 'read strictly', atLeast: 1.2 },
]

/** Whether every bar is kept, and a line about each. Best rounds are compared: what else the machine did only adds. */
export function barsKept(timed: readonly Timed[]): {
  readonly areKept: boolean
  readonly lines: readonly string[]
} {
  const results = BARS.map((bar) => ({
    bar,
    ratio: leastOf(timed, bar, bar.other) / leastOf(timed, bar, bar.ours),
  }))
  return {
    areKept: results.every(({ bar, ratio }) => ratio >= bar.atLeast),
    lines: results.map(
      ({ bar, ratio }) =>
        `${bar.group}: ${bar.other} takes ${digits(ratio)} times as long, at least ${bar.atLeast}: ${ratio >= bar.atLeast ? 'kept' : 'missed'}`,
    ),
  }
}

function leastOf(timed: readonly Timed[], { group }: Bar, name: string): number {
  const found = timed.find((one) => one.group === group && one.name === name)
  if (!found) throw new Error(`the case "${name}" was not timed`)
  return found.nanos.min
}
