/**
 * What a row of the fault table is: a fault, how it is provoked, what must hold, and the proofs that are run for it.
 *
 * A proof is a test file of the suite, of which the cases that match count, or a probe against real processes. Both answer with
 * what was seen; a tool that a probe needs and the machine lacks skips it, visibly.
 */
import type { TestScope } from '../../test/support/start-gateway.ts'

export interface Row {
  /** As the test plan names it: a letter and a number. */
  readonly id: string
  /** What goes wrong, or who attacks. */
  readonly fault: string
  /** How it is provoked here. */
  readonly how: string
  /** What must hold, with its figure. */
  readonly holds: string
  /** What messages do meanwhile. */
  readonly messages: string
  /** What the operator sees. */
  readonly operator: string
  readonly proofs: readonly Proof[]
  /** What is not run here and why; absent when all of it is. */
  readonly notHere?: string
}

export type Proof = TestProof | ProbeProof

/** Cases of a test file; all of them when `cases` is absent. */
export interface TestProof {
  readonly kind: 'tests'
  /** Path under test/, without `.test.ts`. */
  readonly file: string
  readonly cases?: RegExp
}

export interface ProbeProof {
  readonly kind: 'probe'
  /** Programs it needs beyond Node, each with the Debian package that has it. */
  readonly needs: readonly Tool[]
  readonly run: (scope: ProbeScope) => Promise<Seen>
}

export interface Tool {
  readonly program: string
  readonly package: string
}

/** Where a probe runs: what it opens ends with the scope. */
export interface ProbeScope extends TestScope {
  /** Fewer rounds: for the suite and for a first look. */
  readonly isQuick: boolean
}

/** What a probe saw. */
export interface Seen {
  readonly holds: boolean
  /** In a few words, with units. */
  readonly figure: string
}

/** Thrown by a probe that cannot be run on this machine; the message says why. */
export class NotHere extends Error {}

export function tests(file: string, cases?: RegExp): TestProof {
  return { kind: 'tests', file, ...(cases && { cases }) }
}

export function probe(run: ProbeProof['run'], ...needs: readonly Tool[]): ProbeProof {
  return { kind: 'probe', needs, run }
}
