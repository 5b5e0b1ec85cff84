/** Runs Spin on in-force.pml: makes a verifier of it, lets that try every order of the steps, and reads the trace. */
import { type ExecFileOptions, execFile, spawnSync } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ward } from '../../test/support/warden.ts'
import type { ModelRun } from './runs.ts'

export const MODEL = join(import.meta.dirname, 'in-force.pml')

/** Far above what any run takes on an idle machine. */
const TIMEOUT_MS = 240_000
const MEMORY_MB = 2_000
const DEPTH = 100_000

/** What is not there of what a run needs; undefined when all is. */
export function missingProgram(): string | undefined {
  if (!isThere('spin')) return 'spin'
  return isThere('tcc') || isThere('gcc') ? undefined : 'tcc or gcc'
}

function isThere(program: string): boolean {
  return spawnSync(program, ['--version']).error === undefined
}

/**
 * How a verifier is made. Without millions of states its search is short: TinyCC is done with it in the time in which another
 * compiler begins, and a small table of states is soon cleared.
 */
function pace(isLarge: boolean): { readonly compiler: readonly string[]; readonly table: string } {
  if (isLarge) return { compiler: ['gcc', '-O1'], table: '-w22' }
  return { compiler: isThere('tcc') ? ['tcc'] : ['gcc', '-O0'], table: '-w18' }
}

export interface Verdict {
  readonly outcome: 'assertion' | 'none'
  readonly states: number
  /** The steps up to the assertion, as in-force.pml has them; empty without one. */
  readonly trace: readonly string[]
}

/** Throws where Spin could not try all orders. `folder` is filled. */
export async function verify(
  { defines, isLarge = false, depth = DEPTH }: ModelRun,
  folder: string,
): Promise<Verdict> {
  await mkdir(folder, { recursive: true })
  const options = defines.map((define) => `-D${define}`)
  await run('spin', ['-a', ...options, MODEL], folder)
  const { compiler, table } = pace(isLarge)
  const [program = '', ...how] = compiler
  await run(program, [...how, '-w', '-DSAFETY', `-DMEMLIM=${MEMORY_MB}`, '-o', 'pan', 'pan.c'], folder)
  const said = await run(join(folder, 'pan'), [`-m${depth}`, table], folder)
  const states = Number(/(\d+) states, stored/.exec(said)?.[1])
  if (/assertion violated/.test(said)) {
    const trail = ['-t', '-p', ...options, '-k', 'in-force.pml.trail', MODEL]
    return { outcome: 'assertion', states, trace: await stepsOf(await run('spin', trail, folder)) }
  }
  if (!/errors: 0/.test(said) || /not completed|too small|out of memory/.test(said)) throw new Error(said)
  return { outcome: 'none', states, trace: [] }
}

/** The line of each step, in the order they were taken. */
async function stepsOf(trail: string): Promise<string[]> {
  const source = (await readFile(MODEL, 'utf8')).split('\n')
  const lines = [...trail.matchAll(/in-force\.pml:(\d+) /g)].map(([, line]) => source[Number(line) - 1] ?? '')
  return lines.filter((line) => line.includes(':: atomic {')).map((line) => line.trim())
}

function run(program: string, args: readonly string[], folder: string): Promise<string> {
  const options: ExecFileOptions = { cwd: folder, timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 }
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { ...options, encoding: 'utf8' }, (error, stdout, stderr) =>
      error ? reject(new Error(`${program}: ${stdout}${stderr}`, { cause: error })) : resolve(stdout),
    )
    ward(child)
  })
}
