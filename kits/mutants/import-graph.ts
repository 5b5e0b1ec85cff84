/**
 * Which test files are likely to notice a change of a source file: those that reach it over imports, or over the names of files
 * that they start, nearest first.
 */
import { globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import type { Mutant } from './mutation.ts'

/** Imports that are gone when the program runs. */
const TYPE_IMPORT = /^(?:import|export) type [^']*?from '[^']+'/gm
/** Anything that may name a file of ours: imports, workers, programs that are started. */
const FILE_NAME = /['"`]((?:\.{1,2}\/)*[\w./-]+\.(?:ts|mjs))['"`]/g

/** A test file, and how many steps of imports the source file is away. */
export interface Reaching {
  readonly test: string
  readonly steps: number
}

/** Words long enough to mean something: `maxBodyBytes`, not `this`. */
const WORD = /\w{7,}/g

/** Words that may be the name of a folder or a file: `tls`. */
const NAME = /[a-z]\w{2,}/g

/** As many go before all others. */
const LIKELIEST = 10

export class ImportGraph {
  readonly #imports = new Map<string, readonly string[]>()
  readonly #stepsOf = new Map<string, ReadonlyMap<string, number>>()
  readonly #wordsOf = new Map<string, ReadonlySet<string>>()

  constructor(root: string) {
    const files = globSync('{src,test,kits,bench,bin}/**/*.{ts,mjs}', { cwd: root })
    const known = new Set(files)
    const words = new Map<string, readonly string[]>()
    for (const file of files) {
      const text = readFileSync(join(root, file), 'utf8').replaceAll(TYPE_IMPORT, '')
      words.set(file, text.match(WORD) ?? [])
      const named = [...text.matchAll(FILE_NAME)].map(([, name = '']) =>
        posix.join(posix.dirname(file), name),
      )
      this.#imports.set(
        file,
        [...new Set(named)].filter((name) => known.has(name)),
      )
    }
    const tests = files.filter((file) => file.startsWith('test/') && file.endsWith('.test.ts'))
    for (const test of tests) {
      const steps = this.#stepsFrom(test)
      this.#stepsOf.set(test, steps)
      const ofTests = [...steps.keys()].filter((file) => file.startsWith('test/'))
      this.#wordsOf.set(test, new Set(ofTests.flatMap((file) => [...(words.get(file) ?? [])])))
    }
  }

  /**
   * The likeliest first: by steps, less for names that the path of the test shares with that of the file and with the changed
   * line, and for words of the line that the test and what it uses of the tests have; then whoever reaches fewer files. Behind
   * the ten likeliest the folders take turns: a file may be tested from elsewhere.
   */
  testsOf({ file, code }: Pick<Mutant, 'file' | 'code'>): readonly Reaching[] {
    const names = [...namesOf(file), ...(code.match(NAME) ?? []).map(singular)]
    const words = new Set(code.match(WORD))
    const found = [...this.#stepsOf].flatMap(([test, all]) => {
      const steps = all.get(file)
      if (steps === undefined) return []
      const shared = namesOf(test).filter((name) => names.includes(name)).length
      const said = [...words].filter((word) => this.#wordsOf.get(test)?.has(word)).length
      return [{ test, steps, rank: steps - 2 * shared - 2 * said, size: all.size }]
    })
    const ranked = found
      .sort(
        (one, other) => one.rank - other.rank || one.size - other.size || (one.test < other.test ? -1 : 1),
      )
      .map(({ test, steps }) => ({ test, steps }))
    return [...ranked.slice(0, LIKELIEST), ...inTurns(ranked.slice(LIKELIEST))]
  }

  #stepsFrom(test: string): ReadonlyMap<string, number> {
    const steps = new Map([[test, 0]])
    for (const [file, own] of steps)
      for (const next of this.#imports.get(file) ?? []) if (!steps.has(next)) steps.set(next, own + 1)
    return steps
  }
}

/** Folders and the file itself: `store`, `sql`, `audit`. */
function namesOf(path: string): readonly string[] {
  const names = path.replace(/(?:\.test)?\.ts$/, '').split('/')
  return names.slice(1).map(singular)
}

/** `restriction` for `restrictions`; no more than that. */
function singular(name: string): string {
  return name.replace(/s$/, '')
}

/** The first of each folder, then the second of each, and so on. */
function inTurns(ranked: readonly Reaching[]): readonly Reaching[] {
  const ofFolder = Map.groupBy(ranked, ({ test }) => posix.dirname(test))
  const turnOf = (one: Reaching) => ofFolder.get(posix.dirname(one.test))?.indexOf(one) ?? 0
  return ranked.toSorted((one, other) => turnOf(one) - turnOf(other))
}
