/**
 * What browsers are told and what is asked of them: security headers on every answer, and for forms that they were sent
 * from a page of this origin and of this session.
 */
import type { MiddlewareHandler } from 'hono'
import type { ControlContext, ControlEnv } from '../context.ts'
import { isCsrfOf } from '../sessions.ts'
import type { Problem } from './problems.ts'
import { untypedPlaces } from './typed-places.ts'

/** No inline script or style anywhere; nobody may frame us; forms go nowhere else. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "base-uri 'none'",
  "object-src 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * `same-origin` and not `no-referrer`: with the latter browsers send `Origin: null` with our own forms (Fetch, "append a
 * request Origin header"), and the origin could no longer be checked. Nothing goes to other origins either way.
 */
const REFERRER_POLICY = 'same-origin'

const YEAR_SECONDS = 31_536_000

/** Sets the headers on every answer. `isSecure`: browsers reach this server over TLS only. */
export function securityHeaders(isSecure: boolean): MiddlewareHandler<ControlEnv> {
  const always: readonly (readonly [string, string])[] = [
    ['content-security-policy', CONTENT_SECURITY_POLICY],
    ['x-content-type-options', 'nosniff'],
    ['x-frame-options', 'DENY'],
    ['referrer-policy', REFERRER_POLICY],
    ['cross-origin-opener-policy', 'same-origin'],
    ['cross-origin-resource-policy', 'same-origin'],
    ['permissions-policy', 'camera=(), geolocation=(), microphone=()'],
    ...(isSecure ? ([['strict-transport-security', `max-age=${YEAR_SECONDS}`]] as const) : []),
  ]
  return async (context, next) => {
    await next()
    for (const [name, value] of always) context.header(name, value)
    // Stylesheets and fonts say for themselves how long they may be kept.
    if (!context.res.headers.has('cache-control')) context.header('cache-control', 'no-store')
  }
}

/**
 * The problem with a form, or undefined. `origin` is where browsers find us; the request's own when it is undefined.
 * A form that anybody may send, such as the one to sign in, has no session yet whose token it could bring: there only the
 * origin counts.
 */
export async function formProblem(
  context: ControlContext,
  origin: string | undefined,
  isPublic: boolean,
): Promise<Problem | undefined> {
  if (!isFromUs(context, origin)) return { code: 'form-not-ours', detail: 'The form came from another site.' }
  if (!isForm(context.req.header('content-type'))) return { code: 'media-type-unsupported' }
  if (isPublic) return undefined
  const form = await readForm(context)
  if (!form) return { code: 'body-unreadable' }
  const session = context.get('session')
  if (!session || !isCsrfOf(session, form.csrf)) return { code: 'form-not-ours', detail: STALE_FORM }
  const texts = Object.entries(form).filter(([, value]) => !(value instanceof File))
  const [untyped, ...more] = untypedPlaces(Object.fromEntries(texts), 'form')
  return (
    untyped && {
      code: 'body-invalid',
      detail: `${untyped.where}: ${untyped.text}`,
      invalid: [untyped, ...more],
    }
  )
}

const STALE_FORM = 'The form is from an earlier session. Open the page again and repeat the step.'

/** Browsers say where a request comes from by Sec-Fetch-Site, older ones by Origin. One of the two is needed. */
function isFromUs(context: ControlContext, origin: string | undefined): boolean {
  const site = context.req.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin'
  return context.req.header('origin') === (origin ?? new URL(context.req.url).origin)
}

function isForm(contentType = ''): boolean {
  const type = contentType.split(';')[0]?.trim().toLowerCase()
  return type === 'application/x-www-form-urlencoded' || type === 'multipart/form-data'
}

async function readForm(context: ControlContext): Promise<Record<string, unknown> | undefined> {
  try {
    return await context.req.parseBody()
  } catch {
    return undefined
  }
}
