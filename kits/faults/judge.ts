/** Runs the proofs of one row and says what came of it. */
import type { ProbeProof, Proof, Row } from './row.ts'
import type { Part } from './run-probe.ts'
import type { Case } from './run-tests.ts'

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

/** How proofs are run. */
export interface Runners {
  readonly tests: (file: string) => Promise<readonly Case[]>
  readonly probe: (row: Row, proof: ProbeProof) => Promise<Part>
}

/** Test files are run once in a run of the kit, however many rows rest on them. */
export class Judge {
  readonly #run: Runners
  readonly #files = new Map<string, Promise<readonly Case[]>>()

  constructor(runners: Runners) {
    this.#run = runners
  }

  async outcomeOf(row: Row): Promise<Outcome> {
    const from = performance.now()
    const parts: Part[] = []
    for (const proof of row.proofs) parts.push(await this.#partOf(row, proof))
    const skipped = [...parts.flatMap((part) => part.skipped ?? []), ...(row.notHere ? [row.notHere] : [])]
    const figure = parts.flatMap((part) => part.figure ?? []).join('; ')
    const seconds = Math.round((performance.now() - from) / 100) / 10
    return { id: row.id, state: stateOf(parts, skipped.length > 0), figure, skipped, seconds }
  }

  #partOf(row: Row, proof: Proof): Promise<Part> {
    return proof.kind === 'probe' ? this.#run.probe(row, proof) : this.#partOfTests(proof.file, proof.cases)
  }

  async #partOfTests(file: string, pattern: RegExp | undefined): Promise<Part> {
    const running = this.#files.get(file) ?? this.#run.tests(file)
    this.#files.set(file, running)
    const cases = (await running).filter(
      ({ name, isOfFile }) => pattern === undefined || isOfFile || pattern.test(name),
    )
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

function stateOf(parts: readonly Part[], hasSkipped: boolean): State {
  if (parts.some(({ state }) => state === 'fail')) return 'fail'
  if (!parts.some(({ state }) => state === 'pass')) return 'skipped'
  return hasSkipped ? 'part' : 'pass'
}
