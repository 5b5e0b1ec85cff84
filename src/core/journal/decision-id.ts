/**
 * The ID under which one message's decision is found again: in the reply header, the journal, the log and the audit.
 *
 * 48 bits of time and 80 random ones, in base64url: 22 characters. The time is when the message arrived, so that whoever
 * looks a decision up knows which day's journal to open.
 */
import { type Instant, instantOf } from '../device/device.ts'

declare const decisionId: unique symbol

export type DecisionId = string & { readonly [decisionId]: true }

/** Bytes of an ID, and those of them that are its time. */
export const ID_BYTES = 16
export const TIME_BYTES = 6

/** Reads an ID; undefined for any other text. */
export function parseDecisionId(text: string): DecisionId | undefined {
  return /^[A-Za-z0-9_-]{21}[AQgw]$/.test(text) ? (text as DecisionId) : undefined
}

/** When the message arrived, to the millisecond. Of an ID from before IDs had a time this is some time or other. */
export function timeOfDecision(id: DecisionId): Instant {
  return instantOf(Buffer.from(id, 'base64url').readUIntBE(0, TIME_BYTES))
}
