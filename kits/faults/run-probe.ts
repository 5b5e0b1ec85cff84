/** Runs a probe: here, or in a process of its own that can be ended when its time is up. */
import { fork } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ward } from '../../test/support/warden.ts'
import { type Bound, runBounded } from './bounded.ts'
import { NotHere, type ProbeProof, type ProbeScope, type Row, type Tool } from './row.ts'

/** What came of a proof. */
export interface Part {
  readonly state: 'pass' | 'fail' | 'skipped'
  readonly figure?: string
  /** What was not run, and why. */
  readonly skipped?: string
}

const PROGRAM = join(import.meta.dirname, 'probe-process.ts')

/** What the probe has opened is closed when this settles. */
export async function partOfProbe({ needs, run }: ProbeProof, isQuick: boolean): Promise<Part> {
  const missing = needs.find((tool) => !isInstalled(tool))
  if (missing)
    return { state: 'skipped', skipped: `${missing.program} is not installed (package ${missing.package})` }
  const scope = new Scope(isQuick)
  try {
    const { holds, figure } = await run(scope)
    return { state: holds ? 'pass' : 'fail', figure }
  } catch (error) {
    if (error instanceof NotHere) return { state: 'skipped', skipped: error.message }
    return { state: 'fail', figure: `the probe failed: ${error instanceof Error ? error.message : error}` }
  } finally {
    await scope.end()
  }
}

/** The same in a process of its own: one that hangs has failed, and what it started ends with it. */
export async function partOfProcess(
  row: Row,
  proof: ProbeProof,
  isQuick: boolean,
  bound: Bound,
): Promise<Part> {
  const words = [row.id, String(row.proofs.indexOf(proof)), ...(isQuick ? ['--quick'] : [])]
  let part: Part | undefined
  let ending = ''
  const start = (env: NodeJS.ProcessEnv) => {
    const child = ward(fork(PROGRAM, words, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }))
    child.on('message', (message) => {
      part = message as Part
    })
    child.once('exit', (code, signal) => {
      ending = `its process ended with ${code ?? signal}`
    })
    return child
  }
  const faults = await runBounded(start, bound)
  if (part !== undefined && faults.length === 0) return part
  return { state: 'fail', figure: [part?.figure ?? ending, ...faults].join('; ') }
}

/** Whether the program is on the path. */
export function isInstalled({ program }: Tool): boolean {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

class Scope implements ProbeScope {
  readonly isQuick: boolean
  readonly #handlers: (() => unknown)[] = []

  constructor(isQuick: boolean) {
    this.isQuick = isQuick
  }

  teardown(handler: () => unknown): void {
    this.#handlers.push(handler)
  }

  /** Newest first, as tap does. */
  async end(): Promise<void> {
    for (const handler of this.#handlers.splice(0).reverse()) await handler()
  }
}
