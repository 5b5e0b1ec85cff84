/** Lets open flags follow when a whole inventory has been imported, in the transaction that merges it. */
import { isOpen } from '../core/restriction/state.ts'
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
    const doing = { actor: systemActor('inventory'), now: context.clock.now() }
    await resolveAll(unit, doing, restrictions)
    for (const meterPoint of meterPoints) await followMeterPoint(context, unit, doing, meterPoint)
  }
}

/** The same for an import of registrations, which is in the audit as one through the API is. */
export function settleRegistrations(
  context: Pick<RestrictionContext, 'clock' | 'newId'>,
): NonNullable<ImportOptions['settle']> {
  const settle = settleImport(context)
  return async (unit, touched) => {
    await settle(unit, touched)
    const doing = { actor: systemActor('inventory'), now: context.clock.now() }
    const detail = { flaggedMeterPoints: touched.meterPoints.length }
    await writeAudit(unit, doing, 'registrations.imported', 'registrations', detail)
  }
}

async function resolveAll(unit: ControlUnit, doing: Doing, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const flag = await unit.restrictions.find(id)
    if (flag) await resolve(unit, doing, flag)
  }
}

async function followMeterPoint(
  context: Pick<RestrictionContext, 'newId'>,
  unit: ControlUnit,
  doing: Doing,
  { mpxn, before }: ImportTouched['meterPoints'][number],
): Promise<void> {
  for (const flag of await unit.restrictions.ofMeterPoint(mpxn))
    if (isOpen(flag, doing.now))
      await followRegistrations(context, unit, doing, { flag: { ...flag, mpxn }, registrations: before })
}
