/**
 * An HTTPS server of Node for pages and health, with the same files, protocol and limits as the listeners of messages.
 * Where CAs are configured a client certificate from one of them is required; whose it is does not matter here.
 */
import type { RequestListener, ServerOptions } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { Logger } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import { LivePeers } from './live-peers.ts'
import type { TlsMaterial } from './material.ts'
import { ALPN_PROTOCOLS, TLS_PARAMETERS } from './protocol.ts'
import { reasonOfCode } from './reasons.ts'
import { Refusals } from './refusals.ts'

export interface HttpsOptions {
  readonly material: TlsMaterial
  readonly log: Logger
  readonly metrics?: Metrics | undefined
}

/** Milliseconds in which a handshake must be done. */
const HANDSHAKE_MS = 5_000

/** A server whose certificate, CAs and revocation lists follow their files. */
export function httpsServer(
  { material, log, metrics }: HttpsOptions,
  options: ServerOptions,
  listener: RequestListener,
): Server {
  const refusals = new Refusals(material.side, log, metrics)
  const live = new LivePeers(material, refusals)
  const isMutual = material.trust !== undefined
  const server = createServer(
    {
      ...options,
      ...TLS_PARAMETERS,
      ...material.contextOptions,
      ALPNProtocols: ALPN_PROTOCOLS,
      handshakeTimeout: HANDSHAKE_MS,
      requestCert: isMutual,
      rejectUnauthorized: isMutual,
    },
    listener,
  )
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    const code = socket.authorizationError ? String(socket.authorizationError) : error.code
    refusals.note(reasonOfCode(code) ?? 'TLS_PROTOCOL')
  })
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const certificate = isMutual ? socket.getPeerX509Certificate() : undefined
    if (certificate) live.add(socket, certificate)
    else if (isMutual) socket.destroy()
    live.cutUntrusted()
  })
  material.watch((isChanged) => {
    live.cutUntrusted()
    if (isChanged) server.setSecureContext({ ...TLS_PARAMETERS, ...material.contextOptions })
  })
  return server
}
