/** A run: the sample, each mutant tried in turn, and what came of it in words. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesOf } from './areas.ts'
import { Compiler } from './compiler.ts'
import { type Equivalent, equivalentOf } from './equivalents.ts'
import { ImportGraph } from './import-graph.ts'
import { type Mutant, mutantsOf } from './mutation.ts'
import { inOrder, takeInTurn } from './sample.ts'
import { TreeCopy } from './tree-copy.ts'
import { Trial } from './trial.ts'

export interface RunOptions {
  /** Of the tree. */
  readonly root: string
  readonly areas: readonly string[]
  readonly equivalents: readonly Equivalent[]
  readonly seed: number
  /** How many mutants. */
  readonly sample: number
  /** Test files for one mutant, at most. */
  readonly maxTests: number
  /** No mutant is begun later than this. */
  readonly maxMs: number
  /** A test file that takes longer than this without a mutant is left out. */
  readonly maxTestMs: number
  readonly onTried: (tried: Tried) => void
}

export interface Tried {
  readonly mutant: Mutant
  readonly outcome: 'killed' | 'survived' | 'equivalent'
  /** Whoever noticed it, or all that did not; none for an equivalent one, which is not run. */
  readonly tests: readonly string[]
  readonly isTimeOut?: boolean
  /** Why it is equivalent. */
  readonly reason?: string
}

export interface Summary {
  readonly tried: readonly Tried[]
  /** Of the sample, not begun because the time was over. */
  readonly notBegun: number
  /** Test files that do not pass, or take too long, without a mutant. */
  readonly leftOut: readonly string[]
}

/** The mutants of an area, whether or not they compile. */
export function candidates(root: string, area: string): readonly Mutant[] {
  return filesOf(root, area).flatMap((file) => mutantsOf(file, readFileSync(join(root, file), 'utf8')))
}

export async function runMutants(options: RunOptions): Promise<Summary> {
  const copy = new TreeCopy(options.root)
  const release = closeAtEnd(copy)
  try {
    return await runIn(copy, options)
  } finally {
    release()
  }
}

/** Everything is read from the copy, so that the tree may change meanwhile. */
async function runIn(copy: TreeCopy, options: RunOptions): Promise<Summary> {
  const { equivalents, maxMs, onTried } = options
  const until = performance.now() + maxMs
  const chosen = sampleOf(copy.root, options)
  const trial = new Trial({ ...options, copy, mutants: chosen, graph: new ImportGraph(copy.root) })
  const tried: Tried[] = []
  for (const mutant of chosen) {
    if (performance.now() > until) break
    const equivalent = equivalentOf(mutant, equivalents)
    const one: Tried = equivalent
      ? { mutant, outcome: 'equivalent', tests: [], reason: equivalent.reason }
      : { mutant, ...(await trial.of(mutant)) }
    tried.push(one)
    onTried(one)
  }
  return { tried, notBegun: chosen.length - tried.length, leftOut: trial.leftOut }
}

/** Mutants that compile. */
function sampleOf(root: string, { areas, seed, sample }: RunOptions): readonly Mutant[] {
  const files = areas.flatMap((area) => filesOf(root, area))
  const compiler = new Compiler(root, files)
  const lists = areas.map((area) => inOrder(candidates(root, area), seed))
  const textOf = (file: string) => readFileSync(join(root, file), 'utf8')
  return takeInTurn(lists, sample, (mutant) => compiler.accepts(mutant, textOf(mutant.file)))
}

/** Removes the copy when the run is over, also when it is interrupted. */
function closeAtEnd(copy: TreeCopy): () => void {
  const end = () => {
    copy.close()
    process.exit(130)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.once(signal, end)
  return () => {
    for (const signal of signals) process.off(signal, end)
    copy.close()
  }
}

/** One line; for a survivor with the line of the source and the tests that did not notice. */
export function inWords({ mutant, outcome, tests, isTimeOut, reason }: Tried): string {
  const { file, line, code, change } = mutant
  const what = `${outcome.padEnd(10)} ${file}:${line}  ${change}`
  switch (outcome) {
    case 'killed':
      return `${what}  (${tests.join()}${isTimeOut ? ' did not end' : ''})`
    case 'equivalent':
      return `${what}  ${reason}`
    case 'survived':
      return `${what}\n           ${code}\n           ${tests.join(', ') || 'no test file reaches it'}`
  }
}

/** The figures of a run, and its survivors once more. */
export function summaryOf({ tried, notBegun, leftOut }: Summary): string {
  const of = (outcome: Tried['outcome']) => tried.filter((one) => one.outcome === outcome)
  const [killed, survivors, equivalent] = [of('killed'), of('survived'), of('equivalent')]
  const counted = killed.length + survivors.length
  const timeOuts = killed.filter(({ isTimeOut }) => isTimeOut).length
  const share = counted === 0 ? '' : `, ${Math.floor((100 * killed.length) / counted)} % killed of ${counted}`
  return [
    ...(survivors.length > 0 ? ['Survivors:', ...survivors.map(inWords)] : []),
    ...(leftOut.length > 0 ? [`Left out, they do not pass in time as they are: ${leftOut.join(', ')}`] : []),
    ...(notBegun > 0 ? [`Not begun in time: ${notBegun}`] : []),
    `${killed.length} killed (${timeOuts} did not end), ${survivors.length} survived, ${equivalent.length} equivalent${share}`,
  ].join('\n')
}
