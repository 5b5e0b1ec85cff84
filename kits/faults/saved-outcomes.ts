/** The outcomes that docs/failure-modes.md shows: those of the last run of each row, kept in a file. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Outcome } from './judge.ts'

/** The outcomes in the repository. */
export const SAMPLE = join(import.meta.dirname, 'results/sample.json')

export interface SavedOutcome extends Outcome {
  /** Whether it had fewer rounds. */
  readonly isQuick: boolean
  /** Day of the run, as YYYY-MM-DD. */
  readonly day: string
}

export type SavedOutcomes = ReadonlyMap<string, SavedOutcome>

/** By row; none when there is no such file. */
export function savedOutcomes(file: string): SavedOutcomes {
  if (!existsSync(file)) return new Map()
  const list = JSON.parse(readFileSync(file, 'utf8')) as readonly SavedOutcome[]
  return new Map(list.map((one) => [one.id, one]))
}

/** Puts the outcomes in place of those that the file has of the same rows; others stay. */
export function saveOutcomes(file: string, outcomes: readonly SavedOutcome[]): void {
  const all = new Map([...savedOutcomes(file), ...outcomes.map((one) => [one.id, one] as const)])
  const list = [...all.values()].sort((one, other) => one.id.localeCompare(other.id, 'en', { numeric: true }))
  writeFileSync(file, `${JSON.stringify(list, undefined, 2)}\n`)
}
