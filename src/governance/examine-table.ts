/**
 * What a table must pass before anybody may approve it: it has no problem that `check` would list, it keeps what is never
 * blocked where it is, and its own unit tests hold.
 */
import { refuseTable, TABLE_CHARACTERS, type TableRefusal } from '../core/policy/governance-rules.ts'
import type { CompiledTable, Table } from '../core/policy/table.ts'
import { lostNeverBlocked } from '../core/policy/table-diff.ts'
import { runTableTests, type TableTestsReading } from '../core/policy/table-tests.ts'

export type Examined = { readonly table: Table } | { readonly refusals: readonly TableRefusal[] }

/** Examines a table and its unit tests, both as YAML. */
export type ExamineTable = (content: string, tests: string) => Examined

export interface ExaminerParts {
  readonly readTable: (text: string) => CompiledTable
  readonly readTests: (text: string) => TableTestsReading
  /** A table known to have what is never blocked in its place. */
  readonly baseline: Table
}

/** The examination by these readers. */
export function tableExaminer(parts: ExaminerParts): ExamineTable {
  return (content, tests) => {
    if (Math.max(content.length, tests.length) > TABLE_CHARACTERS)
      return { refusals: [withList('table-has-problems', [TOO_LONG])] }
    const compiled = parts.readTable(content)
    if (!compiled.ok) return { refusals: [withList('table-has-problems', compiled.problems.map(inWords))] }
    const { table } = compiled
    const lost = lostNeverBlocked(parts.baseline, table)
    const refusals = [
      ...(lost.length > 0 ? [withList('never-blocked-lost', lost)] : []),
      ...failures(parts, table, tests),
    ]
    return refusals.length > 0 ? { refusals } : { table }
  }
}

export function isExamined(examined: Examined): examined is { readonly table: Table } {
  return 'table' in examined
}

function failures({ readTests }: ExaminerParts, table: Table, text: string): TableRefusal[] {
  if (text.trim() === '') return [refuseTable('tests-missing')]
  const reading = readTests(text)
  if (!reading.ok) return [withList('tests-unreadable', reading.problems.map(inWords))]
  if (reading.tests.length === 0) return [refuseTable('tests-missing')]
  const failed = runTableTests(table, reading.tests)
  return failed.length > 0 ? [withList('tests-fail', failed.map(inWords))] : []
}

const TOO_LONG = `the table or its tests have more than ${TABLE_CHARACTERS} characters`

const SHOWN = 20

/** The rule's words with what was found, the first twenty of it. */
function withList(rule: TableRefusal['rule'], found: readonly string[]): TableRefusal {
  const refusal = refuseTable(rule)
  const more = found.length > SHOWN ? [`and ${found.length - SHOWN} more`] : []
  return {
    ...refusal,
    text: `${refusal.text.replace(/\.$/, '')}: ${[...found.slice(0, SHOWN), ...more].join('; ')}.`,
  }
}

function inWords({ where, line, text }: { where: string; line?: number | undefined; text: string }): string {
  return `${where}${line === undefined ? '' : `, line ${line}`}: ${text}`
}
