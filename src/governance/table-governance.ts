/**
 * Putting tables in force for everybody who may: the API, the page and the CLI.
 *
 * Each operation is one transaction of the store: it reads what the rules look at, asks them (`core/policy`), and writes
 * what they answer with its audit entry. A refusal is a value, and is in the audit too. Times are the store's. What is thrown
 * comes from the store, and then nothing was written.
 */

import { randomBytes } from 'node:crypto'
import { type Instant, instantOf } from '../core/device/device.ts'
import { isoTimeIfAny } from '../core/device/iso-time.ts'
import {
  judgeApproval,
  judgeRejection,
  judgeTerms,
  refuseTable,
  type TableRefusal,
} from '../core/policy/governance-rules.ts'
import type { Table } from '../core/policy/table.ts'
import {
  type ApprovedProposal,
  inForceAt,
  isApproved,
  type ProposalStage,
  scheduledAfter,
  stageOf,
  type TableProposal,
} from '../core/policy/table-proposal.ts'
import { revisionOfHash, type TableRevision, tableHashOf } from '../core/policy/table-revision.ts'
import { idOf, RANDOM_BYTES } from '../core/restriction/ids.ts'
import type { Actor } from '../core/restriction/party.ts'
import { keptText } from '../core/restriction/typed-text.ts'
import type { ControlUnit, Transactions } from '../store/control-store.ts'
import { type ExamineTable, isExamined } from './examine-table.ts'

export interface TableGovernanceOptions {
  readonly store: Transactions
  readonly examine: ExamineTable
  /** Whether the actor may propose and decide. */
  readonly mayGovern: (actor: Actor) => boolean
  /** Random when absent. */
  readonly newId?: (at: Instant) => string
}

export interface ProposeRequest {
  /** The table as YAML. */
  readonly content: string
  /** Its unit tests as YAML. */
  readonly tests: string
  readonly reason: string
  /** When it is to take effect; absent: once approved. */
  readonly from?: Instant | undefined
  readonly isShadow?: boolean | undefined
}

export interface RollBackRequest {
  /** Hash or revision of a table that was in force before. */
  readonly revision: string
  readonly reason: string
}

/** A proposal and where in its life it is. */
export interface ProposalView extends TableProposal {
  readonly stage: ProposalStage
}

/** `already-…`: it was so before, and nothing was written. */
type GovernanceOutcome =
  | 'proposed'
  | 'already-proposed'
  | 'approved'
  | 'already-approved'
  | 'rejected'
  | 'withdrawn'
  | 'already-rejected'

export interface Governed {
  readonly ok: true
  readonly outcome: GovernanceOutcome
  readonly proposal: ProposalView
  /** Approved proposals that take effect after this one. */
  readonly scheduled: readonly ApprovedProposal[]
}

export interface TableRefused {
  readonly ok: false
  readonly refusals: readonly TableRefusal[]
}

export class TableGovernance {
  readonly #store: TableGovernanceOptions['store']
  readonly #examine: ExamineTable
  readonly #mayGovern: TableGovernanceOptions['mayGovern']
  readonly #newId: (at: Instant) => string

  constructor({ store, examine, mayGovern, newId = randomProposalId }: TableGovernanceOptions) {
    this.#store = store
    this.#examine = examine
    this.#mayGovern = mayGovern
    this.#newId = newId
  }

