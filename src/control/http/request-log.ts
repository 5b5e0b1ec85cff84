/**
 * One log line a request: the route as a pattern and never the path, which may hold a meter point or a Device ID.
 * Nothing of a query, a header or a body is logged.
 */
import { randomBytes } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { Clock } from '../../observe/clock.ts'
import type { Logger } from '../../observe/log.ts'
import type { ControlContext, ControlEnv } from '../context.ts'

/** Header that names the request, as problems and the log do. */
const REQUEST_HEADER = 'duisgate-request'

const ID_BYTES = 9

/** Gives every request its ID and logs how it ended. */
export function requestLog(log: Logger, clock: Clock): MiddlewareHandler<ControlEnv> {
  return async (context, next) => {
    const beganAt = clock.monotonicMs()
    const requestId = randomBytes(ID_BYTES).toString('base64url')
    context.set('requestId', requestId)
    context.set('log', log)
    await next()
    context.header(REQUEST_HEADER, requestId)
    const ms = Math.round(clock.monotonicMs() - beganAt)
    log.info({ requestId, ...endOf(context), ms }, 'request')
  }
}

function endOf(context: ControlContext) {
  const actor = context.get('identity')?.actor
  return {
    method: context.req.method,
    route: matchedRoutes(context).find(({ method }) => method !== 'ALL')?.path ?? 'none',
    status: context.res.status,
    party: actor?.party,
    role: actor?.role,
    problem: context.get('problem')?.code,
  }
}

const DIGITS_OR_EUI = /(?:[0-9a-f]{2}-){7}[0-9a-f]{2}|\d{6,}|duisgate_\S+/gi

/** An error for the log: with its stack and code, without anything in it that could be an ID, a number or a token. */
export function scrubbed(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { text: String(error).replace(DIGITS_OR_EUI, '…') }
  return {
    name: error.name,
    code: 'code' in error ? error.code : undefined,
    stack: error.stack?.replace(DIGITS_OR_EUI, '…'),
    ...(error.cause === undefined ? {} : { cause: scrubbed(error.cause) }),
  }
}
