/**
 * What the API and the page do about tables and decisions: governance, history, the impact report, and explaining a
 * decision. Formats and files are the composition root's business; it gives them as parts.
 */
import type { CompiledTable, Table } from '../core/policy/table.ts'
import type { Actor, Party } from '../core/restriction/party.ts'
import type { ExamineTable } from '../governance/examine-table.ts'
import { TableGovernance } from '../governance/table-governance.ts'
import { DecisionBook } from '../journal/decision-book.ts'
import { type ImpactReport, type ImpactRequest, impactOf } from '../journal/impact-report.ts'
import { reachOf } from '../restrictions/permissions.ts'
import type { ControlStore, ControlUnit } from '../store/control-store.ts'
import { FewAtATime } from './few-at-a-time.ts'
import { UnitStore } from './unit-store.ts'

export interface PolicyParts {
  /** Whether gateways with these settings go by the governed table of the store. */
  readonly isGoverned: boolean
  readonly readTable: (text: string) => CompiledTable
  readonly examine: ExamineTable
  /** The text of a row or default in a table's text. */
  readonly rowText: (content: string, rule: string) => string | undefined
  /** Folders of journals on this machine. */
  readonly journalFolders: readonly string[]
}

export interface PolicyDesk {
  readonly isGoverned: boolean
  readonly governance: TableGovernance
  /** The same inside a transaction that has begun. */
  readonly governanceIn: (unit: ControlUnit) => TableGovernance
  readonly decisions: DecisionBook
  /** The kept table of a hash or revision; undefined where none is kept, or where it cannot be used here. */
  readonly tableOf: (name: string) => Promise<Table | undefined>
  readonly impactOf: (request: ImpactRequest) => Promise<ImpactReport>
  /** Reading of journals goes through here, so that no number of readers can take the disk from the gateway. */
  readonly readers: FewAtATime
}

/** Journals that are read at one time. */
const READERS = 4

/** Whether the actor may propose tables and decide on them. */
export function mayGovern(actor: Actor): boolean {
  return reachOf(actor, 'govern-table') !== undefined
}

export function policyDesk(parts: PolicyParts, store: ControlStore, parties: readonly Party[]): PolicyDesk {
  const { isGoverned, examine, rowText, journalFolders: folders, readTable } = parts
  const tableOf = async (name: string) => {
    const kept = await store.read(({ tables }) => tables.findRevision(name))
    const compiled = kept && readTable(kept.content)
    return compiled?.ok ? compiled.table : undefined
  }
  return {
    ...{ isGoverned, tableOf },
    readers: new FewAtATime(READERS),
    governance: new TableGovernance({ store, examine, mayGovern }),
    governanceIn: (unit) => new TableGovernance({ store: new UnitStore(store, unit), examine, mayGovern }),
    decisions: new DecisionBook({ folders, store, rowText }),
    impactOf: (request) => impactOf({ folders, store: store.reports, parties, tableOf }, request),
  }
}
