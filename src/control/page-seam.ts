/**
 * Where the page hangs on the app. The page draws; who comes in, sessions, the origin and CSRF checks of forms, and the
 * headers are done here, before a handler of the page is called.
 */

import type { OpenAPIHono } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Actor, Role } from '../core/restriction/party.ts'
import type { Access, RouteBook } from './access.ts'
import type { ControlContext, ControlEnv } from './context.ts'
import type { ControlPorts } from './control-ports.ts'
import { formProblem } from './http/browser-rules.ts'
import type { Problem } from './http/problems.ts'
import type { Recognition } from './recognition.ts'
import type { Session, Sessions } from './sessions.ts'
import type { AtProvider, SignInTrouble } from './sign-in/at-provider.ts'
import type { ProviderTrouble } from './sign-in/provider-fault.ts'

/** A handler of the page. `context.get('identity')` and `context.get('session')` are there unless access is `public`. */
type PageHandler = (context: ControlContext) => Response | Promise<Response>

export interface PageTools extends ControlPorts {
  /** Adds a page; `path` as the router has it, `/meter-points/:mpxn`, `/assets/*`. */
  get(path: string, access: Access, handler: PageHandler): void
  /**
   * Adds the target of a form. Before the handler runs, the form came from this origin and, unless access is `public`,
   * brought the session's `csrf` in its field `csrf`; `context.req.parseBody()` has the fields, also of a multipart form.
   */
  post(path: string, access: Access, handler: PageHandler): void
  /** Opens a session for the holder of the token and sets its cookie; a session from before is closed. */
  signIn(context: ControlContext, token: string, role?: Role): Promise<SignIn>
  /** The same person under another of the roles, in a session with a new ID. */
  changeRole(context: ControlContext, role: Role): Promise<SignIn>
  /** Ends the session; answers with where the provider's own session ends, for who signed in there. */
  signOut(context: ControlContext): Promise<string | undefined>
  /** Signing in at the OpenID provider; undefined where there is none. */
  readonly provider: ProviderTools | undefined
  /** Whether the page takes tokens of the configuration. */
  readonly takesTokens: boolean
}

/** How a page signs people in at the OpenID provider. */
export interface ProviderTools {
  /** Where to send the browser, or what is in the way. `next` is where to go on afterwards. */
  begin(context: ControlContext, next: string): Promise<string | ProviderTrouble>
  /** Opens a session for whoever came back, and sets its cookie. */
  comeBack(context: ControlContext): Promise<CameIn>
}

export type { SignInTrouble }

type CameIn =
  | { readonly ok: true; readonly session: Session; readonly next: string }
  /** `retryAfterS`: as for `SignIn`. */
  | { readonly ok: false; readonly why: SignInTrouble; readonly retryAfterS: number }

type SignIn =
  | { readonly ok: true; readonly session: Session }
  /**
   * `for-the-api`: a token that its holder made on the page. `roles`: those the holder may choose from when the role asked for is
   * not among them. `retryAfterS`: whole seconds to wait, where unknown tokens came too often; else 0.
   */
  | {
      readonly ok: false
      readonly why: 'unknown' | 'for-the-api' | 'role-not-held'
      readonly roles: readonly Role[]
      readonly retryAfterS: number
    }

/** What the page gives back: how it shows a problem. `unauthenticated` may redirect to the sign-in page. */
export interface PageAnswers {
  problem(context: ControlContext, problem: Problem): Response | Promise<Response>
}

/** Hangs the page on the app; see `PageTools`. */
export type MountPage = (tools: PageTools) => PageAnswers

/** A bulk file of 50,000 rows; larger ones go through the API, which streams them. */
const MAX_FORM_BYTES = 8 * 1024 * 1024

export interface SeamOptions {
  readonly app: OpenAPIHono<ControlEnv>
  readonly book: RouteBook
  readonly ports: ControlPorts
  readonly recognition: Recognition
  readonly sessions: Sessions
  readonly cookie: CookieRules
  readonly origin: string | undefined
  readonly atProvider: AtProvider | undefined
  readonly takesTokens: boolean
  readonly problem: (context: ControlContext, problem: Problem) => Response | Promise<Response>
}

export interface CookieRules {
  readonly name: string
  readonly isSecure: boolean
}

