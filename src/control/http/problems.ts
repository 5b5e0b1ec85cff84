/**
 * Every error of the control plane by its code, and what an RFC 9457 problem says of it. docs/api.md lists the same codes,
 * and a test compares the two. Clients match on `code`; the other words may change.
 */
import type { TableRefusal } from '../../core/policy/governance-rules.ts'
import type { Refusal } from '../../core/restriction/refusal.ts'

interface ProblemText {
  readonly status: ProblemStatus
  readonly title: string
}

/** The HTTP statuses that a problem can have. */
type ProblemStatus =
  | 400
  | 401
  | 403
  | 404
  | 405
  | 406
  | 408
  | 412
  | 413
  | 415
  | 417
  | 422
  | 428
  | 429
  | 431
  | 500
  | 503

export const PROBLEMS = {
  'parameter-invalid': {
    status: 400,
    title: 'A parameter or header is unknown, missing or not as described',
  },
  'cursor-invalid': { status: 400, title: 'The cursor is not one that this listing gave out' },
  'body-unreadable': { status: 400, title: 'The body cannot be read' },
  'request-unreadable': { status: 400, title: 'The request line or the Host header cannot be read' },
  'request-too-slow': { status: 408, title: 'The request did not come whole in time' },
  'expectation-not-met': { status: 417, title: 'The request expects what this server does not do' },
  'head-too-large': {
    status: 431,
    title: 'The request line and its headers are larger than this server takes',
  },
  'role-needed': { status: 400, title: 'The token has several roles and the request names none' },
  unauthenticated: { status: 401, title: 'The request has no identity' },
  'role-not-held': { status: 403, title: 'The token does not have this role' },
  'not-permitted': { status: 403, title: 'This role may not do that' },
  'form-not-ours': { status: 403, title: 'The form was not sent from a page of this session' },
  'not-found': { status: 404, title: 'There is nothing here for this role' },
  'method-not-allowed': { status: 405, title: 'This path has no such method' },
  'not-acceptable': { status: 406, title: 'The answer cannot be given in a form that the request accepts' },
  stale: { status: 412, title: 'The flag has changed since it was read' },
  'body-too-large': { status: 413, title: 'The body is larger than this path takes' },
  'media-type-unsupported': { status: 415, title: 'This path does not take a body of this type' },
  'body-invalid': { status: 422, title: 'The body is not as described' },
  refused: { status: 422, title: 'The rules of change refuse this' },
  'device-restricted': {
    status: 422,
    title: 'The Device is Restricted by consumer choice; give a reason to go on',
  },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key belongs to another request' },
  'if-match-needed': { status: 428, title: 'A change needs If-Match with the ETag of the flag' },
  'too-many-attempts': { status: 429, title: 'Too many unknown tokens came from here' },
  'internal-fault': { status: 500, title: 'Something went wrong here' },
  'store-unavailable': { status: 503, title: 'The store did not answer' },
  'store-refused': { status: 503, title: 'The store answered with an error' },
  'outcome-unknown': {
    status: 503,
    title: 'Whether it was done is not known: the store gave no last answer',
  },
  'list-not-at-hand': {
    status: 503,
    title: 'Gateways run another list than this control plane, and its text is not kept yet',
  },
  'too-many-waiting': { status: 503, title: 'Too many requests are waiting already' },
} as const satisfies Record<string, ProblemText>

export type ProblemCode = keyof typeof PROBLEMS

/** One place of a request that is not as described. */
export interface InvalidPlace {
  /** `query.limit`, `header.if-match`, `body.declaration.date`. */
  readonly where: string
  readonly text: string
}

/** An outcome that is not what was asked for, before it is written as a response. */
export interface Problem {
  readonly code: ProblemCode
  /** What is particular about this case; without Device IDs, meter points and internals. */
  readonly detail?: string | undefined
  readonly refusals?: readonly (Refusal | TableRefusal)[]
  readonly invalid?: readonly InvalidPlace[]
  /** Response headers that go with it, such as `Allow`. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A problem as the wire has it (RFC 9457 §3); `requestId` is what the log names too. */
function documentOf({ code, detail, refusals, invalid }: Problem, requestId: string) {
  return {
    ...{ type: `urn:duisgate:problem:${code}`, ...PROBLEMS[code], detail },
    ...{ instance: `urn:duisgate:request:${requestId}`, code, refusals, invalid },
  }
}

/** The body of the response to a problem. */
export function problemText(problem: Problem, requestId: string): string {
  return JSON.stringify(documentOf(problem, requestId))
}

const RETRY_AFTER_SECONDS = '2'

export function problemResponse(problem: Problem, requestId: string): Response {
  const { status } = PROBLEMS[problem.code]
  return new Response(problemText(problem, requestId), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...(status === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : {}),
      ...problem.headers,
    },
  })
}
