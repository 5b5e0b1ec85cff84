/**
 * Requests that wait for their answer, with every Device that they bring into a home: 8.11, 8.12.1 and 8.14.x name the new hub
 * and not its Gas Proxy Function, which the inventory has had on that hub since it was delivered.
 */
import type { Instant } from '../core/device/device.ts'
import type { TrafficEvent } from '../core/restriction/restriction.ts'
import type { ControlView } from '../store/control-store.ts'

/** Requests since that time that the store knows no answer of, at most `limit`. */
export async function awaitedSwaps(
  { traffic, inventory }: Pick<ControlView, 'traffic' | 'inventory'>,
  events: readonly string[],
  since: Instant,
  limit: number,
): Promise<readonly TrafficEvent[]> {
  const open = await traffic.unanswered(events, since, limit)
  const named = new Set(open.flatMap(({ devices }) => devices))
  const proxies = await inventory.homelessProxies([...named])
  if (proxies.length === 0) return open
  return open.map((event) => {
    const brought = proxies.flatMap(({ key, hub }) => (hub && event.devices.includes(hub) ? key : []))
    return brought.length === 0 ? event : { ...event, devices: [...event.devices, ...brought] }
  })
}
