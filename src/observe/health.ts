/**
 * What an orchestrator and a Prometheus ask of the process: `/healthz`, `/readyz` and `/metrics`.
 *
 * Alive and ready are different things: a gateway that drains or does not know its flags is alive and not ready.
 */
import type { RequestListener, Server, ServerOptions } from 'node:http'
import process from 'node:process'
import type { Metrics } from './metrics.ts'

// An import of it has Node load its fetch and its WebSocket as well, which a gateway never needs: a tenth of its start.
const { createServer } = process.getBuiltinModule('node:http')

/**
 * Ready, or every reason why not. `degraded`: what is amiss with one that must have traffic all the same; absent where nothing is.
 */
export type Readiness =
  | { readonly ready: true; readonly degraded?: readonly string[] }
  | { readonly ready: false; readonly reasons: readonly string[] }

/** Asked anew for each page. */
export interface Observed {
  readonly metrics: Pick<Metrics, 'exposition'>
  readonly readiness: () => Readiness | Promise<Readiness>
}

interface Page {
  readonly status: number
  readonly contentType: string
  readonly text: string
}

/** The page at `path`; undefined when there is none. */
async function observationPage(observed: Observed, path: string): Promise<Page | undefined> {
  switch (path) {
    case '/healthz':
      return json(200, { alive: true })
    case '/readyz': {
      const readiness = await observed.readiness()
      return json(readiness.ready ? 200 : 503, readiness)
    }
    case '/metrics':
      return { status: 200, ...(await observed.metrics.exposition()) }
    default:
      return undefined
  }
}

/** A listener with these pages and nothing else; `create` makes it where it is not plain HTTP. */
export function observationServer(
  observed: Observed,
  create: (options: ServerOptions, listener: RequestListener) => Server = createServer,
): Server {
  return create({ requestTimeout: 10_000, headersTimeout: 5_000 }, async (incoming, reply) => {
    const isReading = incoming.method === 'GET' || incoming.method === 'HEAD'
    const page = isReading ? await observationPage(observed, incoming.url ?? '') : undefined
    const { status, contentType, text } = page ?? json(404, { error: 'see /healthz, /readyz and /metrics' })
    reply.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' }).end(text)
  })
}

function json(status: number, content: object): Page {
  return { status, contentType: 'application/json', text: `${JSON.stringify(content)}\n` }
}
