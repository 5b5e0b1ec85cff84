/** Setting a flag: form, check answers, change. Each step ends in a redirect. */
import type { Refused } from '../../../core/restriction/refusal.ts'
import type { SetRequest } from '../../../core/restriction/requests.ts'
import { isOpen } from '../../../core/restriction/state.ts'
import type { SetPreview } from '../../../restrictions/set-flag.ts'
import { readDeviceId } from '../../api/schemas.ts'
import type { ControlContext } from '../../context.ts'
import type { Sending, SetDraft } from '../drafts.ts'
import { problemsOf } from '../forms/refused.ts'
import { NO_SET_ANSWERS, readSetAnswers, type Subject, setRequestOf } from '../forms/set-answers.ts'
import type { Problem } from '../parts/problems.ts'
import { answersGonePage } from '../views/error-pages.ts'
import { restrictCheck, restrictForm } from '../views/restrict.ts'
import { showChanged } from './changed.ts'
import { readSearch } from './meters.ts'
import { formOf, goTo, type PageContext, show, signedIn, suppliersOf } from './page-context.ts'

const ACCESS = { operation: 'set' } as const

export function addRestrictPages(page: PageContext): void {
  page.get('/restrict', ACCESS, (context) => begin(page, context))
  page.get('/restrict/:draft', ACCESS, (context) =>
    withDraft(page, context, (id, draft) => showForm(page, context, id, draft, [])),
  )
  page.post('/restrict/:draft', ACCESS, (context) =>
    withDraft(page, context, (id, draft) => takeAnswers(page, context, id, draft)),
  )
  page.get('/restrict/:draft/check', ACCESS, (context) =>
    withDraft(page, context, (id, draft) => check(page, context, id, draft)),
  )
  page.post('/restrict/:draft/check', ACCESS, (context) =>
    withDraft(page, context, (id, draft) => send(page, context, id, draft)),
  )
}

type Step = (id: string, draft: SetDraft) => Response | Promise<Response>

/** Runs a step on its draft; a draft that led to a change already leads to its receipt. */
async function withDraft(page: PageContext, context: ControlContext, step: Step): Promise<Response> {
  const { actor, visitor } = signedIn(context)
  const id = context.req.param('draft') ?? ''
  const receipt = await page.drafts.receiptOf(actor, id)
  if (receipt !== undefined) return goTo(context, receipt)
  const draft = page.drafts.find(actor, id)
  return draft?.kind === 'set' ? step(id, draft) : show(context, answersGonePage(visitor), 404)
}

async function begin(page: PageContext, context: ControlContext): Promise<Response> {
  const subject = subjectOf(context)
  if (!subject) return goTo(context, '/search')
  const { actor } = signedIn(context)
  const version = await openVersion(page, subject)
  const draft: SetDraft = { kind: 'set', subject, version, answers: NO_SET_ANSWERS }
  return goTo(context, `/restrict/${page.drafts.keep(actor, draft)}`)
}

function subjectOf(context: ControlContext): Subject | undefined {
  const device = readDeviceId(context.req.query('device') ?? '')
  if (device !== undefined) return { kind: 'device', device }
  const reading = readSearch(context.req.query('mpxn') ?? '')
  return 'subject' in reading ? reading.subject : undefined
}

function openVersion(page: PageContext, subject: Subject): Promise<number | undefined> {
  const now = page.clock.now()
  return page.store.read(async (view) => {
    const flags =
      subject.kind === 'meter-point'
        ? await view.restrictionsOfMeterPoint(subject.mpxn)
        : await view.restrictionsOfDevice(subject.device)
    return flags.find((flag) => isOpen(flag, now))?.version
  })
}

async function showForm(
  page: PageContext,
  context: ControlContext,
  id: string,
  { subject, answers }: SetDraft,
  problems: readonly Problem[],
): Promise<Response> {
  const form = restrictForm({
    visitor: signedIn(context).visitor,
    subject,
    action: `/restrict/${id}`,
    answers,
    suppliers: suppliersOf(page),
    asksFuel: await asksFuel(page, subject),
    problems,
  })
  return show(context, form, problems.length > 0 ? 422 : 200)
}

async function asksFuel(page: PageContext, subject: Subject): Promise<boolean> {
  if (subject.kind === 'meter-point') return false
  return (await page.store.read((view) => view.findDevice(subject.device))) === undefined
}

