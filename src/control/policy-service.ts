/**
 * What the API and the page do about tables and decisions: governance, history, the impact report, and explaining a
 * decision. Formats and files are the composition root's business; it gives them as parts.
 */
import type { Instant } from '../core/device/device.ts'
import { formatEui64 } from '../core/duis/eui64.ts'
import type { CompiledTable, Table } from '../core/policy/table.ts'
import { differencesOf, type TableDifference } from '../core/policy/table-diff.ts'
import { isApproved, stageOf, type TableProposal } from '../core/policy/table-proposal.ts'
import { type BoundedSpan, type Month, monthAt, monthsLater } from '../core/report/span.ts'
import type { Actor, Party } from '../core/restriction/party.ts'
import type { ExamineTable } from '../governance/examine-table.ts'
import { type ProposalView, TableGovernance } from '../governance/table-governance.ts'
import { type TableSpan, tableHistory } from '../governance/table-history.ts'
import { DecisionBook, type ExplainedRecord } from '../journal/decision-book.ts'
import { type ImpactReport, impactOf } from '../journal/impact-report.ts'
import { reachOf } from '../restrictions/permissions.ts'
import { type ControlUnit, type GatewayStatus, type Page, within } from '../store/control-store.ts'
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
export interface GatewaysRunning {
  readonly live: number
  readonly running: number
}

/** Which table was in force when. */
export interface TableHistory {
  readonly now: Instant
  /** Oldest first; the last ones may lie ahead. */
  readonly spans: readonly TableSpan[]
  /** Undefined before the first. */
  readonly inForce: TableSpan | undefined
  /** Those that run the table in force. */
  readonly gateways: GatewaysRunning
}

/** A proposal with everything an approver reads. */
export interface WholeProposal {
  readonly proposal: ProposalView
  readonly content: string
  /** Against the table that it was made against; undefined where there was none, or none that can be used here. */
  readonly differences: readonly TableDifference[] | undefined
  /** Those that run the table once it is approved. */
  readonly gateways: GatewaysRunning
}

/** Journals that are read at one time, so that no number of readers can take the disk from the gateway. */
const READERS = 4
/** Some seconds of reading; `duisgate table impact` reads without a bound. */
export const MAX_IMPACT_RECORDS = 500_000

/** Whether the actor may propose tables and decide on them. */
export function mayGovern(actor: Actor): boolean {
  return reachOf(actor, 'govern-table') !== undefined
}

type PolicyPorts = Pick<ControlPorts, 'store' | 'parties' | 'table' | 'clock'>

export class PolicyService {
  readonly isGoverned: boolean
  readonly governance: TableGovernance
  readonly #parts: PolicyParts
  readonly #ports: PolicyPorts
  readonly #readers = new FewAtATime(READERS)
  readonly #book: DecisionBook

  constructor(parts: PolicyParts, ports: PolicyPorts) {
    const { isGoverned, examine, rowText, journalFolders: folders } = parts
    const { store } = ports
    this.#parts = parts
    this.#ports = ports
    this.#book = new DecisionBook({ folders, store, rowText })
    this.isGoverned = isGoverned
    this.governance = new TableGovernance({ store, examine, mayGovern })
  }

