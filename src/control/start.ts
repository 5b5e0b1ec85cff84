/**
 * The control plane on a socket: limits against slow and oversized clients, and a drain that lets open requests end.
 */
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { ControlApp } from './app.ts'
import { problemResponse } from './problems.ts'

export interface StartControlOptions {
  readonly control: ControlApp
  readonly listen: { readonly host: string; readonly port: number }
  /** PEM; absent: plain HTTP, for loopback or behind a proxy that ends TLS. */
  readonly tls?: { readonly cert: string; readonly key: string }
}

export interface RunningControl {
  readonly port: number
  /** Takes no new requests, lets open ones end for at most `drainMs`, then cuts what is left. */
  stop(drainMs: number): Promise<void>
}

/** A bulk file of 64 MiB at 256 KiB/s takes as long. */
const REQUEST_TIMEOUT_MS = 300_000
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: REQUEST_TIMEOUT_MS,
  keepAliveTimeout: 30_000,
  /** Node looks for late clients this often; its default of 30 s would let the limits above pass by as much. */
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
  requireHostHeader: true,
}
const MAX_CONNECTIONS = 1_000

/** Resolves once the listener is open; throws the system error when the address cannot be used. */
export async function startControl({ control, listen, tls }: StartControlOptions): Promise<RunningControl> {
  const listener = getRequestListener(control.app.fetch, {
    overrideGlobalObjects: false,
    errorHandler: () => problemResponse({ code: 'request-unreadable' }, 'none'),
  })
  const server = tls ? createTlsServer({ ...LIMITS, ...tls }, listener) : createServer(LIMITS, listener)
  server.maxConnections = MAX_CONNECTIONS
  await opened(server, listen)
  const { port } = server.address() as AddressInfo
  return { port, stop: (drainMs) => drain(server, drainMs) }
}

function opened(server: Server, { host, port }: StartControlOptions['listen']): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, host, () => {
    server.off('error', reject)
    resolve()
  })
  return promise
}

async function drain(server: Server, drainMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  server.closeIdleConnections()
  const cut = setTimeout(() => server.closeAllConnections(), drainMs)
  await promise
  clearTimeout(cut)
}
