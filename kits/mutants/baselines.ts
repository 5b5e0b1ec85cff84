/** Each test file as it is without a mutant: how long it takes, and what of the sources it runs. Measured once, when it is first asked for. */
import type { Coverage } from './coverage.ts'
import type { Mutant } from './mutation.ts'
import type { TreeCopy } from './tree-copy.ts'

interface Baseline {
  readonly tookMs: number
  readonly coverage: Coverage
}

export class Baselines {
  readonly #mutants: readonly Mutant[]
  readonly #maxTestMs: number
  readonly #asked = new Map<string, Promise<Baseline | undefined>>()
  /** Those whose measuring is over; undefined: it does not pass, or takes too long. */
  readonly #known = new Map<string, Baseline | undefined>()

  /** `mutants`: all that will be tried. `maxTestMs`: a test file that takes longer has none. */
  constructor(mutants: readonly Mutant[], maxTestMs: number) {
    this.#mutants = mutants
    this.#maxTestMs = maxTestMs
  }

  /** Test files that have none because they do not pass without a mutant, or take too long. */
  get leftOut(): readonly string[] {
    return [...this.#known].flatMap(([test, baseline]) => (baseline === undefined ? test : []))
  }

  /** Undefined for a test file that has none. `copy`: where it is run, without a mutant in it. */
  of(test: string, copy: Pick<TreeCopy, 'measure'>): Promise<Baseline | undefined> {
    const asked = this.#asked.get(test) ?? this.#measure(test, copy)
    this.#asked.set(test, asked)
    return asked
  }

  /** Those that are measured already, the quickest first; then the others as they stand. */
  quickestFirst(tests: readonly string[]): readonly string[] {
    const timeOf = (test: string) => this.#known.get(test)?.tookMs ?? Number.MAX_VALUE
    return tests.toSorted((one, other) => timeOf(one) - timeOf(other))
  }

  async #measure(test: string, copy: Pick<TreeCopy, 'measure'>): Promise<Baseline | undefined> {
    const { ending, ...baseline } = await copy.measure(test, this.#maxTestMs, this.#mutants)
    const known = ending === 'passed' ? baseline : undefined
    this.#known.set(test, known)
    return known
  }
}
