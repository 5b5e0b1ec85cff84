/** Passes open flags to the Supplier that has gained the meter point, and asks it to confirm them. */

import type { Instant } from '../core/device/device.ts'
import { isoTimeIfAny } from '../core/device/iso-time.ts'
import { handOver } from '../core/restriction/change-of-supplier.ts'
import type { Registration, RestrictionRecord } from '../core/restriction/restriction.ts'
import type { ControlView } from '../store/control-store.ts'
import { ask, type Doing, endAll, writeAudit } from './written.ts'

/** Whether `passOn` would do something; reads only. */
export async function needsPassingOn(
  view: ControlView,
  flag: RestrictionRecord,
  now: Instant,
): Promise<boolean> {
  if (flag.mpxn === undefined) return false
  const registrations = await view.inventory.registrations(flag.mpxn)
  const change = handOver(flag, registrations, await view.tasks.ofRestriction(flag.id), now)
  return change !== undefined && (change.mustAsk || change.passedOn.length > 0)
}

/** Hands a flag over where its meter point has passed to another Supplier; answers whether that was new. */
export async function passOn(
  doing: Doing,
  flag: RestrictionRecord,
  registrations: readonly Registration[],
): Promise<boolean> {
  const change = handOver(flag, registrations, await doing.unit.tasks.ofRestriction(flag.id), doing.now)
  if (!change) return false
  const { party, since, mustAsk, passedOn } = change
  await endAll(doing, passedOn, 'passed-on')
  if (!mustAsk) return passedOn.length > 0
  await writeAudit(doing, 'restriction.handed-over', flag.id, { to: party, since: isoTimeIfAny(since) })
  await ask(doing, 're-confirm', flag, party, { counted: since })
  return true
}
