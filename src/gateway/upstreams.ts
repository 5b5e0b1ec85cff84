/**
 * The upstreams of a gateway, one for each origin of the DSP's or the Users' side, over TLS where its URL says so; and where
 * each Service User receives Responses and alerts.
 */
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { MessageFacts } from '../core/duis/facts.ts'
import type { Destination } from './carry.ts'
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

  /** The upstream at an origin: scheme, host and port. The two sides share none, for their certificates may differ. */
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

export interface RouteMap {
  /** EUI of a Service User to the URL of its Receive Response Service. */
  readonly users: ReadonlyMap<DeviceKey, URL>
  /** For messages of Users that the map does not name, and for messages that name no User. */
  readonly fallback?: URL | undefined
}

/** Compiles the map; `upstreamAt` has one upstream for each origin. */
export function routesBy(
  map: RouteMap,
  upstreamAt: (origin: string) => Upstream,
): (facts: MessageFacts) => Destination | undefined {
  const destinationAt = (url: URL): Destination => ({
    upstream: upstreamAt(url.origin),
    target: url.pathname + url.search,
  })
  const users = new Map([...map.users].map(([user, url]) => [user, destinationAt(url)]))
  const fallback = map.fallback && destinationAt(map.fallback)
  return ({ user }) => (user === undefined ? undefined : users.get(user)) ?? fallback
}
