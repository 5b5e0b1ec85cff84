/**
 * The part of the store's ports that keeps policy tables: their texts for good, and the proposals that put them in force.
 */
import type { Instant } from '../core/device/device.ts'
import type { TableProposal } from '../core/policy/table-proposal.ts'
import type { TableRevision } from '../core/policy/table-revision.ts'
import type { Page } from './control-store.ts'

export interface TableRecords {
  /** The store's clock, by which tables take effect. */
  now(): Promise<Instant>
  /** By hash or by revision; undefined when no such text is kept, or when it no longer fits its hash. */
  findRevision(name: string): Promise<TableRevision | undefined>
  findProposal(id: string): Promise<TableProposal | undefined>
  /** Newest first; `after` is a page's `next`. */
  listProposals(limit: number, after?: string): Promise<Page<TableProposal>>
  /** Every approved proposal, in the order in which they take effect. */
  approvedProposals(): Promise<readonly TableProposal[]>
  /** What a gateway goes by at `at`: the approved proposal in force then, later ones, and open ones in the shadow. */
  scheduleAt(at: Instant): Promise<readonly TableProposal[]>
  /** Proposals that are neither approved, rejected nor withdrawn, oldest first. */
  openProposals(): Promise<readonly TableProposal[]>
}

export interface TableChanges extends TableRecords {
  /** Keeps a text for good; one that is kept already stays as it is. */
  keepRevision(revision: TableRevision): Promise<void>
  /** Writes a proposal whole. */
  putProposal(proposal: TableProposal): Promise<void>
}
