/**
 * Would a test notice? Makes small faults in the source, one at a time in a copy of the tree, and runs the test files that are
 * likely to notice each: those that reach the file over imports and run the place, until one fails. Nearest first, five at a time;
 * of five those first that are known to be quick. Of those that take more than 20 s the three likeliest are run when no other has
 * noticed.
 *
 *   npm run mutants -- [--seed 169] [--sample 30] [--area policy,tls,…] [--jobs 2] [--tests 20] [--minutes 60]
 *   npm run mutants -- --only src/tls/trust.ts:90-110
 *   npm run mutants -- --list [--area tls]     what could be mutated, and nothing is run
 *
 * `--sample`: how many, at most 1,000, as many of each area; the same seed tries the same ones as long as the code there is the
 * same. `--only`: of one file, or of one line or some lines of it. `--jobs`: so many mutants at a time, each in a copy of its own.
 * `--tests`: once so many test files have not noticed a mutant, no further five are begun. `--minutes`: no new mutant is begun
 * after that. Areas: policy, duis, gateway, flags, restrictions, tls, control, notices, reports, store.
 *
 * Killed: a test failed, or did not end in its time. Survived: none did; write the test, or put the mutant into
 * kits/mutants/equivalent.json with the reason why it changes nothing. Mutants that do not compile are not counted. It runs at
 * the lowest priority. Exit code 0: none survived. 1: some did. 2: wrong usage.
 */
import { existsSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { answerHelp, readOptions } from '../../bench/support/help.ts'
import { AREAS } from './areas.ts'
import { readEquivalents } from './equivalents.ts'
import { candidates, inWords, runMutants, type SourceLines, summaryOf } from './run.ts'

answerHelp(import.meta.url)

const ROOT = join(import.meta.dirname, '../..')
const QUICK_TEST_MS = 20_000
const MAX_TEST_MS = 120_000

const { values } = readOptions({
  options: {
    seed: { type: 'string', default: '169' },
    sample: { type: 'string', default: '30' },
    area: { type: 'string', default: Object.keys(AREAS).join() },
    only: { type: 'string' },
    jobs: { type: 'string', default: '2' },
    tests: { type: 'string', default: '20' },
    minutes: { type: 'string', default: '60' },
    list: { type: 'boolean', default: false },
  },
})

const say = (text: string) => process.stdout.write(`${text}\n`)

function wrong(text: string): never {
  process.stderr.write(`${text}\n`)
  process.exit(2)
}

function bounded(name: 'seed' | 'sample' | 'jobs' | 'tests' | 'minutes', most: number): number {
  const number = Number(values[name])
  if (Number.isInteger(number) && number >= 0 && number <= most) return number
  return wrong(`--${name} takes a whole number up to ${most}`)
}

/** `src/tls/trust.ts`, `src/tls/trust.ts:90` or `src/tls/trust.ts:90-110`. */
function linesOf(text: string): SourceLines {
  const [, file = '', first = '1', last = first] = /^(src\/.+?\.ts)(?::(\d+)(?:-(\d+))?)?$/.exec(text) ?? []
  if (!existsSync(join(ROOT, file)) || file === '') wrong(`--only ${text}: there is no such source file`)
  return { file, first: Number(first), last: text.endsWith('.ts') ? Number.MAX_SAFE_INTEGER : Number(last) }
}

const areas = values.area.split(',')
const unknown = areas.filter((area) => !(area in AREAS))
if (unknown.length > 0) wrong(`--area ${unknown.join()}: there are ${Object.keys(AREAS).join(', ')}`)

if (values.list) {
  for (const area of areas) say(`${area}: ${candidates(ROOT, area).length} mutants, not all of which compile`)
} else {
  setPriority(constants.priority.PRIORITY_LOW)
  const summary = await runMutants({
    root: ROOT,
    areas,
    equivalents: readEquivalents(),
    seed: bounded('seed', 2 ** 31),
    sample: bounded('sample', 1_000),
    only: values.only === undefined ? undefined : linesOf(values.only),
    jobs: Math.max(1, bounded('jobs', 8)),
    maxTests: bounded('tests', 100),
    maxMs: bounded('minutes', 24 * 60) * 60_000,
    quickTestMs: QUICK_TEST_MS,
    maxTestMs: MAX_TEST_MS,
    onTried: (tried) => say(inWords(tried)),
  })
  say(
    `\nseed ${values.seed}, sample ${values.sample}, ${values.only ?? `areas ${areas.join(', ')}`}\n${summaryOf(summary)}`,
  )
  process.exitCode = summary.tried.some(({ outcome }) => outcome === 'survived') ? 1 : 0
}
