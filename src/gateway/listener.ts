/**
 * One listening side of the gateway: the strict HTTP/1.1 server of `http1/`, with the gateway's limits and its words for
 * bytes that never become a message.
 */
import type { Reply } from '../http1/reply.ts'
import { HttpServer, type HttpServerOptions } from '../http1/server.ts'
import type { MalformedReason } from '../http1/server-connection.ts'
import { systemClock } from '../observe/clock.ts'
import { replyOf } from './answer.ts'
import { newDecisionId } from './decision-id.ts'
import type { GatewayFaultCode } from './faults.ts'
import { faultAnswer } from './refuse.ts'

interface ListenerOptions extends Omit<HttpServerOptions, 'onMalformed'> {
  /** Tells of bytes that were not HTTP, or did not come in time. */
  readonly onMalformed: (code: GatewayFaultCode) => void
}

/** The server of one direction. */
export function listener({ onMalformed, ...options }: ListenerOptions): HttpServer {
  return new HttpServer({
    ...options,
    onMalformed: (reason) => {
      const code = MALFORMED[reason]
      onMalformed(code)
      return malformedReply(code)
    },
  })
}

const MALFORMED: Readonly<Record<MalformedReason, GatewayFaultCode>> = {
  malformed: 'GW_HTTP_MALFORMED',
  'too-long': 'GW_HTTP_HEADERS',
  slow: 'GW_TOO_SLOW',
}

function malformedReply(code: GatewayFaultCode): Reply {
  const decision = newDecisionId(systemClock.now())
  return replyOf(faultAnswer(code, decision, 0), decision)
}
