/**
 * The control plane as one app: JSON API under `/api/v1`, and the page that is hung on it.
 *
 * In this order a request meets the log, the security headers, the answer to wrong methods, the guard, and its route.
 * Nothing here knows a rule of change: those are in `core/restriction` and applied by `restrictions`.
 */
import { randomBytes } from 'node:crypto'
import { OpenAPIHono } from '@hono/zod-openapi'
import { methodNotAllowed } from 'hono/method-not-allowed'
import type { Table } from '../core/policy/table.ts'
import { NoticeService } from '../notices/notice-service.ts'
import { type Pushing, partnersOf } from '../notices/partners.ts'
import type { Clock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import { Reports } from '../reports/reports.ts'
import { type RestrictionServiceOptions, restrictionService } from '../restrictions/restriction-service.ts'
import { type ControlStore, UnknownCursor, within } from '../store/control-store.ts'
import { StoreFailure } from '../store/store.ts'
import { accessGuard, planeOf, RouteBook } from './access.ts'
import { API_ENDPOINTS } from './api/api-endpoints.ts'
import { FailedAttempts } from './attempts.ts'
import { BULK_FILES_AT_ONCE } from './bulk-file.ts'
import type { ControlContext, ControlEnv } from './context.ts'
import { type ApiPorts, accessAudit, type ControlPorts } from './control-ports.ts'
import { FewAtATime } from './few-at-a-time.ts'
import { TooLong } from './http/body.ts'
import { securityHeaders } from './http/browser-rules.ts'
import { Cursors } from './http/cursor.ts'
import { type Problem, problemResponse } from './http/problems.ts'
import { requestLog, scrubbed } from './http/request-log.ts'
import { typedAddresses } from './http/typed-places.ts'
import { type Credential, Identities } from './identity.ts'
import { InForceWait } from './in-force.ts'
import { addOpenApiDocument } from './openapi.ts'
import { atWork, recentLag } from './operations.ts'
import { OperationsHistory } from './operations-history.ts'
import { cookieRules, type MountPage, pageTools } from './page-seam.ts'
import { type PolicyParts, PolicyService } from './policy-service.ts'
import { Recognition } from './recognition.ts'
import { DEFAULT_SESSION_LIMITS, type SessionLimits, Sessions } from './sessions.ts'
import { AtProvider } from './sign-in/at-provider.ts'
import type { SignInProvider } from './sign-in/provider.ts'
import { storeProblemOf } from './store-problem.ts'
import { TokenService } from './token-service.ts'
import { unvouchedOf } from './vouching.ts'

/** How people sign in to the page, and which tokens of their own they may make. */
interface SignInOptions {
  /** Whether the page takes tokens of the configuration. */
  readonly takesTokens: boolean
  /** Where people sign in as well; needs `origin`. */
  readonly provider?: SignInProvider
  /** See `TokenServiceOptions.maxDays`. */
  readonly tokenDays: number
}

export interface ControlAppOptions {
  /** Store, parties and rules; the table in force is taken from `table`. */
  readonly restrictions: Omit<RestrictionServiceOptions, 'table' | 'clock'> & { readonly store: ControlStore }
  readonly table: () => Table
  /** Tables and journals, by those who know files and formats. */
  readonly policy: PolicyParts
  /** Who is sent notices; nobody when absent. */
  readonly pushing?: Pushing
  readonly clock: Clock
  readonly log: Logger
  readonly credentials: readonly Credential[]
  /** Browsers reach this server over TLS only, here or at a proxy in front: Secure cookies, HSTS. */
  readonly isSecure: boolean
  /** Where browsers find the page, `https://flags.example`; absent: as the Host header says. */
  readonly origin?: string
  /** See `Cursors`; random when absent. */
  readonly cursorKey?: Buffer
  readonly sessionLimits?: SessionLimits
  /** What gateways decided so far; begins with the first look at it when absent. */
  readonly history?: OperationsHistory
  /** By tokens alone when absent. */
  readonly signIn?: SignInOptions
  readonly mountPage?: MountPage
}

export interface ControlApp {
  readonly app: OpenAPIHono<ControlEnv>
  readonly routes: RouteBook
}

const KEY_BYTES = 32

/** How people sign in where nothing is said of it. */
const BY_TOKEN: SignInOptions = { takesTokens: true, tokenDays: 90 }

const NOBODY: Pushing = { isOn: false, webhooks: [] }

/** Puts the app together; it opens nothing and can be asked by `app.request()`. */
export function createControlApp(options: ControlAppOptions): ControlApp {
  const app = new OpenAPIHono<ControlEnv>()
  const routes = new RouteBook()
  const { clock, log } = options
  const ports = portsOf(options)
  const identities = new Identities(ports.parties, options.credentials)
  const recognition = new Recognition(identities, ports.tokens, new FailedAttempts(clock))
  const sessions = new Sessions(clock, options.sessionLimits ?? DEFAULT_SESSION_LIMITS)
  const cookie = cookieRules(options.isSecure)
  const answer = new ProblemAnswers()

  app.use(requestLog(log, clock))
  app.use(securityHeaders(options.isSecure))
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (context, methods) => answer.write(context, notAllowed(methods)),
    }),
  )
  app.use(typedAddresses((context, problem) => answer.write(context, problem)))
  app.use(
    accessGuard({
      book: routes,
      recognition,
      sessions,
      cookieName: cookie.name,
      onDenied: (actor, what) => ports.audit.record(actor, 'access.denied', what),
      answer: (context, problem) => answer.write(context, problem),
    }),
  )
  const apiPorts: ApiPorts = {
    ...ports,
    cursors: new Cursors(options.cursorKey ?? randomBytes(KEY_BYTES)),
    inForce: new InForceWait(clock),
    bulkFiles: new FewAtATime(BULK_FILES_AT_ONCE),
  }
  for (const endpoint of API_ENDPOINTS) endpoint.register(app, routes, apiPorts)
  addOpenApiDocument(app, routes)
  const problem = (context: ControlContext, found: Problem) => answer.write(context, found)
  const seam = {
    ...{ app, book: routes, ports, recognition, sessions, cookie, origin: options.origin, problem },
    ...{ atProvider: atProviderOf(options), takesTokens: options.signIn?.takesTokens ?? true },
  }
  if (options.mountPage) answer.ofPage = options.mountPage(pageTools(seam)).problem
  app.notFound((context) => answer.write(context, { code: 'not-found' }))
  app.onError((error, context) => answer.write(context, problemOf(error, context, ports)))
  return { app, routes }
}

