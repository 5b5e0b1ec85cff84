/** The groups of records in one transaction. Without a head they are for reading. */
import type { ControlUnit } from '../control-store.ts'
import { SqlAnswers } from './answers.ts'
import { SqlAudit } from './audit.ts'
import { SqlChanges } from './changes.ts'
import { SqlGateways } from './gateways.ts'
import type { SqlTransaction } from './group.ts'
import { SqlInventory } from './inventory.ts'
import { SqlNotices } from './notices.ts'
import { SqlOutbox } from './outbox.ts'
import { SqlIncidents } from './report-store.ts'
import { SqlRestrictions } from './restrictions.ts'
import { SqlSchedules } from './schedules.ts'
import { SqlTables } from './tables.ts'
import { SqlTasks } from './tasks.ts'
import { SqlTokens } from './tokens.ts'
import { SqlTraffic } from './traffic.ts'

export function groupsIn(transaction: SqlTransaction): ControlUnit {
  return {
    inventory: new SqlInventory(transaction),
    restrictions: new SqlRestrictions(transaction),
    changes: new SqlChanges(transaction),
    tasks: new SqlTasks(transaction),
    traffic: new SqlTraffic(transaction),
    schedules: new SqlSchedules(transaction),
    outbox: new SqlOutbox(transaction),
    notices: new SqlNotices(transaction),
    incidents: new SqlIncidents(transaction),
    tables: new SqlTables(transaction),
    audit: new SqlAudit(transaction),
    answers: new SqlAnswers(transaction),
    tokens: new SqlTokens(transaction),
    gateways: new SqlGateways(transaction),
  }
}
