/** The ports of what traffic shows: events, prepayment, and DCC schedules, whose owners are told when one goes dark. */
import type { Instant, Restriction } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { TrafficEvent } from '../core/restriction/restriction.ts'
import type { Schedule } from '../core/restriction/schedule.ts'

/** How a gateway hands over what it observed. */
export interface EventInbox {
  /** False for a role that may not change flags: its events are to be left for a control plane. */
  mayTakeEvents(): Promise<boolean>
  /** Keeps events until a control plane takes them. One that is left again is the same one. */
  leaveEvents(events: readonly TrafficEvent[]): Promise<void>
}

export interface TrafficRecords {
  /**
   * Requests of these events that were made at `since` or later and of which no answer that reports success was taken, and
   * whatever of these events was left and is not taken yet.
   */
  unanswered(events: readonly string[], since: Instant, limit: number): Promise<readonly TrafficEvent[]>
  /** Events of that name taken of one request and its answers, oldest first. */
  eventsOf(requestId: string, event: string): Promise<readonly TrafficEvent[]>
  /** Events that were left, the oldest first; at most `limit`. */
  left(limit: number): Promise<readonly TrafficEvent[]>
  /** When prepayment traffic of any of the Devices was last seen; undefined when it never was. */
  prepaymentSeenAt(devices: readonly DeviceKey[]): Promise<Instant | undefined>
}

export interface TrafficChanges extends TrafficRecords {
  /** False when this event of this decision was taken already. */
  take(event: TrafficEvent): Promise<boolean>
  /** The event is not left any more. */
  endLeft(event: TrafficEvent): Promise<void>
  /** Prepayment traffic of the Devices was seen at that time. */
  notePrepayment(devices: readonly DeviceKey[], at: Instant): Promise<void>
}

/** A live schedule whose Device is Restricted since `darkAt`. */
export interface ScheduleGoneDark {
  readonly schedule: Schedule
  readonly darkAt: Instant
}

export interface ScheduleRecords {
  /** Schedules of the Devices that have not ended at `now`, the oldest first; at most `limit`. */
  live(devices: readonly DeviceKey[], now: Instant, limit: number): Promise<readonly Schedule[]>
}

export interface ScheduleChanges extends ScheduleRecords {
  /**
   * Keeps a schedule. One that was created later under its number, or deleted since, stays as it is. Where its Device has a
   * flag, it goes dark with it.
   */
  put(schedule: Schedule): Promise<void>
  /** The schedule was deleted; kept also when it is not known, for its creation may be told of later. */
  end(id: string, at: Instant): Promise<void>
  /** The Device's schedules end: those of `owner`, of anybody when it is absent. */
  endOf(device: DeviceKey, at: Instant, owner?: DeviceKey): Promise<void>
  /** The Device's flag is as given from now on: its schedules go dark when that takes effect, once for each flag. */
  darken(device: DeviceKey, restriction: Restriction | undefined): Promise<void>
  /** Takes the live schedules that have gone dark by `now`, the longest first; each is taken once. */
  takeDark(now: Instant, limit: number): Promise<readonly ScheduleGoneDark[]>
}
