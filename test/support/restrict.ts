/**
 * Sets and clears the flag of Devices, for tests and benches that are about something else. The flags are written as the
 * service writes them, each with its audit entry and its place in the outbox; who may set one, when and with which words is
 * not asked.
 */
import type { Instant } from '../../src/core/device/device.ts'
import type { DeviceKey } from '../../src/core/duis/eui64.ts'
import { endedAt } from '../../src/core/restriction/clear-rules.ts'
import type { RestrictionRecord } from '../../src/core/restriction/restriction.ts'
import { randomId } from '../../src/restrictions/context.ts'
import { nextVersion, writeFlag } from '../../src/restrictions/written.ts'
import type { ControlStore, ControlUnit } from '../../src/store/control-store.ts'
import { restriction, SUPPLIER } from '../store/flag-life.ts'

/**
 * Restricts Devices from `from` on, all or none, each by a flag of its own; the inventory need not know them. Answers the
 * sequence of the last change: a gateway that has applied it honours the flags.
 */
export function restrict(
  store: Pick<ControlStore, 'change'>,
  devices: Iterable<DeviceKey>,
  from: Instant,
): Promise<number> {
  return store.change(async (unit) => {
    let sequence = 0
    for (const device of devices) sequence = (await restrictOne(unit, device, from)).sequence
    return sequence
  })
}

/** Ends the flags of Devices at `until`, all or none; a Device without one stays as it is. */
export function lift(
  store: Pick<ControlStore, 'change'>,
  devices: Iterable<DeviceKey>,
  until: Instant,
): Promise<void> {
  return store.change(async (unit) => {
    for (const device of devices)
      for (const flag of await unit.restrictions.ofDevice(device)) {
        const ended = nextVersion(endedAt(flag, until, 'consumer-request', until))
        await writeFlag({ unit, actor: SUPPLIER, now: until, newId: randomId }, 'restriction.cleared', ended)
      }
  })
}

/** As setting the flag does: a Device has one open flag, which may begin earlier and loses its end. */
async function restrictOne(unit: ControlUnit, device: DeviceKey, from: Instant): Promise<RestrictionRecord> {
  const doing = { unit, actor: SUPPLIER, now: from, newId: randomId }
  const [open] = await unit.restrictions.ofDevice(device)
  if (!open) {
    const named = { id: randomId('R', from), mpxn: undefined, meter: device, members: [device] }
    return writeFlag(doing, 'restriction.set', restriction({ ...named, from, recordedAt: from }))
  }
  if (open.from <= from && open.until === undefined) return open
  const earlier = open.from < from ? open.from : from
  const again = nextVersion({ ...open, from: earlier, until: undefined })
  return writeFlag(doing, 'restriction.changed', again)
}
