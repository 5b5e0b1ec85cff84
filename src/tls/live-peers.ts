/**
 * Connections whose other side has shown a certificate, by certificate: so that all of one can be cut when it is no longer
 * trusted, however many there are.
 */
import type { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import type { TlsMaterial } from './material.ts'
import type { Refusals } from './refusals.ts'

interface Peer {
  readonly certificate: X509Certificate
  readonly sockets: Set<Socket>
}

export class LivePeers {
  readonly #peers = new Map<string, Peer>()
  readonly #material: Pick<TlsMaterial, 'trust'>
  readonly #refusals: Pick<Refusals, 'note'>

  /** `material` says whom to trust; `refusals` counts connections that are cut. */
  constructor(material: Pick<TlsMaterial, 'trust'>, refusals: Pick<Refusals, 'note'>) {
    this.#material = material
    this.#refusals = refusals
  }

  /** Keeps a connection until it closes. */
  add(socket: Socket, certificate: X509Certificate): void {
    const id = certificate.fingerprint256
    const peer = this.#peers.get(id) ?? { certificate, sockets: new Set() }
    this.#peers.set(id, peer)
    peer.sockets.add(socket)
    socket.once('close', () => {
      peer.sockets.delete(socket)
      if (peer.sockets.size === 0 && this.#peers.get(id) === peer) this.#peers.delete(id)
    })
  }

  /** Cuts every connection whose certificate is not trusted now, at once. */
  cutUntrusted(nowMs = Date.now()): void {
    for (const { certificate, sockets } of this.#peers.values()) {
      const reason = this.#material.trust?.objectionTo(certificate, nowMs)
      if (!reason) continue
      this.#refusals.note(reason, certificate)
      for (const socket of sockets) socket.destroy()
    }
  }

  /** Cuts every connection that may not stay. */
  cutUnless(mayStay: (certificate: X509Certificate, socket: Socket) => boolean): void {
    for (const { certificate, sockets } of this.#peers.values())
      for (const socket of sockets) if (!mayStay(certificate, socket)) socket.destroy()
  }
}
