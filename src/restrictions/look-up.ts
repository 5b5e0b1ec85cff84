/**
 * Looking at flags: one meter point or Device, the list, the history, the progress of a change. Each single look-up is
 * in the audit, because that a home is Restricted says something about who lives there.
 */
import type { Instant } from '../core/device/device.ts'
import { keeperOf } from '../core/restriction/clear-rules.ts'
import { readMpxn } from '../core/restriction/mpxn.ts'
import type { Actor } from '../core/restriction/party.ts'
import { type Refusal, type Refused, refuse, refused } from '../core/restriction/refusal.ts'
import { registrationAt } from '../core/restriction/registration.ts'
import type { Named } from '../core/restriction/requests.ts'
import {
  type InventoryDevice,
  isOpen,
  type Registration,
  type RestrictionRecord,
} from '../core/restriction/restriction.ts'
import type { DarkSchedule } from '../core/restriction/schedule.ts'
import { meterOfDevice, type Surroundings } from '../core/restriction/target.ts'
import type { ControlView, Page, RestrictionFilter } from '../store/control-store.ts'
import type { RestrictionContext } from './context.ts'
import { readableMpxn, surroundingsOf } from './gather.ts'
import { DETAIL_OF_ROLE, denialOf, reachOf } from './permissions.ts'
import { darkSchedules } from './schedules.ts'
import { subjectOf } from './set-flag.ts'
import {
  type DeviceView,
  deviceView,
  type FlagView,
  flagView,
  type HistoryEntry,
  historyEntry,
} from './views.ts'
import { writeAudit, writeRefusal } from './written.ts'

export interface LookUp {
  readonly ok: true
  /** Absent when it is not known, or not the role's to know. */
  readonly mpxn: string | undefined
  readonly devices: readonly DeviceView[]
  /** Newest first, ended ones included; empty for roles that see yes or no. */
  readonly flags: readonly FlagView[]
}

/** What the actor may see of a meter point or Device; every call is in the audit. */
export async function lookUp(
  context: RestrictionContext,
  actor: Actor,
  named: Named,
): Promise<LookUp | Refused> {
  const now = context.clock.now()
  const seen = await context.store.read((view) => see(context, view, actor, named, now))
  return context.store.change(async (unit) => {
    const doing = { unit, actor, now }
    if (!seen.ok) return writeRefusal(doing, 'look-up', subjectOf(named), seen)
    await writeAudit(doing, 'restriction.looked-up', subjectOf(named), {})
    return seen
  })
}

async function see(
  context: RestrictionContext,
  view: ControlView,
  actor: Actor,
  named: Named,
  now: Instant,
): Promise<LookUp | Refused> {
  const denial = denialOf(actor, 'look-up') ?? namingRefusal(actor, named)
  if (denial) return refused([denial])
  const around = await surroundingsOf(view, named)
  const mpxn = mpxnOf(named, around)
  const flags = await flagsSeen(view, named, mpxn)
  const registrations = mpxn === undefined ? [] : await view.inventory.registrations(mpxn)
  const scope = scopeOf(context, actor, { around, flags, registrations, mpxn }, now)
  if (!scope) return refused([refuse('not-visible')])
  if (around.nearby.length === 0 && flags.length === 0) return refused([unknownRefusal(named)])
  const more = await flagsOfDevices(view, scope)
  const isWide = actor.role === 'csp' || reachOf(actor, 'look-up') === 'any'
  const theirs = isWide ? more : more.filter((flag) => flag.mpxn === undefined || flag.mpxn === mpxn)
  return answerOf(actor, scope, mpxn, distinct([...flags, ...theirs]), now)
}

/** A CSP knows Devices, not meter points. */
function namingRefusal(actor: Actor, named: Named): Refusal | undefined {
  if (named.device !== undefined) return undefined
  if (actor.role === 'csp')
    return refuse('not-visible', { whatToDo: 'Give the Device ID or that of its hub.' })
  if (named.mpxn === undefined || named.mpxn.trim() === '') return refuse('nothing-named')
  const reading = readMpxn(named.mpxn)
  return reading.ok ? undefined : refuse('mpxn-invalid', { text: `${reading.text}.` })
}

