/**
 * Keeps every open flag on the Devices it must cover: after each change of the inventory, each swap that traffic names,
 * and in the regular sweep. Closes the flag of a meter that was decommissioned.
 */
import { type DeviceKey, formatEui64 } from '../core/duis/eui64.ts'
import { isDecommissioned, resolveAgain } from '../core/restriction/members.ts'
import { type InventoryDevice, isOpen, type RestrictionRecord } from '../core/restriction/restriction.ts'
import type { ControlView } from '../store/control-store.ts'
import { type RestrictionContext, systemActor } from './context.ts'
import { nearFlag } from './gather.ts'
import { type Doing, endTasksOf, euis, inChange, nextVersion, writeFlag } from './written.ts'

/** What became of the flags looked at. */
export interface Resolved {
  readonly joined: number
  readonly closed: number
}

/** Flags that the Devices may belong to: as members, by their meter point, or by their Communications Hub. */
async function openFlagsNear(
  { unit, now }: Doing,
  keys: readonly DeviceKey[],
): Promise<readonly RestrictionRecord[]> {
  const flags = new Map<string, RestrictionRecord>()
  const note = (found: readonly RestrictionRecord[]) => {
    for (const flag of found) if (isOpen(flag, now)) flags.set(flag.id, flag)
  }
  const devices = await devicesNear(unit, keys)
  for (const key of new Set([...keys, ...devices.map((device) => device.key)])) {
    note(await unit.restrictions.ofDevice(key))
  }
  for (const mpxn of new Set(devices.flatMap((device) => device.mpxn ?? []))) {
    note(await unit.restrictions.ofMeterPoint(mpxn))
  }
  return [...flags.values()]
}

/** The Devices the inventory knows of these, and those of their hubs. */
async function devicesNear(
  view: ControlView,
  keys: readonly DeviceKey[],
): Promise<readonly InventoryDevice[]> {
  const devices: InventoryDevice[] = []
  for (const key of keys) {
    const device = await view.inventory.find(key)
    if (device) devices.push(device)
    devices.push(...(await view.inventory.ofHub(device?.hub ?? key)))
  }
  return devices
}

/** Takes Devices into the inventory, all or none; flags follow in the same transaction. Millions are cut into batches. */
export function putDevices(
  context: RestrictionContext,
  devices: readonly InventoryDevice[],
): Promise<Resolved> {
  return inChange(context, systemActor('inventory'), async (doing) => {
    const { unit, now } = doing
    await unit.inventory.put(devices)
    const { items } = await unit.restrictions.list({ open: true }, now, 1)
    if (items.length === 0) return { joined: 0, closed: 0 }
    return resolveNear(
      doing,
      devices.map((device) => device.key),
    )
  })
}

/** Resolves the flags near these Devices again. */
export async function resolveNear(doing: Doing, keys: readonly DeviceKey[]): Promise<Resolved> {
  const outcomes = []
  for (const flag of await openFlagsNear(doing, keys)) outcomes.push(await resolve(doing, flag))
  return {
    joined: outcomes.filter((outcome) => outcome === 'joined').length,
    closed: outcomes.filter((outcome) => outcome === 'closed').length,
  }
}

/** Resolves one open flag again. */
export async function resolve(
  doing: Doing,
  flag: RestrictionRecord,
): Promise<'joined' | 'closed' | 'unchanged'> {
  const nearby = await nearFlag(doing.unit, flag)
  if (isDecommissioned(flag, nearby)) {
    await close(doing, flag, 'inventory')
    return 'closed'
  }
  const resolved = resolveAgain(flag, nearby)
  if (resolved === flag) return 'unchanged'
  await writeJoined(doing, flag, resolved)
  return 'joined'
}

/** Whether `resolve` would change the flag; reads only. */
export async function needsResolving(view: ControlView, flag: RestrictionRecord): Promise<boolean> {
  const nearby = await nearFlag(view, flag)
  return isDecommissioned(flag, nearby) || resolveAgain(flag, nearby) !== flag
}

/** Writes a flag that covers more than before. */
export async function writeJoined(
  doing: Doing,
  before: RestrictionRecord,
  after: RestrictionRecord,
): Promise<void> {
  const fresh = after.members.filter((key) => !before.members.includes(key))
  await writeFlag(doing, 'restriction.members', nextVersion(after), { joined: euis(fresh) })
}

/** Closes a flag for good; its record and history stay. One that had not begun never does. */
export async function close(doing: Doing, flag: RestrictionRecord, because: string): Promise<void> {
  const closed = { ...nextVersion(flag), until: doing.now, isClosed: true }
  await writeFlag(doing, 'restriction.closed', closed, {
    because,
    decommissioned: formatEui64(flag.meter),
  })
  await doing.unit.schedules.endOf(flag.meter, doing.now)
  await endTasksOf(doing, flag.id, 'flag-closed')
}