  /** Governance inside a transaction that has begun. */
  governanceIn(unit: ControlUnit): TableGovernance {
    return new TableGovernance({ store: within(unit), examine: this.#parts.examine, mayGovern })
  }

  async history(): Promise<TableHistory> {
    const { store } = this.#ports
    const spans = await tableHistory(store)
    const { now, gateways } = await store.read(async (view) => ({
      now: await view.tables.now(),
      gateways: await view.gateways.statuses(),
    }))
    const inForce = spans.findLast(({ from }) => from <= now)
    return { now, spans, inForce, gateways: gatewaysRunning(gateways, inForce?.proposal.revision) }
  }

  /** The table in force `at` that time (now when undefined) with its text; undefined before the first. */
  async textAt(at: Instant | undefined): Promise<(TableSpan & { readonly content: string }) | undefined> {
    const { spans, now } = await this.history()
    const span = spans.findLast(({ from }) => from <= (at ?? now))
    const kept =
      span && (await this.#ports.store.read(({ tables }) => tables.findRevision(span.proposal.hash)))
    return span && kept && { ...span, content: kept.content }
  }

  /** Newest first. */
  async proposals(limit: number, after?: string): Promise<Page<ProposalView>> {
    const { now, inForce } = await this.history()
    const { items, next } = await this.#ports.store.read(({ tables }) => tables.listProposals(limit, after))
    return { items: items.map((item) => viewOf(item, inForce, now)), next }
  }

  async proposal(id: string): Promise<WholeProposal | undefined> {
    const { now, inForce } = await this.history()
    const seen = await this.#ports.store.read(async (view) => {
      const proposal = await view.tables.findProposal(id)
      const kept = proposal && (await view.tables.findRevision(proposal.hash))
      return proposal && kept && { proposal, kept, gateways: await view.gateways.statuses() }
    })
    if (!seen) return undefined
    const { proposal, kept, gateways } = seen
    const before = proposal.basis === undefined ? undefined : await this.#keptTable(proposal.basis)
    const after = await this.#keptTable(proposal.hash)
    return {
      proposal: viewOf(proposal, inForce, now),
      content: kept.content,
      differences: before && after && differencesOf(before, after),
      gateways: gatewaysRunning(gateways, isApproved(proposal) ? proposal.revision : undefined),
    }
  }

  /**
   * The table that gateways decide by: that of the control plane, unless every live gateway reports another one (between two
   * readings of a configuration, or where the settings differ), of which gateways have the text kept. Undefined when live
   * gateways run only tables whose text the store does not have yet.
   */
  async running(): Promise<Table | undefined> {
    const own = this.#ports.table()
    const gateways = await this.#ports.store.read((view) => view.gateways.statuses())
    const revisions = gateways.filter(({ isLive }) => isLive).map(({ tableRevision }) => tableRevision)
    if (revisions.length === 0 || revisions.includes(own.revision)) return own
    for (const revision of new Set(revisions)) {
      const running = await this.#keptTable(revision)
      if (running) return running
    }
    return undefined
  }

  /**
   * What the kept table of a hash or revision would have changed in a month, the last one when undefined. Undefined where none
   * is kept, or where it cannot be used here.
   */
  impact(
    name: string,
    month: Month | undefined,
    maxRecords = MAX_IMPACT_RECORDS,
  ): Promise<ImpactReport | undefined | 'too-many'> {
    const { store, parties, clock } = this.#ports
    return this.#readers.run(async () => {
      const asked = await this.#keptTable(name)
      const { from, until } = month ?? monthsLater(monthAt(clock.now()), -1)
      const tableOf = (revision: string) => this.#keptTable(revision)
      const sources = { folders: this.#parts.journalFolders, store: store.reports, parties, tableOf }
      return asked && impactOf(sources, { table: asked, span: { from, until }, maxRecords })
    })
  }

  /** Decisions of an ID that the actor may see. */
  decisions(actor: Actor, id: string): Promise<readonly ExplainedRecord[] | 'too-many'> {
    return this.#readers.run(async () => seenBy(actor, this.#ports.parties, await this.#book.find(id)))
  }

  /** Decisions on messages with a RequestID that arrived within the span. */
  decisionsByRequest(
    actor: Actor,
    requestId: string,
    span: BoundedSpan,
  ): Promise<readonly ExplainedRecord[] | 'too-many'> {
    return this.#readers.run(async () =>
      seenBy(actor, this.#ports.parties, await this.#book.findByRequest(requestId, span)),
    )
  }

  /** The kept table of a hash or revision; undefined where none is kept, or where it cannot be used here. */
  async #keptTable(name: string): Promise<Table | undefined> {
    const kept = await this.#ports.store.read(({ tables }) => tables.findRevision(name))
    const compiled = kept && this.#parts.readTable(kept.content)
    return compiled?.ok ? compiled.table : undefined
  }
}

function gatewaysRunning(gateways: readonly GatewayStatus[], revision: string | undefined): GatewaysRunning {
  const live = gateways.filter(({ isLive }) => isLive)
  return { live: live.length, running: live.filter(({ tableRevision }) => tableRevision === revision).length }
}

function viewOf(proposal: TableProposal, inForce: TableSpan | undefined, now: Instant): ProposalView {
  return { ...proposal, stage: stageOf(proposal, inForce?.proposal.id, now) }
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
