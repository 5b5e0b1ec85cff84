/**
 * Setting and clearing a flag: a form, the check of its answers, the change. Each step ends in a redirect.
 *
 * What the two do otherwise is described by a `Change`; the steps are the same.
 */
import type { Instant } from '../../../core/device/device.ts'
import type { Refused } from '../../../core/restriction/refusal.ts'
import type { RestrictionRecord } from '../../../core/restriction/restriction.ts'
import type { Html } from '../../html/html.ts'
import type { Draft, Sending } from '../drafts.ts'
import { NO_ANSWERS } from '../forms/answers.ts'
import { problemsOf } from '../forms/refused.ts'
import { whenOf } from '../forms/when.ts'
import type { Problem } from '../parts/problems.ts'
import type { ChangeShown } from '../views/change.ts'
import { answersGonePage } from '../views/error-pages.ts'
import { showChanged } from './changed.ts'
import type { Pages, Visit } from './visit.ts'

export interface Change {
  readonly kind: Draft['kind']
  readonly path: string
  /** The field of the form that holds free text. */
  readonly freeText: string
  /** What the address asks to change; a response where it names nothing. */
  begin(visit: Visit): Promise<Pick<Draft, 'subject' | 'restriction' | 'version'> | Response>
  form(visit: Visit, shown: ChangeShown, problems: readonly Problem[]): Html | Promise<Html>
  /** What the change would do `at` that time (undefined: now), as the page to check; nothing is written. */
  preview(visit: Visit, draft: Draft, at: Instant | undefined): Promise<Previewed | Refused>
  send(visit: Visit, draft: Draft, at: Instant | undefined): Promise<Changed | Refused>
}

interface Previewed {
  readonly ok: true
  readonly checkPage: (shown: ChangeShown) => Html
}

interface Changed {
  readonly ok: true
  readonly restriction: Pick<RestrictionRecord, 'id'>
}

/** One step of a change, on its draft. */
interface Step {
  readonly visit: Visit
  readonly change: Change
  readonly id: string
  readonly draft: Draft
}

export function addChangePages({ get, post }: Pages, change: Change): void {
  const access = { operation: change.kind } as const
  const onDraft = (work: (step: Step) => Promise<Response>) => (visit: Visit) =>
    withDraft(visit, change, work)
  get(change.path, access, (visit) => begin(visit, change))
  get(`${change.path}/:draft`, access, onDraft(showForm))
  post(`${change.path}/:draft`, access, onDraft(keepAnswers))
  get(`${change.path}/:draft/check`, access, onDraft(check))
  post(`${change.path}/:draft/check`, access, onDraft(send))
}

async function begin(visit: Visit, change: Change): Promise<Response> {
  const begun = await change.begin(visit)
  if (begun instanceof Response) return begun
  const draft: Draft = { ...begun, kind: change.kind, answers: NO_ANSWERS }
  return visit.goTo(`${change.path}/${visit.page.drafts.keep(visit.actor, draft)}`)
}

/** Does a step on its draft; a draft that led to a change already leads to its receipt. */
async function withDraft(
  visit: Visit,
  change: Change,
  work: (step: Step) => Promise<Response>,
): Promise<Response> {
  const { page, actor, visitor } = visit
  const id = visit.param('draft')
  const receipt = await page.drafts.receiptOf(actor, id)
  if (receipt !== undefined) return visit.goTo(receipt)
  const draft = page.drafts.find(actor, id)
  if (draft?.kind !== change.kind) return visit.show(answersGonePage(visitor), 404)
  return work({ visit, change, id, draft })
}

function shownOf({ visit, change, id, draft: { subject, answers } }: Step): ChangeShown {
  const { visitor, suppliers } = visit
  return { visitor, suppliers, subject, answers, address: `${change.path}/${id}` }
}

async function showForm(step: Step, problems: readonly Problem[] = []): Promise<Response> {
  const { visit, change } = step
  return visit.showForm(await change.form(visit, shownOf(step), problems), problems)
}

/** What stands in the way of a change. */
type Obstacle = readonly Problem[] | 'changed'

function showObstacle(step: Step, obstacle: Obstacle): Promise<Response> {
  return obstacle === 'changed' ? showChanged(step.visit, step.draft.subject) : showForm(step, obstacle)
}

async function keepAnswers({ draft: earlier, ...rest }: Step): Promise<Response> {
  const { visit, change, id } = rest
  const draft = { ...earlier, answers: await visit.answers() }
  visit.page.drafts.replace(visit.actor, id, draft)
  const judged = await judge({ ...rest, draft })
  const isMendable = 'obstacle' in judged && judged.obstacle !== 'changed'
  return isMendable
    ? showObstacle({ ...rest, draft }, judged.obstacle)
    : visit.goTo(`${change.path}/${id}/check`)
}

/** What the rules say to the answers so far; nothing is written. */
async function judge({ visit, change, draft }: Step): Promise<Previewed | { readonly obstacle: Obstacle }> {
  const when = whenOf(draft.answers)
  // An unreadable time hides nothing else: the rest is judged as if it were to be now.
  const preview = await change.preview(visit, draft, when.ok ? when.at : undefined)
  const later = when.ok ? [] : when.problems
  if (preview.ok) return when.ok ? preview : { obstacle: later }
  const obstacle = obstacleOf(change, preview)
  return { obstacle: obstacle === 'changed' ? obstacle : [...obstacle, ...later] }
}

function obstacleOf({ freeText }: Change, { refusals }: Refused): Obstacle {
  return refusals.some(({ rule }) => rule === 'version-changed') ? 'changed' : problemsOf(refusals, freeText)
}

async function check(step: Step): Promise<Response> {
  const judged = await judge(step)
  return 'obstacle' in judged
    ? showObstacle(step, judged.obstacle)
    : step.visit.show(judged.checkPage(shownOf(step)))
}

async function send(step: Step): Promise<Response> {
  const { visit, id } = step
  const sent = await visit.page.drafts.send(visit.actor, id, () => attempt(step))
  return 'receipt' in sent ? visit.goTo(sent.receipt) : showObstacle(step, sent.obstacle)
}

async function attempt({ visit, change, draft }: Step): Promise<Sending<Obstacle>> {
  const when = whenOf(draft.answers)
  if (!when.ok) return { obstacle: when.problems }
  const done = await change.send(visit, draft, when.at)
  if (!done.ok) return { obstacle: obstacleOf(change, done) }
  return { receipt: `/receipts/${done.restriction.id}/${change.kind}` }
}
