import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { BenchResult, RateResult, RungResult } from '../../bench/ladder/result.ts'
import type { Spread } from '../../bench/support/spread.ts'
import { type TestScope, temporaryFolder } from '../support/start-gateway.ts'
import { runScript } from './run-script.ts'

function around(median: number): Spread {
  return { median, min: median * 0.98, max: median * 1.02 }
}

function rung(name: string, cpuMicros: number): RungResult {
  const rate: RateResult = {
    rate: 2_000,
    p50: around(0.1),
    p99: around(0.3),
    p999: around(1),
    cpuMicros: around(60),
    generatorLateP99: around(0.01),
    coreWait: { main: around(1), all: around(2), generator: around(3), farSide: around(4) },
  }
  const share = around(0.9)
  return {
    name,
    about: 'a rung',
    traffic: 'requests',
    problems: [],
    outcomes: { forwarded: 10 },
    bodiesChecked: 1,
    figures: {
      cpuMicros: around(cpuMicros),
      throughput: around(20_000),
      coreShare: { between: share, generator: share, farSide: share },
      fixed: rate,
      half: rate,
      peakBytes: 100_000_000,
      company: [],
    },
  }
}

const RESULT: BenchResult = {
  format: 1,
  startedAt: '2026-01-01T00:00:00.000Z',
  command: 'npm run bench --',
  commit: 'abcdef0',
  rounds: 5,
  secondsEach: 3,
  machine: { cpu: 'CPU', cores: 2, memoryGiB: 8, kernel: '6.1', node: 'v24.21.0', pinning: 'none' },
  workload: {
    seed: 1,
    fleet: { devices: 1_000_000, restrictedShare: 0.02, seed: 1 },
    messagesInPool: 4_096,
    traffic: { requests: { hash: 'a1', meanBytes: 3_200 }, mix: { hash: 'b2', meanBytes: 2_100 } },
    fixedRate: 2_000,
    stallMs: 0,
  },
  peers: {},
  missingPeers: [],
  rungs: [rung('flag-hit', 40)],
}

async function compare(t: TestScope, after: BenchResult) {
  const folder = await temporaryFolder(t)
  const [a, b] = [join(folder, 'a.json'), join(folder, 'b.json')]
  writeFileSync(a, JSON.stringify(RESULT))
  writeFileSync(b, JSON.stringify(after))
  return runScript('compare.ts', [a, b])
}

t.test('a change beyond the spread is a ratio, one within it is no difference', async (t) => {
  const { code, out } = await compare(t, { ...RESULT, commit: 'fedcba9', rungs: [rung('flag-hit', 20)] })
  t.equal(code, 0)
  t.match(out, /flag-hit +CPU µs +40 +20 +× 0\.50/)
  t.match(out, /flag-hit +messages\/s +20,000 +20,000 +no difference/)
})

t.test('results of unlike machines or workloads are refused, with what differs', async (t) => {
  const { machine, workload } = RESULT
  const unlike: [BenchResult, RegExp][] = [
    [{ ...RESULT, machine: { ...machine, cpu: 'another' } }, /machine\.cpu: "CPU" and "another"/],
    [{ ...RESULT, machine: { ...machine, node: 'v25.0.0' } }, /machine\.node/],
    [{ ...RESULT, workload: { ...workload, seed: 2 } }, /workload\.seed: 1 and 2/],
    [
      { ...RESULT, workload: { ...workload, traffic: { requests: { hash: 'c3', meanBytes: 3_200 } } } },
      /workload\.traffic\.requests/,
    ],
    [{ ...RESULT, rungs: [rung('pipe', 20)] }, /no rung in common/],
  ]
  for (const [after, reason] of unlike) {
    const { code, out, err } = await compare(t, after)
    t.equal(code, 2, String(reason))
    t.equal(out, '')
    t.match(err, reason)
  }
})

t.test('a run over fewer rungs of the same workload can be compared', async (t) => {
  const { code } = await compare(t, {
    ...RESULT,
    workload: { ...RESULT.workload, traffic: { requests: { hash: 'a1', meanBytes: 3_200 } } },
  })
  t.equal(code, 0)
})

t.test('a rung that failed in one of the runs says so', async (t) => {
  const { figures: _, ...failed } = rung('flag-hit', 40)
  const { out } = await compare(t, {
    ...RESULT,
    rungs: [{ ...failed, problems: ['1 × forwarded instead of rejected'] }],
  })
  t.match(out, /flag-hit +failed/)
})

t.test('a file that is no result is refused', async (t) => {
  const file = join(await temporaryFolder(t), 'other.json')
  writeFileSync(file, '{}')
  const { code, err } = await runScript('compare.ts', [file, file])
  t.equal(code, 2)
  t.match(err, 'is no result of a bench')
})
