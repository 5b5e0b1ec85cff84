/**
 * Who answers for a meter point at a time. Registrations may overlap by mistake: the one that started last counts.
 */
import { type Instant, instantOf } from '../device/device.ts'
import type { Registration } from './restriction.ts'

type PartyRole = Registration['role']

/** The registration of that role in force at `at`; undefined when there is none. */
export function registrationAt(
  registrations: readonly Registration[],
  role: PartyRole,
  at: Instant,
): Registration | undefined {
  return registrations
    .filter((each) => each.role === role && each.from <= at && (each.until === undefined || at < each.until))
    .reduce<Registration | undefined>(
      (last, each) => (last && last.from >= each.from ? last : each),
      undefined,
    )
}

/** ID of the Responsible Supplier at `at`. */
export function supplierAt(registrations: readonly Registration[], at: Instant): string | undefined {
  return registrationAt(registrations, 'supplier', at)?.party
}

/** The first Supplier other than the one at `at` who is registered for later. */
export function nextSupplier(registrations: readonly Registration[], at: Instant): Registration | undefined {
  const current = supplierAt(registrations, at)
  return registrations
    .filter((each) => each.role === 'supplier' && each.from > at && each.party !== current)
    .sort((one, other) => one.from - other.from)[0]
}

/** Since when the Supplier at `at` has held the meter point without another in between. */
export function tenureAt(
  registrations: readonly Registration[],
  at: Instant,
): { readonly party: string; readonly from: Instant } | undefined {
  const current = registrationAt(registrations, 'supplier', at)
  if (!current) return undefined
  const earlier = tenureAt(
    registrations.filter((each) => each.from < current.from),
    instantOf(current.from - 1),
  )
  return earlier?.party === current.party ? earlier : { party: current.party, from: current.from }
}