  /** Proposes a table. Proposing what is proposed already answers the proposal there is. */
  propose(actor: Actor, request: ProposeRequest): Promise<Governed | TableRefused> {
    const hash = tableHashOf(request.content)
    return this.#govern(actor, 'propose', revisionOfHash(hash), async (doing) => {
      const { unit, now } = doing
      const { reason, from, isShadow = false } = request
      const examined = this.#examine(request.content, request.tests)
      const refusals = [...judgeTerms(reason, from, now), ...(isExamined(examined) ? [] : examined.refusals)]
      if (refusals.length > 0 || !isExamined(examined)) return { ok: false, refusals }
      await keepText(unit, examined.table, request.content, now)
      const terms = { kind: 'change', reason, from, isShadow, tests: request.tests } as const
      return this.#proposed(doing, { ...terms, hash, name: examined.table.name })
    })
  }

  /** Proposes to bring back a table that was in force before, as soon as it is approved. */
  rollBack(actor: Actor, { revision, reason }: RollBackRequest): Promise<Governed | TableRefused> {
    return this.#govern(actor, 'roll-back', revision, async (doing) => {
      const { unit, now } = doing
      const earlier = await earlierProposal(unit, revision, now)
      const kept = await unit.tables.findRevision(revision)
      const refusals = [
        ...judgeTerms(reason, undefined, now),
        ...(kept ? [] : [refuseTable('unknown-revision')]),
      ]
      if (kept && !earlier) refusals.push(refuseTable('never-in-force'))
      if (!kept || !earlier || refusals.length > 0) return { ok: false, refusals }
      const examined = this.#examine(kept.content, earlier.tests)
      if (!isExamined(examined)) return { ok: false, refusals: examined.refusals }
      const { hash, name } = kept
      const terms = { kind: 'roll-back', reason, from: undefined, isShadow: false } as const
      return this.#proposed(doing, { ...terms, tests: earlier.tests, hash, name })
    })
  }

  /** Approves a proposal of somebody else; it takes effect at its time, or now where it names none or that has passed. */
  approve(actor: Actor, id: string, note?: string): Promise<Governed | TableRefused> {
    return this.#govern(actor, 'approve', id, async (doing) => {
      const { unit, now } = doing
      const proposal = await unit.tables.findProposal(id)
      if (!proposal) return { ok: false, refusals: [refuseTable('unknown-proposal')] }
      if (proposal.state === 'approved' && isSame(proposal.decidedBy, actor))
        return governed(doing, 'already-approved', proposal)
      const at = instantOf(Math.max(proposal.from ?? now, now))
      const refusals = [
        ...judgeApproval(proposal, actor, await basisAt(unit, at)),
        ...(await this.#problemsNow(unit, proposal)),
      ]
      if (refusals.length > 0) return { ok: false, refusals }
      const decidedAt = await afterAllDecided(unit, now)
      const approved = { ...decided(proposal, 'approved', actor, decidedAt, note), inForceAt: at }
      return this.#written(doing, 'approved', approved)
    })
  }

  /** Rejects a proposal, or withdraws one that was approved and is not in force yet. */
  reject(actor: Actor, id: string, reason: string): Promise<Governed | TableRefused> {
    return this.#govern(actor, 'reject', id, async (doing) => {
      const { unit, now } = doing
      const proposal = await unit.tables.findProposal(id)
      if (!proposal) return { ok: false, refusals: [refuseTable('unknown-proposal')] }
      const isDone = proposal.state === 'rejected' || proposal.state === 'withdrawn'
      if (isDone && isSame(proposal.decidedBy, actor)) return governed(doing, 'already-rejected', proposal)
      const refusals = judgeRejection(proposal, reason, now)
      if (refusals.length > 0) return { ok: false, refusals }
      const state = proposal.state === 'approved' ? 'withdrawn' : 'rejected'
      const ended = { ...decided(proposal, state, actor, now, keptText(reason)), inForceAt: undefined }
      return this.#written(doing, state, ended)
    })
  }

  /** One transaction: the role, the work, and the audit entry of a refusal. */
  #govern(
    actor: Actor,
    asked: string,
    subject: string,
    work: (doing: Doing) => Promise<Governed | TableRefused>,
  ): Promise<Governed | TableRefused> {
    return this.#store.change(async (unit) => {
      const now = await unit.tables.now()
      const outcome = this.#mayGovern(actor) ? await work({ unit, actor, now }) : denied()
      if (outcome.ok) return outcome
      const detail = { asked, rules: outcome.refusals.map(({ rule }) => rule) }
      await unit.audit.append({
        at: now,
        actor,
        action: 'table.refused',
        subject: subjectOf(subject),
        detail,
      })
      return outcome
    })
  }

  async #proposed(doing: Doing, terms: Terms): Promise<Governed | TableRefused> {
    const { unit, actor, now } = doing
    const open = await unit.tables.openProposals()
    const same = open.find((one) => isSameProposal(one, actor, terms))
    if (same) return governed(doing, 'already-proposed', same)
    const basis = await basisAt(unit, terms.from ?? now)
    const revision = revisionOfHash(terms.hash)
    if (basis === revision && !terms.isShadow)
      return { ok: false, refusals: [refuseTable('nothing-changes')] }
    const proposal: TableProposal = {
      ...terms,
      ...{ id: this.#newId(now), revision, basis, reason: keptText(terms.reason) },
      ...{ proposedBy: actor, proposedAt: now, state: 'proposed' },
      ...{ decidedBy: undefined, decidedAt: undefined, note: undefined, inForceAt: undefined },
    }
    return this.#written(doing, 'proposed', proposal)
  }

  /** The catalogue, the rules or the tests may have moved on since it was proposed. */
  async #problemsNow(unit: ControlUnit, proposal: TableProposal): Promise<readonly TableRefusal[]> {
    const kept = await unit.tables.findRevision(proposal.hash)
    if (!kept) return [refuseTable('unknown-revision')]
    const examined = this.#examine(kept.content, proposal.tests)
    return isExamined(examined) ? [] : examined.refusals
  }

  async #written(
    doing: Doing,
    outcome: 'proposed' | 'approved' | 'rejected' | 'withdrawn',
    proposal: TableProposal,
  ): Promise<Governed> {
    const { unit, actor, now } = doing
    await unit.tables.putProposal(proposal)
    const detail = detailOf(proposal)
    await unit.audit.append({ at: now, actor, action: `table.${outcome}`, subject: proposal.id, detail })
    return governed(doing, outcome, proposal)
  }
}