function unknownRefusal(named: Named): Refusal {
  return refuse(named.device === undefined ? 'unknown-meter-point' : 'unknown-device')
}

function mpxnOf(named: Named, { named: device, nearby }: Surroundings): string | undefined {
  if (named.device === undefined) return readableMpxn(named.mpxn)
  return device && (meterOfDevice(device, nearby)?.mpxn ?? device.mpxn)
}

async function flagsSeen(
  view: ControlView,
  named: Named,
  mpxn: string | undefined,
): Promise<readonly RestrictionRecord[]> {
  const ofMeterPoint = mpxn === undefined ? [] : await view.restrictions.ofMeterPoint(mpxn)
  const ofDevice = named.device === undefined ? [] : await view.restrictions.ofDevice(named.device)
  return [...ofMeterPoint, ...ofDevice.filter((flag) => flag.mpxn === undefined)]
}

/** Open flags that cover the Devices, whichever meter point they are held for. */
async function flagsOfDevices(
  view: ControlView,
  devices: readonly InventoryDevice[],
): Promise<readonly RestrictionRecord[]> {
  const flags: RestrictionRecord[] = []
  for (const { key } of devices) flags.push(...(await view.restrictions.ofDevice(key)))
  return flags
}

function distinct(flags: readonly RestrictionRecord[]): readonly RestrictionRecord[] {
  return [...new Map(flags.map((flag) => [flag.id, flag])).values()]
}

interface Seen {
  readonly around: Surroundings
  readonly flags: readonly RestrictionRecord[]
  readonly registrations: readonly Registration[]
  readonly mpxn: string | undefined
}

/** The Devices the actor may see; undefined when it may not look here at all. */
function scopeOf(
  context: RestrictionContext,
  actor: Actor,
  seen: Seen,
  now: Instant,
): readonly InventoryDevice[] | undefined {
  const { nearby } = seen.around
  if (reachOf(actor, 'look-up') === 'any') return nearby
  switch (actor.role) {
    case 'supplier':
      return isSupplied(actor.party, seen, now) ? ofMeterPoint(nearby, seen.mpxn) : undefined
    case 'network-operator':
      return registrationAt(seen.registrations, 'network-operator', now)?.party === actor.party
        ? ofMeterPoint(nearby, seen.mpxn)
        : undefined
    case 'csp':
      return inRegions(nearby, context.regionsOfCsp.get(actor.party) ?? [])
    case 'service-centre':
    case 'operations':
    case 'auditor':
      return undefined
  }
}

/** The Supplier now, the one still to come, and the keeper of a flag without a meter point. */
function isSupplied(party: string, { registrations, flags, mpxn }: Seen, now: Instant): boolean {
  if (mpxn === undefined) return flags.some((flag) => flag.mpxn === undefined && keeperOf(flag) === party)
  if (registrationAt(registrations, 'supplier', now)?.party === party) return true
  return registrations.some((each) => each.role === 'supplier' && each.party === party && each.from > now)
}

/** The other fuel's meter on the same hub is somebody else's. */
function ofMeterPoint(
  nearby: readonly InventoryDevice[],
  mpxn: string | undefined,
): readonly InventoryDevice[] {
  return nearby.filter((device) => device.mpxn === undefined || device.mpxn === mpxn)
}

function inRegions(
  nearby: readonly InventoryDevice[],
  regions: readonly string[],
): readonly InventoryDevice[] | undefined {
  const theirs = nearby.filter((device) => regions.includes(regionOf(device, nearby) ?? ''))
  return theirs.length > 0 ? theirs : undefined
}

/** That of its hub, which may have been swapped; its own where the inventory has none for the hub. */
function regionOf({ hub, region }: InventoryDevice, nearby: readonly InventoryDevice[]): string | undefined {
  return nearby.find(({ key }) => key === hub)?.region ?? region
}

