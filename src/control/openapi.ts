/**
 * The OpenAPI 3.1 document of the API, made from the endpoints themselves. It is served at `/api/v1/openapi.json` and kept
 * as `schemas/openapi.json`; a test holds the two in step.
 */
import { type OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi'
import type { RouteBook } from './access.ts'
import type { ControlEnv } from './context.ts'
import { API_ROOT } from './http/endpoint.ts'

/** Where the document is; everybody may read it. */
const OPENAPI_PATH = `${API_ROOT}/openapi.json`

const DESCRIPTION = `The Restricted flag of GB smart meters (MP169): who may set it, who sees it, what happened to it.

Times are ISO 8601 in UTC. Device IDs are EUI-64s in upper-case pairs joined by hyphens. Every error is an RFC 9457
problem; match on its \`code\`. See docs/api.md for examples.`

/** The document of an app with all its endpoints. */
export function openApiDocument(app: OpenAPIHono<ControlEnv>): object {
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'duisgate',
      version: '1',
      description: DESCRIPTION,
    },
    servers: [{ url: '/' }],
  })
}

const SELF: RouteConfig = {
  method: 'get',
  path: OPENAPI_PATH,
  operationId: 'getOpenApi',
  summary: 'This document',
  tags: ['Access'],
  security: [],
  responses: {
    200: { description: 'OpenAPI 3.1', content: { 'application/json': { schema: z.looseObject({}) } } },
  },
}

/** Serves the document. Made once, for whoever asks first: it takes long, and endpoints do not change while the app runs. */
export function addOpenApiDocument(app: OpenAPIHono<ControlEnv>, book: RouteBook): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description:
      'A token of `duisgate token new`. With several roles, name one in the header `Duisgate-Role`.',
  })
  app.openAPIRegistry.registerPath(SELF)
  let document: object | undefined
  book.add({ plane: 'api', method: 'GET', path: OPENAPI_PATH, access: 'public' })
  app.get(OPENAPI_PATH, (context) => {
    document ??= openApiDocument(app)
    return context.json(document)
  })
}
