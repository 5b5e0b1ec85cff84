/**
 * What messages that passed the gateway mean for flags. Each event is taken once, by its decision ID, in the same
 * transaction as everything that follows from it; one delivered again changes nothing.
 *
 * A Service Request may still fail, so it is only kept. Its effects follow when a message says that it was done; what the
 * request named and the answer does not (8.12.2 names the old Gas Proxy Function in its body only) is joined by RequestID,
 * whichever of the two is delivered first.
 */
import type { Instant } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import { keeperOf } from '../core/restriction/clear-rules.ts'
import {
  adoptProxy,
  installedHub,
  joinedHub,
  moveToNewHub,
  type Swap,
  swapsIn,
} from '../core/restriction/hub-swap.ts'
import { isGone, joined, metersOfFlag } from '../core/restriction/members.ts'
import { supplierAt } from '../core/restriction/registration.ts'
import {
  type InventoryDevice,
  isOpen,
  type RestrictionRecord,
  type TaskKind,
  type TrafficEvent,
} from '../core/restriction/restriction.ts'
import { isAsked, isDecidedSince, tenancyClearAt } from '../core/restriction/task-rules.ts'
import type { ControlUnit, ControlView } from '../store/control-store.ts'
import { type RestrictionContext, systemActor } from './context.ts'
import { nearFlag, readableMpxn } from './gather.ts'
import { passOn } from './hand-over.ts'
import { close, resolveNear, writeJoined } from './resolve.ts'
import { endSchedules, followDeletedSchedule, followNewSchedule } from './schedules.ts'
import { ask, type Doing, euis, inChange, writeAudit } from './written.ts'

/** Takes one event; false when it was taken before. */
export function takeTrafficEvent(context: RestrictionContext, event: TrafficEvent): Promise<boolean> {
  return inChange(context, systemActor('traffic'), (doing) => take(context, doing, event))
}

const LEFT_AT_A_TIME = 500

/** Takes events that gateways have left, the oldest first, each in a transaction of its own; answers how many there were. */
export async function takeLeftEvents(context: RestrictionContext): Promise<number> {
  const left = await context.store.read(({ traffic }) => traffic.left(LEFT_AT_A_TIME))
  for (const event of left) {
    await inChange(context, systemActor('traffic'), async (doing) => {
      await doing.unit.traffic.endLeft(event)
      return take(context, doing, event)
    })
  }
  return left.length
}

async function take(context: RestrictionContext, doing: Doing, event: TrafficEvent): Promise<boolean> {
  if (!(await doing.unit.traffic.take(event))) return false
  const done = await whatWasDone(doing.unit, event)
  if (done) await follow(context, doing, done)
  return true
}

/** What an event that was just taken shows to have been done; undefined for what is only asked for, or adds nothing. */
async function whatWasDone(unit: ControlUnit, event: TrafficEvent): Promise<TrafficEvent | undefined> {
  const { requestId, stage } = event
  if (requestId === undefined || stage === undefined) return stage === 'requested' ? undefined : event
  const known = await unit.traffic.eventsOf(requestId, event.event)
  const done = known.find((other) => other.stage === 'done')
  if (!done || (stage === 'requested' && addsNothing(event, done))) return undefined
  return joinedWith(
    done,
    known.find((other) => other.stage === 'requested'),
  )
}

function addsNothing({ devices, scheduleId, home }: TrafficEvent, done: TrafficEvent): boolean {
  const isKnown = scheduleId === undefined || scheduleId === done.scheduleId
  return isKnown && home === undefined && devices.every((device) => done.devices.includes(device))
}

/** The request's Devices come first: their order is what a swap is read from. */
function joinedWith(done: TrafficEvent, requested: TrafficEvent | undefined): TrafficEvent {
  if (!requested) return done
  return {
    ...done,
    codes: [...new Set([...requested.codes, ...done.codes])],
    devices: [...new Set([...requested.devices, ...done.devices])],
    user: requested.user ?? done.user,
    scheduleId: done.scheduleId ?? requested.scheduleId,
    scheduleUntil: requested.scheduleUntil,
    home: requested.home ?? done.home,
  }
}

