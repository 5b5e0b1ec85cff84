/**
 * Who may do what, as data: role by operation. What is not written here is denied. The same tables say how much of a
 * flag a role sees; who set it is shown only to that Supplier, the Service Centre and auditors.
 */
import type { Actor, Role } from '../core/restriction/party.ts'
import { type Refusal, refuse } from '../core/restriction/refusal.ts'

/** `own`: what the party supplies, distributes or connects; of the audit, what it did or names; of tokens, the person's. `on-behalf`: for a Supplier it names, on a ticket. */
export type Reach = 'own' | 'on-behalf' | 'any'

type Reaches = Readonly<Partial<Record<Role, Reach>>>

const CHANGES_FLAGS = { supplier: 'own', 'service-centre': 'on-behalf' } as const satisfies Reaches
const LOOKS_AFTER = { operations: 'any', auditor: 'any' } as const satisfies Reaches
const OWN = { supplier: 'own', 'network-operator': 'own', 'service-centre': 'own', csp: 'own' } as const
const SEES_ALL = { 'service-centre': 'any', ...LOOKS_AFTER } as const satisfies Reaches

/** How far a role reaches with an operation; an absent role is denied. */
const PERMISSIONS = {
  set: CHANGES_FLAGS,
  clear: CHANGES_FLAGS,
  preview: CHANGES_FLAGS,
  bulk: CHANGES_FLAGS,
  'notice-tenancy': CHANGES_FLAGS,
  'complete-task': CHANGES_FLAGS,
  'look-up': { supplier: 'own', 'network-operator': 'own', csp: 'own', ...SEES_ALL },
  list: { supplier: 'own', ...SEES_ALL },
  history: { supplier: 'own', ...SEES_ALL },
  tasks: { supplier: 'own', ...SEES_ALL },
  changes: { 'network-operator': 'own', ...SEES_ALL },
  'meter-point-feed': { supplier: 'own', ...SEES_ALL },
  table: { supplier: 'any', 'network-operator': 'any', csp: 'any', ...SEES_ALL },
  gateways: LOOKS_AFTER,
  counts: LOOKS_AFTER,
  audit: { 'service-centre': 'own', auditor: 'any' },
  'import-registrations': { operations: 'any' },
  notices: { supplier: 'own', 'network-operator': 'own', csp: 'own', ...SEES_ALL },
  'resend-notice': { supplier: 'own', 'network-operator': 'own', csp: 'own', operations: 'any' },
  'report-exceptions': { supplier: 'own', csp: 'own', ...SEES_ALL },
  'report-performance': { supplier: 'own', ...SEES_ALL },
  'report-uptake': { supplier: 'own', ...SEES_ALL },
  'report-leaks': SEES_ALL,
  'report-evidence': SEES_ALL,
  incidents: { csp: 'own', ...SEES_ALL },
  'record-incident': { csp: 'own', 'service-centre': 'any', operations: 'any' },
  'table-proposals': SEES_ALL,
  'govern-table': { operations: 'any' },
  'table-impact': LOOKS_AFTER,
  tokens: { ...OWN, ...LOOKS_AFTER },
  'revoke-token': { ...OWN, operations: 'any', auditor: 'own' },
  decisions: { supplier: 'own', 'network-operator': 'own', ...SEES_ALL },
} as const satisfies Readonly<Record<string, Reaches>>

export type Operation = keyof typeof PERMISSIONS
export const OPERATIONS = Object.keys(PERMISSIONS) as readonly Operation[]

/**
 * How much of a flag a role sees. `yes-no`: whether a Device is Restricted, and since when. `without-setter`: all but who
 * set it and on which grounds. `own-setter`: that too where the party itself set it.
 */
export type Detail = 'yes-no' | 'without-setter' | 'own-setter' | 'all'

export const DETAIL_OF_ROLE: Readonly<Record<Role, Detail>> = {
  supplier: 'own-setter',
  'network-operator': 'yes-no',
  'service-centre': 'all',
  csp: 'yes-no',
  operations: 'without-setter',
  auditor: 'all',
}

/** How far the actor's role reaches; undefined when it is denied. */
export function reachOf(actor: Pick<Actor, 'role'>, operation: Operation): Reach | undefined {
  const reaches: Reaches = PERMISSIONS[operation]
  return reaches[actor.role]
}

/** The refusal of a role that may not do this at all; undefined when it may. */
export function denialOf(actor: Pick<Actor, 'role'>, operation: Operation): Refusal | undefined {
  return reachOf(actor, operation) === undefined ? refuse('role-not-allowed') : undefined
}
