/**
 * Who may do what, as data: role by operation. What is not written here is denied. The same tables say how much of a
 * flag a role sees; who set it is shown only to that Supplier, the Service Centre and auditors.
 */
import type { Actor, Role } from '../core/restriction/party.ts'
import { type Refusal, refuse } from '../core/restriction/refusal.ts'

export const OPERATIONS = [
  'set',
  'clear',
  'preview',
  'bulk',
  'notice-tenancy',
  'complete-task',
  'look-up',
  'list',
  'history',
  'tasks',
  'changes',
  'table',
  'gateways',
  'counts',
  'audit',
  'import-registrations',
  'notices',
  'resend-notice',
  'report-exceptions',
  'report-performance',
  'report-uptake',
  'report-leaks',
  'report-evidence',
  'incidents',
  'record-incident',
  'table-proposals',
  'govern-table',
  'table-impact',
  'decisions',
] as const
export type Operation = (typeof OPERATIONS)[number]

/** `own`: what the party supplies, distributes or connects; of the audit, what it did or names. `on-behalf`: for a Supplier it names, on a ticket. */
export type Reach = 'own' | 'on-behalf' | 'any'

/** How far a role reaches with an operation; an absent role is denied. */
const PERMISSIONS: Readonly<Record<Operation, Readonly<Partial<Record<Role, Reach>>>>> = {
  set: { supplier: 'own', 'service-centre': 'on-behalf' },
  clear: { supplier: 'own', 'service-centre': 'on-behalf' },
  preview: { supplier: 'own', 'service-centre': 'on-behalf' },
  bulk: { supplier: 'own', 'service-centre': 'on-behalf' },
  'notice-tenancy': { supplier: 'own', 'service-centre': 'on-behalf' },
  'complete-task': { supplier: 'own', 'service-centre': 'on-behalf' },
  'look-up': {
    supplier: 'own',
    'network-operator': 'own',
    'service-centre': 'any',
    csp: 'own',
    operations: 'any',
    auditor: 'any',
  },
  list: { supplier: 'own', 'service-centre': 'any', operations: 'any', auditor: 'any' },
  history: { supplier: 'own', 'service-centre': 'any', operations: 'any', auditor: 'any' },
  tasks: { supplier: 'own', 'service-centre': 'any', operations: 'any', auditor: 'any' },
  changes: { 'network-operator': 'own', 'service-centre': 'any', operations: 'any', auditor: 'any' },
  table: {
    supplier: 'any',
    'network-operator': 'any',
    'service-centre': 'any',
    csp: 'any',
    operations: 'any',
    auditor: 'any',
  },
  gateways: { operations: 'any', auditor: 'any' },
  counts: { operations: 'any', auditor: 'any' },
  audit: { 'service-centre': 'own', auditor: 'any' },
  'import-registrations': { operations: 'any' },
  notices: {
    supplier: 'own',
    'network-operator': 'own',
    csp: 'own',
    'service-centre': 'any',
    operations: 'any',
    auditor: 'any',
  },
  'resend-notice': { supplier: 'own', 'network-operator': 'own', csp: 'own', operations: 'any' },
  'report-exceptions': {
    supplier: 'own',
    'service-centre': 'any',
    csp: 'own',
    operations: 'any',
    auditor: 'any',
  },
  'report-performance': { supplier: 'own', 'service-centre': 'any', operations: 'any', auditor: 'any' },
  'report-uptake': { supplier: 'own', 'service-centre': 'any', operations: 'any', auditor: 'any' },
  'report-leaks': { 'service-centre': 'any', operations: 'any', auditor: 'any' },
  'report-evidence': { 'service-centre': 'any', operations: 'any', auditor: 'any' },
  incidents: { 'service-centre': 'any', operations: 'any', auditor: 'any' },
  'record-incident': { 'service-centre': 'any', operations: 'any' },
  'table-proposals': { 'service-centre': 'any', operations: 'any', auditor: 'any' },
  'govern-table': { operations: 'any' },
  'table-impact': { operations: 'any', auditor: 'any' },
  decisions: {
    supplier: 'own',
    'network-operator': 'own',
    'service-centre': 'any',
    operations: 'any',
    auditor: 'any',
  },
}

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
  return PERMISSIONS[operation][actor.role]
}

/** The refusal of a role that may not do this at all; undefined when it may. */
export function denialOf(actor: Pick<Actor, 'role'>, operation: Operation): Refusal | undefined {
  return reachOf(actor, operation) === undefined ? refuse('role-not-allowed') : undefined
}