/** `__Host-` has browsers refuse the cookie from other hosts, other paths and plain HTTP; they demand Secure for it. */
export function cookieRules(isSecure: boolean): CookieRules {
  return { name: isSecure ? '__Host-duisgate' : 'duisgate', isSecure }
}

export function pageTools(options: SeamOptions): PageTools {
  const { app, book, ports, problem } = options
  const limit = bodyLimit({
    maxSize: MAX_FORM_BYTES,
    onError: (context: ControlContext) =>
      problem(context, { code: 'body-too-large', detail: 'Send at most 8 MiB.' }),
  })
  return {
    ...ports,
    get(path, access, handler) {
      book.add({ plane: 'page', method: 'GET', path, access })
      app.get(path, handler)
    },
    post(path, access, handler) {
      book.add({ plane: 'page', method: 'POST', path, access })
      app.post(path, limit, async (context) => {
        const found = await formProblem(context, options.origin, access === 'public')
        return found ? problem(context, found) : handler(context)
      })
    },
    ...sessionTools(options),
    takesTokens: options.takesTokens,
    provider: options.atProvider && providerTools(options, options.atProvider),
  }
}

type SessionTools = Pick<PageTools, 'signIn' | 'changeRole' | 'signOut'>

const current = (context: ControlContext, { name }: CookieRules) => getCookie(context, name) ?? ''

async function setSession(
  context: ControlContext,
  session: Session,
  { cookie, ports }: SeamOptions,
  by?: string,
) {
  setCookie(context, cookie.name, session.id, cookieOptions(cookie))
  context.set('session', session)
  context.set('identity', session.identity)
  const { actor } = session.identity
  await ports.audit.record(actor, 'session.opened', actor.party, by === undefined ? {} : { by })
}

function sessionTools(options: SeamOptions): SessionTools {
  const { ports, recognition, sessions, cookie, atProvider } = options
  const begin = async (context: ControlContext, session: Session | undefined, roles: readonly Role[]) => {
    if (!session) return { ok: false, why: 'role-not-held', roles, retryAfterS: 0 } as const
    await setSession(context, session, options)
    return { ok: true, session } as const
  }
  return {
    async signIn(context, token, role) {
      sessions.close(current(context, cookie))
      const found = await recognition.of(context, token.trim())
      if (!('holder' in found)) return { ok: false, why: 'unknown', roles: [], ...found }
      if (found.isMade) return { ok: false, why: 'for-the-api', roles: [], retryAfterS: 0 }
      return begin(context, sessions.open(found.holder, role), found.holder.roles)
    },
    async changeRole(context, role) {
      const roles = context.get('identity')?.roles ?? []
      return begin(context, sessions.changeRole(current(context, cookie), role), roles)
    },
    async signOut(context) {
      const actor = context.get('identity')?.actor
      const vouched = sessions.vouchedOf(current(context, cookie))
      sessions.close(current(context, cookie))
      deleteCookie(context, cookie.name, cookieOptions(cookie))
      if (actor) await ports.audit.record(actor, 'session.closed', actor.party)
      return vouched && atProvider?.signOutAddress(vouched)
    },
  }
}

/** Whom the provider knows and nobody here does: in the audit as this service's own entry. */
const SIGN_IN: Actor = { party: 'duisgate', role: 'operations', name: 'sign-in' }

function providerTools(options: SeamOptions, atProvider: AtProvider): ProviderTools {
  const { ports, recognition, sessions } = options
  return {
    begin: (context, next) => atProvider.begin(context, next),
    async comeBack(context) {
      const came = await atProvider.comeBack(context)
      const session = came.ok ? sessions.open(came.holder, undefined, came.vouched) : undefined
      if (came.ok && session) {
        await setSession(context, session, options, atProvider.issuer)
        return { ok: true, session, next: came.next }
      }
      const { why, who } = came.ok ? { why: 'no-role' as const, who: came.holder.name } : came
      if (who !== undefined)
        await ports.audit.record(SIGN_IN, 'session.refused', who, { why, issuer: atProvider.issuer })
      const isTheirs = why !== 'unavailable'
      return {
        ok: false,
        why,
        retryAfterS: isTheirs ? recognition.failed(context, context.req.query('state') ?? '') : 0,
      }
    },
  }
}

/** No expiry: the cookie goes with the browser, the session with its own limits. */
function cookieOptions({ isSecure }: CookieRules) {
  return { httpOnly: true, sameSite: 'Strict', secure: isSecure, path: '/' } as const
}
