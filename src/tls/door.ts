/**
 * The accepting side with mutual TLS: a connection comes out of it only when its certificate is trusted now and belongs to
 * somebody who is configured; it is cut when that ends.
 *
 * Cast: Node's `tls.Server` does the handshakes, `TlsMaterial` has files and `Trust`, `Handshakes` those under way,
 * `LivePeers` what came out. A client without such a certificate never gets a byte of its own read.
 */
import type { X509Certificate } from 'node:crypto'
import type { Server, ServerOpts, Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import type { Logger } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import { LivePeers } from './live-peers.ts'
import type { TlsMaterial } from './material.ts'
import { ALPN_PROTOCOLS, TLS_PARAMETERS } from './protocol.ts'
import { type NobodysReason, reasonOfCode, type TlsReason } from './reasons.ts'
import { Refusals } from './refusals.ts'

export interface TlsDoorOptions<Caller extends object> {
  /** Has a certificate and CAs. */
  readonly material: TlsMaterial
  /** Whose certificate it is, or why it is nobody's: the connection is cut then. */
  readonly callerOf: (certificate: X509Certificate) => Caller | NobodysReason
  readonly limits: HandshakeLimits
  readonly log: Logger
  readonly metrics: Metrics
}

export class TlsDoor<Caller extends object> {
  readonly #options: TlsDoorOptions<Caller>
  readonly #refusals: Refusals
  readonly #handshakes: Handshakes
  readonly #live: LivePeers
  readonly #callers = new WeakMap<Socket, Caller>()
  #callerOf: TlsDoorOptions<Caller>['callerOf']

  constructor(options: TlsDoorOptions<Caller>) {
    this.#options = options
    this.#callerOf = options.callerOf
    const { material, limits, log, metrics } = options
    this.#refusals = new Refusals(material.side, log, metrics)
    this.#live = new LivePeers(material, this.#refusals)
    this.#handshakes = new Handshakes(limits, () => this.#refusals.note('TLS_TOO_MANY'))
    metrics.watch('duisgate_tls_handshakes', [material.side], () => this.#handshakes.size)
  }

  /** Whose connection it is. */
  callerOf(socket: Socket): Caller | undefined {
    return this.#callers.get(socket)
  }

  /** Goes by these callers from now on: connections that are nobody's any more are cut. */
  setCallers(callerOf: TlsDoorOptions<Caller>['callerOf']): void {
    this.#callerOf = callerOf
    this.#live.cutUnless((certificate, socket) => {
      const caller = callerOf(certificate)
      if (typeof caller === 'string') this.#refusals.note(caller, certificate)
      else this.#callers.set(socket, caller)
      return typeof caller !== 'string'
    })
  }

  /** Makes the server; `onConnection` gets connections that are through. */
  open(options: ServerOpts, onConnection: (socket: Socket) => void): Server {
    const { material, limits } = this.#options
    const server = createServer({
      ...options,
      ...TLS_PARAMETERS,
      ...material.contextOptions,
      ALPNProtocols: ALPN_PROTOCOLS,
      handshakeTimeout: limits.handshakeMs,
      requestCert: true,
      // Rejected below, where the certificate is still at hand to say why.
      rejectUnauthorized: false,
    })
    server.on('connection', (socket: Socket) => this.#handshakes.begin(socket))
    server.on('tlsClientError', (error, socket) => this.#onFailed(error, socket))
    server.on('secureConnection', (socket) => {
      this.#handshakes.end(socket)
      if (this.#admit(socket)) onConnection(socket)
    })
    material.watch((isChanged) => {
      this.#live.cutUntrusted()
      if (isChanged) server.setSecureContext({ ...TLS_PARAMETERS, ...material.contextOptions })
    })
    return server
  }

  /** Cuts connections whose handshake is not done. */
  cutUnready(): void {
    this.#handshakes.cutAll()
  }

  #admit(socket: TLSSocket): boolean {
    const certificate = socket.getPeerX509Certificate()
    const caller = certificate
      ? (this.#objectionTo(socket, certificate) ?? this.#callerOf(certificate))
      : 'TLS_NO_CERTIFICATE'
    if (!certificate || typeof caller === 'string') {
      this.#refuse(socket, typeof caller === 'string' ? caller : 'TLS_NO_CERTIFICATE', certificate)
      return false
    }
    this.#callers.set(socket, caller)
    this.#live.add(socket, certificate)
    return true
  }

  /** What OpenSSL found in the handshake, else what the files say by now. */
  #objectionTo(socket: TLSSocket, certificate: X509Certificate): TlsReason | undefined {
    if (!socket.authorized) return reasonOf(socket, certificate)
    const { trust } = this.#options.material
    return trust ? trust.objectionTo(certificate, Date.now()) : 'TLS_CA_UNKNOWN'
  }

  #refuse(socket: TLSSocket, reason: TlsReason, certificate: X509Certificate | undefined): void {
    this.#refusals.note(reason, certificate)
    socket.on('error', () => {})
    socket.destroy()
  }

  #onFailed(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    if (!this.#handshakes.end(socket)) return
    this.#refusals.note(reasonOfCode(error.code) ?? 'TLS_PROTOCOL')
    socket.destroy()
  }
}

const LEAST_RSA_BITS = 2_048

/** OpenSSL has no name of its own for what falls below its security level. */
function reasonOf(socket: TLSSocket, certificate: X509Certificate): TlsReason {
  // The type says Error; at run time it is the code.
  const known = reasonOfCode(String(socket.authorizationError))
  if (known) return known
  const { modulusLength = LEAST_RSA_BITS } = certificate.publicKey.asymmetricKeyDetails ?? {}
  if (modulusLength < LEAST_RSA_BITS) return 'TLS_CERT_WEAK_KEY'
  return /sha1|md5/i.test(certificate.signatureAlgorithm ?? '')
    ? 'TLS_CERT_WEAK_SIGNATURE'
    : 'TLS_CERT_INVALID'
}

export interface HandshakeLimits {
  /** Milliseconds in which a handshake must be done. */
  readonly handshakeMs: number
  readonly maxHandshakes: number
}

/**
 * Handshakes under way on a listener: so many and no more. When there are as many, the one that has waited longest gives
 * way: a client that goes on with its handshake is done within milliseconds, whoever only connects is soon the oldest.
 */
class Handshakes {
  readonly #limits: HandshakeLimits
  readonly #onTooMany: () => void
  /** By both addresses: the TLS socket is another object than the one that was accepted. Oldest first. */
  readonly #waiting = new Map<string, Socket>()

  constructor(limits: HandshakeLimits, onTooMany: () => void) {
    this.#limits = limits
    this.#onTooMany = onTooMany
  }

  get size(): number {
    return this.#waiting.size
  }

  begin(socket: Socket): void {
    const id = idOf(socket)
    if (this.#waiting.size >= this.#limits.maxHandshakes) this.#cutOldest()
    this.#waiting.set(id, socket)
    socket.once('close', () => {
      if (this.#waiting.get(id) === socket) this.#waiting.delete(id)
    })
  }

  /** The handshake is over; false when it was cut here, or is not known. */
  end(socket: Socket): boolean {
    return this.#waiting.delete(idOf(socket))
  }

  cutAll(): void {
    for (const socket of this.#waiting.values()) socket.destroy()
    this.#waiting.clear()
  }

  #cutOldest(): void {
    for (const [id, socket] of this.#waiting) {
      this.#waiting.delete(id)
      this.#onTooMany()
      socket.destroy()
      return
    }
  }
}

function idOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return [localAddress, localPort, remoteAddress, remotePort].join()
}
