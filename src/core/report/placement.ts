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
  /** The Supplier that its last flag was set for; absent where it never had one. */
  readonly keeper: string | undefined
}

export const NOWHERE: Placement = { hub: undefined, region: undefined, generation: undefined }

/** Where the Device was at that time. */
export function placementAt(
  { placement, moves }: Pick<DeviceFacts, 'placement' | 'moves'>,
  at: Instant,
): Placement {
  return moves.find(({ until }) => at < until) ?? placement
}

/** Who answers for a Device: whoever is registered for its meter point, else whoever its flag was set for. */
export interface Answering {
  readonly registrations: readonly Registration[]
  readonly keeper: string | undefined
}

export function answeringAt({ registrations, keeper }: Answering, at: Instant): string | undefined {
  return supplierAt(registrations, at) ?? keeper
}

/** Everybody who answers for the Device at some time of the span, in order. */
export function suppliersIn(answering: Answering, span: BoundedSpan): string[] {
  const pieces = cutAt(span, turnsOf(answering))
  return [...new Set(pieces.flatMap(({ from }) => answeringAt(answering, from) ?? []))]
}

/** When who answers may change. */
function turnsOf({ registrations }: Answering): Instant[] {
  return registrations
    .filter(({ role }) => role === 'supplier')
    .flatMap(({ from, until }) => (until === undefined ? [from] : [from, until]))
}

/** Spans that a Device spent in one place with one Supplier. */
export interface Stay extends Placement {
  /** Who answered for it; absent when nobody did, or nobody asked. */
  readonly supplier: string | undefined
  /** In order of time. */
  readonly spans: readonly BoundedSpan[]
}

/** The spans by where the Device was and who answered for it. */
export function staysOf(
  spans: readonly BoundedSpan[],
  device: Pick<DeviceFacts, 'placement' | 'moves'>,
  answering: Answering,
): Stay[] {
  const turns = [...device.moves.map(({ until }) => until), ...turnsOf(answering)]
  const pieces = spans.flatMap((span) => cutAt(span, turns))
  const stays = Map.groupBy(pieces, ({ from }) =>
    keyOf(placementAt(device, from), answeringAt(answering, from)),
  )
  return [...stays.values()].flatMap((group) => stayOf(group, device, answering))
}

function stayOf(
  group: readonly BoundedSpan[],
  device: Pick<DeviceFacts, 'placement' | 'moves'>,
  answering: Answering,
): Stay[] {
  const [first] = group
  if (!first) return []
  const { hub, region, generation } = placementAt(device, first.from)
  return [{ hub, region, generation, supplier: answeringAt(answering, first.from), spans: joined(group) }]
}

function keyOf({ hub, region, generation }: Placement, supplier: string | undefined): string {
  return JSON.stringify([hub?.toString(), region, generation, supplier])
}
