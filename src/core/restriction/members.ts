/**
 * Which Devices a flag covers. The meter, and for gas every Gas Proxy Function that holds its data; never the
 * Communications Hub. Members join and do not leave: a Gas Proxy Function that was swapped out keeps its logs.
 */
import type { DeviceKey } from '../duis/eui64.ts'
import type { Fuel, InventoryDevice, RestrictionRecord } from './restriction.ts'

/** Device type of the meter of a fuel. */
export const METER_OF_FUEL = { electricity: 'ESME', gas: 'GSME' } as const satisfies Record<Fuel, string>

/** SMI Statuses of a meter that is no longer there; everything else, unknown ones too, counts as there. */
const GONE = new Set(['decommissioned', 'withdrawn'])

/** Whether the inventory says that the Device is Decommissioned or Withdrawn. */
export function isGone(device: InventoryDevice): boolean {
  return GONE.has(device.status?.trim().toLowerCase() ?? '')
}

/** The Devices that a flag of these meters covers, in ascending order. `nearby` holds the Devices of their hubs and meter point. */
export function membersOf(
  meters: readonly InventoryDevice[],
  nearby: readonly InventoryDevice[],
): readonly DeviceKey[] {
  const proxies = nearby.filter((device) => meters.some((meter) => isProxyOf(device, meter)))
  return ascending([...meters, ...proxies].map((device) => device.key))
}

/** By MPRN; by hub only while the inventory has no MPRN for one of the two. */
function isProxyOf(device: InventoryDevice, meter: InventoryDevice): boolean {
  if (device.type !== 'GPF' || meter.type !== 'GSME') return false
  if (device.mpxn !== undefined && meter.mpxn !== undefined) return device.mpxn === meter.mpxn
  return device.hub !== undefined && device.hub === meter.hub
}

/** The meters of a flag as the inventory has them now: the one it was set for and others of its meter point. */
export function metersOfFlag(
  record: Pick<RestrictionRecord, 'meter' | 'mpxn' | 'fuel'>,
  nearby: readonly InventoryDevice[],
): readonly InventoryDevice[] {
  const type = METER_OF_FUEL[record.fuel]
  return nearby.filter((device) => {
    if (device.key === record.meter) return true
    return device.type === type && record.mpxn !== undefined && device.mpxn === record.mpxn && !isGone(device)
  })
}

/**
 * The record with every Device that the inventory now says it must cover, and with the meter point once the inventory
 * knows it. The same object when nothing changes.
 */
export function resolveAgain(
  record: RestrictionRecord,
  nearby: readonly InventoryDevice[],
): RestrictionRecord {
  const mpxn = record.mpxn ?? nearby.find((device) => device.key === record.meter)?.mpxn
  const meters = metersOfFlag({ ...record, mpxn }, nearby)
  const members = joined(record.members, membersOf(meters, nearby))
  if (members === record.members && mpxn === record.mpxn) return record
  return { ...record, mpxn, members }
}

/** Members with more Devices added; the same array when all are members already. */
export function joined(members: readonly DeviceKey[], more: readonly DeviceKey[]): readonly DeviceKey[] {
  const fresh = more.filter((key) => !members.includes(key))
  return fresh.length === 0 ? members : ascending([...members, ...fresh])
}

/** Whether the inventory says that every meter of the flag is Decommissioned. A Withdrawn meter keeps its flag. */
export function isDecommissioned(
  record: Pick<RestrictionRecord, 'meter' | 'mpxn' | 'fuel'>,
  nearby: readonly InventoryDevice[],
): boolean {
  const meters = metersOfFlag(record, nearby)
  return meters.length > 0 && meters.every((meter) => meter.status?.trim().toLowerCase() === 'decommissioned')
}

/** In ascending order, each once. */
function ascending(keys: readonly DeviceKey[]): readonly DeviceKey[] {
  return [...new Set(keys)].sort((one, other) => (one < other ? -1 : one > other ? 1 : 0))
}
