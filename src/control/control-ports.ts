/** What the control plane works on. The API and the page see the same ports, so neither can do what the other may not. */
import type { Table } from '../core/policy/table.ts'
import type { AuditDraft } from '../core/restriction/audit-chain.ts'
import type { Actor, Party } from '../core/restriction/party.ts'
import type { NoticeService } from '../notices/notice-service.ts'
import type { Clock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import type { Reports } from '../reports/reports.ts'
import type { RestrictionService } from '../restrictions/restriction-service.ts'
import type { ControlStore, ControlUnit } from '../store/control-store.ts'
import type { FewAtATime } from './few-at-a-time.ts'
import type { Cursors } from './http/cursor.ts'
import type { InForceWait } from './in-force.ts'
import type { AtWork, LagMinute } from './operations.ts'
import type { OverTime } from './operations-history.ts'
import type { PolicyService } from './policy-service.ts'
import type { TokenService } from './token-service.ts'
import type { Unvouched } from './vouching.ts'

export interface ControlPorts {
  readonly restrictions: RestrictionService
  /** The same service inside a transaction that has begun. */
  readonly restrictionsIn: (unit: ControlUnit) => RestrictionService
  readonly reports: Reports
  readonly notices: NoticeService
  /** Tables and decisions. */
  readonly policy: PolicyService
  /** Gateways and what the store has. */
  readonly operations: () => Promise<AtWork>
  /** What gateways decided minute by minute, up to now. */
  readonly overTime: () => Promise<OverTime>
  /** How soon recent changes were in force. */
  readonly recentLag: () => Promise<readonly LagMinute[]>
  /** Gateways of which nobody can say what they have applied. */
  readonly unvouched: () => Promise<readonly Unvouched[]>
  readonly store: ControlStore
  readonly parties: readonly Party[]
  /** The table in force. */
  readonly table: () => Table
  readonly clock: Clock
  readonly log: Logger
  readonly audit: AccessAudit
  /** Access tokens that people make for themselves. */
  readonly tokens: TokenService
}

/** What endpoints of the API work on beyond that. */
export interface ApiPorts extends ControlPorts {
  readonly cursors: Cursors
  readonly inForce: InForceWait
  /** Bulk files that are being worked on. */
  readonly bulkFiles: FewAtATime
}

/** Audit entries about access itself; those about flags are written with the flags. */
export interface AccessAudit {
  /**
   * `action`: `access.denied`, `session.opened`, `session.closed`, `session.refused`. `subject`: the route's pattern, the party, or
   * how the provider calls somebody.
   */
  record(actor: Actor, action: string, subject: string, detail?: AuditDraft['detail']): Promise<void>
}

/** Writes the entries into the store's chain. */
export function accessAudit(store: ControlStore, clock: Pick<Clock, 'now'>): AccessAudit {
  return {
    async record(actor, action, subject, detail = {}) {
      const at = clock.now()
      await store.change((unit) => unit.audit.append({ at, actor, action, subject, detail }))
    },
  }
}
