/** What DSP operations look at: the gateways, and what the store has. */
import type { ControlStore, GatewayStatus } from '../store/control-store.ts'

export interface AtWork {
  readonly gateways: readonly GatewayStatus[]
  /** Devices in the inventory. */
  readonly devices: number
  /** The last change there is. */
  readonly latest: number
}

export async function atWork(store: ControlStore): Promise<AtWork> {
  const latest = await store.position()
  const found = await store.read(async (view) => ({
    gateways: await view.gateways.statuses(),
    devices: await view.inventory.count(),
  }))
  return { ...found, latest }
}
