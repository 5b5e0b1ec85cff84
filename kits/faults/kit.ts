/**
 * The fault kit: runs the rows of the fault table against real processes, sockets and stores, and prints what was seen.
 *
 *   npm run faults -- [C3 D2 …] [--quick] [--jobs N] [--within MINUTES] [--out FILE] [--write-docs]
 *
 * Without IDs every row is run, two at a time unless told. `L` is every row of that letter.
 * `--quick` has fewer rounds. A proof ends within ten minutes or has failed; a run ends within `--within`, an hour unless
 * told, and names the rows that it did not come to. `--out` keeps the outcomes, each in place of the one that the file has of
 * that row; `--write-docs` writes the tables of docs/failure-modes.md from the outcomes in the repository, and `none` runs
 * nothing.
 *
 * Exit code 0: nothing failed, nothing was left behind. 1: something did, was, or was not come to. 2: there is no such row, or no such number.
 * 128 and more: a signal cut the run off.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import process from 'node:process'
import { answerHelp, readOptions } from '../../bench/support/help.ts'
import { CutOff } from './bounded.ts'
import { FAILURE_PAGE, packagesOf, secondsOf, withFaultTables } from './document.ts'
import { everyRow } from './every-row.ts'
import { Judge, type Outcome } from './judge.ts'
import type { Row } from './row.ts'
import { isInstalled, partOfProcess } from './run-probe.ts'
import { casesOf } from './run-tests.ts'
import { SAMPLE, savedOutcomes, saveOutcomes } from './saved-outcomes.ts'

/** The longest that one proof of a row may take. */
const PROOF_SECONDS = 600

answerHelp(import.meta.url)

const { values, positionals } = readOptions({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '2' },
    within: { type: 'string', default: '60' },
    out: { type: 'string' },
    'write-docs': { type: 'boolean', default: false },
  },
})

const [jobs, minutes] = [Number(values.jobs), Number(values.within)]
const rows = await everyRow()
const unknown = positionals.filter((name) => name !== 'none' && !rows.some((row) => isNamed(row, name)))
if (unknown.length > 0) {
  process.stderr.write(`there is no row ${unknown.join(', ')}\n`)
  process.exitCode = 2
} else if (!(jobs >= 1 && minutes > 0)) {
  process.stderr.write('--jobs and --within take a number from 1 on\n')
  process.exitCode = 2
} else {
  const chosen = rows.filter(
    (row) => positionals.length === 0 || positionals.some((name) => isNamed(row, name)),
  )
  const outcomes = await runAll(chosen)
  if (values['write-docs']) writeTables()
  if (outcomes.length < chosen.length || outcomes.some(({ state }) => state === 'fail'))
    process.exitCode ??= 1
}

function isNamed({ id }: Row, name: string): boolean {
  return id === name || id.slice(0, 1) === name
}

/** Aborted when the time for all is up, or by the first signal that asks this process to end. */
function untilCutOff(): AbortSignal {
  const controller = new AbortController()
  setTimeout(() => controller.abort(`${minutes} minutes are up`), minutes * 60_000).unref()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(name, () => {
      process.exitCode = 128 + constants.signals[name]
      controller.abort(name)
    })
  return controller.signal
}

/** As many at a time as told: they share the machine and nothing else. Each outcome is told and kept at once. */
async function runAll(chosen: readonly Row[]): Promise<readonly Outcome[]> {
  if (chosen.length === 0) return []
  const signal = untilCutOff()
  const bound = { seconds: PROOF_SECONDS, signal }
  const judge = new Judge({
    tests: (file) => casesOf(file, bound),
    probe: (row, proof) => partOfProcess(row, proof, values.quick, bound),
  })
  tellWhatIsToCome(chosen)
  const outcomes: Outcome[] = []
  const waiting = [...chosen]
  const work = async () => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      const outcome = await judge.outcomeOf(row).catch(ifCutOff)
      if (outcome === undefined) return
      outcomes.push(outcome)
      note(row, outcome)
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  const count = (state: string) => outcomes.filter((one) => one.state === state).length
  const notRun = chosen.filter(({ id }) => !outcomes.some((one) => one.id === id)).map(({ id }) => id)
  if (notRun.length > 0) process.stdout.write(`cut off, ${signal.reason}; not run: ${notRun.join(' ')}\n`)
  process.stdout.write(
    `${count('pass')} pass, ${count('part')} in part, ${count('skipped')} skipped, ${count('fail')} fail\n`,
  )
  return outcomes
}

function note(row: Row, outcome: Outcome): void {
  process.stdout.write(`${lineOf(row, outcome)}\n`)
  const day = new Date().toISOString().slice(0, 10)
  if (values.out !== undefined) saveOutcomes(values.out, [{ ...outcome, isQuick: values.quick, day }])
}

/** What is to come, apart from the outcomes: how long it takes, and what it lacks. */
function tellWhatIsToCome(chosen: readonly Row[]): void {
  const usual = Math.ceil(secondsOf(chosen, savedOutcomes(SAMPLE)) / 60 / jobs)
  const count = chosen.length === 1 ? '1 row' : `${chosen.length} rows`
  process.stderr.write(`${count}: about ${usual} min, at most ${minutes}\n`)
  const missing = packagesOf(chosen, (tool) => !isInstalled(tool))
  if (missing.length > 0) process.stderr.write(`to skip none: apt-get install ${missing.join(' ')}\n`)
}

function ifCutOff(error: unknown): undefined {
  if (!(error instanceof CutOff)) throw error
}

function lineOf({ id, fault }: Row, { state, figure, skipped, seconds }: Outcome): string {
  const head = `${id.padEnd(4)}${state.padEnd(8)}${seconds.toFixed(1).padStart(6)} s  ${fault}`
  const seen = figure === '' ? [] : [figure]
  return [head, ...seen, ...skipped.map((reason) => `not run: ${reason}`)].join('\n        ')
}

function writeTables(): void {
  const page = readFileSync(FAILURE_PAGE, 'utf8')
  writeFileSync(FAILURE_PAGE, withFaultTables(page, rows, savedOutcomes(SAMPLE)))
}
