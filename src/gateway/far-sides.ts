/** The far sides of a gateway: one `Peer` for each origin of the DSP's or the Users' side, over TLS where its URL says so. */
import type { GatewayLimits } from './limits.ts'
import { Peer, type SharedByConnections } from './peer.ts'
import type { FarSide, TlsSides } from './tls-sides.ts'

export class FarSides {
  readonly #limits: GatewayLimits
  readonly #shared: SharedByConnections
  readonly #tls: TlsSides
  readonly #peers = new Map<string, Peer>()

  constructor(limits: GatewayLimits, shared: SharedByConnections, tls: TlsSides) {
    this.#limits = limits
    this.#shared = shared
    this.#tls = tls
  }

  /** The peer at an origin: scheme, host and port. The two sides share none, for their certificates may differ. */
  at(side: FarSide, origin: string): Peer {
    const id = `${side} ${origin}`
    const peer = this.#peers.get(id) ?? this.#open(side, new URL(origin))
    this.#peers.set(id, peer)
    return peer
  }

  /** Ends all connections. */
  close(): void {
    for (const peer of this.#peers.values()) peer.close()
  }

  #open(side: FarSide, origin: URL): Peer {
    return new Peer(origin, this.#limits, this.#shared, this.#tls.opener(side, origin))
  }
}
