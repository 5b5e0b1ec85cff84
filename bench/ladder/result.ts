/** What a run of the ladder leaves behind: one JSON file that says what was measured, where, and on what. */

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import type { Cores } from '../support/pinning.ts'
import type { Spread } from '../support/spread.ts'
import type { FleetSpec } from '../workload/fleet.ts'

/** Latency of one fixed rate, in milliseconds, over the rounds. */
export interface RateResult {
  /** Messages a second, asked for. */
  readonly rate: number
  readonly p50: Spread
  readonly p99: Spread
  readonly p999: Spread
  readonly cpuMicros: Spread
  /** 99th percentile of what the generator itself was late, in milliseconds. */
  readonly generatorLateP99: Spread
  /** Milliseconds a second that threads were ready and had no core: of the process in between, and of both sides of it. */
  readonly coreWait: {
    readonly main: Spread
    readonly all: Spread
    readonly generator: Spread
    readonly farSide: Spread
  }
}

export interface RungResult {
  readonly name: string
  readonly about: string
  readonly traffic: string
  /** Everything that was not as it should be; the figures of such a rung are not shown. */
  readonly problems: readonly string[]
  /** Replies of all rounds by what they were, and the bodies that the upstream checked. */
  readonly outcomes: Readonly<Record<string, number>>
  readonly bodiesChecked: number
  /** Absent when a problem came before it was measured. */
  readonly figures?: RungFigures
}

export interface RungFigures {
  /** At saturation: CPU time of the process in between for each message, in microseconds. */
  readonly cpuMicros: Spread
  /** At saturation: messages a second. */
  readonly throughput: Spread
  /** Share of one core that each process used at saturation. */
  readonly coreShare: { readonly between: Spread; readonly generator: Spread; readonly farSide: Spread }
  /** Absent where the rung is measured at saturation alone. */
  readonly fixed?: RateResult
  readonly half?: RateResult
  readonly peakBytes: number
  /** Who else could run on its cores while it was measured; empty: it was alone. */
  readonly company: readonly string[]
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly kernel: string
  readonly node: string
  readonly pinning: Cores | 'none'
}

interface Workload {
  readonly seed: number
  readonly fleet: FleetSpec
  readonly messagesInPool: number
  /** Traffic name to the hash of its bytes and expected outcomes, and the mean length of a body. */
  readonly traffic: Readonly<Record<string, { readonly hash: string; readonly meanBytes: number }>>
  readonly fixedRate: number
  /** How long the upstream stalled in each run at the fixed rate. */
  readonly stallMs: number
  /** Whether rungs that were not being measured were at rest; absent in results from before that. */
  readonly othersAtRest?: true
}

/** As much of a result as says these figures of its rungs. */
export interface ResultWith<Figure extends keyof RungFigures> {
  readonly machine: Pick<Machine, 'cores'>
  readonly rungs: readonly { readonly name: string; readonly figures?: Pick<RungFigures, Figure> }[]
}

export interface BenchResult {
  readonly format: 1
  readonly startedAt: string
  readonly command: string
  readonly commit: string
  readonly rounds: number
  readonly secondsEach: number
  readonly machine: Machine
  readonly workload: Workload
  /** Versions of the peers that took part, and the names of those that are not installed. */
  readonly peers: Readonly<Record<string, string>>
  readonly missingPeers: readonly string[]
  readonly rungs: readonly RungResult[]
}

export function thisMachine(cores: Cores | undefined): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    pinning: cores ?? 'none',
  }
}

/** Short hash of the commit that is checked out, with `+` when the product or the benches differ from it. */
export function thisCommit(folder: string): string {
  const git = (...args: string[]) => spawnSync('git', ['-C', folder, ...args], { encoding: 'utf8' })
  const head = git('rev-parse', '--short', 'HEAD')
  if (head.status !== 0) return 'unknown'
  const isChanged =
    git('status', '--porcelain', '--', 'src', 'policy', 'bench', 'package-lock.json').stdout !== ''
  return head.stdout.trim() + (isChanged ? '+' : '')
}

/** What differs of all that must be equal for two runs to be compared. Traffic counts where both have it. */
export function differences(a: BenchResult, b: BenchResult): string[] {
  const [{ traffic: trafficOfA, ...restOfA }, { traffic: trafficOfB, ...restOfB }] = [a.workload, b.workload]
  const inBoth = Object.keys(trafficOfA).filter((name) => name in trafficOfB)
  return [
    ...differing('machine', Object.keys({ ...a.machine, ...b.machine }), a.machine, b.machine),
    ...differing('workload', Object.keys({ ...restOfA, ...restOfB }), restOfA, restOfB),
    ...differing('workload.traffic', inBoth, trafficOfA, trafficOfB),
  ]
}

function differing(where: string, keys: readonly string[], a: object, b: object): string[] {
  const [left, right] = [new Map(Object.entries(a)), new Map(Object.entries(b))]
  return keys.flatMap((key) => {
    const [x, y] = [JSON.stringify(left.get(key)), JSON.stringify(right.get(key))]
    return x === y ? [] : [`${where}.${key}: ${x} and ${y}`]
  })
}

/** One hash for machine and workload: equal where results may be compared. */
export function fingerprintOf({ machine, workload }: Pick<BenchResult, 'machine' | 'workload'>): string {
  return createHash('sha256')
    .update(JSON.stringify([machine, workload]))
    .digest('hex')
    .slice(0, 12)
}

/** Reads a result file; throws with the path when it is none. */
export function readResult(path: string): BenchResult {
  const result: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (typeof result === 'object' && result !== null && 'format' in result && result.format === 1)
    return result as BenchResult
  throw new Error(`${path} is no result of a bench that this version writes`)
}
