/** What a gateway counts for the operations view, since its start, and reports to the store. */

/**
 * Messages by verdict; those that could not be read, which have none; and the two faults that must never happen, by the safety
 * check.
 */
export const GATEWAY_COUNTS = [
  ...(['forward', 'reject', 'withhold', 'defer', 'unreadable'] as const),
  ...(['restrictedButForwarded', 'neverBlockButStopped'] as const),
] as const

export type GatewayCount = (typeof GATEWAY_COUNTS)[number]

/** A gateway of an earlier release reports less; what is absent counts as 0. */
export type GatewayCounts = Readonly<Partial<Record<GatewayCount, number>>>

/** The sum of one count over all of them. */
export function countOfAll(all: readonly { readonly counts: GatewayCounts }[], count: GatewayCount): number {
  return all.reduce((sum, { counts }) => sum + (counts[count] ?? 0), 0)
}
