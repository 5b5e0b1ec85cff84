/**
 * What a Trust Centre Swap-out does to the inventory. A Communications Hub and its Gas Proxy Function are replaced while
 * the meters stay: meters move to the new hub, and Gas Proxy Functions get the MPRN that ties them to their meter.
 *
 * Only fields that make a flag cover more are filled in; whoever owns the inventory corrects them with its next import.
 */
import type { DeviceKey } from '../duis/eui64.ts'
import { type InventoryDevice, NOTHING_KNOWN, type TrafficEvent } from './restriction.ts'

/** One replacement of a hub or a Gas Proxy Function as a message names it. */
export interface Swap {
  readonly what: 'hub' | 'gas-proxy'
  readonly old: DeviceKey
  readonly new: DeviceKey
  /** The hub that the new Gas Proxy Function is part of; absent where the message does not say. */
  readonly hub?: DeviceKey | undefined
}

/**
 * The replacements that an observed message names; none when it only says that something changed. 8.12.1 and 8.12.2
 * target the new one and name the old one; the DCC Alert DeviceLogRestored names old and new hub, old and new proxy.
 */
export function swapsIn({ codes, devices, home }: Pick<TrafficEvent, 'codes' | 'devices' | 'home'>): Swap[] {
  const [first, second] = devices
  if (first !== undefined && second !== undefined) {
    if (codes.includes('8.12.1')) return [{ what: 'hub', new: first, old: second }]
    if (codes.includes('8.12.2')) return [{ what: 'gas-proxy', new: first, old: second }]
  }
  const { oldHub, newHub, oldProxy, newProxy } = home?.swapped ?? {}
  return [
    ...(oldHub === undefined || newHub === undefined
      ? []
      : [{ what: 'hub', old: oldHub, new: newHub } as const]),
    ...(oldProxy === undefined || newProxy === undefined
      ? []
      : [{ what: 'gas-proxy', old: oldProxy, new: newProxy, hub: newHub } as const]),
  ].filter((swap) => swap.old !== swap.new)
}

/** A Device that an 8.11 has put on the list of a hub; undefined for any other message, and for one that takes it off. */
export function joinedHub({ codes, devices, home }: Pick<TrafficEvent, 'codes' | 'devices' | 'home'>) {
  const [hub, device] = devices
  if (!codes.includes('8.11') || home === undefined || home.isRemoval) return undefined
  return hub === undefined || device === undefined || hub === device ? undefined : { hub, device }
}

/** Where a hub was installed: 8.14.1 and 8.14.2 name it and the meter point of the home. */
export function installedHub({ codes, devices, home }: Pick<TrafficEvent, 'codes' | 'devices' | 'home'>) {
  const [hub] = devices
  const { meterPoint } = home ?? {}
  if (hub === undefined || meterPoint === undefined || !codes.some((code) => INSTALLED.includes(code)))
    return undefined
  return { hub, meterPoint }
}

const INSTALLED = ['8.14.1', '8.14.2']

/**
 * Devices to write back when `swap.old` gives way to `swap.new`; `devices` are those of both hubs and of the meter points on
 * the old one. A new Gas Proxy Function of which only the meter point was known is part of the new hub.
 */
export function moveToNewHub(swap: Swap, devices: readonly InventoryDevice[]): readonly InventoryDevice[] {
  const mprn = onlyMprn(devices, swap.old)
  return devices.flatMap((device) => {
    if (device.type === 'GPF' && device.hub === undefined && mprn !== undefined && device.mpxn === mprn)
      return [{ ...device, hub: swap.new }]
    if (device.hub !== swap.old || device.type === 'CHF') return []
    if (device.type === 'GPF') return withMprn(device, mprn)
    return [{ ...device, hub: swap.new }]
  })
}

/**
 * The new Gas Proxy Function with the meter point of the old one and its own hub, where the inventory has none for it.
 * `neighbours` are the Devices on the hub of the old one and of its meter point: where the inventory has no MPRN for that
 * either, its gas meter has, and where the gas meter has moved on already it shows the new hub.
 */
export function adoptProxy(
  swap: Swap,
  old: InventoryDevice | undefined,
  fresh: InventoryDevice | undefined,
  neighbours: readonly InventoryDevice[],
): readonly InventoryDevice[] {
  const mpxn = old?.mpxn ?? (old?.hub === undefined ? undefined : onlyMprn(neighbours, old.hub))
  if (!old || mpxn === undefined) return []
  const hub = swap.hub ?? hubOfMeter(neighbours, mpxn, old.hub)
  if (fresh && fresh.type !== undefined && fresh.type !== 'GPF') return []
  const { region, generation } = old
  const before = fresh ?? { ...NOTHING_KNOWN, key: swap.new, region, generation }
  const adopted = { ...before, type: 'GPF', hub: before.hub ?? hub, mpxn: before.mpxn ?? mpxn } as const
  return fresh && adopted.hub === fresh.hub && adopted.mpxn === fresh.mpxn ? [] : [adopted]
}

/** The hub that the gas meter is on now; undefined while it is on the old one still. */
function hubOfMeter(devices: readonly InventoryDevice[], mpxn: string, before: DeviceKey | undefined) {
  const meter = devices.find((device) => device.type === 'GSME' && device.mpxn === mpxn)
  return meter?.hub === before ? undefined : meter?.hub
}

/** The MPRN of the gas meter on a hub; undefined when there is none or more than one. */
function onlyMprn(devices: readonly InventoryDevice[], hub: DeviceKey): string | undefined {
  const meters = devices.filter((device) => device.hub === hub && device.type === 'GSME')
  return meters.length === 1 ? meters[0]?.mpxn : undefined
}

function withMprn(device: InventoryDevice, mpxn: string | undefined): readonly InventoryDevice[] {
  return device.mpxn === undefined && mpxn !== undefined ? [{ ...device, mpxn }] : []
}
