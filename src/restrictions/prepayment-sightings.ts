/**
 * Meters of which prepayment traffic was seen, so that a set request can be warned: the inventory has no payment mode.
 *
 * Kept in memory and bounded: it supports a warning, the Supplier's declaration is what counts. After a restart it fills
 * again with the traffic.
 */
import { LRUCache } from 'lru-cache'
import type { Instant } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'

/** At some 100 bytes each; beyond it, the meters not seen for longest are forgotten. */
const MAX_METERS = 200_000

export class PrepaymentSightings {
  readonly #seenAt: LRUCache<DeviceKey, Instant>

  constructor(maxMeters = MAX_METERS) {
    this.#seenAt = new LRUCache({ max: maxMeters })
  }

  note(devices: readonly DeviceKey[], at: Instant): void {
    for (const device of devices) this.#seenAt.set(device, at)
  }

  /** When prepayment traffic of the Device was last seen; absent when it was not. */
  lastOf(device: DeviceKey): Instant | undefined {
    return this.#seenAt.get(device)
  }
}
