/** What was done and what was decided: the audit with its filters and its check, and decisions by reference or RequestID. */
import { isAuditKind } from '../../../core/restriction/audit-kinds.ts'
import { reachOf } from '../../../restrictions/permissions.ts'
import type { AuditFilter } from '../../../store/control-store.ts'
import { FewAtATime } from '../../few-at-a-time.ts'
import { problemsOf } from '../forms/refused.ts'
import { ukDay } from '../forms/when.ts'
import type { Problem } from '../parts/problems.ts'
import { type AuditAsked, auditPage, auditVerifiedPage } from '../views/audit.ts'
import { decisionPage } from '../views/decision.ts'
import { PAGE_ROWS, type Pages, type Visit } from './visit.ts'

/** Checks of the whole trail, which read all of it. */
const CHECKS_AT_ONCE = 1

export function addAuditPages({ get, post, page }: Pages): void {
  const checks = new FewAtATime(CHECKS_AT_ONCE)
  get('/audit', { operation: 'audit' }, audit)
  post('/audit/verify', { operation: 'audit' }, async (visit) => {
    const done = await checks.run(() => page.restrictions.verifyAudit(visit.actor))
    if (done === 'too-many') return visit.problem({ code: 'too-many-waiting' })
    if (!done.ok) return visit.problem({ code: 'not-permitted' })
    return visit.show(auditVerifiedPage({ visitor: visit.visitor, now: visit.now, check: done.check }))
  })
  get('/decisions', { operation: 'decisions' }, decisions)
}

const NAMES = ['subject', 'party', 'name', 'action', 'from', 'until'] as const

async function audit(visit: Visit): Promise<Response> {
  const { page, actor, visitor } = visit
  const texts = Object.fromEntries(NAMES.map((name) => [name, visit.query(name)])) as Omit<AuditAsked, 'kind'>
  const kind = visit.query('kind')
  const asked: AuditAsked = { ...texts, kind: isAuditKind(kind) || kind === 'all' ? kind : 'done' }
  const wrong = dayProblems(asked)
  const found =
    wrong.length > 0
      ? undefined
      : await page.restrictions.audit(actor, filterOf(asked), PAGE_ROWS, visit.after)
  const problems = found && !found.ok ? problemsOf(found.refusals, 'subject') : wrong
  const { items: entries, next } = found?.ok ? found : { items: [], next: undefined }
  const view = auditPage({
    ...{ visitor, entries, asked, problems, mayVerify: reachOf(actor, 'audit') === 'any' },
    ...visit.pageLinks('/audit', { ...asked }, next),
  })
  return visit.showForm(view, wrong)
}

function filterOf({ kind, from, until, ...texts }: AuditAsked): AuditFilter {
  return {
    ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== '')),
    ...(kind !== 'all' && { kind }),
    since: ukDay(from)?.from,
    until: ukDay(until)?.until,
  }
}

function dayProblems(asked: AuditAsked): readonly Problem[] {
  return (['from', 'until'] as const)
    .filter((field) => asked[field] !== '' && !ukDay(asked[field]))
    .map((field) => ({ field, text: 'Enter a day, such as 2026-11-23.' }))
}

async function decisions(visit: Visit): Promise<Response> {
  const { page, actor, visitor } = visit
  const asked = {
    ...{ reference: visit.query('reference'), requestId: visit.query('requestId'), day: visit.query('day') },
  }
  const { reference, requestId, day } = asked
  const span = ukDay(day)
  if (requestId !== '' && !span) {
    const problems = [
      { field: 'day', text: 'Enter the day on which the request was sent, such as 2026-11-23.' },
    ]
    return visit.show(decisionPage({ visitor, asked, found: [], problems }), 422)
  }
  const found =
    requestId !== '' && span
      ? await page.policy.decisionsByRequest(actor, requestId, span)
      : await page.policy.decisions(actor, reference)
  if (found === 'too-many') return visit.problem({ code: 'too-many-waiting' })
  return visit.show(decisionPage({ visitor, asked, found, problems: [] }))
}
