/**
 * What does the gateway cost a message, step by step, and beside native proxies? `bench/README.md` has the question in
 * full, the workload, how to read the answer and what it does not show.
 *
 *   npm run bench -- [--quick] [--rungs direct,flag-hit,haproxy-filter] [--no-peers] [--rounds 5] [--seconds 3]
 *                    [--rate 2000] [--fleet 1000000] [--seed 1] [--pool 16384] [--stall MS] [--against-tree FOLDER] [--out FILE] [--write-docs]
 *
 * `--against-tree` measures the gateway of another checkout, with its node_modules, beside this one: the rungs `…/before`.
 * Exit 1 when a rung failed, 2 on wrong usage.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { barsTable } from './ladder/bars.ts'
import { conduct } from './ladder/conduct.ts'
import { writeDocuments } from './ladder/documents.ts'
import { versionOf } from './ladder/peers.ts'
import { type BenchResult, thisCommit, thisMachine } from './ladder/result.ts'
import { LADDER, PEER_RUNGS, type Rung, rungsBefore } from './ladder/rungs.ts'
import { Stage } from './ladder/stage.ts'
import { asText, costTable, latencyTable } from './ladder/table.ts'
import { workersFinding } from './ladder/two-workers.ts'
import { answerHelp, readOptions } from './support/help.ts'
import { coresOfThisMachine } from './support/pinning.ts'

answerHelp(import.meta.url)

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const FULL = { rounds: 5, seconds: 2.5, warmUpSeconds: 0.4, messagesInPool: 16_384 }
/** About a minute with all peers: enough to see that everything works, not to quote a figure. */
const QUICK = { rounds: 1, seconds: 0.4, warmUpSeconds: 0.1, messagesInPool: 4_096 }
const RESTRICTED_SHARE = 0.02

interface Plan {
  readonly rungs: readonly Rung[]
  readonly peers: Readonly<Record<string, string>>
  readonly missingPeers: readonly string[]
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly messagesInPool: number
  readonly fixedRate: number
  readonly devices: number
  readonly seed: number
  readonly stallMs: number
  readonly out: string
  readonly writesDocuments: boolean
}

function planOf(args: readonly string[]): Plan {
  const { values } = readOptions({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      rungs: { type: 'string' },
      'no-peers': { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      rate: { type: 'string', default: '2000' },
      fleet: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
      pool: { type: 'string' },
      stall: { type: 'string' },
      'against-tree': { type: 'string' },
      out: { type: 'string' },
      'write-docs': { type: 'boolean', default: false },
    },
  })
  const size = values.quick ? QUICK : FULL
  const named = values.rungs?.split(',')
  return {
    ...choose(named, values['no-peers'], values['against-tree']),
    warmUpSeconds: size.warmUpSeconds,
    rounds: positive('--rounds', values.rounds, size.rounds),
    seconds: positive('--seconds', values.seconds, size.seconds),
    messagesInPool: positive('--pool', values.pool, size.messagesInPool),
    fixedRate: positive('--rate', values.rate, 0),
    devices: positive('--fleet', values.fleet, 0),
    seed: positive('--seed', values.seed, 0),
    stallMs: values.stall === undefined ? 0 : positive('--stall', values.stall, 0),
    out: values.out ?? join(ROOT, 'bench/results', `${new Date().toISOString().replaceAll(':', '')}.json`),
    writesDocuments: values['write-docs'],
  }
}

function positive(option: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text)
  if (value > 0 && value <= 4e9) return value
  throw new Usage(`${option} is ${text}; give a number above 0`)
}

class Usage extends Error {}

function choose(named: readonly string[] | undefined, isWithoutPeers: boolean, tree: string | undefined) {
  const own = [...LADDER, ...(tree === undefined ? [] : rungsBefore(resolve(tree)))]
  const known = [...own, ...PEER_RUNGS]
  const unknown = named?.filter((name) => !known.some((rung) => rung.name === name)) ?? []
  if (unknown.length > 0)
    throw new Usage(
      `there is no rung ${unknown.join(', ')}; there are ${known.map(({ name }) => name).join(', ')}`,
    )
  const wanted = (isWithoutPeers ? own : known).filter(({ name }) => named?.includes(name) ?? true)
  const versions = new Map((['haproxy', 'nginx'] as const).map((program) => [program, versionOf(program)]))
  const isMissing = ({ between }: Rung) =>
    between.kind === 'peer' && versions.get(between.peer.program) === undefined
  const takingPart = wanted.filter((rung) => !isMissing(rung))
  const programs = new Set(
    takingPart.flatMap(({ between }) => (between.kind === 'peer' ? [between.peer.program] : [])),
  )
  return {
    rungs: takingPart,
    missingPeers: wanted.filter(isMissing).map(({ name }) => name),
    peers: Object.fromEntries([...programs].map((program) => [program, versions.get(program) ?? ''])),
  }
}

async function measure(plan: Plan, command: string): Promise<BenchResult> {
  const startedAt = new Date().toISOString()
  const cores = coresOfThisMachine()
  const { seed, devices, messagesInPool, rounds, seconds, warmUpSeconds, fixedRate, stallMs } = plan
  const fleet = { devices, restrictedShare: RESTRICTED_SHARE, seed }
  const stage = new Stage({ fleet, seed, messagesInPool, cores })
  try {
    await stage.open()
    const onStep = (text: string, secondsLeft: number) =>
      process.stderr.write(`${text}, about ${Math.ceil(secondsLeft / 60)} min left\n`)
    const pace = { rounds, seconds, warmUpSeconds, fixedRate, stallMs }
    const score = { ...pace, checkMessages: messagesInPool, onStep }
    const rungs = await conduct(stage, plan.rungs, score)
    const traffic = Object.fromEntries(
      [...stage.traffic].map(([name, { hash, meanBytes }]) => [name, { hash, meanBytes }]),
    )
    return {
      format: 1,
      startedAt,
      command,
      commit: thisCommit(ROOT),
      rounds,
      secondsEach: seconds,
      machine: thisMachine(cores),
      workload: { seed, fleet, messagesInPool, traffic, fixedRate, stallMs, othersAtRest: true },
      peers: plan.peers,
      missingPeers: plan.missingPeers,
      rungs,
    }
  } finally {
    await stage.close()
  }
}

function report(result: BenchResult, out: string): void {
  const { machine, commit, missingPeers } = result
  console.log(`\n${machine.cores} × ${machine.cpu}, Node ${machine.node}, commit ${commit}\n`)
  console.log(
    `${asText(costTable(result))}\n\n${asText(latencyTable(result))}\n\n${asText(barsTable(result))}\n`,
  )
  for (const { name, problems } of result.rungs)
    for (const problem of problems) console.log(`${name}: ${problem}`)
  const finding = workersFinding(result)
  if (finding !== undefined) console.log(finding)
  if (missingPeers.length > 0) console.log(`not installed: ${missingPeers.join(', ')}`)
  console.log(`written to ${out}`)
}

async function main(args: readonly string[]): Promise<number> {
  const plan = planOf(args)
  const result = await measure(plan, ['npm run bench --', ...args].join(' '))
  mkdirSync(dirname(plan.out), { recursive: true })
  writeFileSync(plan.out, `${JSON.stringify(result, undefined, 2)}\n`)
  if (plan.writesDocuments) writeDocuments(result)
  report(result, plan.out)
  return result.rungs.some(({ problems }) => problems.length > 0) ? 1 : 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const isUsage = error instanceof Usage || (error instanceof TypeError && 'code' in error)
  console.error(isUsage && error instanceof Error ? error.message : error)
  process.exitCode = isUsage ? 2 : 3
}
