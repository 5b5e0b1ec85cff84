/**
 * The audit as a role may see it. Auditors see all of it. The Service Centre, which has to answer for what it did and why a
 * meter is Restricted, sees what it did itself, and everything about one flag, meter point or Device that it names; such a
 * look is in the audit like any other.
 */
import { formatEui64, parseEui64 } from '../core/duis/eui64.ts'
import type { AuditDraft } from '../core/restriction/audit-chain.ts'
import { isId } from '../core/restriction/ids.ts'
import type { Actor } from '../core/restriction/party.ts'
import { type Refused, refuse, refused } from '../core/restriction/refusal.ts'
import type { AuditEntry, AuditFilter, Page } from '../store/control-store.ts'
import type { RestrictionContext } from './context.ts'
import { readableMpxn } from './gather.ts'
import { reachOf } from './permissions.ts'
import { checkTrail, type TrailCheck } from './trail-check.ts'
import { writeAudit } from './written.ts'

/** Newest first. */
export async function auditTrail(
  context: RestrictionContext,
  actor: Actor,
  filter: AuditFilter,
  limit: number,
  after?: string,
): Promise<({ readonly ok: true } & Page<AuditEntry>) | Refused> {
  const reach = reachOf(actor, 'audit')
  if (reach === undefined) return refused([refuse('role-not-allowed')])
  const seen = reach === 'any' ? filter : filterOfOwn(actor, filter)
  if (!seen) return refused([refuse('not-visible', { whatToDo: WHAT_TO_NAME })])
  if (reach !== 'any' && after === undefined) await noteLook(context, actor, seen)
  return { ok: true, ...(await context.store.read((view) => view.audit.list(seen, limit, after))) }
}

const WHAT_TO_NAME = 'Name one flag, meter point or Device; without one you see what your own party did.'

/** What a role that sees its own may ask for; undefined for anything else. */
function filterOfOwn(actor: Actor, filter: AuditFilter): AuditFilter | undefined {
  const { subject, party = actor.party } = filter
  if (subject === undefined) return party === actor.party ? { ...filter, party } : undefined
  const named = namedSubject(subject)
  return named === undefined ? undefined : { ...filter, subject: named }
}

/** A receipt, a task, a meter point number or a Device ID, as entries have it. */
function namedSubject(text: string): string | undefined {
  if (isId(text)) return text
  const device = parseEui64(text)
  return device === undefined ? readableMpxn(text) : formatEui64(device)
}

async function noteLook(
  { store, clock }: RestrictionContext,
  actor: Actor,
  seen: AuditFilter,
): Promise<void> {
  const { subject } = seen
  if (subject === undefined) return
  await store.change((unit) => writeAudit({ unit, actor, now: clock.now() }, 'audit.looked-up', subject, {}))
}

/** Checks the whole trail for auditors; that they did, and what was found, is in the audit. */
export async function verifyForAuditor(
  context: RestrictionContext,
  actor: Actor,
): Promise<{ readonly ok: true; readonly check: TrailCheck } | Refused> {
  if (reachOf(actor, 'audit') !== 'any') return refused([refuse('role-not-allowed')])
  const check = await checkTrail(context.store, context.checkpoints)
  const now = context.clock.now()
  await context.store.change((unit) =>
    writeAudit({ unit, actor, now }, 'audit.verified', 'audit', detailOf(check)),
  )
  return { ok: true, check }
}

function detailOf(check: TrailCheck): AuditDraft['detail'] {
  switch (check.kind) {
    case 'whole':
      return { entries: check.end.count, checkpoints: check.checkpoints.length }
    case 'broken':
      return { ...check.broken, checkpoints: check.checkpoints.length }
    case 'unchecked':
      return { ...check.fault }
  }
}
