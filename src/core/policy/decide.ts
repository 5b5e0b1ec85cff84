/**
 * Deciding on one message: pure, and the only maker of a Permit.
 */
import type { FlagReading, Instant } from '../device/device.ts'
import type { MessageFacts } from '../duis/facts.ts'
import type { Table } from './table.ts'
import type { Verdict } from './verdict.ts'

/** Leave to forward one message. Only `decide` makes one, so forwarding an undecided message does not compile. */
class ForwardPermit {
  readonly #decided = true
  /** Never false; reading it is how `forward` shows that it holds a real Permit. */
  get isDecided(): boolean {
    return this.#decided
  }
}
export type Permit = ForwardPermit

/** Whether any row that the message claims asks for the flag. False: pass `[]` to `decide`. */
export declare function needsFlags(table: Table, facts: MessageFacts): boolean

/** `flags[i]` is the reading of `facts.devices[i]`; empty only when `needsFlags` is false. */
export declare function decide(
  table: Table,
  facts: MessageFacts,
  flags: readonly FlagReading[],
  now: Instant,
): Verdict
