/** Records of the flag's own life, for the suites: one electricity and one gas meter point, and who acts. */
import type { AuditDraft } from '../../src/core/restriction/audit-chain.ts'
import type { Actor } from '../../src/core/restriction/party.ts'
import type {
  Registration,
  RestrictionRecord,
  Task,
  TrafficEvent,
} from '../../src/core/restriction/restriction.ts'
import type { GatewayReport, RestrictionDraft } from '../../src/store/control-store.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { at, METER, NOW } from './place.ts'

export const SUPPLIER: Actor = { party: 'SUP-A', role: 'supplier', name: 'jane.doe' }

export function restriction(over: Partial<RestrictionDraft> = {}): RestrictionDraft {
  return {
    id: 'R-1',
    mpxn: '1012345678901',
    fuel: 'electricity',
    meter: METER,
    members: [METER],
    from: NOW,
    until: undefined,
    isClosed: false,
    setBy: SUPPLIER,
    onBehalfOf: undefined,
    ticket: undefined,
    reference: undefined,
    declaration: {
      steps: ['advice-given'],
      date: '2026-10-01',
      evidence: 'case 7',
      isLastResort: true,
      isCreditMode: true,
    },
    clearReason: undefined,
    version: 1,
    recordedAt: NOW,
    ...over,
  }
}

/** Writes a record in a transaction of its own. */
export function put(store: SqlStore, over: Partial<RestrictionDraft> = {}): Promise<RestrictionRecord> {
  return store.change((unit) => unit.restrictions.put(restriction(over)))
}

export function task(over: Partial<Task> = {}): Task {
  return {
    id: 'T-1',
    kind: 're-confirm',
    restriction: 'R-1',
    party: 'SUP-A',
    createdAt: NOW,
    dueAt: at(28 * 86_400_000),
    clearAt: undefined,
    doneAt: undefined,
    outcome: undefined,
    ...over,
  }
}

export function registration(over: Partial<Registration> = {}): Registration {
  return {
    mpxn: '1012345678901',
    role: 'supplier',
    party: 'SUP-A',
    from: at(-1_000),
    until: undefined,
    ...over,
  }
}

export function trafficEvent(over: Partial<TrafficEvent> = {}): TrafficEvent {
  return {
    decision: 'D-1',
    event: 'hub-change',
    at: NOW,
    codes: ['8.12.1'],
    devices: [METER],
    user: METER,
    ...over,
  }
}

export function entry(over: Partial<AuditDraft> = {}): AuditDraft {
  return {
    at: NOW,
    actor: SUPPLIER,
    action: 'restriction.set',
    subject: 'R-1',
    detail: { reason: 'consumer choice', steps: ['a', 'b'], nothing: null },
    ...over,
  }
}

export function report(id: string, sequence: number): GatewayReport {
  return { id, sequence, state: 'in-step', tableRevision: 'r1', counts: { forward: 2 } }
}