/** Signing in at the provider that is configured. */
function atProviderOf({ signIn, origin, restrictions, clock, isSecure }: ControlAppOptions) {
  const provider = signIn?.provider
  if (!provider || origin === undefined) return undefined
  return new AtProvider({ provider, parties: restrictions.parties, clock, origin, isSecure })
}

/** One service for the app, and its like inside a transaction. */
function portsOf(given: ControlAppOptions): ControlPorts {
  const { restrictions, table, policy, clock, log, pushing = NOBODY, signIn = BY_TOKEN } = given
  const options = { ...restrictions, table, clock }
  const { store, parties, regionsOfCsp = new Map() } = options
  const history = given.history ?? new OperationsHistory(store, clock)
  const partners = partnersOf(parties, regionsOfCsp, pushing)
  return {
    restrictions: restrictionService(options),
    restrictionsIn: (unit) => restrictionService({ ...options, store: within(unit) }),
    notices: new NoticeService({ store, clock, partners }),
    reports: new Reports({ store, parties, regionsOfCsp: restrictions.regionsOfCsp ?? new Map(), clock }),
    policy: new PolicyService(policy, { store, parties, table, clock }),
    ...{ store, parties, table, clock, log },
    operations: () => atWork(store),
    overTime: async () => {
      await history.look()
      return history.overTime()
    },
    recentLag: () => recentLag(store, clock.now()),
    unvouched: () => store.read(unvouchedOf),
    audit: accessAudit(store, clock),
    tokens: new TokenService({ store, parties, clock, maxDays: signIn.tokenDays }),
  }
}

/** Problems are JSON for the API and drawn by the page for browsers. */
class ProblemAnswers {
  /** Set once a page is mounted. */
  ofPage: ((context: ControlContext, problem: Problem) => Response | Promise<Response>) | undefined

  async write(context: ControlContext, problem: Problem): Promise<Response> {
    context.set('problem', problem)
    if (planeOf(context) === 'page' && this.ofPage) return this.ofPage(context, problem)
    return problemResponse(problem, context.get('requestId'))
  }
}

function notAllowed(methods: readonly string[]): Problem {
  return { code: 'method-not-allowed', headers: { allow: methods.join(', ') } }
}

/** What the client learns of an error: its kind. The rest goes to the log under the same request ID. */
function problemOf(error: Error, context: ControlContext, { log }: ControlPorts): Problem {
  const requestId = context.get('requestId')
  if (error instanceof UnknownCursor) return { code: 'cursor-invalid' }
  if (error instanceof TooLong) return { code: 'body-too-large' }
  if (error instanceof StoreFailure) {
    log.warn({ requestId, err: scrubbed(error) }, 'the store failed a request')
    const problem = storeProblemOf(error)
    // Who only looks has changed nothing: what may be kept is that they looked.
    const isLooking = context.req.method === 'GET' || context.req.method === 'HEAD'
    return isLooking && problem.code === 'outcome-unknown' ? { code: 'store-unavailable' } : problem
  }
  log.error({ requestId, err: scrubbed(error) }, 'a request failed')
  return { code: 'internal-fault' }
}
