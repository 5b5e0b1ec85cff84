/**
 * What the API and the page do about tables and decisions: governance, history, the impact report, and explaining a
 * decision. Formats and files are the composition root's business; it gives them as parts.
 */
import type { Instant } from '../core/device/device.ts'
import { formatEui64 } from '../core/duis/eui64.ts'
import type { CompiledTable, Table } from '../core/policy/table.ts'
import { differencesOf, type TableDifference } from '../core/policy/table-diff.ts'
import { isApproved, stageOf, type TableProposal } from '../core/policy/table-proposal.ts'
import { type Month, monthAt, monthsLater } from '../core/report/month.ts'
import type { Actor, Party } from '../core/restriction/party.ts'
import type { ExamineTable } from '../governance/examine-table.ts'
import { type ProposalView, TableGovernance } from '../governance/table-governance.ts'
import { type TableSpan, tableHistory } from '../governance/table-history.ts'
import { DecisionBook, type ExplainedRecord } from '../journal/decision-book.ts'
import { type ImpactReport, impactOf } from '../journal/impact-report.ts'
import { reachOf } from '../restrictions/permissions.ts'
import {
  type ControlStore,
  type ControlUnit,
  type GatewayStatus,
  type Page,
  within,
} from '../store/control-store.ts'
import type { ControlPorts } from './control-ports.ts'
import { FewAtATime } from './few-at-a-time.ts'

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

/** Live gateways, and how many of them decide by one table. */
interface GatewaysRunning {
  readonly live: number
  readonly running: number
}

/** Which table was in force when. */
interface TableHistory {
  readonly now: Instant
  /** Oldest first; the last ones may lie ahead. */
  readonly spans: readonly TableSpan[]
  /** Undefined before the first. */
  readonly inForce: TableSpan | undefined
  /** Those that run the table in force. */
  readonly gateways: GatewaysRunning
}

/** A proposal with everything an approver reads. */
interface WholeProposal {
  readonly proposal: ProposalView
  readonly content: string
  /** Against the table that it was made against; undefined where there was none, or none that can be used here. */
  readonly differences: readonly TableDifference[] | undefined
  /** Those that run the table once it is approved. */
  readonly gateways: GatewaysRunning
}

export interface PolicyService {
  readonly isGoverned: boolean
  readonly governance: TableGovernance
  /** The same inside a transaction that has begun. */
  readonly governanceIn: (unit: ControlUnit) => TableGovernance
  history(): Promise<TableHistory>
  /** The table in force `at` that time (now when undefined) with its text; undefined before the first. */
  textAt(at: Instant | undefined): Promise<(TableSpan & { readonly content: string }) | undefined>
  /** Newest first. */
  proposals(limit: number, after?: string): Promise<Page<ProposalView>>
  proposal(id: string): Promise<WholeProposal | undefined>
  /**
   * The table that gateways decide by: that of the control plane, unless every live gateway reports another one (between two
   * readings of a configuration, or where the settings differ), of which gateways have the text kept. Undefined when live
   * gateways run only tables whose text the store does not have yet.
   */
  running(): Promise<Table | undefined>
  /**
   * What the kept table of a hash or revision would have changed in a month, the last one when undefined. Undefined where none
   * is kept, or where it cannot be used here.
   */
  impact(
    name: string,
    month: Month | undefined,
    maxRecords?: number,
  ): Promise<ImpactReport | undefined | 'too-many'>
  /** Decisions of an ID that the actor may see. */
  decisions(actor: Actor, id: string): Promise<readonly ExplainedRecord[] | 'too-many'>
  /** Decisions on messages with a RequestID that arrived in the 24 hours from `from` on. */
  decisionsByRequest(
    actor: Actor,
    requestId: string,
    from: Instant,
  ): Promise<readonly ExplainedRecord[] | 'too-many'>
}

/** Journals that are read at one time, so that no number of readers can take the disk from the gateway. */
const READERS = 4
/** Some seconds of reading; `duisgate table impact` reads without a bound. */
export const MAX_IMPACT_RECORDS = 500_000

/** Whether the actor may propose tables and decide on them. */
export function mayGovern(actor: Actor): boolean {
  return reachOf(actor, 'govern-table') !== undefined
}

