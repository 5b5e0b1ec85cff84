/**
 * Characters that nobody types, NUL among them, which PostgreSQL takes nowhere: a request with one is refused where it comes in,
 * with the place that has it, the same with every store.
 */
import type { MiddlewareHandler } from 'hono'
import { untypedIn } from '../../core/restriction/typed-text.ts'
import type { ControlContext, ControlEnv } from '../context.ts'
import type { InvalidPlace, Problem } from './problems.ts'

/** What is wrong with a text; undefined when it could have been typed. */
function untypedProblem(text: string): string | undefined {
  const found = untypedIn(text)
  return (
    found && `It has the character ${found}, which nobody types; type it again, or paste it as plain text.`
  )
}

/** Answers addresses with such a character in them: nothing is found there, and no parameter is so. */
export function typedAddresses(
  answer: (context: ControlContext, problem: Problem) => Response | Promise<Response>,
): MiddlewareHandler<ControlEnv> {
  return async (context, next) => {
    const [path = '', ...query] = context.req.url.split('?')
    if (untypedIn(decoded(path))) return answer(context, { code: 'not-found' })
    const text = untypedProblem(decoded(query.join('?')))
    if (text === undefined) return next()
    return answer(context, { code: 'parameter-invalid', invalid: [{ where: 'query', text }] })
  }
}

/** Bytes that are no UTF-8 become U+FFFD, as they do for whoever reads the parameter. */
function decoded(text: string): string {
  return Buffer.from(
    text
      .replaceAll('+', ' ')
      .replaceAll(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  ).toString()
}

/** Texts in a JSON value that have one, and names of its members; `where` names the value itself. */
export function untypedPlaces(value: unknown, where: string): readonly InvalidPlace[] {
  if (typeof value === 'string') {
    const text = untypedProblem(value)
    return text === undefined ? [] : [{ where, text }]
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, part]) => [
    ...(untypedIn(name) ? [{ where, text: untypedProblem(name) ?? '' }] : []),
    ...untypedPlaces(part, untypedIn(name) ? where : `${where}.${name}`),
  ])
}
