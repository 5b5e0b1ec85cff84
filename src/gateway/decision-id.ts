/** The id under which one message's decision is found again: in the reply header, the journal and the log. */
import { randomBytes } from 'node:crypto'

declare const decisionId: unique symbol

/** 128 random bits in base64url: 22 characters. */
export type DecisionId = string & { readonly [decisionId]: true }

export const DECISION_HEADER = 'Duisgate-Decision'

export function newDecisionId(): DecisionId {
  return randomBytes(16).toString('base64url') as DecisionId
}