export function policyService(
  parts: PolicyParts,
  { store, parties, table, clock }: Pick<ControlPorts, 'store' | 'parties' | 'table' | 'clock'>,
): PolicyService {
  const { isGoverned, examine, rowText, journalFolders: folders } = parts
  const readers = new FewAtATime(READERS)
  const book = new DecisionBook({ folders, store, rowText })
  const tableOf = (name: string) => keptTable(store, parts, name)
  return {
    isGoverned,
    governance: new TableGovernance({ store, examine, mayGovern }),
    governanceIn: (unit) => new TableGovernance({ store: within(unit), examine, mayGovern }),
    history: () => historyIn(store),
    async textAt(at) {
      const { spans, now } = await historyIn(store)
      const span = spans.findLast(({ from }) => from <= (at ?? now))
      const kept = span && (await store.read(({ tables }) => tables.findRevision(span.proposal.hash)))
      return span && kept && { ...span, content: kept.content }
    },
    async proposals(limit, after) {
      const { now, inForce } = await historyIn(store)
      const { items, next } = await store.read(({ tables }) => tables.listProposals(limit, after))
      return { items: items.map((item) => viewOf(item, inForce, now)), next }
    },
    proposal: (id) => wholeProposal(store, tableOf, id),
    running: () => runningTable(store, table(), tableOf),
    impact: (name, month, maxRecords = MAX_IMPACT_RECORDS) =>
      readers.run(async () => {
        const asked = await tableOf(name)
        const { from, until } = month ?? monthsLater(monthAt(clock.now()), -1)
        const sources = { folders, store: store.reports, parties, tableOf }
        return asked && impactOf(sources, { table: asked, span: { from, until }, maxRecords })
      }),
    decisions: (actor, id) => readers.run(async () => seenBy(actor, parties, await book.find(id))),
    decisionsByRequest: (actor, requestId, from) =>
      readers.run(async () => seenBy(actor, parties, await book.findByRequest(requestId, from))),
  }
}

/** The kept table of a hash or revision; undefined where none is kept, or where it cannot be used here. */
async function keptTable(
  store: ControlStore,
  { readTable }: PolicyParts,
  name: string,
): Promise<Table | undefined> {
  const kept = await store.read(({ tables }) => tables.findRevision(name))
  const compiled = kept && readTable(kept.content)
  return compiled?.ok ? compiled.table : undefined
}

async function historyIn(store: ControlStore): Promise<TableHistory> {
  const spans = await tableHistory(store)
  const { now, gateways } = await store.read(async (view) => ({
    now: await view.tables.now(),
    gateways: await view.gateways.statuses(),
  }))
  const inForce = spans.findLast(({ from }) => from <= now)
  return { now, spans, inForce, gateways: gatewaysRunning(gateways, inForce?.proposal.revision) }
}

function gatewaysRunning(gateways: readonly GatewayStatus[], revision: string | undefined): GatewaysRunning {
  const live = gateways.filter(({ isLive }) => isLive)
  return { live: live.length, running: live.filter(({ tableRevision }) => tableRevision === revision).length }
}

function viewOf(proposal: TableProposal, inForce: TableSpan | undefined, now: Instant): ProposalView {
  return { ...proposal, stage: stageOf(proposal, inForce?.proposal.id, now) }
}

type TableOf = (name: string) => Promise<Table | undefined>

async function wholeProposal(
  store: ControlStore,
  tableOf: TableOf,
  id: string,
): Promise<WholeProposal | undefined> {
  const { now, inForce } = await historyIn(store)
  const seen = await store.read(async (view) => {
    const proposal = await view.tables.findProposal(id)
    const kept = proposal && (await view.tables.findRevision(proposal.hash))
    return proposal && kept && { proposal, kept, gateways: await view.gateways.statuses() }
  })
  if (!seen) return undefined
  const { proposal, kept, gateways } = seen
  const before = proposal.basis === undefined ? undefined : await tableOf(proposal.basis)
  const after = await tableOf(proposal.hash)
  return {
    proposal: viewOf(proposal, inForce, now),
    content: kept.content,
    differences: before && after && differencesOf(before, after),
    gateways: gatewaysRunning(gateways, isApproved(proposal) ? proposal.revision : undefined),
  }
}

async function runningTable(store: ControlStore, own: Table, tableOf: TableOf): Promise<Table | undefined> {
  const gateways = await store.read((view) => view.gateways.statuses())
  const revisions = gateways.filter(({ isLive }) => isLive).map(({ tableRevision }) => tableRevision)
  if (revisions.length === 0 || revisions.includes(own.revision)) return own
  for (const revision of new Set(revisions)) {
    const running = await tableOf(revision)
    if (running) return running
  }
  return undefined
}

/** Those that the actor may see: all, or those on messages of its own party. */
function seenBy(
  actor: Actor,
  parties: readonly Party[],
  found: readonly ExplainedRecord[],
): readonly ExplainedRecord[] {
  const reach = reachOf(actor, 'decisions')
  if (reach === 'any') return found
  if (reach === undefined) return []
  const own = parties.find(({ id }) => id === actor.party)?.euis.map(formatEui64) ?? []
  return found.filter(({ record }) => record.user !== undefined && own.includes(record.user))
}