function answerOf(
  actor: Actor,
  devices: readonly InventoryDevice[],
  mpxn: string | undefined,
  flags: readonly RestrictionRecord[],
  now: Instant,
): LookUp {
  const isYesNo = DETAIL_OF_ROLE[actor.role] === 'yes-no'
  const seesMpxn = actor.role !== 'csp'
  return {
    ok: true,
    mpxn: seesMpxn ? mpxn : undefined,
    devices: devices
      .map((device) => deviceView(device, flags, now))
      .map((device) => (seesMpxn ? device : { ...device, mpxn: undefined })),
    flags: isYesNo ? [] : flags.map((flag) => flagView(flag, actor, now)),
  }
}

/** Flags of the actor's meter points, or of all where its role reaches that far; newest first. */
export function listFlags(
  context: RestrictionContext,
  actor: Actor,
  filter: Pick<RestrictionFilter, 'mpxn' | 'device' | 'open'>,
  limit: number,
  after?: string,
): Promise<({ readonly ok: true } & Page<FlagView>) | Refused> {
  return context.store.read(async (view) => {
    const reach = reachOf(actor, 'list')
    if (reach === undefined) return refused([refuse('role-not-allowed')])
    const now = context.clock.now()
    const whose = reach === 'own' ? { ...filter, party: actor.party } : filter
    const { items, next } = await view.restrictions.list(whose, now, limit, after)
    return { ok: true, items: items.map((record) => flagView(record, actor, now)), next }
  })
}

/** The flag of that ID: its state, its version, whether its last change is in force. Not in the audit; may be polled. */
export function findFlag(
  context: RestrictionContext,
  actor: Actor,
  id: string,
): Promise<{ readonly ok: true; readonly flag: FlagView } | Refused> {
  return context.store.read(async (view) => {
    const now = context.clock.now()
    const record = await visibleRecord(view, actor, id, now)
    return 'refusals' in record ? record : { ok: true, flag: flagView(record, actor, now) }
  })
}

/**
 * The live schedules that a scheduled or effective flag keeps dark. None for who may not see it or may set no flags: that is
 * whose they are, and what they read.
 */
export async function schedulesOfFlag(
  context: RestrictionContext,
  actor: Actor,
  id: string,
): Promise<readonly DarkSchedule[]> {
  const found = await findFlag(context, actor, id)
  const { store, clock } = context
  if (!found.ok || denialOf(actor, 'set') || !isOpen(found.flag, clock.now())) return []
  return store.read((view) => darkSchedules(context, view, found.flag.members, clock.now()))
}

/** What happened to a flag, newest first. */
export function historyOf(
  context: RestrictionContext,
  actor: Actor,
  id: string,
  limit: number,
  after?: string,
): Promise<({ readonly ok: true } & Page<HistoryEntry>) | Refused> {
  return context.store.read(async (view) => {
    const record = await visibleRecord(view, actor, id, context.clock.now())
    if ('refusals' in record) return record
    const { items, next } = await view.audit.list({ subject: id }, limit, after)
    return { ok: true, items: items.map((entry) => historyEntry(entry, actor)), next }
  })
}

async function visibleRecord(
  view: ControlView,
  actor: Actor,
  id: string,
  now: Instant,
): Promise<RestrictionRecord | Refused> {
  const reach = reachOf(actor, 'history')
  if (reach === undefined) return refused([refuse('role-not-allowed')])
  const record = await view.restrictions.find(id)
  if (record && reach === 'any') return record
  const registrations = record?.mpxn === undefined ? [] : await view.inventory.registrations(record.mpxn)
  const seen = { flags: record ? [record] : [], registrations, mpxn: record?.mpxn }
  const around = { named: undefined, nearby: [] }
  return record && isSupplied(actor.party, { ...seen, around }, now)
    ? record
    : refused([refuse('not-visible')])
}
