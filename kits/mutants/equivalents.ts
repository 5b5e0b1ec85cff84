/**
 * Mutants that change nothing that anybody could notice, or that nobody should: kept as data, each with its reason. They are
 * named by their file and by what stands there, not by a line number.
 */
import { readFileSync } from 'node:fs'
import type { Mutant } from './mutation.ts'

export interface Equivalent {
  readonly file: string
  /** As in `Mutant`. */
  readonly code: string
  readonly change: string
  readonly reason: string
}

export function readEquivalents(): readonly Equivalent[] {
  return JSON.parse(readFileSync(new URL('equivalent.json', import.meta.url), 'utf8')) as Equivalent[]
}

/** The entry that is about this mutant. */
export function equivalentOf(mutant: Mutant, all: readonly Equivalent[]): Equivalent | undefined {
  return all.find(
    ({ file, code, change }) => file === mutant.file && code === mutant.code && change === mutant.change,
  )
}
