/** Short runs of the ladder as its user starts it. Nothing is asserted about time. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { problemsOf } from '../../bench/ladder/checks.ts'
import { withSection } from '../../bench/ladder/documents.ts'
import { pictureOf } from '../../bench/ladder/picture.ts'
import { workersFinding } from '../../bench/ladder/two-workers.ts'
import type { RunReport } from '../../src/cli/load/driver.ts'
import { runScript } from './run-script.ts'
import { shortRun } from './short-run.ts'

t.test('a run over our rungs counts what the workload expects and has every figure', async (t) => {
  const names = [
    'direct',
    'pipe',
    'read',
    'flag-hit',
    'flag-miss',
    'reject',
    'alert',
    'large-body',
    'mix',
    'mix/2-workers',
    'flag-hit/tls',
    'flag-hit/20ms',
  ]
  const { code, result } = await shortRun(t, names.join(','))
  t.equal(code, 0)
  t.same(
    result.rungs.map(({ name, problems }) => ({ name, problems })),
    names.map((name) => ({ name, problems: [] })),
  )
  for (const { name, figures, outcomes, bodiesChecked } of result.rungs) {
    t.ok(figures && figures.cpuMicros.median > 0 && figures.peakBytes > 0, name)
    if (name.endsWith('/20ms')) t.ok((figures?.fixed?.p50.median ?? 0) >= 20, name)
    const expected = name === 'reject' ? ['rejected'] : ['forwarded']
    if (!name.startsWith('mix')) t.same(Object.keys(outcomes), expected, name)
    if (name !== 'reject') t.ok(bodiesChecked > 0, `${name}: bodies checked`)
  }
  const mix = result.rungs.find(({ name }) => name === 'mix')
  t.ok(Object.keys(mix?.outcomes ?? {}).includes('rejected'))
  t.match(pictureOf(result), /^<svg[\s\S]*flag-miss[\s\S]*<\/svg>\n$/)
})

t.test('a rung that there is not is a usage error', async (t) => {
  const { code, err } = await runScript('run.ts', ['--rungs', 'direkt'])
  t.equal(code, 2)
  t.match(err, 'there is no rung direkt')
})

const LATENCY = { p50: 1, p90: 1, p99: 1, p999: 1, max: 1 }
const SOUND: RunReport = {
  seconds: 1,
  sent: 300,
  answered: 300,
  outcomes: { forwarded: 290, rejected: 8, substituted: 2 },
  failures: {},
  latency: LATENCY,
  lateness: LATENCY,
}
const ARRIVED = { southbound: 200, northbound: 90, substitutes: 2, checked: 5, altered: 0 }

t.test('a run is sound only when every message got its outcome and arrived unaltered', async (t) => {
  t.same(problemsOf(SOUND, ARRIVED), [])
  const faults: [Partial<RunReport>, Partial<typeof ARRIVED>, RegExp][] = [
    [
      { outcomes: { ...SOUND.outcomes, 'wrong: forwarded instead of rejected': 1 } },
      {},
      /1 × forwarded instead of rejected/,
    ],
    [{ failures: { 'closed by the other side': 1 } }, {}, /1 messages without a reply/],
    [
      { answered: 0, outcomes: {} },
      { southbound: 0, northbound: 0, substitutes: 0 },
      /no message was answered/,
    ],
    [{}, { southbound: 201 }, /291 messages arrived, 290 were forwarded/],
    [{}, { substitutes: 1 }, /1 Responses in place of withheld ones arrived, not 2/],
    [{}, { altered: 1 }, /1 of 5 bodies were altered/],
    [{}, { checked: 0 }, /no body was checked/],
  ]
  for (const [report, arrivals, problem] of faults)
    t.match(problemsOf({ ...SOUND, ...report }, { ...ARRIVED, ...arrivals }).join('; '), problem)
})

t.test('what a second worker brings is told with what it is worth', async (t) => {
  const of = (cores: number, generator: number) => {
    const spread = (median: number) => ({ median, min: median, max: median })
    const figures = (perSecond: number, cpuMicros: number) => ({
      throughput: spread(perSecond),
      cpuMicros: spread(cpuMicros),
      coreShare: { between: spread(2), generator: spread(generator), farSide: spread(0.5) },
    })
    const rungs = [
      { name: 'mix', figures: figures(10_000, 60) },
      { name: 'mix/2-workers', figures: figures(18_000, 75) },
    ]
    return { machine: { cores }, rungs }
  }
  t.match(workersFinding(of(8, 0.6)), /× 1\.80 .*Neither side of them was the limit: generator 60 %/)
  t.match(workersFinding(of(8, 0.99)), /× 1\.80 .*lower bound.*generator 99 %/)
  t.match(workersFinding(of(2, 0.6)), /With 2 cores .*not shown.* a core for each that would make × 1\.60/)
  t.equal(workersFinding({ ...of(8, 0.6), rungs: [] }), undefined)
})

t.test('figures go between the marks of the page and leave the prose alone', async (t) => {
  const page = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8')
  for (const script of ['bench', 'bench:micro']) {
    const written = withSection(page, script, 'FIGURES')
    t.match(written, 'FIGURES')
    t.equal(withSection(written, script, 'FIGURES'), written)
  }
  t.throws(() => withSection('a page', 'bench', 'FIGURES'), /lost the marks/)
})
