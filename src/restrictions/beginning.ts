/** What somebody who begins a change has to know of the meter, without looking anything up that would go into the audit. */
import type { Instant } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import { registrationAt } from '../core/restriction/registration.ts'
import type { Named } from '../core/restriction/requests.ts'
import { isOpen, type Registration } from '../core/restriction/restriction.ts'
import type { RestrictionContext } from './context.ts'

/** Version of the open flag of a meter point or Device; undefined when none is open. */
export function openVersion(
  { store, clock }: RestrictionContext,
  { mpxn, device }: Named,
): Promise<number | undefined> {
  return store.read(async ({ restrictions }) => {
    const ofMeterPoint = mpxn === undefined ? [] : await restrictions.ofMeterPoint(mpxn)
    const ofDevice = device === undefined ? [] : await restrictions.ofDevice(device)
    return [...ofMeterPoint, ...ofDevice].find((flag) => isOpen(flag, clock.now()))?.version
  })
}

/** Whether the inventory has the Device. */
export async function isInInventory({ store }: RestrictionContext, key: DeviceKey): Promise<boolean> {
  return (await store.read(({ inventory }) => inventory.find(key))) !== undefined
}

/** IDs of the parties that answer for a meter point at a time; undefined where none is registered. */
export async function partiesOf({ store }: RestrictionContext, mpxn: string, at: Instant) {
  const registrations = await store.read(({ inventory }) => inventory.registrations(mpxn))
  const party = (role: Registration['role']) => registrationAt(registrations, role, at)?.party
  return { supplier: party('supplier'), networkOperator: party('network-operator') }
}
