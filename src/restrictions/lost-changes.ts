/**
 * Changes that were confirmed and that the store has lost since: it was restored from a backup, or a standby that had not received
 * them became the primary. Found by entries of the audit that were kept elsewhere; whoever had a change confirmed is asked to
 * make it again. Nothing is set or cleared by itself: the home may have changed hands meanwhile.
 */
import { z } from 'zod'
import { parseEui64 } from '../core/duis/eui64.ts'
import type { AuditEntry } from '../core/restriction/audit-chain.ts'
import type { RestrictionRecord } from '../core/restriction/restriction.ts'
import type { ControlStore } from '../store/control-store.ts'
import { type RestrictionContext, systemActor } from './context.ts'
import { ask, type Doing, inChange } from './written.ts'

/** Entries read of the store at a time. */
const PAGE = 500

/** Those of the entries that the audit of the store does not have, in their order. */
export async function lostEntries(
  store: Pick<ControlStore, 'read'>,
  kept: readonly AuditEntry[],
): Promise<readonly AuditEntry[]> {
  const lost: AuditEntry[] = []
  for (let from = 0; from < kept.length; from += PAGE) {
    const page = kept.slice(from, from + PAGE)
    const indexes = page.map(({ index }) => index)
    const first = Math.min(...indexes)
    const there = await store.read(({ audit }) => audit.from(first, Math.max(...indexes) - first + 1))
    const hashes = new Set(there.map(({ hash }) => hash))
    lost.push(...page.filter(({ hash }) => !hashes.has(hash)))
  }
  return lost
}

/** By which a flag is set, changed or cleared, and whoever asked for it is told so. */
const ANSWERED = ['restriction.set', 'restriction.changed', 'restriction.cleared']

/** The detail of such an entry, as far as it is needed. */
const detailSchema = z.object({
  mpxn: z.string().optional(),
  fuel: z.enum(['electricity', 'gas']),
  version: z.int(),
  declaration: z.custom<RestrictionRecord['declaration']>((given) => typeof given === 'object'),
  reference: z.string().optional(),
  onBehalfOf: z.string().optional(),
  ticket: z.string().optional(),
  meter: z.string().transform((text) => parseEui64(text) ?? z.NEVER),
})

interface LostChange {
  readonly entry: AuditEntry
  /** The Supplier that was answered. */
  readonly party: string
  readonly detail: z.output<typeof detailSchema>
}

/** The last change of each flag among the entries that a Supplier made, or the Service Centre for it. */
export function lostChanges(lost: readonly AuditEntry[]): readonly LostChange[] {
  const last = new Map<string, LostChange>()
  for (const entry of lost) {
    const read = detailSchema.safeParse(entry.detail)
    if (!ANSWERED.includes(entry.action) || !read.success) continue
    const party = read.data.onBehalfOf ?? (entry.actor.role === 'supplier' ? entry.actor.party : undefined)
    if (party !== undefined) last.set(entry.subject, { entry, party, detail: read.data })
  }
  return [...last.values()]
}

/** Asks each Supplier once to make its change again; answers how many were asked now. */
export async function askToRepeat(
  context: RestrictionContext,
  changes: readonly LostChange[],
): Promise<number> {
  let asked = 0
  for (const change of changes)
    if (await inChange(context, systemActor('jobs'), (doing) => askOnce(doing, change))) asked++
  return asked
}

async function askOnce(doing: Doing, change: LostChange): Promise<boolean> {
  const { restrictions, tasks } = doing.unit
  const id = change.entry.subject
  if ((await tasks.ofRestriction(id)).some(({ kind }) => kind === 'lost-change')) return false
  const flag = (await restrictions.find(id)) ?? (await restrictions.put(placeholderOf(doing, change)))
  await ask(doing, 'lost-change', flag, change.party)
  return true
}

/** What was lost, as a record that covers no Device at no time: the task shows by it which meter it is about. */
function placeholderOf({ now }: Doing, { entry, detail }: LostChange) {
  return {
    ...{ id: entry.subject, mpxn: detail.mpxn, fuel: detail.fuel, meter: detail.meter, members: [] },
    ...{
      from: now,
      until: now,
      isClosed: true,
      setBy: entry.actor,
      version: detail.version,
      recordedAt: now,
    },
    ...{ onBehalfOf: detail.onBehalfOf, ticket: detail.ticket, reference: detail.reference },
    ...{ declaration: detail.declaration, clearReason: undefined },
  }
}
