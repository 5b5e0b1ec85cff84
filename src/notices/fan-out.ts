/**
 * From the outbox to notices: who is notified of what. Entries are taken out in the transaction that makes their notices, so a
 * process that is killed anywhere leaves either the one or the other, and a second control plane finds them gone.
 */

import type { Instant } from '../core/device/device.ts'
import { isoTime } from '../core/device/iso-time.ts'
import { type DeviceKey, formatEui64 } from '../core/duis/eui64.ts'
import { type FlagEntry, type LastNotified, nextNotice } from '../core/notice/next-notice.ts'
import { type NoticeContent, type NoticeKind, type Partner, SCHEDULE_KIND } from '../core/notice/notice.ts'
import type { Table } from '../core/policy/table.ts'
import { goesDark } from '../core/restriction/schedule.ts'
import type { Clock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import type { ControlUnit, ControlView, Transactions } from '../store/control-store.ts'
import type { TaskEntry } from '../store/notice-store.ts'
import type { ScheduleGoneDark } from '../store/traffic-store.ts'

/** Makes the ID of a notice. */
export type NewNoticeId = (at: Instant) => string

export interface FanOutOptions {
  readonly store: Transactions
  readonly clock: Pick<Clock, 'now'>
  readonly newId: NewNoticeId
  readonly partners: readonly Partner[]
  /** The table in force: what it lets through does not go dark. */
  readonly table: () => Pick<Table, 'rows'>
  readonly log: Logger
}

/** Entries of one transaction: few enough that no setter of a flag waits for long. */
const BATCH = 100

/** Before the partners, while not every flag has been looked at for their sake: a start that was cut short begins anew. */
const FOLLOWING = 'following '

export class FanOut {
  readonly #options: FanOutOptions
  /** The partners as text. */
  readonly #ours: string
  /** Whether any region is that of a CSP: else nobody is missing where none has a Device. */
  readonly #hasCsp: boolean

  constructor(options: FanOutOptions) {
    this.#options = options
    this.#ours = JSON.stringify(options.partners.map(({ party, regions }) => [party, [...regions].sort()]))
    this.#hasCsp = options.partners.some(({ regions }) => regions.length > 0)
  }

  /**
   * Looks at every flag again when the partners are others than the last time: whoever has gained a region is told of its
   * flags, whoever has lost one is told so. To be done before the first `run`.
   */
  async followPartners(): Promise<void> {
    const { store } = this.#options
    if ((await store.read((view) => view.outbox.partners())) === this.#ours) return
    await store.change((unit) => unit.outbox.keepPartners(FOLLOWING + this.#ours))
    let after: DeviceKey | undefined
    do after = await store.change((unit) => unit.outbox.announceFlags(BATCH, after))
    while (after !== undefined)
    await store.change((unit) => unit.outbox.keepPartners(this.#ours))
  }

  /**
   * Makes notices until the outbox is empty and nothing is due; answers how many. None while the partners are those of
   * another control plane, which was started later: what it must tell new partners would go past them. Throws what the
   * store throws.
   */
  async run(): Promise<number> {
    let made = 0
    while (await this.#hasWork()) made += await this.#step()
    return made
  }

  #hasWork(): Promise<boolean> {
    const { store, clock } = this.#options
    return store.read(async (view) => (await this.#isOurs(view)) && view.outbox.hasEntries(clock.now()))
  }

  async #isOurs(view: Pick<ControlView, 'outbox'>): Promise<boolean> {
    const followed = await view.outbox.partners()
    return followed === this.#ours || followed === FOLLOWING + this.#ours
  }

  #step(): Promise<number> {
    const { store, clock } = this.#options
    return store.change(async (unit) => {
      if (!(await this.#isOurs(unit))) return 0
      const now = clock.now()
      const flags = await unit.outbox.takeFlagEntries(BATCH)
      const tasks = await unit.outbox.takeTaskEntries(BATCH)
      // A flag that has changed since says more than what was to come of it.
      const due = flags.length === 0 ? await unit.outbox.notifiedDue(now, BATCH) : []
      const dark = flags.length === 0 ? await unit.schedules.takeDark(now, BATCH) : []
      let made = 0
      for (const entry of flags) made += await this.#notifyOf(unit, entry, now)
      for (const entry of tasks) made += await this.#askSupplier(unit, entry, now)
      for (const entry of dark) made += await this.#notifyOwner(unit, entry, now)
      for (const last of due) made += await this.#notifyOne(unit, entryOf(last, now), last, true, now)
      return made
    })
  }

  /** The partner whose region it is, and every other that was told of the Device. */
  async #notifyOf(unit: ControlUnit, entry: FlagEntry, now: Instant): Promise<number> {
    await unit.schedules.darken(entry.device, entry.restriction)
    const notified = new Map(
      (await unit.outbox.lastNotifiedOf(entry.device)).map((each) => [each.party, each]),
    )
    const theirs = this.#partnersOf(entry.region)
    if (theirs.length === 0 && entry.restriction && this.#hasCsp)
      this.#options.log.warn({ region: entry.region }, 'a Restricted Device is in no region of a CSP')
    let made = 0
    for (const party of new Set([...notified.keys(), ...theirs])) {
      const before = notified.get(party) ?? nothingNotified(party, entry.device)
      made += await this.#notifyOne(unit, entry, before, theirs.includes(party), now)
    }
    return made
  }

  async #notifyOne(
    unit: ControlUnit,
    entry: FlagEntry,
    before: LastNotified,
    isTheirs: boolean,
    now: Instant,
  ): Promise<number> {
    const { notice, notified } = nextNotice(entry, before, isTheirs, now)
    if (!notice) return 0
    await unit.outbox.keepLastNotified(notified)
    await this.#add(unit, notified, notice.kind, notice.content, now)
    return 1
  }

  /** Of a task that is open still, to a Supplier that is known. */
  async #askSupplier(unit: ControlUnit, { task, meter }: TaskEntry, now: Instant): Promise<number> {
    const isKnown = this.#options.partners.some(({ party, isSupplier }) => isSupplier && party === task.party)
    if (!isKnown || task.doneAt !== undefined) return 0
    const counted = await countOne(unit, task.party, meter)
    const content = {
      kind: task.kind,
      device: formatEui64(meter),
      restriction: task.restriction,
      task: task.id,
      dueAt: isoTime(task.dueAt),
      ...(task.clearAt !== undefined && { clearAt: isoTime(task.clearAt) }),
      sequence: counted.count,
    }
    await this.#add(unit, counted, task.kind, content, now)
    return 1
  }

  /** Of a schedule that the table stops, to a party that is known. */
  async #notifyOwner(
    unit: ControlUnit,
    { schedule, darkAt }: ScheduleGoneDark,
    now: Instant,
  ): Promise<number> {
    const { id, device, owner, srvs } = schedule
    const partner = this.#options.partners.find(({ euis }) => euis.includes(owner))
    const type = (await unit.inventory.find(device))?.type
    if (!partner || !goesDark(this.#options.table(), schedule, type)) return 0
    const counted = await countOne(unit, partner.party, device)
    const content = {
      kind: SCHEDULE_KIND,
      device: formatEui64(device),
      schedule: id,
      srv: srvs.join(' '),
      effectiveAt: isoTime(darkAt),
      reason: 'consumer-choice',
      sequence: counted.count,
    }
    await this.#add(unit, counted, SCHEDULE_KIND, content, now)
    return 1
  }

  async #add(
    unit: ControlUnit,
    { party, device, count }: LastNotified,
    kind: NoticeKind,
    content: NoticeContent,
    now: Instant,
  ): Promise<void> {
    const { newId, partners } = this.#options
    const isPushed = partners.some((partner) => partner.party === party && partner.isPushed)
    const state = isPushed ? 'waiting' : 'pull'
    await unit.notices.add({
      id: newId(now),
      party,
      device,
      number: count,
      kind,
      content,
      createdAt: now,
      state,
    })
  }

  #partnersOf(region: string | undefined): readonly string[] {
    return this.#options.partners.flatMap(({ party, regions }) =>
      region !== undefined && regions.includes(region) ? party : [],
    )
  }
}

/** One notice more of the Device to the party; it says nothing of what the party knows of the flag. */
async function countOne(unit: ControlUnit, party: string, device: DeviceKey): Promise<LastNotified> {
  const before = (await unit.outbox.lastNotifiedOf(device)).find((each) => each.party === party)
  const last = before ?? nothingNotified(party, device)
  const counted = { ...last, count: last.count + 1 }
  await unit.outbox.keepLastNotified(counted)
  return counted
}

function nothingNotified(party: string, device: DeviceKey): LastNotified {
  const unknown = { hub: undefined, region: undefined, restriction: undefined }
  return { party, device, ...unknown, phase: 'none', count: 0 }
}

/** The entry of what has come about by the clock: the Device is as the partner was notified. */
function entryOf({ device, hub, region, restriction }: LastNotified, at: Instant): FlagEntry {
  return { device, hub, region, restriction, isClosed: false, at }
}
