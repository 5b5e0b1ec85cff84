/** What the operations on flags work with: the store, the clock, IDs, the parties and the rules. */
import { randomBytes } from 'node:crypto'
import type { Instant } from '../core/device/device.ts'
import type { Table } from '../core/policy/table.ts'
import { idOf, RANDOM_BYTES } from '../core/restriction/ids.ts'
import type { Actor, Party } from '../core/restriction/party.ts'
import type { RestrictionRules } from '../core/restriction/requests.ts'
import type { Clock } from '../observe/clock.ts'
import type { Transactions } from '../store/control-store.ts'
import type { GenuineCheckpoints } from './trail-check.ts'

/** Makes the ID of a new flag (`R`) or task (`T`). */
export type NewId = (letter: 'R' | 'T', at: Instant) => string

export interface RestrictionContext {
  readonly store: Transactions
  readonly clock: Pick<Clock, 'now'>
  readonly newId: NewId
  readonly parties: readonly Party[]
  readonly rules: RestrictionRules
  /** The table in force, for the words of the check-answers page. */
  readonly table: () => Pick<Table, 'rows'>
  /** Signed ends of the audit trail, read from where they are kept outside the store. */
  readonly checkpoints: () => Promise<GenuineCheckpoints>
  /** Regions of each CSP by party ID; a CSP without regions sees nothing. */
  readonly regionsOfCsp: ReadonlyMap<string, readonly string[]>
}

/** The ID source of the running system. */
export const randomId: NewId = (letter, at) => idOf(letter, at, randomBytes(RANDOM_BYTES))

/** Who acts when a change follows from traffic, from an import or from the passing of time. */
export function systemActor(name: 'traffic' | 'inventory' | 'jobs'): Actor {
  return { party: 'duisgate', role: 'operations', name }
}
