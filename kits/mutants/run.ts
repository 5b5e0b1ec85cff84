/** A run: the sample, each mutant tried in turn, and what came of it in words. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesOf } from './areas.ts'
import { Baselines } from './baselines.ts'
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
  /** Mutants of this place alone, whatever the areas; undefined: of all of them. */
  readonly only?: SourceLines | undefined
  readonly equivalents: readonly Equivalent[]
  readonly seed: number
  /** How many mutants. */
  readonly sample: number
  /** How many are tried at a time, each in a copy of its own. */
  readonly jobs: number
  /** When so many test files have not noticed a mutant, no further group is begun. */
  readonly maxTests: number
  /** No mutant is begun later than this. */
  readonly maxMs: number
  /** A test file that takes longer than this without a mutant is run only for what no quicker one has noticed. */
  readonly quickTestMs: number
  /** One that takes longer than this is left out. */
  readonly maxTestMs: number
  readonly onTried: (tried: Tried) => void
}

/** Lines of one source file, both ends included. */
export interface SourceLines {
  readonly file: string
  readonly first: number
  readonly last: number
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
  const copies = Array.from({ length: options.jobs }, () => new TreeCopy(options.root))
  const release = closeAtEnd(copies)
  try {
    return await runIn(copies, options)
  } finally {
    release()
  }
}

/** Everything is read from the copies, so that the tree may change meanwhile. */
async function runIn(copies: readonly TreeCopy[], options: RunOptions): Promise<Summary> {
  const { root } = copies[0] ?? options
  const chosen = sampleOf(root, options)
  const quick = new Baselines(chosen, options.quickTestMs)
  const slow = new Baselines(chosen, options.maxTestMs)
  const graph = new ImportGraph(root)
  const until = performance.now() + options.maxMs
  const tried = new Map<Mutant, Tried>()
  const waiting = chosen.values()
  const runAll = async (copy: TreeCopy) => {
    const trial = new Trial({ copy, graph, quick, slow, maxTests: options.maxTests })
    while (performance.now() <= until) {
      const { value: mutant } = waiting.next()
      if (!mutant) return
      const one = await tryOne(trial, mutant, options.equivalents)
      tried.set(mutant, one)
      options.onTried(one)
    }
  }
  await Promise.all(copies.map(runAll))
  return {
    tried: chosen.flatMap((mutant) => tried.get(mutant) ?? []),
    notBegun: chosen.length - tried.size,
    leftOut: slow.leftOut,
  }
}

async function tryOne(trial: Trial, mutant: Mutant, equivalents: readonly Equivalent[]): Promise<Tried> {
  const equivalent = equivalentOf(mutant, equivalents)
  if (equivalent) return { mutant, outcome: 'equivalent', tests: [], reason: equivalent.reason }
  return { mutant, ...(await trial.of(mutant)) }
}

/** Mutants that compile. */
function sampleOf(root: string, { areas, only, seed, sample }: RunOptions): readonly Mutant[] {
  const files = only ? [only.file] : areas.flatMap((area) => filesOf(root, area))
  const compiler = new Compiler(root, files)
  const lists = only ? [mutantsAt(root, only)] : areas.map((area) => candidates(root, area))
  const textOf = (file: string) => readFileSync(join(root, file), 'utf8')
  const inTurn = lists.map((list) => inOrder(list, seed))
  return takeInTurn(inTurn, sample, (mutant) => compiler.accepts(mutant, textOf(mutant.file)))
}

function mutantsAt(root: string, { file, first, last }: SourceLines): readonly Mutant[] {
  const mutants = mutantsOf(file, readFileSync(join(root, file), 'utf8'))
  return mutants.filter(({ line }) => line >= first && line <= last)
}

/** Removes the copies when the run is over, also when it is interrupted. */
function closeAtEnd(copies: readonly TreeCopy[]): () => void {
  const close = () => {
    for (const copy of copies) copy.close()
  }
  const end = () => {
    close()
    process.exit(130)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.once(signal, end)
  return () => {
    for (const signal of signals) process.off(signal, end)
    close()
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
