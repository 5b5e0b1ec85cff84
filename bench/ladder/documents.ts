/** Writes docs/performance.md, its picture and the README's figures from a result, so that none of them was typed by hand. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SPOKEN } from '../support/certificates.ts'
import { TRAFFIC } from '../workload/traffic.ts'
import { barsTable } from './bars.ts'
import { pictureOf } from './picture.ts'
import { type BenchResult, fingerprintOf } from './result.ts'
import { asMarkdown, costTable, latencyTable } from './table.ts'
import { workersFinding } from './two-workers.ts'

const PAGE = fileURLToPath(new URL('../../docs/performance.md', import.meta.url))
const README = fileURLToPath(new URL('../../README.md', import.meta.url))
const PICTURE = fileURLToPath(new URL('../../docs/images/ladder.svg', import.meta.url))

/** Puts the result and its picture into the documents; the prose around them stays. */
export function writeDocuments(result: BenchResult): void {
  mkdirSync(dirname(PICTURE), { recursive: true })
  writeFileSync(PICTURE, pictureOf(result))
  writeSection('bench', sectionsOf(result))
  writeFileSync(README, withSection(readFileSync(README, 'utf8'), 'bench', inShort(result)))
}

/** Writes what a script measured between its marks in docs/performance.md. */
export function writeSection(script: string, markdown: string): void {
  writeFileSync(PAGE, withSection(readFileSync(PAGE, 'utf8'), script, markdown))
}

/** The page with `markdown` in place of what the script wrote before; throws when its marks are gone. */
export function withSection(page: string, script: string, markdown: string): string {
  const [begin, end] = ['begin', 'end'].map((place) => `<!-- written by npm run ${script}, ${place} -->`)
  const [from, to] = [page.indexOf(`${begin}`), page.indexOf(`${end}`)]
  if (from < 0 || to < from)
    throw new Error(`the page has lost the marks of ${script} between which its figures go`)
  return `${page.slice(0, from)}${begin}\n\n${markdown}\n\n${page.slice(to)}`
}

function sectionsOf(result: BenchResult): string {
  return [
    '![CPU microseconds a message of each rung](images/ladder.svg)',
    `Command: \`${result.command}\``,
    asMarkdown(settingOf(result)),
    '### Against the bars',
    asMarkdown(barsTable(result)),
    'Ratios of the medians below, which are of one interleaved run with each rung alone where the table says so. CPU is that of the process between generator and upstream.',
    ...[workersFinding(result)].filter((finding) => finding !== undefined),
    '### What a message costs',
    asMarkdown(costTable(result)),
    'Median of the rounds, least and most in brackets. Alone: everything else that stands in between was stopped, and nothing else of the bench ran on those cores. CPU is user and system time of the process in between (of the upstream for `direct`). With two cores, generator and upstream share one: where their shares add up to nearly 100 % and the gateway has time left, they are the limit and messages/s is a lower bound; CPU a message still holds.',
    '### Latency at fixed rates',
    asMarkdown(latencyTable(result)),
    'Open loop, measured from when a message was due; what a gateway adds is its figure less that of `direct`. Time waited for a core is that of threads that were ready to run.',
    '### Rungs',
    asMarkdown([
      ['rung', 'what stands in between', 'traffic', 'outcomes, all rounds'],
      ...result.rungs.map(rungRow),
    ]),
    asMarkdown([['traffic', 'what it is', 'mean bytes', 'hash'], ...trafficRows(result)]),
  ].join('\n\n')
}

/** The figures that a reader of the README wants first. */
const SHORT = [
  'pipe',
  'flag-hit',
  'haproxy-filter',
  'nginx-lua',
  'reject',
  'haproxy-filter/reject',
  'nginx-lua/reject',
  'alert',
]

function inShort(result: BenchResult): string {
  const [head = [], ...rows] = costTable(result)
  const short = SHORT.flatMap((name) => rows.filter(([rung]) => rung === name))
  const about = (name: string | undefined) => result.rungs.find((rung) => rung.name === name)?.about ?? ''
  return asMarkdown([
    [...head.slice(0, 3), 'what stands in between'],
    ...short.map((row) => [...row.slice(0, 3), about(row[0])]),
  ])
}

function settingOf({
  machine,
  commit,
  startedAt,
  rounds,
  secondsEach,
  workload,
  peers,
  missingPeers,
  ...rest
}: BenchResult) {
  const pinning =
    machine.pinning === 'none'
      ? 'none'
      : `gateway on core ${machine.pinning.gateway}, two workers on ${machine.pinning.twoWorkers}, generator on ${machine.pinning.generator}, upstream on ${machine.pinning.farSide}`
  const present = Object.entries(peers).map(([name, version]) => `${name} ${version}`)
  const { devices, restrictedShare } = workload.fleet
  return [
    ['setting', 'value'],
    ['machine', `${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, Linux ${machine.kernel}`],
    ['pinning', pinning],
    ['Node', machine.node],
    ['commit', commit],
    ['when', startedAt],
    ['rounds', `${rounds} of ${secondsEach} s for each rung and load`],
    [
      'fleet',
      `${devices.toLocaleString('en')} Devices, ${restrictedShare * 100} % Restricted, seed ${workload.seed}`,
    ],
    ['TLS', `${SPOKEN.minVersion}, ${SPOKEN.ciphers}, certificates on both sides, reused connections`],
    ['peers', [...present, ...missingPeers.map((name) => `${name}: not installed`)].join(', ') || 'left out'],
    ['fingerprint', fingerprintOf({ machine, workload, ...rest })],
  ]
}

function rungRow({ name, about, traffic, outcomes, problems }: BenchResult['rungs'][number]): string[] {
  const counted = Object.entries(outcomes).map(
    ([outcome, count]) => `${count.toLocaleString('en')} ${outcome}`,
  )
  return [name, about, traffic, problems.length > 0 ? `failed: ${problems.join('; ')}` : counted.join(', ')]
}

function trafficRows({ workload }: BenchResult): string[][] {
  const about: Readonly<Record<string, string>> = TRAFFIC
  return Object.entries(workload.traffic).map(([name, { hash, meanBytes }]) => [
    name,
    about[name] ?? '',
    Math.round(meanBytes).toLocaleString('en'),
    hash,
  ])
}
