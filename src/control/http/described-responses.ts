/** What the OpenAPI document says an endpoint may answer with: its own content, and every problem it can end with. */
import { type RouteConfig, z } from '@hono/zod-openapi'
import type { Described } from './endpoint.ts'
import { problemSchema } from './problem-schema.ts'
import { PROBLEMS, type ProblemCode } from './problems.ts'

type Responses = RouteConfig['responses']

interface DescribedEndpoint extends Described {
  readonly content?: z.ZodType
  readonly body?: z.ZodType
  readonly params?: z.ZodType
}

/** Responses by status, successes and problems. */
export function describedResponses(spec: DescribedEndpoint): Responses {
  return { ...successes(spec), ...problems(problemsOf(spec)) }
}

function successes({
  content,
  streams = {},
  statuses = [200],
  answeredHeaders = {},
  summary,
}: DescribedEndpoint): Responses {
  const json = content ? { 'application/json': { schema: content } } : {}
  const others = Object.entries(streams).map(
    ([mediaType, description]) => [mediaType, { schema: z.string().openapi({ description }) }] as const,
  )
  const headers = Object.fromEntries(
    Object.entries(answeredHeaders).map(([name, description]) => [name, headerOf(description)]),
  )
  const response = { description: summary, headers, content: { ...json, ...Object.fromEntries(others) } }
  return Object.fromEntries(statuses.map((status) => [status, response]))
}

function headerOf(description: string) {
  return { description, schema: { type: 'string' as const } }
}

/** The problems an endpoint can end with: those that it names and those that follow from what it takes. */
function problemsOf({
  method,
  access,
  body,
  streamedBody,
  params,
  problems: own = [],
}: DescribedEndpoint): readonly ProblemCode[] {
  return [
    ...ALWAYS,
    ...(method === 'get' ? [] : (['outcome-unknown'] as const)),
    ...IDENTIFIED,
    ...(typeof access === 'object' ? (['not-permitted'] as const) : []),
    ...(body || streamedBody ? WITH_BODY : []),
    ...(body ? (['body-invalid'] as const) : []),
    ...(params ? (['not-found'] as const) : []),
    ...own,
  ]
}

const ALWAYS: readonly ProblemCode[] = [
  'parameter-invalid',
  // Those that the server answers before a route is found.
  'request-unreadable',
  'request-too-slow',
  'expectation-not-met',
  'head-too-large',
  'internal-fault',
  'store-unavailable',
  'store-refused',
]
const IDENTIFIED: readonly ProblemCode[] = [
  'unauthenticated',
  'role-needed',
  'role-not-held',
  'too-many-attempts',
]
const WITH_BODY: readonly ProblemCode[] = ['body-unreadable', 'body-too-large', 'media-type-unsupported']

function problems(codes: readonly ProblemCode[]): Responses {
  const byStatus = Map.groupBy(new Set(codes), (code) => PROBLEMS[code].status)
  const entries = [...byStatus].sort(([one], [other]) => one - other)
  return Object.fromEntries(entries.map(([status, group]) => [status, problemOf(group)]))
}

function problemOf(codes: readonly ProblemCode[]) {
  const description = codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' ')
  return { description, content: { 'application/problem+json': { schema: problemSchema } } }
}
