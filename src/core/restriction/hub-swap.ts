/**
 * What a Trust Centre Swap-out does to the inventory. A Communications Hub and its Gas Proxy Function are replaced while
 * the meters stay: meters move to the new hub, and Gas Proxy Functions get the MPRN that ties them to their meter.
 *
 * Only fields that make a flag cover more are filled in; whoever owns the inventory corrects them with its next import.
 */
import type { DeviceKey } from '../duis/eui64.ts'
import type { InventoryDevice, TrafficEvent } from './restriction.ts'

/** One replacement of a hub or a Gas Proxy Function as a message names it. */
export interface Swap {
  readonly what: 'hub' | 'gas-proxy'
  readonly old: DeviceKey
  readonly new: DeviceKey
}

/**
 * The replacements that an observed message names; none when it only says that something changed. 8.12.1 and 8.12.2
 * target the new one and name the old one; the DCC Alert DeviceLogRestored names old and new hub, old and new proxy.
 */
export function swapsIn(event: Pick<TrafficEvent, 'codes' | 'devices'>): readonly Swap[] {
  const [first, second, third, fourth] = event.devices
  if (first === undefined || second === undefined) return []
  if (event.codes.includes('8.12.1')) return [{ what: 'hub', new: first, old: second }]
  if (event.codes.includes('8.12.2')) return [{ what: 'gas-proxy', new: first, old: second }]
  if (third === undefined || fourth === undefined || !event.codes.some(isDccAlert)) return []
  return [
    { what: 'hub', old: first, new: second },
    { what: 'gas-proxy', old: third, new: fourth },
  ]
}

function isDccAlert(code: string): boolean {
  return /^[A-Z]+\d+$/.test(code)
}

/** Devices to write back when `swap.old`, whose Devices these are, gives way to `swap.new`. */
export function moveToNewHub(swap: Swap, devices: readonly InventoryDevice[]): readonly InventoryDevice[] {
  const mprn = onlyMprn(devices, swap.old)
  return devices.flatMap((device) => {
    if (device.hub !== swap.old || device.type === 'CHF') return []
    if (device.type === 'GPF') return withMprn(device, mprn)
    return [{ ...device, hub: swap.new }]
  })
}

/**
 * The new Gas Proxy Function with the meter point of the old one, where the inventory has none for it. `neighbours` are the
 * Devices on the hub of the old one: where the inventory has no MPRN for that either, its gas meter has.
 */
export function adoptProxy(
  swap: Swap,
  old: InventoryDevice | undefined,
  fresh: InventoryDevice | undefined,
  neighbours: readonly InventoryDevice[],
): readonly InventoryDevice[] {
  const mpxn = old?.mpxn ?? (old?.hub === undefined ? undefined : onlyMprn(neighbours, old.hub))
  if (!old || mpxn === undefined) return []
  if (fresh) return fresh.type === 'GPF' ? withMprn(fresh, mpxn) : []
  const { region, generation } = old
  return [{ key: swap.new, type: 'GPF', hub: undefined, mpxn, status: undefined, region, generation }]
}

/** The MPRN of the gas meter on a hub; undefined when there is none or more than one. */
function onlyMprn(devices: readonly InventoryDevice[], hub: DeviceKey): string | undefined {
  const meters = devices.filter((device) => device.hub === hub && device.type === 'GSME')
  return meters.length === 1 ? meters[0]?.mpxn : undefined
}

function withMprn(device: InventoryDevice, mpxn: string | undefined): readonly InventoryDevice[] {
  return device.mpxn === undefined && mpxn !== undefined ? [{ ...device, mpxn }] : []
}
