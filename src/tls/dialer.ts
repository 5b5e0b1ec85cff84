/**
 * The calling side with TLS: connections to https origins, open once the upstream has shown a certificate for its host that
 * is trusted now, and cut when that ends.
 */
import type { Socket } from 'node:net'
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import type { Logger } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import { LivePeers } from './live-peers.ts'
import type { TlsMaterial } from './material.ts'
import { ALPN_PROTOCOLS, TLS_PARAMETERS } from './protocol.ts'
import { reasonOfCode, TLS_REASONS, type TlsReason } from './reasons.ts'
import { Refusals } from './refusals.ts'

export interface TlsDialerOptions {
  /** Has CAs; with a certificate of its own when the upstream asks for one. */
  readonly material: TlsMaterial
  readonly log: Logger
  /** Absent: refusals are only logged. */
  readonly metrics?: Metrics
}

/** The upstream's certificate is not trusted. */
class Untrusted extends Error {
  readonly code: TlsReason

  constructor(code: TlsReason) {
    super(TLS_REASONS[code])
    this.code = code
  }
}

const HTTPS_PORT = 443

export class TlsDialer {
  readonly #material: TlsMaterial
  readonly #refusals: Refusals
  readonly #live: LivePeers
  #context: SecureContext

  constructor({ material, log, metrics }: TlsDialerOptions) {
    this.#material = material
    this.#refusals = new Refusals(material.side, log, metrics)
    this.#live = new LivePeers(material, this.#refusals)
    this.#context = this.#newContext()
    material.watch((isChanged) => {
      this.#live.cutUntrusted()
      if (isChanged) this.#context = this.#newContext()
    })
  }

  /** Opens connections to an origin; `onOpen` is called when one may be written to. */
  to(origin: URL): (onOpen: () => void) => Socket {
    const host = origin.hostname.replace(/^\[(.*)\]$/, '$1')
    const port = Number(origin.port || HTTPS_PORT)
    return (onOpen) => this.#open(host, port, onOpen)
  }

  #open(host: string, port: number, onOpen: () => void): Socket {
    const socket: TLSSocket = connect(
      {
        host,
        port,
        secureContext: this.#context,
        ALPNProtocols: ALPN_PROTOCOLS,
        rejectUnauthorized: true,
      },
      () => this.#admit(socket, onOpen),
    )
    socket.once('error', (error: NodeJS.ErrnoException) => this.#onFailed(error))
    return socket.setNoDelay(true)
  }

  #admit(socket: TLSSocket, onOpen: () => void): void {
    const certificate = socket.getPeerX509Certificate()
    const { trust } = this.#material
    const reason = certificate && trust ? trust.objectionTo(certificate, Date.now()) : 'TLS_NO_CERTIFICATE'
    if (reason || !certificate) {
      socket.destroy(new Untrusted(reason ?? 'TLS_NO_CERTIFICATE'))
      return
    }
    this.#live.add(socket, certificate)
    onOpen()
  }

  /** An upstream that is merely away is the caller's business. */
  #onFailed(error: NodeJS.ErrnoException): void {
    const reason = error instanceof Untrusted ? error.code : reasonOfCode(error.code)
    if (reason && reason !== 'TLS_BROKEN_OFF') this.#refusals.note(reason)
  }

  #newContext(): SecureContext {
    return createSecureContext({ ...TLS_PARAMETERS, ...this.#material.contextOptions })
  }
}
