/** The id under which one message's decision is found again: in the reply header, the journal and the log. */
import { randomFillSync } from 'node:crypto'

declare const decisionId: unique symbol

/** 128 random bits in base64url: 22 characters. */
export type DecisionId = string & { readonly [decisionId]: true }

export const DECISION_HEADER = 'Duisgate-Decision'

const ID_BYTES = 16

/** Randomness in store: asking the system for each id costs more than the rest of it. No byte is used twice. */
const pool = Buffer.alloc(256 * ID_BYTES)
let used = pool.length

export function newDecisionId(): DecisionId {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += ID_BYTES
  return pool.toString('base64url', used - ID_BYTES, used) as DecisionId
}
