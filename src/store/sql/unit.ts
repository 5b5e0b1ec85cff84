/** The writes of the control plane, on one session whose head is locked. */
import type { Instant } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { AuditDraft, AuditEntry } from '../../core/restriction/audit-chain.ts'
import type {
  InventoryDevice,
  Registration,
  RestrictionRecord,
  Task,
  TrafficEvent,
} from '../../core/restriction/restriction.ts'
import type { ControlUnit } from '../control-store.ts'
import { touchFlag } from './flags.ts'
import type { Head } from './head.ts'
import { putDevice, putRegistration } from './inventory.ts'
import { forgetIdempotentAnswers, keepIdempotentAnswer, takeTrafficEvent, trafficEventsOf } from './once.ts'
import { putRestriction, type RestrictionDraft } from './restrictions.ts'
import type { SqlSession } from './session.ts'
import { notePrepayment } from './sightings.ts'
import type { StoreClock } from './store-clock.ts'
import { putTask } from './tasks.ts'
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
      if (await putDevice(this.session, device, this.#head.sequence + 1))
        await this.#head.addChange(device.key, undefined, now)
  }

  async putRegistrations(registrations: readonly Registration[]): Promise<void> {
    for (const registration of registrations) await putRegistration(this.session, registration)
  }

  putTask(task: Task): Promise<void> {
    return putTask(this.session, task)
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
}
