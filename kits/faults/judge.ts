/** Runs the proofs of one row and says what came of it. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { NotHere, type ProbeProof, type ProbeScope, type Proof, type Row, type Tool } from './row.ts'
import { type Case, casesOf } from './run-tests.ts'

/** `part`: what was run holds, and something was skipped. */
type State = 'pass' | 'fail' | 'skipped' | 'part'

export interface Outcome {
  readonly id: string
  readonly state: State
  /** What was seen, each proof's figure. */
  readonly figure: string
  /** What was not run, and why. */
  readonly skipped: readonly string[]
  readonly seconds: number
}

interface Part {
  readonly state: 'pass' | 'fail' | 'skipped'
  readonly figure?: string
  readonly skipped?: string
}

/** Test files are run once in a run of the kit, however many rows rest on them. */
export class Judge {
  readonly #isQuick: boolean
  readonly #files = new Map<string, Promise<readonly Case[]>>()

  constructor(isQuick: boolean) {
    this.#isQuick = isQuick
  }

  async outcomeOf(row: Row): Promise<Outcome> {
    const from = performance.now()
    const parts: Part[] = []
    for (const proof of row.proofs) parts.push(await this.#partOf(proof))
    const skipped = [...parts.flatMap((part) => part.skipped ?? []), ...(row.notHere ? [row.notHere] : [])]
    const figure = parts.flatMap((part) => part.figure ?? []).join('; ')
    const seconds = Math.round((performance.now() - from) / 100) / 10
    return { id: row.id, state: stateOf(parts, skipped.length > 0), figure, skipped, seconds }
  }

  #partOf(proof: Proof): Promise<Part> {
    return proof.kind === 'probe'
      ? partOfProbe(proof, this.#isQuick)
      : this.#partOfTests(proof.file, proof.cases)
  }

  async #partOfTests(file: string, pattern: RegExp | undefined): Promise<Part> {
    const running = this.#files.get(file) ?? casesOf(file)
    this.#files.set(file, running)
    const cases = (await running).filter(({ name }) => pattern === undefined || pattern.test(name))
    if (cases.length === 0) return { state: 'fail', figure: `no case of ${file} matches ${pattern}` }
    return partOfCases(file, cases)
  }
}

function partOfCases(file: string, cases: readonly Case[]): Part {
  const failed = cases.filter(({ ok, skipped }) => !ok && skipped === undefined)
  if (failed.length > 0)
    return { state: 'fail', figure: `failed: ${failed.map(({ name }) => name).join(', ')}` }
  const run = cases.filter(({ skipped }) => skipped === undefined)
  const [reason] = cases.flatMap((one) => one.skipped ?? [])
  const skipped = reason === undefined ? {} : { skipped: `${file}: ${reason}` }
  if (run.length === 0) return { state: 'skipped', ...skipped }
  const figures = run.flatMap((one) => one.figures)
  const count = `${run.length} ${run.length === 1 ? 'case' : 'cases'} of ${file}`
  return { state: 'pass', figure: [...figures, count].join(', '), ...skipped }
}

async function partOfProbe({ needs, run }: ProbeProof, isQuick: boolean): Promise<Part> {
  const missing = needs.find((tool) => !isInstalled(tool))
  if (missing)
    return { state: 'skipped', skipped: `${missing.program} is not installed (package ${missing.package})` }
  const scope = new Scope(isQuick)
  try {
    const { holds, figure } = await Promise.race([run(scope), tooLate()])
    return { state: holds ? 'pass' : 'fail', figure }
  } catch (error) {
    if (error instanceof NotHere) return { state: 'skipped', skipped: error.message }
    return { state: 'fail', figure: `the probe failed: ${error instanceof Error ? error.message : error}` }
  } finally {
    await scope.end()
  }
}

const LONGEST_MS = 300_000

/** A probe that hangs has failed, and the rows after it are run all the same. */
async function tooLate(): Promise<never> {
  await pause(LONGEST_MS, undefined, { ref: false })
  throw new Error(`it did not end within ${LONGEST_MS / 1_000} s`)
}

/** Whether the program is on the path. */
function isInstalled({ program }: Tool): boolean {
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

function stateOf(parts: readonly Part[], hasSkipped: boolean): State {
  if (parts.some(({ state }) => state === 'fail')) return 'fail'
  if (!parts.some(({ state }) => state === 'pass')) return 'skipped'
  return hasSkipped ? 'part' : 'pass'
}
