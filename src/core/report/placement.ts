/** Where a Device was: its hub, region and generation over time, and who supplied its meter point meanwhile. */
import type { DeviceType, Instant } from '../device/device.ts'
import type { DeviceKey } from '../duis/eui64.ts'
import { supplierAt } from '../restriction/registration.ts'
import type { Registration } from '../restriction/restriction.ts'
import type { FlagStep } from './flag-steps.ts'
import { type BoundedSpan, cutAt, joined } from './span.ts'

/** Where a Device is, or was until it moved. */
export interface Placement {
  readonly hub: DeviceKey | undefined
  readonly region: string | undefined
  readonly generation: string | undefined
}

export interface PastPlacement extends Placement {
  readonly until: Instant
}

/** What reports ask the inventory and the flags of one Device. */
export interface DeviceFacts {
  readonly key: DeviceKey
  readonly type: DeviceType | undefined
  readonly mpxn: string | undefined
  /** Where it is now; nothing of it is known where the inventory does not have the Device. */
  readonly placement: Placement
  /** Where it was before, oldest first. */
  readonly moves: readonly PastPlacement[]
  /** Oldest first. */
  readonly flag: readonly FlagStep[]
  /** Whether signs of trouble are kept of it or of its hub. */
  readonly isSighted: boolean
}

export const NOWHERE: Placement = { hub: undefined, region: undefined, generation: undefined }

/** Where the Device was at that time. */
export function placementAt(
  { placement, moves }: Pick<DeviceFacts, 'placement' | 'moves'>,
  at: Instant,
): Placement {
  return moves.find(({ until }) => at < until) ?? placement
}

/** Spans that a Device spent in one place with one Supplier. */
export interface Stay extends Placement {
  /** The Responsible Supplier; absent when none is registered, or nobody asked. */
  readonly supplier: string | undefined
  /** In order of time. */
  readonly spans: readonly BoundedSpan[]
}

/** The spans by where the Device was and, where registrations are given, who supplied it. */
export function staysOf(
  spans: readonly BoundedSpan[],
  device: Pick<DeviceFacts, 'placement' | 'moves'>,
  registrations: readonly Registration[],
): Stay[] {
  const suppliers = registrations.filter(({ role }) => role === 'supplier')
  const turns = [
    ...device.moves.map(({ until }) => until),
    ...suppliers.flatMap(({ from, until }) => (until === undefined ? [from] : [from, until])),
  ]
  const pieces = spans.flatMap((span) => cutAt(span, turns))
  const stays = Map.groupBy(pieces, ({ from }) =>
    keyOf(placementAt(device, from), supplierAt(suppliers, from)),
  )
  return [...stays.values()].flatMap((group) => stayOf(group, device, suppliers))
}

function stayOf(
  group: readonly BoundedSpan[],
  device: Pick<DeviceFacts, 'placement' | 'moves'>,
  suppliers: readonly Registration[],
): Stay[] {
  const [first] = group
  if (!first) return []
  const { hub, region, generation } = placementAt(device, first.from)
  return [{ hub, region, generation, supplier: supplierAt(suppliers, first.from), spans: joined(group) }]
}

function keyOf({ hub, region, generation }: Placement, supplier: string | undefined): string {
  return JSON.stringify([hub?.toString(), region, generation, supplier])
}
