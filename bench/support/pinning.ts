/** Which process runs on which core, so that the gateway under test has one for itself. */
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Lists of cores as `taskset -c` takes them. */
export interface Cores {
  readonly gateway: string
  /** For a gateway of two workers; with fewer than four cores one of them is the others' as well. */
  readonly twoWorkers: string
  readonly generator: string
  readonly farSide: string
}

/** Undefined where processes cannot be pinned: one core, or no `taskset`. */
export function coresOfThisMachine(): Cores | undefined {
  const count = availableParallelism()
  if (count < 2 || spawnSync('taskset', ['--version']).status !== 0) return undefined
  if (count === 2) return { gateway: '0', twoWorkers: '0,1', generator: '1', farSide: '1' }
  const twoWorkers = count === 3 ? '0,2' : '0,3'
  return { gateway: '0', twoWorkers, generator: '1', farSide: '2' }
}

/** The command that runs `command` on those cores. */
export function pinned(
  cores: string | undefined,
  command: string,
  args: readonly string[],
): [command: string, args: readonly string[]] {
  return cores === undefined ? [command, args] : ['taskset', ['-c', cores, command, ...args]]
}

/** Who of the others, by name, may run on one of those cores as well. */
export function companyOn(own: string, others: Readonly<Record<string, string>>): string[] {
  const cores = new Set(own.split(','))
  return Object.keys(others).filter((name) => others[name]?.split(',').some((core) => cores.has(core)))
}
