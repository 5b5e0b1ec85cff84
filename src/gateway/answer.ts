/** What goes back to whoever sent the message, as a value; and how it is sent. */
import type { Reply } from '../http1/reply.ts'
import { DECISION_HEADER, type DecisionId } from './decision-id.ts'
import type { MessageContext } from './message-context.ts'

export interface Answer {
  readonly status: number
  /** Header fields as name, value, name, value; framing, connection and decision are added when it is sent. */
  readonly fields: readonly string[]
  readonly body: Buffer | string
  /** True when the connection must not be used again although the body has been read. */
  readonly closes: boolean
}

/** An acknowledgement without content. */
export const ACKNOWLEDGED: Answer = { status: 204, fields: [], body: '', closes: false }

/** Sends the answer; without one the connection is cut. A body that has not been read to its end closes it too. */
export function send({ exchange, decision }: MessageContext, answer: Answer | undefined): void {
  if (answer) exchange.reply(replyOf(answer, decision))
  else exchange.abandon()
}

/** The answer with its decision. */
export function replyOf({ status, fields, body, closes }: Answer, decision: DecisionId): Reply {
  return { status, fields: [...fields, DECISION_HEADER, decision], body, closes }
}
