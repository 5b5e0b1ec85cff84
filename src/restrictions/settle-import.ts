/** Lets open flags follow when a whole inventory has been imported, in the transaction that merges it. */
import { isOpen } from '../core/restriction/restriction.ts'
import type { ControlUnit } from '../store/control-store.ts'
import type { ImportOptions, ImportTouched } from '../store/inventory-import.ts'
import { type RestrictionContext, systemActor } from './context.ts'
import { followRegistrations } from './registrations.ts'
import { resolve } from './resolve.ts'
import { type Doing, writeAudit } from './written.ts'

/** For `ImportOptions.settle`: members join, meters that are gone close, and hand-overs that have begun are made. */
export function settleImport(
  context: Pick<RestrictionContext, 'clock' | 'newId'>,
): NonNullable<ImportOptions['settle']> {
  return async (unit, { restrictions, meterPoints }) => {
    const doing = doingOf(context, unit)
    await resolveAll(doing, restrictions)
    for (const meterPoint of meterPoints) await followMeterPoint(doing, meterPoint)
  }
}

/** The same for an import of registrations, which is in the audit as one through the API is. */
export function settleRegistrations(
  context: Pick<RestrictionContext, 'clock' | 'newId'>,
): NonNullable<ImportOptions['settle']> {
  const settle = settleImport(context)
  return async (unit, touched) => {
    await settle(unit, touched)
    const doing = doingOf(context, unit)
    const detail = { flaggedMeterPoints: touched.meterPoints.length }
    await writeAudit(doing, 'registrations.imported', 'registrations', detail)
  }
}

function doingOf({ clock, newId }: Pick<RestrictionContext, 'clock' | 'newId'>, unit: ControlUnit): Doing {
  return { unit, newId, actor: systemActor('inventory'), now: clock.now() }
}

async function resolveAll(doing: Doing, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const flag = await doing.unit.restrictions.find(id)
    if (flag) await resolve(doing, flag)
  }
}

async function followMeterPoint(
  doing: Doing,
  { mpxn, before }: ImportTouched['meterPoints'][number],
): Promise<void> {
  for (const flag of await doing.unit.restrictions.ofMeterPoint(mpxn))
    if (isOpen(flag, doing.now))
      await followRegistrations(doing, { flag: { ...flag, mpxn }, registrations: before })
}
