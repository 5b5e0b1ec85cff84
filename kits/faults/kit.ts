/**
 * The fault kit: runs the rows of the fault table against real processes, sockets and stores, and prints what was seen.
 *
 *   npm run faults -- [C3 D2 …] [--quick] [--out FILE] [--write-docs]
 *
 * Without IDs every row is run, which takes some minutes; `L` is every row of that letter. `--quick` has fewer rounds.
 * `--out` keeps the outcomes, each in place of the one that the file has of that row; `--write-docs` writes the table of
 * docs/failure-modes.md from the outcomes in the repository, and `none` runs nothing.
 *
 * Exit code 0: nothing failed. 1: something did. 2: there is no such row.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { answerHelp } from '../../bench/support/help.ts'
import { FAILURE_PAGE, withFaultTables } from './document.ts'
import { everyRow } from './every-row.ts'
import { Judge, type Outcome } from './judge.ts'
import type { Row } from './row.ts'
import { SAMPLE, savedOutcomes, saveOutcomes } from './saved-outcomes.ts'

answerHelp(import.meta.url)

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string' },
    'write-docs': { type: 'boolean', default: false },
  },
})

const rows = await everyRow()
const unknown = positionals.filter((name) => name !== 'none' && !rows.some((row) => isNamed(row, name)))
if (unknown.length > 0) {
  process.stderr.write(`there is no row ${unknown.join(', ')}\n`)
  process.exitCode = 2
} else {
  const chosen = rows.filter(
    (row) => positionals.length === 0 || positionals.some((name) => isNamed(row, name)),
  )
  const outcomes = await runAll(chosen)
  if (values['write-docs']) writeTables()
  process.exitCode = outcomes.some(({ state }) => state === 'fail') ? 1 : 0
}

function isNamed({ id }: Row, name: string): boolean {
  return id === name || id.slice(0, 1) === name
}

/** One after the other: a fault of one row is not to be one of another. Each outcome is kept at once. */
async function runAll(chosen: readonly Row[]): Promise<readonly Outcome[]> {
  const judge = new Judge(values.quick)
  const outcomes: Outcome[] = []
  for (const row of chosen) {
    const outcome = await judge.outcomeOf(row)
    outcomes.push(outcome)
    process.stdout.write(`${lineOf(row, outcome)}\n`)
    const day = new Date().toISOString().slice(0, 10)
    if (values.out !== undefined) saveOutcomes(values.out, [{ ...outcome, isQuick: values.quick, day }])
  }
  const count = (state: string) => outcomes.filter((one) => one.state === state).length
  process.stdout.write(
    `${count('pass')} pass, ${count('part')} in part, ${count('skipped')} skipped, ${count('fail')} fail\n`,
  )
  return outcomes
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
