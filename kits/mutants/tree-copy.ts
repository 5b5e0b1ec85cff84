/**
 * A copy of the tree in a temporary folder, in which mutants are tried: the tree itself is never touched. `node_modules` is
 * linked. What a test leaves behind lies in the same folder and goes with it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exitOf } from '../../test/support/child-exit.ts'
import { spareGroup, wardedFolder, wardGroup } from '../../test/support/warden.ts'
import { Coverage, type Place } from './coverage.ts'

/** Not copied: what is linked, what git keeps, what runs leave behind. */
const LEFT_OUT = ['node_modules', '.git', '.tap', 'dist', 'data']

/** `timed-out` after the time it was given. */
export type Ending = 'passed' | 'failed' | 'timed-out'

export interface TestRun {
  readonly ending: Ending
  readonly tookMs: number
}

export interface MeasuredRun extends TestRun {
  readonly coverage: Coverage
}

export class TreeCopy {
  /** Has the copy and what runs leave behind. */
  readonly folder: string
  /** Of the copied tree. */
  readonly root: string
  #running: ChildProcess | undefined

  constructor(root: string) {
    this.folder = wardedFolder('duisgate-mutants-')
    this.root = join(this.folder, 'tree')
    mkdirSync(this.root)
    mkdirSync(join(this.folder, 'tmp'))
    for (const name of readdirSync(root))
      if (!LEFT_OUT.includes(name)) cpSync(join(root, name), join(this.root, name), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(this.root, 'node_modules'))
  }

  /** Puts a file of the copy: `file` is its path from the root. */
  write(file: string, text: string): void {
    writeFileSync(join(this.root, file), text)
  }

  /** Runs one test file as it is, and says which of the places it ran. */
  async measure(test: string, timeoutMs: number, places: readonly Place[]): Promise<MeasuredRun> {
    const folder = join(this.folder, 'coverage')
    const run = await this.run(test, timeoutMs, { NODE_V8_COVERAGE: folder })
    const coverage = new Coverage(folder, this.root, places)
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    return { ...run, coverage }
  }

  /** Runs one test file until its first failure, for at most so long; ends all that it started. */
  async run(test: string, timeoutMs: number, environment: NodeJS.ProcessEnv = {}): Promise<TestRun> {
    const began = performance.now()
    const child = wardGroup(
      spawn(process.execPath, [test], {
        cwd: this.root,
        // A group of its own, so that what a test starts ends with it.
        detached: true,
        stdio: 'ignore',
        env: {
          ...process.env,
          TMPDIR: join(this.folder, 'tmp'),
          // Each run compiles the mutated file alone.
          NODE_COMPILE_CACHE: join(this.folder, 'compiled'),
          TAP_BAIL: '1',
          TAP_TIMEOUT: '0',
          ...environment,
        },
      }),
    )
    this.#running = child
    let isOver = false
    const timer = setTimeout(() => {
      isOver = true
      endGroup(child)
    }, timeoutMs)
    const [code] = await exitOf(child)
    clearTimeout(timer)
    endGroup(child)
    spareGroup(child)
    this.#running = undefined
    const ending: Ending = isOver ? 'timed-out' : code === 0 ? 'passed' : 'failed'
    return { ending, tookMs: performance.now() - began }
  }

  /** Ends the test file that runs. */
  end(): void {
    if (this.#running) endGroup(this.#running)
  }

  /** Ends what runs and removes the folder. */
  close(): void {
    this.end()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody of the group is left.
  }
}
