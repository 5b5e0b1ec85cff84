/** The reads of the control plane, on one session. */
import type { Instant } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { Notice } from '../../core/notice/notice.ts'
import type { Incident } from '../../core/report/incident.ts'
import type { BoundedSpan } from '../../core/report/span.ts'
import type { AuditEntry, ChainEnd } from '../../core/restriction/audit-chain.ts'
import type {
  InventoryDevice,
  Registration,
  RestrictionRecord,
  Task,
  TrafficEvent,
} from '../../core/restriction/restriction.ts'
import type { Schedule } from '../../core/restriction/schedule.ts'
import type {
  AuditFilter,
  Change,
  ControlView,
  GatewayStatus,
  Page,
  RestrictionFilter,
} from '../control-store.ts'
import type { DueFirst, LaneStatus, NoticeFilter } from '../notice-store.ts'
import { auditFrom, auditPage } from './audit.ts'
import { changesAfter } from './changes.ts'
import { gatewayStatuses } from './gateways.ts'
import { auditEnd } from './head.ts'
import { incidentsBetween } from './incidents.ts'
import { countDevices, devicesOfHub, devicesOfMeterPoint, findDevice, registrationsOf } from './inventory.ts'
import {
  findNotice,
  lastDigestAt,
  nextNoticeAt,
  noticeLanes,
  noticePage,
  noticePartners,
  noticesDue,
} from './notices.ts'
import { idempotentAnswer, unansweredRequests } from './once.ts'
import {
  findRestriction,
  restrictionPage,
  restrictionsOfDevice,
  restrictionsOfMeterPoint,
} from './restrictions.ts'
import { liveSchedules } from './schedules.ts'
import type { SqlSession } from './session.ts'
import { prepaymentSeenAt } from './sightings.ts'
import type { StoreClock } from './store-clock.ts'
import { SqlTables } from './tables.ts'
import { findTask, taskPage, tasksOfRestriction, tasksToClear } from './tasks.ts'
import { hasNews, restrictedIn } from './told.ts'

export class SqlView implements ControlView {
  protected readonly session: SqlSession
  protected readonly clock: StoreClock
  readonly tables: SqlTables

  constructor(session: SqlSession, clock: StoreClock) {
    this.session = session
    this.clock = clock
    this.tables = new SqlTables(session, clock)
  }

  unansweredRequests(events: readonly string[], since: Instant, limit: number): Promise<TrafficEvent[]> {
    return unansweredRequests(this.session, events, since, limit)
  }

  findDevice(key: DeviceKey): Promise<InventoryDevice | undefined> {
    return findDevice(this.session, key)
  }

  devicesOfMeterPoint(mpxn: string): Promise<InventoryDevice[]> {
    return devicesOfMeterPoint(this.session, mpxn)
  }

  devicesOfHub(hub: DeviceKey): Promise<InventoryDevice[]> {
    return devicesOfHub(this.session, hub)
  }

  countDevices(): Promise<number> {
    return countDevices(this.session)
  }

  registrations(mpxn: string): Promise<Registration[]> {
    return registrationsOf(this.session, mpxn)
  }

  findRestriction(id: string): Promise<RestrictionRecord | undefined> {
    return findRestriction(this.session, id)
  }

  async restrictionsOfDevice(key: DeviceKey): Promise<RestrictionRecord[]> {
    return restrictionsOfDevice(this.session, key, await this.clock.read(this.session))
  }

  restrictionsOfMeterPoint(mpxn: string): Promise<RestrictionRecord[]> {
    return restrictionsOfMeterPoint(this.session, mpxn)
  }

  listRestrictions(
    filter: RestrictionFilter,
    now: Instant,
    limit: number,
    after?: string,
  ): Promise<Page<RestrictionRecord>> {
    return restrictionPage(this.session, filter, now, limit, after)
  }

  changesAfter(sequence: number, limit: number): Promise<Change[]> {
    return changesAfter(this.session, sequence, limit)
  }

  tasksOf(party: string | undefined, isOpen: boolean, limit: number, after?: string): Promise<Page<Task>> {
    return taskPage(this.session, party, isOpen, limit, after)
  }

  findTask(id: string): Promise<Task | undefined> {
    return findTask(this.session, id)
  }

  tasksOfRestriction(restriction: string): Promise<Task[]> {
    return tasksOfRestriction(this.session, restriction)
  }

  tasksToClear(now: Instant, limit: number): Promise<Task[]> {
    return tasksToClear(this.session, now, limit)
  }

  audit(filter: AuditFilter, limit: number, after?: string): Promise<Page<AuditEntry>> {
    return auditPage(this.session, filter, limit, after)
  }

  auditFrom(index: number, limit: number): Promise<AuditEntry[]> {
    return auditFrom(this.session, index, limit)
  }

  auditEnd(): Promise<ChainEnd> {
    return auditEnd(this.session)
  }

  async gateways(): Promise<GatewayStatus[]> {
    return gatewayStatuses(this.session, await this.clock.read(this.session))
  }

  idempotentAnswer(party: string, key: string): Promise<{ requestHash: string; answer: string } | undefined> {
    return idempotentAnswer(this.session, party, key)
  }

  prepaymentSeenAt(devices: readonly DeviceKey[]): Promise<Instant | undefined> {
    return prepaymentSeenAt(this.session, devices)
  }

  incidentsBetween(span: BoundedSpan): Promise<Incident[]> {
    return incidentsBetween(this.session, span)
  }

  liveSchedules(devices: readonly DeviceKey[], now: Instant, limit: number): Promise<Schedule[]> {
    return liveSchedules(this.session, devices, now, limit)
  }

  noticePage(filter: NoticeFilter, limit: number, after?: string): Promise<Page<Notice>> {
    return noticePage(this.session, filter, limit, after)
  }

  findNotice(id: string): Promise<Notice | undefined> {
    return findNotice(this.session, id)
  }

  noticeLanes(): Promise<LaneStatus[]> {
    return noticeLanes(this.session)
  }

  noticesDue(party: string, now: Instant, limit: number, first: DueFirst = 'oldest'): Promise<Notice[]> {
    return noticesDue(this.session, party, now, limit, first)
  }

  nextNoticeAt(party: string): Promise<Instant | undefined> {
    return nextNoticeAt(this.session, party)
  }

  hasNews(now: Instant): Promise<boolean> {
    return hasNews(this.session, now)
  }

  restrictedIn(
    regions: readonly string[],
    now: Instant,
    limit: number,
    after?: DeviceKey,
  ): Promise<DeviceKey[]> {
    return restrictedIn(this.session, regions, now, limit, after)
  }

  noticePartners(): Promise<string> {
    return noticePartners(this.session)
  }

  lastDigestAt(party: string): Promise<Instant | undefined> {
    return lastDigestAt(this.session, party)
  }
}
