/** Where each Service User receives Responses and alerts. */
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { MessageFacts } from '../core/duis/facts.ts'
import type { Destination } from './carry.ts'
import type { Upstream } from './upstream.ts'

export interface RouteMap {
  /** EUI of a Service User to the URL of its Receive Response Service. */
  readonly users: ReadonlyMap<DeviceKey, URL>
  /** For messages of Users that the map does not name, and for messages that name no User. */
  readonly fallback?: URL | undefined
}

/** Compiles the map; `peerAt` has one peer for each origin. */
export function routesBy(
  map: RouteMap,
  peerAt: (origin: string) => Upstream,
): (facts: MessageFacts) => Destination | undefined {
  const destinationAt = (url: URL): Destination => ({
    upstream: peerAt(url.origin),
    target: url.pathname + url.search,
  })
  const users = new Map([...map.users].map(([user, url]) => [user, destinationAt(url)]))
  const fallback = map.fallback && destinationAt(map.fallback)
  return ({ user }) => (user === undefined ? undefined : users.get(user)) ?? fallback
}