/** An event that this version does not know is kept and otherwise left alone. */
async function follow(context: RestrictionContext, doing: Doing, event: TrafficEvent): Promise<void> {
  switch (event.event) {
    case 'prepayment-activity':
      // A flag that is set later is asked about it then.
      await doing.unit.traffic.notePrepayment(event.devices, event.at)
      return askSuppliers(context, doing, event, 'prepayment-conflict')
    case 'payment-mode-change':
      return askSuppliers(context, doing, event, 'prepayment-conflict')
    case 'change-of-tenancy':
      return askSuppliers(context, doing, event, 'review-tenancy')
    case 'change-of-supplier':
      return followSupplier(context, doing, event)
    case 'hub-change':
    case 'han-change':
    case 'commissioned':
      return followHub(doing, event)
    case 'decommissioned':
      return followDecommissioning(doing, event)
    case 'schedule-created':
      return followNewSchedule(doing.unit, event)
    case 'schedule-deleted':
      return followDeletedSchedule(doing.unit, event)
  }
}

async function askSuppliers(
  context: RestrictionContext,
  doing: Doing,
  event: TrafficEvent,
  kind: TaskKind,
): Promise<void> {
  for (const flag of await flagsOn(doing, event.devices))
    await askOnce(context, doing, kind, flag, tellerOf(context, event))
}

/**
 * Asks the Supplier of the flag, unless the same question is open with it. `toldAt`: when that party told of it; undefined when
 * it did not. A flag that was set or decided on since is not cleared for it: events may come late, and twice.
 */
export async function askOnce(
  context: RestrictionContext,
  doing: Doing,
  kind: TaskKind,
  flag: RestrictionRecord,
  toldAt: (party: string) => Instant | undefined,
): Promise<void> {
  const party = await supplierOf(doing, flag)
  const tasks = await doing.unit.tasks.ofRestriction(flag.id)
  if (isAsked(tasks, kind, party)) return
  const at = toldAt(party)
  const isTold = at !== undefined && !isDecidedSince(flag, tasks, at)
  const clearAt = tenancyClearAt(kind, isTold, context.rules.clearAfterTenancyDays, doing.now)
  await ask(doing, kind, flag, party, { clearAt })
}

/** When a party itself did what the event shows; what is only asked for or not certain is nobody's word. */
function tellerOf(
  { parties }: RestrictionContext,
  { stage, user, at }: TrafficEvent,
): (party: string) => Instant | undefined {
  if (stage !== 'done' || user === undefined) return () => undefined
  return (party) => (parties.some(({ id, euis }) => id === party && euis.includes(user)) ? at : undefined)
}

/** The Responsible Supplier now; where none is registered, whoever the flag was set for. */
async function supplierOf({ unit, now }: Doing, flag: RestrictionRecord): Promise<string> {
  const registrations = flag.mpxn === undefined ? [] : await unit.inventory.registrations(flag.mpxn)
  return supplierAt(registrations, now) ?? keeperOf(flag)
}

/** A party other than the Supplier that takes a Device over is asked; control itself passes by registration only. */
async function followSupplier(context: RestrictionContext, doing: Doing, event: TrafficEvent): Promise<void> {
  const sender = context.parties.find((party) => event.user !== undefined && party.euis.includes(event.user))
  for (const flag of await flagsOn(doing, event.devices)) {
    if (flag.mpxn !== undefined) {
      await passOn(doing, flag, await doing.unit.inventory.registrations(flag.mpxn))
    }
    if (sender?.roles.includes('supplier')) await askGaining(doing, flag, sender.id)
  }
}

async function askGaining(doing: Doing, flag: RestrictionRecord, sender: string): Promise<void> {
  if (sender === (await supplierOf(doing, flag)) || sender === keeperOf(flag)) return
  if (isAsked(await doing.unit.tasks.ofRestriction(flag.id), 're-confirm', sender)) return
  await ask(doing, 're-confirm', flag, sender)
}

/** The swaps that the message names first, then everything near the Devices again. */
async function followHub(doing: Doing, event: TrafficEvent): Promise<void> {
  const { unit } = doing
  for (const swap of [...swapsIn(event), ...(await swapsAtHome(unit, event))]) {
    if (swap.what === 'hub') await swapHub(unit, swap)
    else await swapProxy(doing, swap)
  }
  await joinHub(unit, event)
  await resolveNear(doing, event.devices)
}

