/** Tries mutants one by one on the test files that are likely to notice them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Baselines } from './baselines.ts'
import type { ImportGraph } from './import-graph.ts'
import { type Mutant, mutated } from './mutation.ts'
import type { Ending, TreeCopy } from './tree-copy.ts'

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
  /** Of test files that are over soon. */
  readonly quick: Baselines
  /** Of the others: they are run for what no quick one has noticed. */
  readonly slow: Baselines
  /** When so many test files have not noticed a mutant, no further group is begun. */
  readonly maxTests: number
}

/** How long a test file may take with a mutant, by how long it takes without. */
const TIMES_AS_LONG = 4
const SPARE_MS = 10_000

/** So many of the likeliest are one group: within it those come first that are known to be quick. */
const GROUP = 5

/** So many of the likeliest that are not quick are run for what no quick one has noticed. */
const MOST_SLOW = 3

export class Trial {
  readonly #options: TrialOptions

  constructor(options: TrialOptions) {
    this.#options = options
  }

  async of(mutant: Mutant): Promise<Verdict> {
    const { graph, maxTests, quick, slow } = this.#options
    const tests = graph.testsOf(mutant).map(({ test }) => test)
    const tried: string[] = []
    const setAside: string[] = []
    for (let from = 0; from < tests.length && tried.length < maxTests; from += GROUP) {
      const killed = await this.#tryEach(mutant, tests.slice(from, from + GROUP), quick, tried, setAside)
      if (killed) return killed
    }
    const killed = await this.#tryEach(mutant, setAside.slice(0, MOST_SLOW), slow, tried)
    return killed ?? { outcome: 'survived', tests: tried }
  }

  /**
   * A group is tried to its end, whatever is known of it: the verdict does not hang on the order. Those that have no baseline go
   * to `setAside`.
   */
  async #tryEach(
    mutant: Mutant,
    group: readonly string[],
    baselines: Baselines,
    tried: string[],
    setAside: string[] = [],
  ): Promise<Verdict | undefined> {
    const { copy } = this.#options
    for (const test of baselines.quickestFirst(group)) {
      const baseline = await baselines.of(test, copy)
      if (!baseline) setAside.push(test)
      if (!baseline || baseline.coverage.ran(mutant) === false) continue
      tried.push(test)
      const ending = await this.#run(test, mutant, SPARE_MS + TIMES_AS_LONG * baseline.tookMs)
      if (ending !== 'passed') return { outcome: 'killed', tests: [test], isTimeOut: ending === 'timed-out' }
    }
    return undefined
  }

  async #run(test: string, mutant: Mutant, timeoutMs: number): Promise<Ending> {
    const { copy } = this.#options
    const text = readFileSync(join(copy.root, mutant.file), 'utf8')
    copy.write(mutant.file, mutated(text, mutant))
    const { ending } = await copy.run(test, timeoutMs)
    copy.write(mutant.file, text)
    return ending
  }
}
