/** What goes back to whoever sent the message, as a value; and the one function that writes it to the connection. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { DECISION_HEADER, type DecisionId } from './decision-id.ts'
import type { Passage } from './passage.ts'

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

/**
 * Writes the answer. A body that has not been read to its end closes the connection: its rest is never read as a
 * request, but as body and thrown away, for at most `lingerMs`, so that the client gets to read the answer.
 */
export function send({ incoming, reply, decision }: Passage, answer: Answer, lingerMs: number): void {
  if (reply.destroyed) return
  const isRead = incoming.complete
  if (answer.closes || !isRead) reply.shouldKeepAlive = false
  reply.writeHead(answer.status, fieldsOf(answer, decision))
  if (isRead) {
    reply.end(answer.body)
    return
  }
  reply.write(answer.body)
  linger(incoming, reply, lingerMs)
}

function fieldsOf(answer: Answer, decision: DecisionId): string[] {
  const fields = [...answer.fields, DECISION_HEADER, decision]
  if (answer.status !== 204 && answer.status !== 304) {
    fields.push('Content-Length', String(Buffer.byteLength(answer.body)))
  }
  return fields
}

function linger(incoming: IncomingMessage, reply: ServerResponse, lingerMs: number): void {
  const close = () => {
    clearTimeout(timer)
    incoming.off('end', close).off('close', close)
    reply.end()
    incoming.socket.destroySoon()
  }
  const timer = setTimeout(close, lingerMs)
  incoming.on('end', close).on('close', close).resume()
}