/** One step of governance: its transaction, and who takes it when. */
interface Doing {
  readonly unit: ControlUnit
  readonly actor: Actor
  readonly now: Instant
}

type Terms = Pick<TableProposal, 'kind' | 'hash' | 'name' | 'reason' | 'from' | 'isShadow' | 'tests'>

/** The ID source of the running system. */
function randomProposalId(at: Instant): string {
  return idOf('P', at, randomBytes(RANDOM_BYTES))
}

/** Keeps a table's text for good, so that whatever was decided by it can be explained. */
export async function keepText(
  unit: ControlUnit,
  { revision, name }: Pick<Table, 'revision' | 'name'>,
  content: string,
  keptAt: Instant,
): Promise<void> {
  const text: TableRevision = { hash: tableHashOf(content), revision, name, content, keptAt }
  await unit.tables.keepRevision(text)
}

function denied(): TableRefused {
  return { ok: false, refusals: [refuseTable('table-role')] }
}

/** Revision that is in force at `at` as things stand. */
async function basisAt(unit: ControlUnit, at: Instant): Promise<string | undefined> {
  return inForceAt(await unit.tables.approvedProposals(), at)?.revision
}

/** Now, or a moment later: of two tables that take effect at one time the one approved later counts, so no two are equal. */
async function afterAllDecided(unit: ControlUnit, now: Instant): Promise<Instant> {
  const times = (await unit.tables.approvedProposals()).map(({ decidedAt }) => decidedAt ?? 0)
  return instantOf(Math.max(now, ...times.map((time) => time + 1)))
}

/** The last proposal that put the table in force before. */
async function earlierProposal(
  unit: ControlUnit,
  name: string,
  now: Instant,
): Promise<TableProposal | undefined> {
  const before = (await unit.tables.approvedProposals()).filter(
    ({ inForceAt: at }) => at !== undefined && at <= now,
  )
  return before.findLast(({ hash, revision }) => hash === name || revision === name)
}

async function governed(
  { unit, now }: Doing,
  outcome: GovernanceOutcome,
  proposal: TableProposal,
): Promise<Governed> {
  const approved = await unit.tables.approvedProposals()
  const stage = stageOf(proposal, inForceAt(approved, now)?.id, now)
  const after = isApproved(proposal) ? proposal.inForceAt : now
  return { ok: true, outcome, proposal: { ...proposal, stage }, scheduled: scheduledAfter(approved, after) }
}

function decided(
  proposal: TableProposal,
  state: TableProposal['state'],
  actor: Actor,
  now: Instant,
  note: string | undefined,
): TableProposal {
  return { ...proposal, state, decidedBy: actor, decidedAt: now, note: keptText(note ?? '') || undefined }
}

function isSame(one: Actor | undefined, other: Actor): boolean {
  return one?.party === other.party && one.name === other.name
}

function isSameProposal(open: TableProposal, actor: Actor, { kind, hash, from, isShadow }: Terms): boolean {
  const isSameTerms =
    open.kind === kind && open.hash === hash && open.from === from && open.isShadow === isShadow
  return isSameTerms && isSame(open.proposedBy, actor)
}

/** Nothing that was typed goes into a record unless it has the shape of a name of ours. */
function subjectOf(text: string): string {
  return /^(?:P-[0-9A-Z]{26}|[0-9a-f]{12,64})$/.test(text) ? text : 'nothing known'
}

function detailOf(proposal: TableProposal): Record<string, unknown> {
  const { kind, hash, revision, name, basis, isShadow, reason, note, from, inForceAt: effective } = proposal
  return {
    ...{ kind, hash, revision, name, basis, isShadow, reason, note },
    from: isoTimeIfAny(from),
    inForceAt: isoTimeIfAny(effective),
  }
}
