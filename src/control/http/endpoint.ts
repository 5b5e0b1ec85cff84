/**
 * One endpoint of the API: what it takes, what it answers, which operation it is, and the function that does it.
 *
 * The same description checks a request, closes the route to those who may not use it, and becomes the OpenAPI document, so
 * none of the three can be forgotten. A request is checked in this order: path, query and headers (400), media type and
 * size (415, 413), JSON (400), body (422).
 */
import { createHash } from 'node:crypto'
import { type OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi'
import { canonicalJson } from '../../core/restriction/audit-chain.ts'
import { shapeWords } from '../../core/shape-words.ts'
import type { Access, RouteBook } from '../access.ts'
import type { ControlContext, ControlEnv } from '../context.ts'
import type { ApiPorts } from '../control-ports.ts'
import type { Identity } from '../identity.ts'
import { mediaProblem, readJson } from './body.ts'
import { describedResponses } from './described-responses.ts'
import { type InvalidPlace, type Problem, type ProblemCode, problemResponse } from './problems.ts'
import { textResponse } from './text-response.ts'
import { untypedPlaces } from './typed-places.ts'

type Shape = z.ZodObject

/** A request that was checked. */
interface CheckedRequest<
  Params extends Shape,
  Query extends Shape,
  Headers extends Shape,
  Body extends z.ZodType,
> {
  readonly params: z.output<Params>
  readonly query: z.output<Query>
  readonly headers: z.output<Headers>
  readonly body: z.output<Body>
  readonly identity: Identity
  /** SHA-256 over method, path, role, If-Match and body: the same for a request that is sent again. */
  readonly fingerprint: string
  readonly key: string | undefined
  /** For bodies that are streamed, and to see that the client has gone. */
  readonly raw: Request
}

/** Content as a handler may give it: what is only read may be given as it is. */
export type Sent<Content> = Content extends readonly (infer Item)[]
  ? readonly Sent<Item>[]
  : Content extends object
    ? { readonly [Name in keyof Content]: Sent<Content[Name]> }
    : Content

type Fields = Readonly<Record<string, string>>

/** What an endpoint answers with. */
export type EndpointResponse<Content> =
  /** `status`: 200 when absent. */
  | { readonly status?: 200 | 201; readonly content: Content; readonly headers?: Fields }
  | {
      readonly texts: AsyncGenerator<string, void, undefined>
      readonly mediaType: string
      readonly headers?: Fields
    }
  | { readonly problem: Problem }

/** What the OpenAPI document says of an endpoint beside its schemas. */
export interface Described {
  readonly method: 'get' | 'post'
  /** With braces, below `/api/v1`: `/restrictions/{id}`. */
  readonly path: string
  readonly access: Exclude<Access, 'public'>
  /** Names the endpoint for clients that are generated: `setRestriction`. */
  readonly name: string
  readonly summary: string
  readonly description?: string
  readonly tag: string
  /** Statuses of success that it can answer with; 200 when absent. */
  readonly statuses?: readonly (200 | 201)[]
  /** Problems beyond those that follow from its inputs. */
  readonly problems?: readonly ProblemCode[]
  /** Header fields of its answers, each with what it says. */
  readonly answeredHeaders?: Fields
  /** Media types it streams, each with what it holds. */
  readonly streams?: Fields
  /** A body of this media type is left for the handler to stream. */
  readonly streamedBody?: {
    readonly mediaType: string
    readonly description: string
    readonly example: string
  }
}

export interface EndpointSpec<
  Params extends Shape,
  Query extends Shape,
  Headers extends Shape,
  Body extends z.ZodType,
  Content extends z.ZodType,
> extends Described {
  readonly params?: Params
  readonly query?: Query
  /** Names in lower case. */
  readonly headers?: Headers
  readonly body?: Body
  /** Whether a request without a body counts as one with an empty object. */
  readonly bodyMayBeAbsent?: boolean
  /** The JSON it answers with. */
  readonly content?: Content
  readonly handle: (
    request: CheckedRequest<Params, Query, Headers, Body>,
    ports: ApiPorts,
  ) => EndpointResponse<Sent<z.input<Content>>> | Promise<EndpointResponse<Sent<z.input<Content>>>>
}

/** An endpoint with its types closed over. */
export interface Endpoint {
  register(app: OpenAPIHono<ControlEnv>, book: RouteBook, ports: ApiPorts): void
}

/** Names a change that is made once, however often its request comes. */
export const IDEMPOTENCY_HEADER = 'idempotency-key'

export const API_ROOT = '/api/v1'

const nothing = z.strictObject({})
const noBody = z.undefined()
type Nothing = typeof nothing

/** What describes the endpoints of one part of the document, by method and path. */
export function endpointsOf(tag: string) {
  const by =
    (method: Described['method']) =>
    <
      Params extends Shape = Nothing,
      Query extends Shape = Nothing,
      Headers extends Shape = Nothing,
      Body extends z.ZodType = typeof noBody,
      Content extends z.ZodType = z.ZodNever,
    >(
      path: string,
      spec: Omit<EndpointSpec<Params, Query, Headers, Body, Content>, 'method' | 'path' | 'tag'>,
    ): Endpoint =>
      endpoint({ ...spec, method, path, tag })
  return { get: by('get'), post: by('post') }
}

/** Describes an endpoint that answers a read; see `endpointsOf`. */
export type Get = ReturnType<typeof endpointsOf>['get']

function endpoint<
  Params extends Shape,
  Query extends Shape,
  Headers extends Shape,
  Body extends z.ZodType,
  Content extends z.ZodType,
>(spec: EndpointSpec<Params, Query, Headers, Body, Content>): Endpoint {
  return {
    register(app, book, ports) {
      const method = spec.method.toUpperCase()
      const path = API_ROOT + spec.path.replaceAll(/\{(.+?)\}/g, ':$1')
      book.add({ plane: 'api', method, path, access: spec.access })
      app.openAPIRegistry.registerPath(routeConfigOf(spec))
      app.on(method, path, (context) => respond(spec, context, ports))
    },
  }
}

type AnySpec = EndpointSpec<Shape, Shape, Shape, z.ZodType, z.ZodType>

function routeConfigOf(spec: AnySpec): RouteConfig {
  const { method, path, name, summary, description, tag } = spec
  return {
    method,
    path: API_ROOT + path,
    operationId: name,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [tag],
    security: [{ token: [] }],
    request: requestConfigOf(spec),
    responses: describedResponses(spec),
  }
}

function requestConfigOf({
  params,
  query,
  headers,
  body,
  bodyMayBeAbsent = false,
  streamedBody,
}: AnySpec): NonNullable<RouteConfig['request']> {
  return {
    ...(params ? { params } : {}),
    ...(query ? { query } : {}),
    ...(headers ? { headers } : {}),
    ...(body
      ? { body: { required: !bodyMayBeAbsent, content: { 'application/json': { schema: body } } } }
      : {}),
    ...(streamedBody ? { body: streamedBodyConfig(streamedBody) } : {}),
  }
}

function streamedBodyConfig({ mediaType, description, example }: NonNullable<Described['streamedBody']>) {
  return {
    required: true,
    description,
    content: { [mediaType]: { schema: z.string().openapi({ example }) } },
  }
}

async function respond(spec: AnySpec, context: ControlContext, ports: ApiPorts): Promise<Response> {
  const reading = await readRequest(spec, context)
  const answer = 'problem' in reading ? reading : await spec.handle(reading.request, ports)
  if ('problem' in answer) {
    context.set('problem', answer.problem)
    return problemResponse(answer.problem, context.get('requestId'))
  }
  if ('texts' in answer)
    return textResponse(context, answer.texts, { ...answer.headers, 'content-type': answer.mediaType })
  return Response.json(answer.content, { status: answer.status ?? 200, headers: { ...answer.headers } })
}

type AnyRequest = CheckedRequest<Shape, Shape, Shape, z.ZodType>
type Reading = { readonly request: AnyRequest } | { readonly problem: Problem }

async function readRequest(spec: AnySpec, context: ControlContext): Promise<Reading> {
  const { raw } = context.req
  const params = checked(spec.params ?? nothing, context.req.param(), 'path')
  const query = checked(spec.query ?? nothing, queryOf(context), 'query')
  const headers = checked(spec.headers ?? z.object({}), context.req.header(), 'header')
  const invalid = [params, query, headers].flatMap((part) => part.invalid)
  if (invalid.length > 0) return { problem: { code: 'parameter-invalid', invalid } }
  const body = await bodyOf(spec, raw)
  if ('problem' in body) return body
  const identity = context.get('identity')
  if (!identity) return { problem: { code: 'unauthenticated' } }
  return {
    request: {
      params: params.value,
      query: query.value,
      headers: headers.value,
      body: body.value,
      identity,
      fingerprint: fingerprintOf(context, body.given),
      key: context.req.header(IDEMPOTENCY_HEADER),
      raw,
    },
  }
}

type BodyOutcome = { readonly value: unknown; readonly given: unknown } | { readonly problem: Problem }

async function bodyOf(spec: AnySpec, request: Request): Promise<BodyOutcome> {
  if (spec.streamedBody) {
    const problem = mediaProblem(request, spec.streamedBody.mediaType)
    return problem ? { problem } : { value: undefined, given: undefined }
  }
  if (!spec.body) return { value: undefined, given: undefined }
  const reading = await readJson(request, spec.bodyMayBeAbsent ?? false)
  if (!reading.ok) return reading
  const untyped = untypedPlaces(reading.value, 'body')
  if (untyped.length > 0) return { problem: { code: 'body-invalid', invalid: untyped } }
  const { value, invalid } = checked(spec.body, reading.value, 'body')
  return invalid.length > 0 ? { problem: { code: 'body-invalid', invalid } } : { value, given: reading.value }
}

/** One value a name; a name that is given twice becomes a list, which no parameter takes. */
function queryOf(context: ControlContext): Record<string, string | string[]> {
  const all = Object.entries(context.req.queries())
  return Object.fromEntries(
    all.map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
  )
}

interface Checked<Schema extends z.ZodType> {
  readonly value: z.output<Schema>
  readonly invalid: readonly InvalidPlace[]
}

function checked<Schema extends z.ZodType>(schema: Schema, given: unknown, where: string): Checked<Schema> {
  const result = schema.safeParse(given, { error: shapeWords })
  if (result.success) return { value: result.data, invalid: [] }
  return {
    value: undefined as z.output<Schema>,
    invalid: result.error.issues.flatMap((issue) => placesOf(issue, where)),
  }
}

function placesOf(issue: z.core.$ZodIssue, where: string): InvalidPlace[] {
  const path = [where, ...issue.path.map(String)].join('.')
  if (issue.code !== 'unrecognized_keys') return [{ where: path, text: sentence(issue.message) }]
  return issue.keys.map((key) => ({ where: `${path}.${key}`, text: 'There is no such name here.' }))
}

/** What a schema says itself is one already. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`
}

function fingerprintOf(context: ControlContext, body: unknown): string {
  const { req } = context
  const role = context.get('identity')?.actor.role
  const request = { method: req.method, path: req.path, role, ifMatch: req.header('if-match'), body }
  return createHash('sha256').update(canonicalJson(request)).digest('hex')
}
