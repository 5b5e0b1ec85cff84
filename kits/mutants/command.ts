/**
 * Would a test notice? Makes small faults in the source, one at a time in a copy of the tree, and runs the test files that are
 * likely to notice each: those that reach the file over imports and run the place, nearest first, until one fails.
 *
 *   npm run mutants -- [--seed 169] [--sample 30] [--area policy,tls,…] [--tests 20] [--minutes 60]
 *   npm run mutants -- --list [--area tls]     what could be mutated, and nothing is run
 *
 * `--sample`: how many, at most 1,000, as many of each area; the same seed tries the same ones as long as the code there is the
 * same. `--tests`: test files for one mutant. `--minutes`: no new mutant is begun after that. Areas: policy, duis, gateway,
 * flags, restrictions, tls, control, notices, reports, store.
 *
 * Killed: a test failed, or did not end in its time. Survived: none did; write the test, or put the mutant into
 * kits/mutants/equivalent.json with the reason why it changes nothing. Mutants that do not compile are not counted. It runs at
 * the lowest priority. Exit code 0: none survived. 1: some did. 2: wrong usage.
 */
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { answerHelp } from '../../bench/support/help.ts'
import { AREAS } from './areas.ts'
import { readEquivalents } from './equivalents.ts'
import { candidates, inWords, runMutants, summaryOf } from './run.ts'

answerHelp(import.meta.url)

const ROOT = join(import.meta.dirname, '../..')
const MAX_TEST_MS = 60_000

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '169' },
    sample: { type: 'string', default: '30' },
    area: { type: 'string', default: Object.keys(AREAS).join() },
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

function bounded(name: 'seed' | 'sample' | 'tests' | 'minutes', most: number): number {
  const number = Number(values[name])
  if (Number.isInteger(number) && number >= 0 && number <= most) return number
  return wrong(`--${name} takes a whole number up to ${most}`)
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
    maxTests: bounded('tests', 100),
    maxMs: bounded('minutes', 24 * 60) * 60_000,
    maxTestMs: MAX_TEST_MS,
    onTried: (tried) => say(inWords(tried)),
  })
  say(`\nseed ${values.seed}, sample ${values.sample}, areas ${areas.join(', ')}\n${summaryOf(summary)}`)
  process.exitCode = summary.tried.some(({ outcome }) => outcome === 'survived') ? 1 : 0
}
