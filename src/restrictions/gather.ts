/** Reads from the store what the rules of change look at. */

import type { Instant } from '../core/device/device.ts'
import { DAY_MS } from '../core/device/durations.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import { hiddenRefusal } from '../core/restriction/authority.ts'
import { keeperOf } from '../core/restriction/clear-rules.ts'
import { readMpxn } from '../core/restriction/mpxn.ts'
import type { Actor } from '../core/restriction/party.ts'
import { type Refusal, refuse } from '../core/restriction/refusal.ts'
import type { Named, OnBehalf, SetRequest } from '../core/restriction/requests.ts'
import {
  type InventoryDevice,
  isOpen,
  type Registration,
  type RestrictionRecord,
} from '../core/restriction/restriction.ts'
import type { SetFacts } from '../core/restriction/set-rules.ts'
import { findTarget, meterOfDevice, type Surroundings, type Target } from '../core/restriction/target.ts'
import type { ControlView } from '../store/control-store.ts'
import type { RestrictionContext } from './context.ts'

/** Devices by key, as they are found. */
type Found = Map<DeviceKey, InventoryDevice>

/** What the inventory has near the meter point or the Device named. */
export async function surroundingsOf(view: ControlView, named: Named): Promise<Surroundings> {
  const device = named.device === undefined ? undefined : await view.inventory.find(named.device)
  const found: Found = new Map()
  if (device) await addWithHub(view, found, device)
  await addMeterPoint(view, found, device ? device.mpxn : readableMpxn(named.mpxn))
  const meter = device && meterOfDevice(device, [...found.values()])
  if (meter && meter.mpxn !== device.mpxn) await addMeterPoint(view, found, meter.mpxn)
  return { named: device, nearby: [...found.values()] }
}

/** What the inventory has near a flag: its meter, its meter point, its members and the hubs of all of these. */
export async function nearFlag(
  view: ControlView,
  flag: Pick<RestrictionRecord, 'mpxn' | 'meter' | 'members'>,
): Promise<readonly InventoryDevice[]> {
  const found: Found = new Map()
  await addMeterPoint(view, found, flag.mpxn)
  for (const key of new Set([flag.meter, ...flag.members])) {
    const device = await view.inventory.find(key)
    if (device) await addWithHub(view, found, device)
  }
  await addMeterPoint(view, found, found.get(flag.meter)?.mpxn)
  return [...found.values()]
}

async function addMeterPoint(view: ControlView, found: Found, mpxn: string | undefined): Promise<void> {
  if (mpxn === undefined) return
  for (const device of await view.inventory.ofMeterPoint(mpxn)) await addWithHub(view, found, device)
}

async function addWithHub(view: ControlView, found: Found, device: InventoryDevice): Promise<void> {
  const isNew = !found.has(device.key)
  found.set(device.key, device)
  const hub = device.type === 'CHF' ? device.key : device.hub
  if (!isNew || hub === undefined) return
  for (const each of await view.inventory.ofHub(hub)) found.set(each.key, each)
}

/** The number without spaces; undefined when the text is not one. */
export function readableMpxn(text: string | undefined): string | undefined {
  const reading = text === undefined ? undefined : readMpxn(text)
  return reading?.ok ? reading.mpxn : undefined
}

/** Everything that `judgeSet` looks at. */
export async function setFactsOf(
  context: RestrictionContext,
  view: ControlView,
  actor: Actor,
  request: SetRequest,
  now: Instant,
): Promise<SetFacts> {
  const around = await surroundingsOf(view, request)
  const reading = findTarget(request, around, actor.role === 'service-centre')
  const target = reading.ok ? reading.target : undefined
  const flags = target ? await flagsOfTarget(view, target) : []
  const current = flags.find((flag) => isOpen(flag, now))
  return {
    ...around,
    responsibility: {
      ...(await registrationsAround(view, target?.mpxn ?? mpxnNamed(request), around.nearby)),
      keeper: current && keeperOf(current),
    },
    flags,
    prepaymentSeenAt: target && (await lastPrepayment(view, target, now)),
    parties: context.parties,
  }
}

function mpxnNamed({ device, mpxn }: Named): string | undefined {
  return device === undefined ? readableMpxn(mpxn) : undefined
}

/** Registrations of the meter point, and of the others on the same hub. */
export async function registrationsAround(
  view: ControlView,
  mpxn: string | undefined,
  nearby: readonly InventoryDevice[],
): Promise<{ registrations: readonly Registration[]; neighbours: readonly Registration[] }> {
  const others = new Set(nearby.flatMap((device) => device.mpxn ?? []))
  if (mpxn !== undefined) others.delete(mpxn)
  const neighbours: Registration[] = []
  for (const other of others) neighbours.push(...(await view.inventory.registrations(other)))
  return { registrations: mpxn === undefined ? [] : await view.inventory.registrations(mpxn), neighbours }
}

/** Flags of the meter point, and those of the meter where one of the two is without a meter point. */
async function flagsOfTarget(
  view: ControlView,
  target: Pick<Target, 'mpxn' | 'meter'>,
): Promise<readonly RestrictionRecord[]> {
  const { mpxn, meter } = target
  const ofMeter = await view.restrictions.ofDevice(meter.key)
  if (mpxn === undefined) return ofMeter
  const ofMeterPoint = await view.restrictions.ofMeterPoint(mpxn)
  return [...ofMeterPoint, ...ofMeter.filter((flag) => flag.mpxn === undefined)]
}

/**
 * Flags of what is named, newest first; whether the inventory can place a Device that has one does not matter. A Supplier is not told
 * of what is not its own.
 */
export async function flagsOfNamed(
  view: ControlView,
  { actor, now }: { readonly actor: Actor; readonly now: Instant },
  named: Named & OnBehalf,
): Promise<{ readonly flags: readonly RestrictionRecord[] } | { readonly refusal: Refusal }> {
  const around = await surroundingsOf(view, named)
  const found = await flagsNear(view, named, around)
  if ('refusal' in found && (found.refusal.rule === 'nothing-named' || found.refusal.rule === 'mpxn-invalid'))
    return found
  const flags = 'flags' in found ? found.flags : []
  const mpxn = flags[0]?.mpxn ?? mpxnNamed(named) ?? around.named?.mpxn
  const keepers = flags.filter((flag) => flag.mpxn === undefined).map(keeperOf)
  const about = {
    ...(await registrationsAround(view, mpxn, around.nearby)),
    keeper: keepers.find((keeper) => keeper === actor.party),
  }
  const refusal = hiddenRefusal(actor, named, about, now)
  return refusal ? { refusal } : found
}

async function flagsNear(
  view: ControlView,
  named: Named,
  around: Surroundings,
): Promise<{ readonly flags: readonly RestrictionRecord[] } | { readonly refusal: Refusal }> {
  if (named.device !== undefined && !around.named) {
    const flags = await view.restrictions.ofDevice(named.device)
    return flags.length > 0 ? { flags } : { refusal: refuse('unknown-device') }
  }
  const reading = findTarget(named, around, true)
  return reading.ok ? { flags: await flagsOfTarget(view, reading.target) } : { refusal: reading.refusal }
}

/** Older traffic says nothing of the mode the meter is in now: a prepayment meter is topped up more often. */
const PREPAYMENT_COUNTS_MS = 90 * DAY_MS

async function lastPrepayment(view: ControlView, target: Target, now: Instant): Promise<Instant | undefined> {
  const seenAt = await view.traffic.prepaymentSeenAt(target.meters.map((meter) => meter.key))
  return seenAt !== undefined && seenAt > now - PREPAYMENT_COUNTS_MS ? seenAt : undefined
}
