/**
 * Parties of the Smart Energy Code as the control plane knows them, and the roles under which they act.
 */
import type { DeviceKey } from '../duis/eui64.ts'

/** Roles of the self-service plane. One party may hold several; a request is made under exactly one. */
export const ROLES = [
  'supplier',
  'network-operator',
  'service-centre',
  'csp',
  'operations',
  'auditor',
] as const
export type Role = (typeof ROLES)[number]

export interface Party {
  /** Short stable ID from the configuration, for example `SUP-A`. */
  readonly id: string
  readonly name: string
  readonly roles: readonly Role[]
  /** EUI-64s under which the party sends and receives DUIS messages. */
  readonly euis: readonly DeviceKey[]
}

/** Who acts: a party under a role, and the person or system as the token names it (never a consumer). */
export interface Actor {
  readonly party: string
  readonly role: Role
  /** For the audit: `jane.doe`, `batch-7`. */
  readonly name: string
}
