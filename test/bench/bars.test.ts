/** What a result says about the bars, and whether the gateway has become dearer than when a result was kept. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { barsTable } from '../../bench/ladder/bars.ts'
import { judged, readKept, unlike } from '../../bench/ladder/regression.ts'
import type { Machine, RateResult } from '../../bench/ladder/result.ts'
import type { Spread } from '../../bench/support/spread.ts'
import { temporaryFolder } from '../support/start-gateway.ts'

const at = (median: number): Spread => ({ median, min: median, max: median })

/** What a rate has besides its latencies, which no bar looks at. */
const ASIDE = {
  rate: 1_000,
  cpuMicros: at(1),
  generatorLateP99: at(0),
  coreWait: { main: at(0), all: at(0), generator: at(0), farSide: at(0) },
}

/** Rungs by name: CPU of a message, and milliseconds of p50, p99 and p99.9. */
type Costs = Readonly<Record<string, readonly [cpu: number, p50?: number, p99?: number, p999?: number]>>

function lines(costs: Costs, cores = 4): readonly (readonly string[])[] {
  const rungs = Object.entries(costs).map(([name, [cpu, p50 = 1, p99 = 1, p999 = 1]]) => {
    const fixed: RateResult = { ...ASIDE, p50: at(p50), p99: at(p99), p999: at(p999) }
    return { name, figures: { cpuMicros: at(cpu), throughput: at(1e6 / cpu), fixed } }
  })
  return barsTable({ rungs, machine: { cores } }).slice(1)
}

const PEERS = { 'haproxy-filter': [20], 'haproxy-lua': [30], 'nginx-lua': [25] } as const

t.test('a forwarded message is held against the relay and the cheapest of three filters', async (t) => {
  const [relay, cheapest] = lines({ ...PEERS, 'flag-hit': [22], pipe: [20] })
  t.match(relay, [/relay/, '1.10 ×', '≤ 1.25 ×', '≤ 1.1 ×', 'aim met'])
  t.match(cheapest, [/cheapest/, '1.10 ×', '≤ 1.15 ×', '≤ 1 ×', 'met'])
  const [, other] = lines({ ...PEERS, 'flag-hit': [22], 'nginx-lua': [18] })
  t.match(other, [/cheapest/, '1.22 ×', '≤ 1.15 ×', '≤ 1 ×', 'not met'])
})

t.test('without one of the three filters the cheapest of them is not known', async (t) => {
  const { 'nginx-lua': _, ...two } = PEERS
  const [relay, cheapest, ...rest] = lines({ ...two, 'flag-hit': [22] })
  t.match(relay, [/relay/, 'not measured', '≤ 1.25 ×', '≤ 1.1 ×', ''])
  t.equal(cheapest?.[1], 'not measured')
  t.ok(rest.every(([, seen]) => seen === 'not measured'))
})

t.test('each percentile is held against the least of it among the three', async (t) => {
  const costs = {
    'flag-hit': [22, 1.1, 2.6, 6],
    'haproxy-filter': [20, 1, 3, 5],
    'haproxy-lua': [20, 2, 2, 5],
    'nginx-lua': [20, 2, 3, 4],
  } as const
  const [p50, p99, p999] = lines(costs).slice(4)
  t.match(p50, [/p50/, '1.10 ×', '≤ 1.15 ×', '', 'met'])
  t.match(p99, [/p99/, '1.30 ×', '≤ 1.3 ×', '', 'met'])
  t.match(p999, [/p99.9/, '1.50 ×', '≤ 1.3 ×', '', 'not met'])
})

t.test('alerts are held against the other checkout, TLS has an aim', async (t) => {
  const costs = {
    'alert/before': [50],
    alert: [41],
    'flag-hit/tls': [40],
    'haproxy-filter/tls': [32],
  } as const
  const [, , , alert] = lines(costs)
  t.match(
    alert,
    [/other checkout/, '0.82', '≤ 0.8 ×', '', 'not met'].map((part) => part),
  )
  t.match(lines(costs).at(-2), [/TLS/, '1.25 ×', '', '≤ 1.3 ×', 'aim met'])
})

t.test('what two workers bring is judged with cores enough, and else said to be not shown', async (t) => {
  const costs = { mix: [40], 'mix/2-workers': [20] } as const
  t.match(lines(costs).at(-1), [/two workers/, '2 ×', '≥ 1.7 ×', '', 'met'])
  t.match(lines(costs, 2).at(-1), [/two workers/, 'not shown', '≥ 1.7 ×', '', /2 cores/])
})

t.test('a rung is dearer beyond the tolerance, and not within it', async (t) => {
  const kept = { forward: at(1), reject: at(1), alert: at(1) }
  const { table, dearer } = judged(
    { forward: at(1.09), reject: at(1.11), alert: at(0.8), other: at(9) },
    kept,
    0.1,
  )
  t.same(dearer, ['reject'])
  t.same(
    table.slice(1).map((row) => row.at(-1)),
    ['', 'dearer', 'cheaper', ''],
  )
  t.match(table.at(-1), ['other', /9/, 'none', ''])
})

t.test('ratios are read as they were kept; another file is refused, none is none', async (t) => {
  const folder = await temporaryFolder(t)
  const file = join(folder, 'guard.json')
  t.equal(readKept(file), undefined)
  writeFileSync(file, JSON.stringify({ ratios: {}, machine: {} }))
  t.same(readKept(file), { ratios: {}, machine: {} })
  writeFileSync(file, '{}')
  t.throws(() => readKept(file), /holds no ratios/)
})

t.test('machines are unlike by processor, cores and Node, not by what they run', async (t) => {
  const one = { cpu: 'A', cores: 2, node: 'v24', kernel: '6.1' } as Machine
  t.same(unlike(one, { ...one, kernel: '6.2' }), [])
  t.same(unlike(one, { ...one, cores: 4, node: 'v25' }), ['cores', 'node'])
})
