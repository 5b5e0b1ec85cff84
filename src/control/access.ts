/**
 * Who may come in: one guard in front of every route of the API and of the page.
 *
 * Each route is entered in the route book with what it takes to use it. A route that is not in the book is closed to
 * everybody, so that forgetting an entry shows at once and never opens anything.
 */
import type { MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import { matchedRoutes } from 'hono/route'
import type { Actor } from '../core/restriction/party.ts'
import { type Operation, reachOf } from '../restrictions/permissions.ts'
import type { ControlContext, ControlEnv } from './context.ts'
import type { Problem } from './http/problems.ts'
import { actingAs, type Identity } from './identity.ts'
import type { Recognition } from './recognition.ts'
import type { Session, Sessions } from './sessions.ts'

/** `public`: everybody. `signed-in`: every identity. Otherwise the roles that may do the operation. */
export type Access = 'public' | 'signed-in' | { readonly operation: Operation }

/** The API takes bearer tokens, the page sessions; neither takes the other's. */
export type Plane = 'api' | 'page'

export interface RouteEntry {
  readonly plane: Plane
  readonly method: string
  /** As the router has it: `/api/v1/restrictions/:id`. */
  readonly path: string
  readonly access: Access
}

export class RouteBook {
  readonly #entries = new Map<string, RouteEntry>()

  add(entry: RouteEntry): void {
    this.#entries.set(`${entry.method} ${entry.path}`, entry)
  }

  find(method: string, path: string): RouteEntry | undefined {
    return this.#entries.get(`${method} ${path}`)
  }

  /** In the order they were entered. */
  entries(): readonly RouteEntry[] {
    return [...this.#entries.values()]
  }
}

/** Header that names the role of a request whose token has several. */
const ROLE_HEADER = 'duisgate-role'

export interface GuardOptions {
  readonly book: RouteBook
  readonly recognition: Recognition
  readonly sessions: Sessions
  readonly cookieName: string
  /** Told of every identity that was turned away. */
  readonly onDenied: (actor: Actor, what: string) => Promise<void>
  readonly answer: (context: ControlContext, problem: Problem) => Response | Promise<Response>
}

/** The guard. What it answers with is given, because the page shows a problem otherwise than the API does. */
export function accessGuard(options: GuardOptions): MiddlewareHandler<ControlEnv> {
  return async (context, next) => {
    const entry = entryOf(context, options.book)
    const problem = await turnedAway(context, entry, options)
    return problem ? options.answer(context, problem) : next()
  }
}

/** The entry of the route that will handle the request; `unentered` when it has none, undefined when no route matches. */
function entryOf(context: ControlContext, book: RouteBook): RouteEntry | 'unentered' | undefined {
  const route = matchedRoutes(context).find(({ method }) => method !== 'ALL')
  return route && (book.find(route.method, route.path) ?? 'unentered')
}

async function turnedAway(
  context: ControlContext,
  entry: RouteEntry | 'unentered' | undefined,
  options: GuardOptions,
): Promise<Problem | undefined> {
  if (entry === 'unentered') return { code: 'not-permitted', detail: 'This path has no access rule.' }
  const plane = entry?.plane ?? planeOf(context)
  const isOpen = entry?.access === 'public' || (!entry && plane === 'page')
  // A document that anybody may have is given out whatever token comes with the request.
  if (isOpen && plane === 'api') return undefined
  const found =
    plane === 'api' ? await identityOfToken(context, options) : await identityOfSession(context, options)
  if (isOpen) return undefined
  if ('problem' in found) return found.problem
  if (!entry || entry.access === 'signed-in') return undefined
  return denied(found.identity, entry, entry.access.operation, options)
}

async function denied(
  { actor }: Identity,
  { method, path }: RouteEntry,
  operation: Operation,
  { onDenied }: GuardOptions,
): Promise<Problem | undefined> {
  if (reachOf(actor, operation) !== undefined) return undefined
  await onDenied(actor, `${method} ${path}`)
  return { code: 'not-permitted', detail: `The role ${actor.role} has no permission for ${operation}.` }
}

/** Only says in which form a path that does not exist is answered. */
export function planeOf(context: ControlContext): Plane {
  return context.req.path === '/api' || context.req.path.startsWith('/api/') ? 'api' : 'page'
}

type Found = { readonly identity: Identity } | { readonly problem: Problem }

async function identityOfToken(context: ControlContext, { recognition }: GuardOptions): Promise<Found> {
  const token = /^Bearer +(\S+)$/i.exec(context.req.header('authorization') ?? '')?.[1]
  const found = token === undefined ? { retryAfterS: 0 } : await recognition.of(context, token)
  if (!('holder' in found)) return { problem: unknownToken(found.retryAfterS) }
  const { holder } = found
  const acting = actingAs(holder, context.req.header(ROLE_HEADER))
  if ('problem' in acting) return { problem: { code: acting.problem, detail: roleHint(holder.roles) } }
  context.set('identity', acting.identity)
  return acting
}

function unknownToken(retryAfterS: number): Problem {
  if (retryAfterS === 0) return { code: 'unauthenticated', detail: TOKEN_HINT }
  return {
    code: 'too-many-attempts',
    detail: 'This token is not known, has expired or was revoked. Use another one.',
    headers: { 'retry-after': String(retryAfterS) },
  }
}

const TOKEN_HINT = 'Send a known token: Authorization: Bearer …'

function roleHint(roles: readonly string[]): string {
  return `Name one of its roles in Duisgate-Role: ${roles.join(', ')}.`
}

async function identityOfSession(
  context: ControlContext,
  { sessions, cookieName }: GuardOptions,
): Promise<Found> {
  const id = getCookie(context, cookieName)
  const session: Session | undefined = id === undefined ? undefined : await sessions.find(id)
  context.set('session', session)
  context.set('identity', session?.identity)
  return session ? { identity: session.identity } : { problem: { code: 'unauthenticated' } }
}
