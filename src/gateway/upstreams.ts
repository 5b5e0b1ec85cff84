/** The upstreams of a gateway: one `Peer` for each origin of the DSP's or the Users' side, over TLS where its URL says so. */
import type { GatewayLimits } from './limits.ts'
import type { TlsSides, UpstreamSide } from './tls-sides.ts'
import { type SharedByConnections, Upstream } from './upstream.ts'

export class Upstreams {
  readonly #limits: GatewayLimits
  readonly #shared: SharedByConnections
  readonly #tls: TlsSides
  readonly #upstreams = new Map<string, Upstream>()

  constructor(limits: GatewayLimits, shared: SharedByConnections, tls: TlsSides) {
    this.#limits = limits
    this.#shared = shared
    this.#tls = tls
  }

  /** The peer at an origin: scheme, host and port. The two sides share none, for their certificates may differ. */
  at(side: UpstreamSide, origin: string): Upstream {
    const id = `${side} ${origin}`
    const upstream = this.#upstreams.get(id) ?? this.#open(side, new URL(origin))
    this.#upstreams.set(id, upstream)
    return upstream
  }

  /** Ends all connections. */
  close(): void {
    for (const upstream of this.#upstreams.values()) upstream.close()
  }

  #open(side: UpstreamSide, origin: URL): Upstream {
    return new Upstream(origin, this.#limits, this.#shared, this.#tls.opener(side, origin))
  }
}
