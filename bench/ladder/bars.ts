/** What a result says about the bars that the data plane is held to: ratios to native proxies, and latency added. */
import { digits } from '../support/spread.ts'
import type { BenchResult, RungFigures } from './result.ts'
import type { Cells } from './table.ts'
import { ONE_WORKER, TWO_WORKERS } from './two-workers.ts'

interface Bar {
  readonly what: string
  /** The figure, with its unit when it is shown; undefined where a rung of it is missing or failed. */
  readonly seen: (of: Lookup) => number | undefined
  readonly unit: string
  readonly isMet: (seen: number) => boolean
  /** As text, with the sign. */
  readonly bar: string
}

type Lookup = (rung: string) => RungFigures | undefined

/** CPU of one rung for each unit of another's. */
function costRatio(rung: string, peer: string): Bar['seen'] {
  return (of) => ratio(of(rung)?.cpuMicros.median, of(peer)?.cpuMicros.median)
}

function ratio(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a / b
}

function added(rung: string, quantile: 'p50' | 'p99'): Bar['seen'] {
  return (of) => {
    const [own, floor] = [of(rung)?.fixed[quantile].median, of('direct')?.fixed[quantile].median]
    return own === undefined || floor === undefined ? undefined : Math.max(0, own - floor)
  }
}

const atMost = (limit: number) => (seen: number) => seen <= limit
const atLeast = (limit: number) => (seen: number) => seen >= limit

const BARS: readonly Bar[] = [
  ratioBar('CPU of a forwarded message, to HAProxy with the same filter', 'flag-hit', 'haproxy-filter', 2.2),
  ratioBar('the same, to HAProxy with Lua', 'flag-hit', 'haproxy-lua', 1),
  ratioBar('the same, to nginx with Lua', 'flag-hit', 'nginx-lua', 1),
  ratioBar(
    'CPU of a rejected message, to HAProxy with the same filter',
    'reject',
    'haproxy-filter/reject',
    1.5,
  ),
  ratioBar('the same, to HAProxy with Lua', 'reject', 'haproxy-lua/reject', 1),
  ratioBar('the same, to nginx with Lua', 'reject', 'nginx-lua/reject', 1),
  {
    what: 'latency added at 2,000 messages/s, p50',
    seen: added('flag-hit', 'p50'),
    unit: ' ms',
    isMet: atMost(0.15),
    bar: '≤ 0.15 ms',
  },
  {
    what: 'latency added at 2,000 messages/s, p99',
    seen: added('flag-hit', 'p99'),
    unit: ' ms',
    isMet: atMost(0.5),
    bar: '≤ 0.5 ms',
  },
  {
    what: 'latency at half of saturation, p99',
    seen: (of) => of('flag-hit')?.half.p99.median,
    unit: ' ms',
    isMet: atMost(2),
    bar: '≤ 2 ms',
  },
  {
    what: 'throughput of two workers, to one',
    seen: (of) => ratio(of(TWO_WORKERS)?.throughput.median, of(ONE_WORKER)?.throughput.median),
    unit: ' ×',
    isMet: atLeast(1.7),
    bar: '≥ 1.7 ×',
  },
]

function ratioBar(what: string, rung: string, peer: string, limit: number): Bar {
  return { what, seen: costRatio(rung, peer), unit: ' ×', isMet: atMost(limit), bar: `≤ ${limit} ×` }
}

/** A line for each bar; `not measured` where a rung of it was left out. */
export function barsTable({ rungs }: BenchResult): Cells {
  const lookup: Lookup = (name) => rungs.find((rung) => rung.name === name)?.figures
  const lines = BARS.map(({ what, seen, unit, isMet, bar }) => {
    const value = seen(lookup)
    if (value === undefined) return [what, 'not measured', bar, '']
    return [what, `${digits(value)}${unit}`, bar, isMet(value) ? 'met' : 'not met']
  })
  return [['what', 'seen', 'bar', ''], ...lines]
}
