/** Takes Devices into the inventory; flags follow in the same transaction. */
import type { InventoryDevice } from '../core/restriction/restriction.ts'
import { type RestrictionContext, systemActor } from './context.ts'
import { type Resolved, resolveNear } from './resolve.ts'

/** Adds or replaces Devices, all or none. Whoever imports millions cuts them into batches. */
export function putDevices(
  context: RestrictionContext,
  devices: readonly InventoryDevice[],
): Promise<Resolved> {
  return context.store.change(async (unit) => {
    const doing = { actor: systemActor('inventory'), now: context.clock.now() }
    await unit.putDevices(devices)
    const { items } = await unit.listRestrictions({ open: true }, doing.now, 1)
    if (items.length === 0) return { joined: 0, closed: 0 }
    return resolveNear(
      unit,
      doing,
      devices.map((device) => device.key),
    )
  })
}