/** A hub that is installed where another was: everything of the home moves to it. */
async function swapsAtHome(unit: ControlUnit, event: TrafficEvent): Promise<readonly Swap[]> {
  const installed = installedHub(event)
  const mpxn = readableMpxn(installed?.meterPoint)
  if (!installed || mpxn === undefined) return []
  const hubs = (await unit.inventory.ofMeterPoint(mpxn)).flatMap(({ hub }) => hub ?? [])
  return [...new Set(hubs)]
    .filter((hub) => hub !== installed.hub)
    .map((old) => ({ what: 'hub', old, new: installed.hub }))
}

async function joinHub(unit: ControlUnit, event: TrafficEvent): Promise<void> {
  const joining = joinedHub(event)
  const device = joining && (await unit.inventory.find(joining.device))
  if (!device || device.type === 'CHF' || device.type === 'GPF' || device.hub === joining.hub) return
  await unit.inventory.put([{ ...device, hub: joining.hub }])
}

async function swapHub(unit: ControlUnit, swap: Swap): Promise<void> {
  const devices = new Map<DeviceKey, InventoryDevice>()
  const note = (found: readonly InventoryDevice[]) => {
    for (const device of found) devices.set(device.key, device)
  }
  note(await unit.inventory.ofHub(swap.old))
  for (const mpxn of new Set([...devices.values()].flatMap((device) => device.mpxn ?? [])))
    note(await unit.inventory.ofMeterPoint(mpxn))
  const moved = moveToNewHub(swap, [...devices.values()])
  if (moved.length > 0) await unit.inventory.put(moved)
}

/** Every flag on the old Gas Proxy Function covers the new one from now on. */
async function swapProxy(doing: Doing, swap: Swap): Promise<void> {
  const fresh = await doing.unit.inventory.find(swap.new)
  const old = await doing.unit.inventory.find(swap.old)
  const neighbours = [
    ...(old?.hub === undefined ? [] : await doing.unit.inventory.ofHub(old.hub)),
    ...(old?.mpxn === undefined ? [] : await doing.unit.inventory.ofMeterPoint(old.mpxn)),
  ]
  const adopted = adoptProxy(swap, old, fresh, neighbours)
  if (adopted.length > 0) await doing.unit.inventory.put(adopted)
  if (fresh?.type !== undefined && fresh.type !== 'GPF') return
  for (const flag of await flagsOn(doing, [swap.old])) {
    const members = joined(flag.members, [swap.new])
    if (members !== flag.members) await writeJoined(doing, flag, { ...flag, members })
  }
}

/**
 * A Service Request to decommission may still fail, and a flag lifted by it would let consumption through: only a message
 * that says it has happened, or the inventory, closes the flag.
 */
async function followDecommissioning(doing: Doing, event: TrafficEvent): Promise<void> {
  for (const flag of await flagsOn(doing, event.devices)) {
    if (event.stage === 'done' && (await isLastMeter(doing.unit, flag, event.devices))) {
      await close(doing, flag, 'traffic')
    } else {
      const detail = { decision: event.decision, devices: euis(event.devices) }
      await writeAudit(doing, 'restriction.decommission-seen', flag.id, detail)
    }
  }
  if (event.stage === 'done') await endSchedules(doing.unit, event, undefined)
  await resolveNear(doing, event.devices)
}

async function isLastMeter(
  view: ControlView,
  flag: RestrictionRecord,
  gone: readonly DeviceKey[],
): Promise<boolean> {
  if (!gone.includes(flag.meter)) return false
  const meters = metersOfFlag(flag, await nearFlag(view, flag))
  return meters.every((meter) => gone.includes(meter.key) || isGone(meter))
}

/** Open flags that have one of the Devices as a member. */
async function flagsOn(
  { unit, now }: Doing,
  devices: readonly DeviceKey[],
): Promise<readonly RestrictionRecord[]> {
  const flags = new Map<string, RestrictionRecord>()
  for (const device of devices) {
    for (const flag of await unit.restrictions.ofDevice(device)) {
      if (isOpen(flag, now)) flags.set(flag.id, flag)
    }
  }
  return [...flags.values()]
}
