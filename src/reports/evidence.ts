/**
 * What an annex needs to say of a month: the list in force and every change of it, which lists gateways really decided by, and
 * an extract of the audit with the end of its chain. It assumes nothing of where in the SEC it goes.
 */

import type { Instant } from '../core/device/device.ts'
import { HOUR_MS } from '../core/device/durations.ts'
import { type ApprovedProposal, isApproved } from '../core/policy/table-proposal.ts'
import type { Month } from '../core/report/span.ts'
import type { ChainEnd } from '../core/restriction/audit-chain.ts'
import { ACTIONS_OF_KIND } from '../core/restriction/audit-kinds.ts'
import type { Actor } from '../core/restriction/party.ts'
import { type HistoryEntry, historyEntry } from '../restrictions/views.ts'
import type { AuditEntry, ControlStore } from '../store/control-store.ts'
import { type ListInUse, listsInUse } from './lists.ts'

/** A list that was put in force by approval, and in force in some of the month. */
interface ApprovedList {
  readonly proposal: ApprovedProposal
  /** When the next one followed; absent where none did. */
  readonly until: Instant | undefined
  /** As it was handed in; empty when it is not kept. */
  readonly text: string
}

/** An entry of the audit, with as much of who and why as the role may know. */
export interface EvidenceEntry extends HistoryEntry {
  readonly index: number
  readonly subject: string
  readonly hash: string
}

export interface Evidence {
  readonly month: Month
  readonly asOf: Instant
  /** In the order in which they were first decided by. */
  readonly lists: readonly ListInUse[]
  /** In the order in which they took effect; none where tables are not governed. */
  readonly approved: readonly ApprovedList[]
  /** How many entries of each action the audit has in the month. */
  readonly actions: ReadonlyMap<string, number>
  /** Where the chain ends now. */
  readonly end: ChainEnd
  /** Everything but looking and signing in, oldest first. */
  entries(): AsyncGenerator<EvidenceEntry, void, undefined>
}

/** Entries that say who looked or came in, not what happened; they are counted and left out of the extract. */
const LOOKING: ReadonlySet<string> = new Set(Object.values(ACTIONS_OF_KIND).flat())

export async function evidenceOf(
  store: ControlStore,
  actor: Actor,
  month: Month,
  asOf: Instant,
): Promise<Evidence> {
  const actions = new Map<string, number>()
  for await (const { action } of entriesOf(store, month)) actions.set(action, (actions.get(action) ?? 0) + 1)
  return {
    ...{ month, asOf, actions },
    lists: await listsInUse(store.reports, month),
    approved: await approvedLists(store, month),
    end: await store.read((view) => view.audit.end()),
    async *entries() {
      for await (const entry of entriesOf(store, month))
        if (!LOOKING.has(entry.action)) yield evidenceEntry(entry, actor)
    },
  }
}

function evidenceEntry(entry: AuditEntry, actor: Actor): EvidenceEntry {
  const { index, subject, hash } = entry
  return { ...historyEntry(entry, actor), index, subject, hash }
}

async function approvedLists(
  store: Pick<ControlStore, 'read'>,
  { from, until }: Month,
): Promise<ApprovedList[]> {
  return store.read(async ({ tables }) => {
    const approved = (await tables.approvedProposals()).filter(isApproved)
    const lists: ApprovedList[] = []
    for (const [index, proposal] of approved.entries()) {
      const end = approved[index + 1]?.inForceAt
      if (proposal.inForceAt >= until || (end !== undefined && (end <= from || end === proposal.inForceAt)))
        continue
      const text = (await tables.findRevision(proposal.hash))?.content ?? ''
      lists.push({ proposal, until: end, text })
    }
    return lists
  })
}

const PAGE = 500

/** Entries of the month, oldest first. */
async function* entriesOf(
  store: Pick<ControlStore, 'read'>,
  { from, until }: Month,
): AsyncGenerator<AuditEntry, void, undefined> {
  for (let next = await firstSince(store, from); ; next += PAGE) {
    const entries = await store.read((view) => view.audit.from(next, PAGE))
    yield* entries.filter(({ at }) => from <= at && at < until)
    const last = entries.at(-1)
    if (entries.length < PAGE || last === undefined || last.at >= until + CLOCK_MS) return
  }
}

/** How far the clocks of control planes may be apart: entries stand in the order of commits, not quite in that of times. */
const CLOCK_MS = HOUR_MS

/** Index of an entry before which none is of the time asked for, found by halving. */
async function firstSince(store: Pick<ControlStore, 'read'>, from: Instant): Promise<number> {
  const { count } = await store.read((view) => view.audit.end())
  let [low, high] = [1, count + 1]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [entry] = await store.read((view) => view.audit.from(middle, 1))
    if (entry && entry.at < from - CLOCK_MS) low = middle + 1
    else high = middle
  }
  return low
}
