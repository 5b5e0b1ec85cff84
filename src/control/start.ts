/**
 * The control plane on a socket: limits against slow and oversized clients, and a drain that lets open requests end.
 */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { type HttpsOptions, httpsServer } from '../tls/https-server.ts'
import type { ControlApp } from './app.ts'
import { problemResponse } from './http/problems.ts'
import { answerUnparsed } from './http/unparsed.ts'

export interface StartControlOptions {
  readonly control: ControlApp
  readonly listen: { readonly host: string; readonly port: number }
  /** Absent: plain HTTP, for loopback or behind a proxy that ends TLS. */
  readonly tls?: HttpsOptions | undefined
  readonly limits?: Partial<ServerLimits>
}

export interface RunningControl {
  readonly port: number
  /** Takes no new requests, lets open ones end for at most `drainMs`, then cuts what is left. */
  stop(drainMs: number): Promise<void>
}

/** How long clients may take, and how many there may be. */
export interface ServerLimits {
  readonly headersTimeoutMs: number
  /** For a whole request with its body. */
  readonly requestTimeoutMs: number
  readonly keepAliveMs: number
  readonly maxConnections: number
}

const DEFAULT_SERVER_LIMITS: ServerLimits = {
  headersTimeoutMs: 10_000,
  /** A bulk file of 64 MiB at 256 KiB/s takes almost as long. */
  requestTimeoutMs: 300_000,
  keepAliveMs: 30_000,
  maxConnections: 1_000,
}

const MAX_HEADER_BYTES = 16 * 1024
/** Node looks for late clients this often; its default of 30 s would let the limits above pass by as much. */
const LOOK_EVERY_MS = 1_000

/** Resolves once the listener is open; throws the system error when the address cannot be used. */
export async function startControl(options: StartControlOptions): Promise<RunningControl> {
  const limits = { ...DEFAULT_SERVER_LIMITS, ...options.limits }
  const server = serverOf(options, limits)
  server.maxConnections = limits.maxConnections
  answerUnparsed(server)
  const { host, port: asked } = options.listen
  await once(server.listen(asked, host), 'listening')
  const { port } = server.address() as AddressInfo
  return { port, stop: (drainMs) => drain(server, drainMs) }
}

function serverOf({ control, tls }: StartControlOptions, limits: ServerLimits): Server {
  const listener = getRequestListener(control.app.fetch, {
    overrideGlobalObjects: false,
    errorHandler: () => problemResponse({ code: 'request-unreadable' }, 'none'),
  })
  const options = {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: LOOK_EVERY_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    // Without one the listener answers, with a problem.
    requireHostHeader: false,
  }
  return tls ? httpsServer(tls, options, listener) : createServer(options, listener)
}

/** Connections that fall idle meanwhile would be kept for their client's next request; they are closed as well. */
const SWEEP_MS = 50

async function drain(server: Server, drainMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
  const cut = setTimeout(() => server.closeAllConnections(), drainMs)
  await promise
  clearInterval(sweep)
  clearTimeout(cut)
}
