/** Makes the ID of one message's decision; `core/journal/decision-id.ts` says what it is made of. */
import { randomFillSync } from 'node:crypto'
import type { Instant } from '../core/device/device.ts'
import { type DecisionId, ID_BYTES, TIME_BYTES } from '../core/journal/decision-id.ts'

export type { DecisionId } from '../core/journal/decision-id.ts'

export const DECISION_HEADER = 'Duisgate-Decision'

/** Randomness in store: asking the system for each ID costs more than the rest of it. No byte is used twice. */
const pool = Buffer.alloc(256 * ID_BYTES)
let used = pool.length

/** The ID of a message that arrived at `at`. */
export function newDecisionId(at: Instant): DecisionId {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  pool.writeUIntBE(at, used, TIME_BYTES)
  used += ID_BYTES
  return pool.toString('base64url', used - ID_BYTES, used) as DecisionId
}
