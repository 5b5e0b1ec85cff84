/**
 * A table on trial: decided by beside the one in force, and only compared. What it says can change no outcome: the leave to
 * forward that its verdict may hold stays in here.
 */
import type { FlagReading, Instant } from '../device/device.ts'
import type { MessageFacts } from '../duis/facts.ts'
import { decide, needsFlags } from './decide.ts'
import type { Table } from './table.ts'
import type { Verdict } from './verdict.ts'

/** What the table on trial would have done. */
export interface ShadowVerdict {
  readonly tableRevision: string
  /** `undecided`: it asks for flags that the table in force did not ask for, and that were not at hand. */
  readonly kind: Exclude<Verdict['kind'], 'refuse'> | 'undecided'
  /** Absent when undecided. */
  readonly rule: string | undefined
}

/** Decides by `table` on the readings at hand; undefined where there are none. */
export function shadowVerdict(
  table: Table,
  facts: MessageFacts,
  readings: readonly FlagReading[] | undefined,
  now: Instant,
  requestedAt?: Instant,
): ShadowVerdict {
  const { revision: tableRevision } = table
  if (readings === undefined && needsFlags(table, facts))
    return { tableRevision, kind: 'undecided', rule: undefined }
  const verdict = decide(table, facts, readings ?? [], now, requestedAt)
  if (verdict.kind === 'refuse') return { tableRevision, kind: 'undecided', rule: undefined }
  return { tableRevision, kind: verdict.kind, rule: verdict.rule }
}
