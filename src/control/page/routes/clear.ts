/** Clearing a flag: form, check answers, change. Each step ends in a redirect. */

import type { Actor } from '../../../core/restriction/party.ts'
import type { Refused } from '../../../core/restriction/refusal.ts'
import type { ClearRequest } from '../../../core/restriction/requests.ts'
import type { ClearPreview } from '../../../restrictions/clear-flag.ts'
import type { ControlContext } from '../../context.ts'
import type { ClearDraft, Sending } from '../drafts.ts'
import { clearRequestOf, NO_CLEAR_ANSWERS, readClearAnswers } from '../forms/clear-answers.ts'
import { problemsOf } from '../forms/refused.ts'
import type { Subject } from '../forms/set-answers.ts'
import type { Problem } from '../parts/problems.ts'
import { clearCheck, clearForm } from '../views/clear.ts'
import { answersGonePage } from '../views/error-pages.ts'
import { showChanged, type TroubleShown } from './changed.ts'
import { formOf, goTo, type PageContext, show, signedIn, suppliersOf } from './page-context.ts'
import { supplierName } from './restrict.ts'

const ACCESS = { operation: 'clear' } as const

export function addClearPages(page: PageContext, trouble: TroubleShown): void {
  page.get('/clear', ACCESS, (context) => begin(page, context, trouble))
  page.get('/clear/:draft', ACCESS, (context) =>
    withDraft(page, context, (id, draft) => showForm(page, context, id, draft, [])),
  )
  page.post('/clear/:draft', ACCESS, (context) =>
    withDraft(page, context, (id, draft) => takeAnswers(page, context, id, draft)),
  )
  page.get('/clear/:draft/check', ACCESS, (context) =>
    withDraft(page, context, (id, draft) => check(page, context, id, draft)),
  )
  page.post('/clear/:draft/check', ACCESS, (context) =>
    withDraft(page, context, (id, draft) => send(page, context, id, draft)),
  )
}

type Step = (id: string, draft: ClearDraft) => Response | Promise<Response>

/** Runs a step on its draft; a draft that led to a change already leads to its receipt. */
async function withDraft(page: PageContext, context: ControlContext, step: Step): Promise<Response> {
  const { actor, visitor } = signedIn(context)
  const id = context.req.param('draft') ?? ''
  const receipt = await page.drafts.receiptOf(actor, id)
  if (receipt !== undefined) return goTo(context, receipt)
  const draft = page.drafts.find(actor, id)
  return draft?.kind === 'clear' ? step(id, draft) : show(context, answersGonePage(visitor), 404)
}

async function begin(page: PageContext, context: ControlContext, trouble: TroubleShown): Promise<Response> {
  const { actor } = signedIn(context)
  const found = await page.restrictions.find(actor, context.req.query('flag') ?? '')
  if (!found.ok) return trouble.notFound(context)
  const { id, mpxn, meter, version } = found.flag
  const subject: Subject =
    mpxn === undefined ? { kind: 'device', device: meter } : { kind: 'meter-point', mpxn }
  const draft: ClearDraft = { kind: 'clear', subject, restriction: id, version, answers: NO_CLEAR_ANSWERS }
  return goTo(context, `/clear/${page.drafts.keep(actor, draft)}`)
}

function showForm(
  page: PageContext,
  context: ControlContext,
  id: string,
  { subject, answers }: ClearDraft,
  problems: readonly Problem[],
): Response | Promise<Response> {
  const { visitor } = signedIn(context)
  const form = { visitor, subject, action: `/clear/${id}`, answers, suppliers: suppliersOf(page), problems }
  return show(context, clearForm(form), problems.length > 0 ? 422 : 200)
}

async function takeAnswers(
  page: PageContext,
  context: ControlContext,
  id: string,
  earlier: ClearDraft,
): Promise<Response> {
  const { actor } = signedIn(context)
  const draft = { ...earlier, answers: readClearAnswers(await formOf(context)) }
  page.drafts.replace(actor, id, draft)
  const judged = await judge(page, actor, draft)
  if (judged.kind === 'problems') return showForm(page, context, id, draft, judged.problems)
  return goTo(context, `/clear/${id}/check`)
}

type Judged =
  | { readonly kind: 'fits'; readonly preview: ClearPreview; readonly request: ClearRequest }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] }
  | { readonly kind: 'changed' }

/** What the rules say to the answers so far; nothing is written. */
async function judge(page: PageContext, actor: Actor, draft: ClearDraft): Promise<Judged> {
  const reading = requestOf(draft)
  // An unreadable time hides nothing else: the rest is judged as if it were to be now.
  const later = reading.ok ? [] : reading.problems
  const answers = reading.ok ? draft.answers : { ...draft.answers, when: NO_CLEAR_ANSWERS.when }
  const judgeable = requestOf({ ...draft, answers })
  if (!judgeable.ok) return { kind: 'problems', problems: later }
  const preview = await page.restrictions.previewClear(actor, judgeable.request)
  if (!preview.ok && isChanged(preview)) return { kind: 'changed' }
  const problems = [...(preview.ok ? [] : problemsOf(preview.refusals, 'reference')), ...later]
  if (!preview.ok || problems.length > 0) return { kind: 'problems', problems }
  return { kind: 'fits', preview, request: judgeable.request }
}

function requestOf({ restriction, answers, version }: ClearDraft) {
  return clearRequestOf(restriction, answers, version)
}

function isChanged({ refusals }: Refused): boolean {
  return refusals.some(({ rule }) => rule === 'version-changed')
}

async function check(
  page: PageContext,
  context: ControlContext,
  id: string,
  draft: ClearDraft,
): Promise<Response> {
  const { actor, visitor } = signedIn(context)
  const judged = await judge(page, actor, draft)
  if (judged.kind === 'changed') return showChanged(page, context, draft.subject)
  if (judged.kind === 'problems') return showForm(page, context, id, draft, judged.problems)
  const { preview, request } = judged
  const answers = clearCheck({
    ...{ visitor, subject: draft.subject, answers: draft.answers },
    ...{ action: `/clear/${id}/check`, changeHref: `/clear/${id}` },
    at: request.at,
    onBehalfOf: supplierName(page, request.onBehalfOf),
    effects: preview,
    isCleared: preview.outcome === 'already-cleared',
  })
  return show(context, answers)
}

async function send(
  page: PageContext,
  context: ControlContext,
  id: string,
  draft: ClearDraft,
): Promise<Response> {
  const { actor } = signedIn(context)
  const sent = await page.drafts.send(actor, id, () => change(page, actor, draft))
  if ('receipt' in sent) return goTo(context, sent.receipt)
  if (sent.obstacle === 'changed') return showChanged(page, context, draft.subject)
  return showForm(page, context, id, draft, sent.obstacle)
}

type Obstacle = readonly Problem[] | 'changed'

async function change(page: PageContext, actor: Actor, draft: ClearDraft): Promise<Sending<Obstacle>> {
  const reading = requestOf(draft)
  if (!reading.ok) return { obstacle: reading.problems }
  const outcome = await page.restrictions.clear(actor, reading.request)
  if (outcome.ok) return { receipt: `/receipts/${outcome.restriction.id}/clear` }
  return { obstacle: isChanged(outcome) ? 'changed' : problemsOf(outcome.refusals, 'reference') }
}
