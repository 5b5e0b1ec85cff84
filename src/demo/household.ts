/** The Devices of the demo: one household whose consumer has refused smart functions, and a neighbour who has not. */
import type { DeviceType } from '../core/device/device.ts'
import { type DeviceKey, parseEui64 } from '../core/duis/eui64.ts'
import type { InventoryDevice } from '../core/restriction/restriction.ts'

/** Meter points of the household: electricity and gas. */
export const MPAN = '1200012345679'
export const MPRN = '1234567890'

interface SampleDevice {
  readonly id: string
  readonly type: DeviceType
  readonly mpxn: string | undefined
  /** What people call it. */
  readonly label: string
}

const SAMPLES: readonly SampleDevice[] = [
  { id: '00-0D-5C-AA-16-9A-00-E1', type: 'ESME', mpxn: MPAN, label: 'electricity meter' },
  { id: '00-0D-5C-AA-16-9A-00-6A', type: 'GSME', mpxn: MPRN, label: 'gas meter' },
  { id: '00-0D-5C-AA-16-9A-00-6F', type: 'GPF', mpxn: MPRN, label: 'gas proxy' },
  { id: '00-0D-5C-AA-16-9A-00-CF', type: 'CHF', mpxn: undefined, label: 'hub' },
  { id: '00-0D-5C-AA-16-9A-00-E2', type: 'ESME', mpxn: '1200087654320', label: 'neighbour’s meter' },
]

/** The inventory that the demo's store begins with. */
export const INVENTORY: readonly InventoryDevice[] = SAMPLES.map(({ id, type, mpxn }) => ({
  key: keyOf(id),
  type,
  hub: type === 'CHF' ? undefined : keyOf('00-0D-5C-AA-16-9A-00-CF'),
  mpxn,
  status: 'Commissioned',
  region: 'north',
  generation: 'SMETS2',
}))

/** Who answers for the meter points, as the CSV that the API imports. */
export const REGISTRATIONS = `mpxn,role,party,from,until
${MPAN},supplier,SUP-E,2025-01-01T00:00:00Z,
${MPAN},network-operator,NET,2025-01-01T00:00:00Z,
${MPRN},supplier,SUP-G,2025-01-01T00:00:00Z,
${MPRN},network-operator,NET,2025-01-01T00:00:00Z,
1200087654320,supplier,SUP-E,2025-01-01T00:00:00Z,
`

/** The Service User that asks and is answered. */
export const SUPPLIER = keyOf('90-B3-D5-1F-30-01-00-00')

/** `electricity meter (…00-E1)`; the ID itself for Devices that are not of the demo. */
export function labelOf(id: string): string {
  const sample = SAMPLES.find((candidate) => candidate.id === id)
  return sample ? `${sample.label} (…${id.slice(-5)})` : id
}

function keyOf(id: string): DeviceKey {
  const key = parseEui64(id)
  if (key === undefined) throw new Error(`${id} is not an EUI-64`)
  return key
}
