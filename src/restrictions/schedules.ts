/**
 * DCC schedules: what traffic shows of them, and which of a flag's Devices' go dark while it is set. The DSP keeps the schedules
 * themselves; nothing here creates, stops or deletes one.
 */
import type { Instant } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { TrafficEvent } from '../core/restriction/restriction.ts'
import { type DarkSchedule, goesDark } from '../core/restriction/schedule.ts'
import type { ControlUnit, ControlView } from '../store/control-store.ts'
import type { RestrictionContext } from './context.ts'

/** SRVs of Create Schedule and Delete Schedule. */
const CREATE = '5.1'
const DELETE = '5.3'
/** The DSP itself has removed one. */
const REMOVED = 'DSPScheduleRemoval'

/** Schedules of one flag that are listed at most: a Device has a handful. */
const MOST = 500

/** Keeps a schedule that the DSP has given a number to; without its request nobody knows whose and of what it is. */
export async function followNewSchedule(unit: ControlUnit, event: TrafficEvent): Promise<void> {
  const { codes, devices, user: owner, scheduleId: id, scheduleUntil: until, at: createdAt, stage } = event
  // The body's Device is read after any other.
  const device = devices.at(-1)
  if (stage !== 'done' || !codes.includes(CREATE) || !id || !owner || !device) return
  const srvs = codes.filter((code) => code !== CREATE)
  await unit.schedules.put({ id, device, owner, srvs, createdAt, until })
}

/** A 5.3 deletes the schedule it names, or every schedule that its sender has for a Device; the DSP removes one by its number. */
export async function followDeletedSchedule(unit: ControlUnit, event: TrafficEvent): Promise<void> {
  const { codes, scheduleId, user, at, stage } = event
  const isDeleted = codes.includes(DELETE)
  if (stage !== 'done' || !(isDeleted || codes.includes(REMOVED))) return
  if (scheduleId !== undefined) return unit.schedules.end(scheduleId, at)
  if (isDeleted && user !== undefined) await endSchedules(unit, event, user)
}

/** The schedules of the event's Devices end: those of one owner, or all. */
export async function endSchedules(
  unit: ControlUnit,
  { devices, at }: Pick<TrafficEvent, 'devices' | 'at'>,
  owner: DeviceKey | undefined,
): Promise<void> {
  for (const device of devices) await unit.schedules.endOf(device, at, owner)
}

/** The live schedules of the Devices that the table in force stops while they are Restricted, the oldest first. */
export async function darkSchedules(
  { parties, table }: Pick<RestrictionContext, 'parties' | 'table'>,
  view: ControlView,
  devices: readonly DeviceKey[],
  now: Instant,
): Promise<readonly DarkSchedule[]> {
  const dark: DarkSchedule[] = []
  for (const schedule of await view.schedules.live(devices, now, MOST)) {
    const type = (await view.inventory.find(schedule.device))?.type
    if (!goesDark(table(), schedule, type)) continue
    const party = parties.find(({ euis }) => euis.includes(schedule.owner))?.id
    dark.push({ ...schedule, party })
  }
  return dark
}
