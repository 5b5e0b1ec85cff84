/**
 * Which table was in force at any time: the port for reports, the evidence pack, the page and the CLI. It follows from the
 * approved proposals, so the answer about a past instant never changes.
 */
import type { Instant } from '../core/device/device.ts'
import { type ApprovedProposal, inForceAt, isApproved } from '../core/policy/table-proposal.ts'
import type { ControlStore } from '../store/control-store.ts'

/** A table that was in force, with its text. */
export interface TableThen {
  readonly proposal: ApprovedProposal
  /** The text as it was handed in. */
  readonly content: string
}

/** A span in which one table was in force: `[from, until)`. */
export interface TableSpan {
  readonly proposal: ApprovedProposal
  readonly from: Instant
  /** Absent where nothing that is approved follows. May lie in the future. */
  readonly until: Instant | undefined
}

/** The governed table in force at `at`, by the store's clock; undefined before the first. */
export function tableAt(store: Pick<ControlStore, 'read'>, at: Instant): Promise<TableThen | undefined> {
  return store.read(async ({ tables }) => {
    const proposal = inForceAt(await tables.approvedProposals(), at)
    const kept = proposal && (await tables.findRevision(proposal.hash))
    return proposal && kept && { proposal, content: kept.content }
  })
}

/** Every span, oldest first; the last ones may still lie ahead. */
export async function tableHistory(store: Pick<ControlStore, 'read'>): Promise<readonly TableSpan[]> {
  const approved = (await store.read(({ tables }) => tables.approvedProposals())).filter(isApproved)
  // Of two that take effect at one time the later one counts: the earlier has no span.
  const effective = approved.filter((each, index) => approved[index + 1]?.inForceAt !== each.inForceAt)
  return effective.map((proposal, index) => ({
    proposal,
    from: proposal.inForceAt,
    until: effective[index + 1]?.inForceAt,
  }))
}
