/** Tries mutants one by one on the test files that are likely to notice them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Coverage } from './coverage.ts'
import type { ImportGraph } from './import-graph.ts'
import { type Mutant, mutated } from './mutation.ts'
import type { TreeCopy } from './tree-copy.ts'

/**
 * - `killed`: a test file failed, or did not end, that passes without the mutant.
 * - `survived`: none did that runs the place.
 */
export interface Verdict {
  readonly outcome: 'killed' | 'survived'
  /** Whoever noticed it, or all that did not. */
  readonly tests: readonly string[]
  /** True of a killed one whose test file did not end in its time. */
  readonly isTimeOut?: boolean
}

export interface TrialOptions {
  readonly copy: Pick<TreeCopy, 'root' | 'write' | 'run' | 'measure'>
  readonly graph: Pick<ImportGraph, 'testsOf'>
  /** All that will be tried. */
  readonly mutants: readonly Mutant[]
  /** Test files tried for one mutant, at most. */
  readonly maxTests: number
  /** A test file that takes longer than this without a mutant is left out. */
  readonly maxTestMs: number
}

/** How long a test file takes, and what of the sources it runs. */
interface Baseline {
  readonly tookMs: number
  readonly coverage: Coverage
}

/** How long a test file may take with a mutant, by how long it takes without. */
const TIMES_AS_LONG = 4
const SPARE_MS = 10_000

export class Trial {
  readonly #options: TrialOptions
  /** Each test file without a mutant; undefined: it does not pass, or takes too long. */
  readonly #baselines = new Map<string, Baseline | undefined>()

  constructor(options: TrialOptions) {
    this.#options = options
  }

  /** Test files that were left out because they do not pass without a mutant, or take too long. */
  get leftOut(): readonly string[] {
    return [...this.#baselines].flatMap(([test, baseline]) => (baseline === undefined ? test : []))
  }

  async of(mutant: Mutant): Promise<Verdict> {
    const { copy, graph, maxTests } = this.#options
    const text = readFileSync(join(copy.root, mutant.file), 'utf8')
    const tried: string[] = []
    for (const { test } of graph.testsOf(mutant)) {
      if (tried.length === maxTests) break
      const baseline = await this.#baselineOf(test)
      if (!baseline || baseline.coverage.ran(mutant) === false) continue
      const { tookMs } = baseline
      tried.push(test)
      copy.write(mutant.file, mutated(text, mutant))
      const { ending } = await copy.run(test, SPARE_MS + TIMES_AS_LONG * tookMs)
      copy.write(mutant.file, text)
      if (ending !== 'passed') return { outcome: 'killed', tests: [test], isTimeOut: ending === 'timed-out' }
    }
    return { outcome: 'survived', tests: tried }
  }

  async #baselineOf(test: string): Promise<Baseline | undefined> {
    if (this.#baselines.has(test)) return this.#baselines.get(test)
    const { copy, maxTestMs, mutants } = this.#options
    const { ending, ...baseline } = await copy.measure(test, maxTestMs, mutants)
    this.#baselines.set(test, ending === 'passed' ? baseline : undefined)
    return this.#baselines.get(test)
  }
}
