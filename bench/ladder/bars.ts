/**
 * What a result says about the bars that the data plane is held to: ratios of medians of one interleaved run, to a relay
 * that reads nothing, to native proxies that filter, and to the gateway of another checkout.
 */
import { digits } from '../support/spread.ts'
import type { ResultWith, RungFigures } from './result.ts'
import { ALERTED, BEFORE, FILTERS, FORWARDED, REJECTED, RELAY } from './rungs.ts'
import type { Cells } from './table.ts'
import { CORES_OF_TWO_WORKERS, ONE_WORKER, TWO_WORKERS } from './two-workers.ts'

type Figure = 'cpuMicros' | 'throughput' | 'fixed'
type Figures = Pick<RungFigures, Figure>
type Lookup = (rung: string) => Figures | undefined
type Of = (figures: Figures) => number | undefined

interface Bar {
  readonly what: string
  /** Ratio; undefined where a rung of it is missing or failed. */
  readonly seen: (lookup: Lookup) => number | undefined
  /** Most that it may be; absent: it is stated, and has an aim only. */
  readonly atMost?: number
  readonly aim?: number
}

const cost: Of = ({ cpuMicros }) => cpuMicros.median
const latency =
  (quantile: 'p50' | 'p99' | 'p999'): Of =>
  ({ fixed }) =>
    fixed?.[quantile].median

/** The figure of one rung for each unit of the least among others. */
function toLeast(of: Of, rung: string, others: readonly string[]): Bar['seen'] {
  return (lookup) => {
    const own = figure(lookup, of, rung)
    const theirs = others.map((other) => figure(lookup, of, other)).filter((value) => value !== undefined)
    return own === undefined || theirs.length < others.length ? undefined : own / Math.min(...theirs)
  }
}

function figure(lookup: Lookup, of: Of, rung: string): number | undefined {
  const figures = lookup(rung)
  return figures && of(figures)
}

const CHEAPEST = 'the cheapest of HAProxy’s filter, HAProxy with Lua and nginx with Lua'

const BARS: readonly Bar[] = [
  {
    what: 'CPU of a forwarded message, to the relay that reads nothing',
    seen: toLeast(cost, FORWARDED, [RELAY]),
    atMost: 1.25,
    aim: 1.1,
  },
  {
    what: `the same, to ${CHEAPEST}`,
    seen: toLeast(cost, FORWARDED, FILTERS),
    atMost: 1.15,
    aim: 1,
  },
  {
    what: 'CPU of a rejected message, to nginx with Lua',
    seen: toLeast(cost, REJECTED, ['nginx-lua/reject']),
    atMost: 1.3,
    aim: 1,
  },
  {
    what: 'CPU of an alert northbound, to the other checkout',
    seen: toLeast(cost, ALERTED, [`${ALERTED}${BEFORE}`]),
    atMost: 0.8,
  },
  {
    what: 'p50 at the fixed rate, to the best of the same three',
    seen: toLeast(latency('p50'), FORWARDED, FILTERS),
    atMost: 1.15,
  },
  {
    what: 'p99 at the fixed rate, to the best of the same three',
    seen: toLeast(latency('p99'), FORWARDED, FILTERS),
    atMost: 1.3,
  },
  {
    what: 'p99.9 at the fixed rate, to the best of the same three',
    seen: toLeast(latency('p999'), FORWARDED, FILTERS),
    atMost: 1.3,
  },
  {
    what: 'CPU of a message forwarded with TLS on both sides, to HAProxy’s filter',
    seen: toLeast(cost, `${FORWARDED}/tls`, ['haproxy-filter/tls']),
    aim: 1.3,
  },
]

/** A line for each bar; `not measured` where a rung of it was left out, and a last one for what a second worker brings. */
export function barsTable({ rungs, machine }: ResultWith<Figure>): Cells {
  const lookup: Lookup = (name) => rungs.find((rung) => rung.name === name)?.figures
  const lines = BARS.map((bar) => lineOf(bar, bar.seen(lookup)))
  return [['what', 'seen', 'bar', 'aim', ''], ...lines, workersLine(lookup, machine.cores)]
}

function lineOf({ what, atMost, aim }: Bar, seen: number | undefined): string[] {
  const limits = [atMost, aim].map((limit) => (limit === undefined ? '' : `≤ ${limit} ×`))
  if (seen === undefined) return [what, 'not measured', ...limits, '']
  return [what, `${digits(seen)} ×`, ...limits, verdict(seen, atMost, aim)]
}

function verdict(seen: number, atMost: number | undefined, aim: number | undefined): string {
  if (aim !== undefined && seen <= aim) return 'aim met'
  if (atMost === undefined) return 'aim not met'
  return seen <= atMost ? 'met' : 'not met'
}

function workersLine(lookup: Lookup, cores: number): string[] {
  const [two, one] = [lookup(TWO_WORKERS)?.throughput.median, lookup(ONE_WORKER)?.throughput.median]
  const line = (seen: string, end: string) => ['messages/s of two workers, to one', seen, '≥ 1.7 ×', '', end]
  if (one === undefined || two === undefined) return line('not measured', '')
  if (cores < CORES_OF_TWO_WORKERS)
    return line('not shown', `${cores} cores: they share them with generator and upstream`)
  return line(`${digits(two / one)} ×`, two / one >= 1.7 ? 'met' : 'not met')
}
