/** The writes of the control plane, on one session whose head is locked. */
import type { Instant, Restriction } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { NoticeDraft } from '../../core/notice/notice.ts'
import type { FlagNews, Told } from '../../core/notice/tell.ts'
import type { Incident } from '../../core/report/incident.ts'
import type { AuditDraft, AuditEntry } from '../../core/restriction/audit-chain.ts'
import type {
  InventoryDevice,
  Registration,
  RestrictionRecord,
  Task,
  TrafficEvent,
} from '../../core/restriction/restriction.ts'
import type { Schedule } from '../../core/restriction/schedule.ts'
import type { ControlUnit } from '../control-store.ts'
import type { Attempted, TaskNews } from '../notice-store.ts'
import type { ScheduleGoneDark } from '../schedule-store.ts'
import { announceFlags, takeFlagNews } from './flag-news.ts'
import { touchFlag } from './flags.ts'
import type { Head } from './head.ts'
import { putIncident } from './incidents.ts'
import { putDevice, putRegistration } from './inventory.ts'
import { addNotice, keepNoticePartners, recordAttempts, resendNotice } from './notices.ts'
import { forgetIdempotentAnswers, keepIdempotentAnswer, takeTrafficEvent, trafficEventsOf } from './once.ts'
import { putRestriction, type RestrictionDraft } from './restrictions.ts'
import { darkenSchedules, endSchedule, endSchedulesOf, putSchedule, takeDarkSchedules } from './schedules.ts'
import type { SqlSession } from './session.ts'
import { notePrepayment } from './sightings.ts'
import type { StoreClock } from './store-clock.ts'
import { putTask } from './tasks.ts'
import { putTold, recordTaskNews, takeTaskNews, toldDue, toldOf } from './told.ts'
import { SqlView } from './view.ts'

export class SqlUnit extends SqlView implements ControlUnit {
  readonly #head: Head

  constructor(session: SqlSession, clock: StoreClock, head: Head) {
    super(session, clock)
    this.#head = head
  }

  async addChange(
    device: DeviceKey | undefined,
    restriction: string | undefined,
    at: Instant,
  ): Promise<number> {
    const sequence = await this.#head.addChange(device, restriction, at)
    if (device !== undefined) await touchFlag(this.session, device, sequence)
    return sequence
  }

  async putRestriction(draft: RestrictionDraft): Promise<RestrictionRecord> {
    return putRestriction(this.session, this.#head, draft, await this.clock.read(this.session))
  }

  async putDevices(devices: readonly InventoryDevice[]): Promise<void> {
    const now = await this.clock.read(this.session)
    for (const device of devices)
      if (await putDevice(this.session, device, this.#head.sequence + 1, now))
        await this.#head.addChange(device.key, undefined, now)
  }

  async putRegistrations(registrations: readonly Registration[]): Promise<void> {
    for (const registration of registrations) await putRegistration(this.session, registration)
  }

  async putTask(task: Task): Promise<void> {
    await recordTaskNews(this.session, task.id)
    await putTask(this.session, task)
  }

  appendAudit(draft: AuditDraft): Promise<AuditEntry> {
    return this.#head.appendAudit(draft)
  }

  keepIdempotentAnswer(
    party: string,
    key: string,
    requestHash: string,
    answer: string,
    at: Instant,
  ): Promise<void> {
    return keepIdempotentAnswer(this.session, party, key, requestHash, answer, at)
  }

  forgetIdempotentAnswers(before: Instant, limit: number): Promise<number> {
    return forgetIdempotentAnswers(this.session, before, limit)
  }

  notePrepayment(devices: readonly DeviceKey[], at: Instant): Promise<void> {
    return notePrepayment(this.session, devices, at)
  }

  takeTrafficEvent(event: TrafficEvent): Promise<boolean> {
    return takeTrafficEvent(this.session, event)
  }

  trafficEventsOf(requestId: string, event: string): Promise<TrafficEvent[]> {
    return trafficEventsOf(this.session, requestId, event)
  }

  putIncident(incident: Incident): Promise<void> {
    return putIncident(this.session, incident)
  }

  async putSchedule(schedule: Schedule): Promise<void> {
    await putSchedule(this.session, schedule, await this.clock.read(this.session))
  }

  endSchedule(id: string, at: Instant): Promise<void> {
    return endSchedule(this.session, id, at)
  }

  endSchedulesOf(device: DeviceKey, at: Instant, owner?: DeviceKey): Promise<void> {
    return endSchedulesOf(this.session, device, at, owner)
  }

  async darkenSchedules(device: DeviceKey, restriction: Restriction | undefined): Promise<void> {
    await darkenSchedules(this.session, device, restriction, await this.clock.read(this.session))
  }

  takeDarkSchedules(now: Instant, limit: number): Promise<ScheduleGoneDark[]> {
    return takeDarkSchedules(this.session, now, limit)
  }

  takeFlagNews(limit: number): Promise<FlagNews[]> {
    return takeFlagNews(this.session, limit)
  }

  takeTaskNews(limit: number): Promise<TaskNews[]> {
    return takeTaskNews(this.session, limit)
  }

  toldOf(device: DeviceKey): Promise<Told[]> {
    return toldOf(this.session, device)
  }

  toldDue(now: Instant, limit: number): Promise<Told[]> {
    return toldDue(this.session, now, limit)
  }

  putTold(told: Told): Promise<void> {
    return putTold(this.session, told)
  }

  addNotice(draft: NoticeDraft): Promise<void> {
    return addNotice(this.session, draft)
  }

  recordAttempts(attempts: readonly Attempted[]): Promise<void> {
    return recordAttempts(this.session, attempts)
  }

  resendNotice(id: string, now: Instant): Promise<boolean> {
    return resendNotice(this.session, id, now)
  }

  async announceFlags(limit: number, after?: DeviceKey): Promise<DeviceKey | undefined> {
    const now = await this.clock.read(this.session)
    return announceFlags(this.session, this.#head.sequence, now, limit, after)
  }

  keepNoticePartners(text: string): Promise<void> {
    return keepNoticePartners(this.session, text)
  }
}
