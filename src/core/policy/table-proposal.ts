/**
 * The life of a proposal to put a table in force: proposed by one person, approved or rejected by another, in force from
 * its time on, superseded by the next.
 *
 * Which table is in force at an instant follows from the approved proposals alone, so it can be told of any past date, and
 * nothing has to happen at the moment of a switch but that the time comes.
 */
import type { Instant } from '../device/device.ts'
import type { Actor } from '../restriction/party.ts'

/** `change` brings a table in; `roll-back` brings back one that was in force before. */
type ProposalKind = 'change' | 'roll-back'

/** `withdrawn`: approved, and taken back before it took effect. */
type ProposalState = 'proposed' | 'approved' | 'rejected' | 'withdrawn'

export interface TableProposal {
  readonly id: string
  readonly kind: ProposalKind
  /** Of the table it is about. */
  readonly hash: string
  readonly revision: string
  /** The name that the table gives itself. */
  readonly name: string
  /** Gateways decide by it as well while it is open, and only count what would be different. */
  readonly isShadow: boolean
  readonly reason: string
  /** When it is to take effect; absent: when it is approved. */
  readonly from: Instant | undefined
  /** Revision that it was made against: the one in force at `from` as things stood; absent when there was none. */
  readonly basis: string | undefined
  /** Unit tests of the table as YAML. */
  readonly tests: string
  readonly proposedBy: Actor
  readonly proposedAt: Instant
  readonly state: ProposalState
  /** Who approved, rejected or withdrew it, when and why; absent while it is proposed. */
  readonly decidedBy: Actor | undefined
  readonly decidedAt: Instant | undefined
  readonly note: string | undefined
  /** When it takes or took effect, by the store's clock; present exactly once it was approved. */
  readonly inForceAt: Instant | undefined
}

/** A proposal that was approved and not withdrawn. */
export type ApprovedProposal = TableProposal & { readonly state: 'approved'; readonly inForceAt: Instant }

/** Where in its life a proposal is. */
export type ProposalStage = 'proposed' | 'scheduled' | 'in-force' | 'superseded' | 'rejected' | 'withdrawn'

export function isApproved(proposal: TableProposal): proposal is ApprovedProposal {
  return proposal.state === 'approved' && proposal.inForceAt !== undefined
}

/** The proposal whose table is in force at `at`: of those whose time has come the latest. Absent before the first. */
export function inForceAt(proposals: readonly TableProposal[], at: Instant): ApprovedProposal | undefined {
  return proposals
    .filter(isApproved)
    .filter((proposal) => proposal.inForceAt <= at)
    .sort(byTime)
    .at(-1)
}

/** Approved proposals whose time has not come, the next one first. */
export function scheduledAfter(
  proposals: readonly TableProposal[],
  at: Instant,
): readonly ApprovedProposal[] {
  return proposals
    .filter(isApproved)
    .filter((proposal) => proposal.inForceAt > at)
    .sort(byTime)
}

/** Of two that take effect at one time the one approved later counts. */
function byTime(one: ApprovedProposal, other: ApprovedProposal): number {
  return (
    one.inForceAt - other.inForceAt ||
    (one.decidedAt ?? 0) - (other.decidedAt ?? 0) ||
    (one.id < other.id ? -1 : 1)
  )
}

/** The open proposal whose table runs in the shadow: of those that ask for it the one proposed last. */
export function shadowOf(proposals: readonly TableProposal[], at: Instant): TableProposal | undefined {
  return proposals
    .filter((proposal) => proposal.isShadow && (proposal.state === 'proposed' || isScheduled(proposal, at)))
    .sort((one, other) => one.proposedAt - other.proposedAt || (one.id < other.id ? -1 : 1))
    .at(-1)
}

function isScheduled(proposal: TableProposal, at: Instant): boolean {
  return isApproved(proposal) && proposal.inForceAt > at
}

/** Where the proposal is in its life at `at`; `inForce` is the ID of the one in force then. */
export function stageOf(proposal: TableProposal, inForce: string | undefined, at: Instant): ProposalStage {
  if (!isApproved(proposal)) return proposal.state === 'approved' ? 'proposed' : proposal.state
  if (proposal.inForceAt > at) return 'scheduled'
  return proposal.id === inForce ? 'in-force' : 'superseded'
}
