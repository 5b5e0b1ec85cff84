/** How much of a report an actor sees: everything, what its regions have, or what is its own as a Supplier. */
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { Actor, Party } from '../core/restriction/party.ts'
import { type Operation, reachOf } from '../restrictions/permissions.ts'

export type ReportOperation = Extract<Operation, `report-${string}`>

export type Scope =
  | { readonly kind: 'all' }
  | { readonly kind: 'regions'; readonly regions: readonly string[] }
  | { readonly kind: 'supplier'; readonly party: string; readonly euis: readonly DeviceKey[] }

/** Who the parties are, and which regions a CSP has. */
export interface Parties {
  readonly parties: readonly Party[]
  readonly regionsOfCsp: ReadonlyMap<string, readonly string[]>
}

const EVERYTHING: Scope = { kind: 'all' }

/** Undefined when the role may not see the report at all. */
export function scopeOf(
  { parties, regionsOfCsp }: Parties,
  actor: Actor,
  operation: ReportOperation,
): Scope | undefined {
  const reach = reachOf(actor, operation)
  if (reach === undefined) return undefined
  if (reach === 'any') return EVERYTHING
  if (actor.role === 'csp') return { kind: 'regions', regions: regionsOfCsp.get(actor.party) ?? [] }
  const party = parties.find(({ id }) => id === actor.party)
  return { kind: 'supplier', party: actor.party, euis: party?.euis ?? [] }
}

/** Whether a row of a place and a Supplier is in it. */
export function includes(scope: Scope, row: { readonly region: string; readonly supplier: string }): boolean {
  switch (scope.kind) {
    case 'all':
      return true
    case 'regions':
      return scope.regions.includes(row.region)
    case 'supplier':
      return scope.party === row.supplier
  }
}