async function takeAnswers(
  page: PageContext,
  context: ControlContext,
  id: string,
  earlier: SetDraft,
): Promise<Response> {
  const draft = { ...earlier, answers: readSetAnswers(await formOf(context)) }
  page.drafts.replace(signedIn(context).actor, id, draft)
  const judged = await judge(page, context, draft)
  if (judged.kind === 'problems') return showForm(page, context, id, draft, judged.problems)
  return goTo(context, `/restrict/${id}/check`)
}

type Judged =
  | { readonly kind: 'fits'; readonly preview: SetPreview; readonly request: SetRequest }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] }
  | { readonly kind: 'changed' }

/** What the rules say to the answers so far; nothing is written. */
async function judge(page: PageContext, context: ControlContext, draft: SetDraft): Promise<Judged> {
  const reading = setRequestOf(draft.subject, draft.answers, draft.version)
  // An unreadable time hides nothing else: the rest is judged as if it were to be now.
  const later = reading.ok ? [] : reading.problems
  const answers = reading.ok ? draft.answers : { ...draft.answers, when: NO_SET_ANSWERS.when }
  const judgeable = setRequestOf(draft.subject, answers, draft.version)
  if (!judgeable.ok) return { kind: 'problems', problems: later }
  const preview = await page.restrictions.preview(signedIn(context).actor, judgeable.request)
  if (!preview.ok && isChanged(preview)) return { kind: 'changed' }
  const problems = [...(preview.ok ? [] : problemsOf(preview.refusals, 'evidence')), ...later]
  if (!preview.ok || problems.length > 0) return { kind: 'problems', problems }
  return { kind: 'fits', preview, request: judgeable.request }
}

function isChanged({ refusals }: Refused): boolean {
  return refusals.some(({ rule }) => rule === 'version-changed')
}

async function check(
  page: PageContext,
  context: ControlContext,
  id: string,
  draft: SetDraft,
): Promise<Response> {
  const judged = await judge(page, context, draft)
  if (judged.kind === 'changed') return showChanged(page, context, draft.subject)
  if (judged.kind === 'problems') return showForm(page, context, id, draft, judged.problems)
  const { preview, request } = judged
  const { visitor } = signedIn(context)
  const members = preview.draft.members.map((key) => ({
    key,
    type: preview.devices.find((device) => device.key === key)?.type,
  }))
  const already =
    preview.outcome === 'already-set'
      ? ['This meter is Restricted already. Sending this changes nothing.']
      : []
  const answers = restrictCheck({
    visitor,
    subject: draft.subject,
    action: `/restrict/${id}/check`,
    changeHref: `/restrict/${id}`,
    answers: draft.answers,
    from: request.from,
    onBehalfOf: supplierName(page, request.onBehalfOf),
    members,
    effects: preview,
    schedules: preview.schedules,
    warnings: [...already, ...preview.warnings.map(({ text }) => text)],
  })
  return show(context, answers)
}

/** `North Energy (SUP-A)`; undefined for nobody. */
export function supplierName(page: PageContext, id: string | undefined): string | undefined {
  const party = page.parties.find((each) => each.id === id)
  return party ? `${party.name} (${party.id})` : id
}

async function send(
  page: PageContext,
  context: ControlContext,
  id: string,
  draft: SetDraft,
): Promise<Response> {
  const { actor } = signedIn(context)
  const sent = await page.drafts.send(actor, id, () => change(page, context, draft))
  if ('receipt' in sent) return goTo(context, sent.receipt)
  if (sent.obstacle === 'changed') return showChanged(page, context, draft.subject)
  return showForm(page, context, id, draft, sent.obstacle)
}

type Obstacle = readonly Problem[] | 'changed'

async function change(
  page: PageContext,
  context: ControlContext,
  draft: SetDraft,
): Promise<Sending<Obstacle>> {
  const reading = setRequestOf(draft.subject, draft.answers, draft.version)
  if (!reading.ok) return { obstacle: reading.problems }
  const outcome = await page.restrictions.set(signedIn(context).actor, reading.request)
  if (outcome.ok) return { receipt: `/receipts/${outcome.restriction.id}/set` }
  return { obstacle: isChanged(outcome) ? 'changed' : problemsOf(outcome.refusals, 'evidence') }
}
