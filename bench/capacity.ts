/**
 * How many workers does a nation need? From the costs that the ladder measured, and a simulation of the queues.
 *
 *   npm run bench:capacity -- [--results FILE] [--rate 5000] [--burst 20000] [--workers 2,3,4,6,8] [--devices 60000000]
 *                             [--restricted 1200000] [--write-docs]
 *
 * What it says is as good as the costs: another processor, TLS and a store far away change them.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Seen, simulate } from './capacity/simulate.ts'
import { withSection } from './ladder/documents.ts'
import { type BenchResult, readResult } from './ladder/result.ts'
import { asMarkdown, asText } from './ladder/table.ts'
import { answerHelp, readOptions } from './support/help.ts'
import { digits } from './support/spread.ts'

answerHelp(import.meta.url)

const PAGE = fileURLToPath(new URL('../docs/scaling.md', import.meta.url))
const SAMPLE = fileURLToPath(new URL('results/sample.json', import.meta.url))
/** Characters of one journal line, as the gateway writes them for the mix; see docs/life-of-a-message.md. */
const JOURNAL_LINE_BYTES = 700
const SECONDS_A_DAY = 86_400
/** Eight bytes a slot, at most two thirds full, a power of two: see docs/flags.md. */
const INDEX_BYTES_A_SLOT = 8

const { values } = readOptions({
  options: {
    results: { type: 'string', default: SAMPLE },
    rate: { type: 'string', default: '5000' },
    burst: { type: 'string', default: '20000' },
    workers: { type: 'string', default: '2,3,4,6,8' },
    devices: { type: 'string', default: '60000000' },
    restricted: { type: 'string', default: '1200000' },
    'write-docs': { type: 'boolean', default: false },
  },
})

const PAUSE = { everyMs: 1_000, ms: 4 }
const QUEUE_LIMIT = 1_024
const BURST = { fromSecond: 20, seconds: 60 }

function main(): void {
  const result = readResult(values.results)
  const costMicros = costOf(result)
  const [rate, burst] = [Number(values.rate), Number(values.burst)]
  const rows = values.workers
    .split(',')
    .map(Number)
    .map((workers) => {
      const scenario = {
        workers,
        costMicros,
        rate,
        seconds: 90,
        pause: PAUSE,
        queueLimit: QUEUE_LIMIT,
        seed: 1,
      }
      return rowOf(workers, simulate({ ...scenario, burst: { ...BURST, rate: burst } }))
    })
  const heads = [
    'workers',
    'busy',
    'p99 ms',
    'busy in the burst',
    'p50 ms',
    'p99 ms',
    'p99.9 ms',
    'longest queue',
    'answered 503',
  ]
  const table = [heads, ...rows]
  const plan = planOf(costMicros, rate, burst)
  console.log(`${asText(plan)}\n\n${asText(table)}`)
  if (values['write-docs'])
    writeFileSync(
      PAGE,
      withSection(
        readFileSync(PAGE, 'utf8'),
        'bench:capacity',
        [
          `Costs from commit ${result.commit}, ${result.machine.cpu}, Node ${result.machine.node} (\`${result.command}\`).`,
          asMarkdown(plan),
          `Queues, simulated: ${digits(rate)} messages a second, and ${digits(burst)} for ${BURST.seconds} s; a pause of ${PAUSE.ms} ms a second at each worker; ${digits(QUEUE_LIMIT)} may wait at one.`,
          asMarkdown(table),
        ].join('\n\n'),
      ),
    )
}

function costOf(result: BenchResult): number {
  const mix = result.rungs.find(({ name }) => name === 'mix')?.figures?.cpuMicros.median
  if (mix === undefined)
    throw new Error(`${values.results} has no figure for the rung mix; run npm run bench first`)
  return mix
}

function rowOf(workers: number, { busy, before, inBurst, longestQueue, shed }: Seen): string[] {
  const share = (value: number) => `${Math.round(value * 100)} %`
  return [
    String(workers),
    share(busy.before),
    digits(before.p99),
    share(busy.burst),
    digits(inBurst.p50),
    digits(inBurst.p99),
    digits(inBurst.p999),
    digits(longestQueue),
    digits(shed),
  ]
}

function planOf(costMicros: number, rate: number, burst: number): string[][] {
  const restricted = Number(values.restricted)
  const slots = 2 ** Math.ceil(Math.log2(restricted * 1.5))
  const journal = rate * JOURNAL_LINE_BYTES * SECONDS_A_DAY
  return [
    ['what', 'figure', 'from'],
    ['CPU a message of the mix', `${digits(costMicros)} µs`, 'the rung `mix` of the ladder'],
    ['one core saturated', `${digits(1e6 / costMicros)} messages/s`, '1 s over the cost'],
    [
      'cores for the burst at 60 % busy',
      digits(Math.ceil((burst * costMicros) / 1e6 / 0.6)),
      `${digits(burst)}/s`,
    ],
    [
      'cores for the sustained rate at 60 % busy',
      digits(Math.ceil((rate * costMicros) / 1e6 / 0.6)),
      `${digits(rate)}/s`,
    ],
    [
      'index of restricted Devices, a worker',
      `${digits((slots * INDEX_BYTES_A_SLOT) / 2 ** 20)} MiB`,
      `${digits(restricted)} of ${digits(Number(values.devices))} Devices`,
    ],
    [
      'journal of all gateways',
      `${digits(journal / 1e9)} GB a day`,
      `${JOURNAL_LINE_BYTES} bytes a message, before compression`,
    ],
  ]
}

main()
