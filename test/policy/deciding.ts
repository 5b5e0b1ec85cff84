/** Deciding by the shipped tables, for tests of single rulings. */
import type { FlagReading } from '../../src/core/device/device.ts'
import type { MessageFacts } from '../../src/core/duis/facts.ts'
import { decide } from '../../src/core/policy/decide.ts'
import type { Rule, Table, TableRow } from '../../src/core/policy/table.ts'
import type { Verdict } from '../../src/core/policy/verdict.ts'
import { NOON, shipped } from './messages.ts'

export const recommended = await shipped('recommended')
export const literal = await shipped('seed-2023-04-literal')

type Decided = Exclude<Verdict, { kind: 'refuse' }>

export function decided(
  facts: MessageFacts,
  flags: readonly FlagReading[],
  table: Table = recommended,
): Decided {
  const verdict = decide(table, facts, flags, NOON)
  if (verdict.kind === 'refuse') throw new Error('decide never refuses')
  return verdict
}

/** The recommended table with one row told to do otherwise. */
export function changed(id: string, change: Partial<Rule>): Table {
  const replaced = <Key>(rows: ReadonlyMap<Key, TableRow>) =>
    new Map([...rows].map(([code, row]) => [code, row.id === id ? { ...row, ...change } : row]))
  return { ...recommended, bySrv: replaced(recommended.bySrv), byAlert: replaced(recommended.byAlert) }
}
