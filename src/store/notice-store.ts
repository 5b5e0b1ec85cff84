/**
 * The ports of notices: the outbox that every change of a flag writes to in its own transaction, what partners were notified of, and
 * the notices themselves. Writing to the outbox has no port, because nobody has to think of it.
 */
import type { Instant } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { FlagEntry, LastNotified } from '../core/notice/next-notice.ts'
import type { Notice, NoticeDraft, NoticeState } from '../core/notice/notice.ts'
import type { Task } from '../core/restriction/restriction.ts'
import type { Page } from './control-store.ts'

export interface NoticeFilter {
  readonly party?: string | undefined
  readonly state?: NoticeState | undefined
  readonly device?: DeviceKey | undefined
}

/** How far a partner's notices are. */
export interface LaneStatus {
  readonly party: string
  readonly waiting: number
  readonly dead: number
  /** When the oldest that waits was made. */
  readonly waitingSince: Instant | undefined
}

/** A task that was made, with the Device it is about. */
export interface TaskEntry {
  readonly task: Task
  readonly meter: DeviceKey
}

/** Which of those that are due come first; the oldest when nothing is said. */
export type DueFirst = 'oldest' | 'least-tried'

/** What became of an attempt. */
export interface Attempted {
  readonly id: string
  readonly state: 'waiting' | 'delivered' | 'dead'
  readonly isRefusal: boolean
  readonly nextAt: Instant
  readonly problem: string | undefined
  readonly at: Instant
}

export interface NoticeRecords {
  /** Newest first. */
  list(filter: NoticeFilter, limit: number, after?: string): Promise<Page<Notice>>
  find(id: string): Promise<Notice | undefined>
  /** Of partners with a notice that waits or was given up, by ID. */
  lanes(): Promise<readonly LaneStatus[]>
  /**
   * Notices that may go out now, the oldest or the least tried first. Of each Device only its first that waits; a digest
   * when nothing older waits.
   */
  due(party: string, now: Instant, limit: number, first?: DueFirst): Promise<readonly Notice[]>
  /** When the next of those that wait may go out; undefined when none waits. */
  nextAt(party: string): Promise<Instant | undefined>
  /** When the last digest for the party was made. */
  lastDigestAt(party: string): Promise<Instant | undefined>
}

export interface NoticeChanges extends NoticeRecords {
  add(draft: NoticeDraft): Promise<void>
  /** Writes down attempts; one for a notice that no longer waits is passed over. */
  recordAttempts(attempts: readonly Attempted[]): Promise<void>
  /** Has a notice sent again from the start; false when there is none such, or it is not for sending. */
  resend(id: string, now: Instant): Promise<boolean>
}

export interface OutboxRecords {
  /** Whether the outbox has an entry, or something that partners were notified of has come about. */
  hasEntries(now: Instant): Promise<boolean>
  /** What the partners were when every Device was last looked at for their sake; empty when that never was. */
  partners(): Promise<string>
}

export interface OutboxChanges extends OutboxRecords {
  /** Takes the oldest entries of the outbox out of it. */
  takeFlagEntries(limit: number): Promise<readonly FlagEntry[]>
  takeTaskEntries(limit: number): Promise<readonly TaskEntry[]>
  /** The last notified states of the Device, one for each partner that was notified of anything. */
  lastNotifiedOf(device: DeviceKey): Promise<readonly LastNotified[]>
  /** Those of what has come about: flags that begin or end by the clock. */
  notifiedDue(now: Instant, limit: number): Promise<readonly LastNotified[]>
  keepLastNotified(notified: LastNotified): Promise<void>
  /** Puts the Restricted Devices after `after` into the outbox, at most `limit`; answers the last, undefined at the end. */
  announceFlags(limit: number, after?: DeviceKey): Promise<DeviceKey | undefined>
  keepPartners(text: string): Promise<void>
}
