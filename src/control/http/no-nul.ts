/**
 * The character NUL, which a database of text cannot hold: PostgreSQL takes it nowhere, and a request with it is refused
 * before it gets there, the same with every store.
 */
import type { MiddlewareHandler } from 'hono'
import type { ControlContext, ControlEnv } from '../context.ts'
import type { InvalidPlace, Problem } from './problems.ts'

const TEXT = 'Leave the character NUL out.'

/** Answers addresses with a NUL in them: nothing is found there, and no parameter is so. */
export function noNulInAddresses(
  answer: (context: ControlContext, problem: Problem) => Response | Promise<Response>,
): MiddlewareHandler<ControlEnv> {
  return async (context, next) => {
    const [path = '', ...query] = context.req.url.split('?')
    if (path.includes('%00')) return answer(context, { code: 'not-found' })
    if (!query.some((part) => part.includes('%00'))) return next()
    return answer(context, { code: 'parameter-invalid', invalid: [{ where: 'query', text: TEXT }] })
  }
}

/** Texts with a NUL in a JSON value; `where` names the value itself. */
export function nulPlaces(value: unknown, where: string): readonly InvalidPlace[] {
  if (typeof value === 'string') return value.includes('\0') ? [{ where, text: TEXT }] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, part]) => nulPlaces(part, `${where}.${name}`))
}
