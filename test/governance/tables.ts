/** Tables and people for the tests of governance: the shipped list, lists made of it, and four people of two parties. */
import { readFileSync } from 'node:fs'
import { loadCatalogue } from '../../src/config/load-catalogue.ts'
import { readTable } from '../../src/config/load-table.ts'
import { readTableTests } from '../../src/config/load-table-tests.ts'
import { type Instant, instantOf } from '../../src/core/device/device.ts'
import type { CompiledTable, Table } from '../../src/core/policy/table.ts'
import { tableHashOf } from '../../src/core/policy/table-revision.ts'
import type { Actor } from '../../src/core/restriction/party.ts'
import { type Examined, type ExamineTable, tableExaminer } from '../../src/governance/examine-table.ts'
import { TableGovernance } from '../../src/governance/table-governance.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'

export const catalogue = loadCatalogue()

function shippedText(name: string): string {
  return readFileSync(new URL(`../../policy/${name}`, import.meta.url), 'utf8')
}

export const RECOMMENDED = shippedText('recommended.yaml')
export const RECOMMENDED_TESTS = shippedText('recommended.tests.yaml')
export const LITERAL = shippedText('seed-2023-04-literal.yaml')
export const LITERAL_TESTS = shippedText('seed-2023-04-literal.tests.yaml')

/** The recommended list with 4.18 passing, and a test that says so. */
export const LENIENT = RECOMMENDED.replace(
  /( {2}- id: read-meter-balance[\s\S]*?)action: block\n {4}onUnknown: \w+\n {4}onStale: \w+/,
  '$1action: pass',
)
export const LENIENT_TESTS =
  "tests:\n  - { name: the balance passes, given: { srv: '4.18', flag: restricted }, expect: { verdict: forward } }\n"

/** What the function has answered before for the same texts: the few tables of these tests are compiled and tried out once. */
function once<Texts extends readonly string[], Answer>(work: (...texts: Texts) => Answer) {
  const known = new Map<string, Answer>()
  return (...texts: Texts): Answer => {
    const key = texts.join('\0')
    const answer = known.get(key) ?? work(...texts)
    known.set(key, answer)
    return answer
  }
}

/** A table as a gateway reads it. */
export const readText: (text: string) => CompiledTable = once((text: string) => readTable(text, catalogue))

export function compiled(text: string): Table {
  const outcome = readText(text)
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems))
  return outcome.table
}

export function revisionOf(text: string): string {
  return tableHashOf(text).slice(0, 12)
}

export const examine: ExamineTable = once<[string, string], Examined>(
  tableExaminer({ readTable: readText, readTests: readTableTests, baseline: compiled(RECOMMENDED) }),
)

export const JANE = person('OPS', 'jane')
export const JOHN = person('OPS', 'john')
export const OTHER_JANE = person('DSP-2', 'jane')
export const CENTRE: Actor = { party: 'DCC', role: 'service-centre', name: 'sam' }

function person(party: string, name: string): Actor {
  return { party, role: 'operations', name }
}

export const START = instantOf(Date.parse('2027-01-11T12:00:00Z'))

export interface Office {
  readonly store: SqlStore
  readonly governance: TableGovernance
  readonly clock: { now: Instant }
  /** Proposes by Jane and approves by John; the ID of the proposal. */
  readonly bringIn: (content: string, tests: string, from?: Instant) => Promise<string>
}

/** A store in memory with a clock that the test moves; `ahead` is added to it. */
export function openOffice(
  t: { teardown(work: () => unknown): void },
  ahead: () => number = () => 0,
): Office {
  const clock = { now: START }
  const store = openSqliteStore({ file: ':memory:', now: () => instantOf(clock.now + ahead()) })
  t.teardown(() => store.close())
  const governance = new TableGovernance({ store, examine, mayGovern: ({ role }) => role === 'operations' })
  return {
    ...{ store, governance, clock },
    async bringIn(content, tests, from) {
      const { proposal } = granted(
        await governance.propose(JANE, { content, tests, from, reason: 'because' }),
      )
      granted(await governance.approve(JOHN, proposal.id))
      return proposal.id
    },
  }
}

/** The value of an outcome that has to be granted. */
export function granted<Outcome extends { readonly ok: boolean }>(
  outcome: Outcome,
): Extract<Outcome, { readonly ok: true }> {
  if (!outcome.ok) throw new Error(`refused: ${JSON.stringify(outcome)}`)
  return outcome as Extract<Outcome, { readonly ok: true }>
}

/** The rules that stood against a request; empty when it was granted. */
export function rulesOf(outcome: {
  readonly ok: boolean
  readonly refusals?: readonly { readonly rule: string }[]
}): string[] {
  return outcome.refusals?.map(({ rule }) => rule) ?? []
}
