/** Holds responses against the OpenAPI document: an answer that it does not describe is a fault. */
import { z } from 'zod'

interface Schema {
  readonly [name: string]: unknown
}

interface DocumentedResponse {
  readonly headers?: Readonly<Record<string, unknown>>
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
}

interface DocumentedOperation {
  readonly operationId: string
  readonly responses: Readonly<Record<string, DocumentedResponse>>
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** Headers that say something about what was asked, and so have to be described. */
const TELLING = ['etag', 'location']

export class Documented {
  readonly #document: OpenApi
  readonly #schemas = new Map<string, z.ZodType>()

  constructor(document: OpenApi) {
    this.#document = document
  }

  /** Everything about the response that the document does not say; empty when it is as described. */
  async faults(method: string, url: string, response: Response): Promise<readonly string[]> {
    const operation = this.#operationOf(method, url)
    const status = String(response.status)
    if (!operation)
      return response.status === 404 || response.status === 405 || response.status === 401
        ? []
        : [`${method} ${url} is not in the document`]
    const described = operation.responses[status]
    if (!described) return [`${operation.operationId} answers ${status}, which is not in the document`]
    return [
      ...headerFaults(operation, described, response),
      ...(await this.#bodyFaults(operation, described, response)),
    ]
  }

  #operationOf(method: string, url: string): DocumentedOperation | undefined {
    const pathname = decoded(new URL(url, 'http://localhost').pathname)
    const found = Object.entries(this.#document.paths)
      .filter(([path]) => patternOf(path).test(pathname))
      .sort(([one], [other]) => one.split('{').length - other.split('{').length)
      .find(([, operations]) => method.toLowerCase() in operations)
    return found?.[1][method.toLowerCase()]
  }

  async #bodyFaults(operation: DocumentedOperation, described: DocumentedResponse, response: Response) {
    const type = response.headers.get('content-type')?.split(';')[0] ?? ''
    const content = described.content?.[type]
    const what = `${operation.operationId} ${response.status}`
    if (!content) return [`${what} answers ${type}, which is not in the document`]
    const text = await response.clone().text()
    if (!type.endsWith('json')) return []
    const result = this.#schemaOf(`${what} ${type}`, content.schema).safeParse(JSON.parse(text))
    return result.success ? [] : [`${what}: ${z.prettifyError(result.error)}`]
  }

  #schemaOf(name: string, schema: Schema): z.ZodType {
    const made =
      this.#schemas.get(name) ??
      z.fromJSONSchema({ ...local(schema), $defs: local(this.#document.components.schemas) })
    this.#schemas.set(name, made)
    return made
  }
}

function headerFaults(
  { operationId }: DocumentedOperation,
  described: DocumentedResponse,
  response: Response,
): string[] {
  const names = new Set(Object.keys(described.headers ?? {}).map((name) => name.toLowerCase()))
  return TELLING.filter((name) => response.headers.has(name) && !names.has(name)).map(
    (name) => `${operationId} ${response.status} answers ${name}, which is not in the document`,
  )
}

function decoded(path: string): string {
  return path.replaceAll(/%(?!2f|00)[0-7][0-9a-f]/gi, decodeURIComponent)
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{.+?\}/g, '[^/]+')}$`)
}

/** The same with references into `$defs`, as JSON Schema has them. */
function local(schema: Schema): Record<string, z.core.JSONSchema.JSONSchema> {
  return JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/'))
}
