/** The ports of DCC schedules: which are live, and whose owner is to be told that one goes dark. */
import type { Instant, Restriction } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { Schedule } from '../core/restriction/schedule.ts'

/** A live schedule whose Device is Restricted since `darkAt`. */
export interface ScheduleGoneDark {
  readonly schedule: Schedule
  readonly darkAt: Instant
}

export interface ScheduleView {
  /** Schedules of the Devices that have not ended at `now`, the oldest first; at most `limit`. */
  liveSchedules(devices: readonly DeviceKey[], now: Instant, limit: number): Promise<readonly Schedule[]>
}

export interface ScheduleUnit {
  /**
   * Keeps a schedule. One that was created later under its number, or deleted since, stays as it is. Where its Device has a
   * flag, it goes dark with it.
   */
  putSchedule(schedule: Schedule): Promise<void>
  /** The schedule was deleted; kept also when it is not known, for its creation may be told of later. */
  endSchedule(id: string, at: Instant): Promise<void>
  /** The Device's schedules end: those of `owner`, of anybody when it is absent. */
  endSchedulesOf(device: DeviceKey, at: Instant, owner?: DeviceKey): Promise<void>
  /** The Device's flag is as given from now on: its schedules go dark when that takes effect, once for each flag. */
  darkenSchedules(device: DeviceKey, restriction: Restriction | undefined): Promise<void>
  /** Takes the live schedules that have gone dark by `now`, the longest first; each is taken once. */
  takeDarkSchedules(now: Instant, limit: number): Promise<readonly ScheduleGoneDark[]>
}
