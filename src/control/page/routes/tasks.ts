/** The list of tasks, one task, and the answer to it. */
import type { Actor } from '../../../core/restriction/party.ts'
import type { TaskOutcome } from '../../../core/restriction/requests.ts'
import type { Task } from '../../../core/restriction/restriction.ts'
import { reachOf } from '../../../restrictions/permissions.ts'
import type { ControlContext } from '../../context.ts'
import type { Form } from '../forms/form.ts'
import { problemsOf } from '../forms/refused.ts'
import type { Problem } from '../parts/problems.ts'
import { type ShownTask, type TaskAnswers, taskDonePage, taskPage, tasksPage } from '../views/tasks.ts'
import type { TroubleShown } from './changed.ts'
import {
  addressWith,
  formOf,
  goTo,
  PAGE_ROWS,
  type PageContext,
  show,
  signedIn,
  suppliersOf,
} from './page-context.ts'

export function addTaskPages(page: PageContext, trouble: TroubleShown): void {
  page.get('/tasks', { operation: 'tasks' }, (context) => list(page, context))
  page.get('/tasks/:id', { operation: 'tasks' }, async (context) => {
    const task = await taskOf(page, context)
    return task ? showTask(page, context, task, NO_ANSWERS, []) : trouble.notFound(context)
  })
  page.get('/tasks/:id/done', { operation: 'tasks' }, async (context) => {
    const task = await taskOf(page, context)
    return task ? show(context, taskDonePage(signedIn(context).visitor, task)) : trouble.notFound(context)
  })
  page.post('/tasks/:id', { operation: 'complete-task' }, async (context) => {
    const task = await taskOf(page, context)
    return task ? answer(page, context, task) : trouble.notFound(context)
  })
}

const NO_ANSWERS: TaskAnswers = { outcome: '', days: '', onBehalfOf: '', ticket: '' }

async function list(page: PageContext, context: ControlContext): Promise<Response> {
  const { actor, visitor } = signedIn(context)
  const isOpen = context.req.query('done') === undefined
  const after = context.req.query('after')
  const found = await page.restrictions.tasks(actor, { isOpen }, PAGE_ROWS, after)
  const tasks = await Promise.all((found.ok ? found.items : []).map((task) => withFlag(page, actor, task)))
  const shared = { done: isOpen ? undefined : 'yes' }
  const next = found.ok ? found.next : undefined
  const firstHref = after === undefined ? undefined : addressWith('/tasks', shared)
  const nextHref = next === undefined ? undefined : addressWith('/tasks', { ...shared, after: next })
  return show(context, tasksPage({ visitor, now: page.clock.now(), tasks, isOpen, firstHref, nextHref }))
}

async function withFlag(page: PageContext, actor: Actor, task: Task): Promise<ShownTask> {
  const found = await page.restrictions.find(actor, task.restriction)
  return { task, flag: found.ok ? found.flag : undefined }
}

/** The task of the address where it is the actor's to see. */
async function taskOf(page: PageContext, context: ControlContext): Promise<Task | undefined> {
  const { actor } = signedIn(context)
  const task = await page.store.read((view) => view.findTask(context.req.param('id') ?? ''))
  return task && (reachOf(actor, 'tasks') === 'any' || task.party === actor.party) ? task : undefined
}

async function showTask(
  page: PageContext,
  context: ControlContext,
  task: Task,
  answers: TaskAnswers,
  problems: readonly Problem[],
): Promise<Response> {
  const { actor, visitor } = signedIn(context)
  const shown = await withFlag(page, actor, task)
  const mayAnswer = task.doneAt === undefined && reachOf(actor, 'complete-task') !== undefined
  const clearHref =
    shown.flag && reachOf(actor, 'clear') ? addressWith('/clear', { flag: shown.flag.id }) : undefined
  const view = taskPage({
    ...shown,
    visitor,
    answers,
    suppliers: suppliersOf(page),
    mayAnswer,
    clearHref,
    problems,
  })
  return show(context, view, problems.length > 0 ? 422 : 200)
}

async function answer(page: PageContext, context: ControlContext, task: Task): Promise<Response> {
  const answers = readAnswers(await formOf(context))
  const outcome = outcomeOf(answers)
  if (!outcome) {
    return showTask(page, context, task, answers, [
      { field: 'outcome', text: 'Choose what should happen to the flag.' },
    ])
  }
  const onBehalf = { onBehalfOf: answers.onBehalfOf || undefined, ticket: answers.ticket || undefined }
  const judged = await page.restrictions.completeTask(signedIn(context).actor, task.id, outcome, onBehalf)
  if (judged.ok) return goTo(context, `/tasks/${task.id}/done`)
  // A second sending of the same answer: the first one is what counts.
  if (judged.refusals.every(({ rule }) => rule === 'task-done'))
    return goTo(context, `/tasks/${task.id}/done`)
  return showTask(page, context, task, answers, problemsOf(judged.refusals, 'outcome'))
}

function readAnswers(form: Form): TaskAnswers {
  return {
    outcome: form.text('outcome'),
    days: form.text('days'),
    onBehalfOf: form.text('onBehalfOf'),
    ticket: form.text('ticket'),
  }
}

function outcomeOf({ outcome, days }: TaskAnswers): TaskOutcome | undefined {
  if (outcome === 'keep' || outcome === 'review') return { kind: outcome }
  // Not a number of days: the rules refuse it in their own words.
  if (outcome === 'clear-after')
    return { kind: outcome, days: /^\d{1,3}$/.test(days) ? Number(days) : Number.NaN }
  return undefined
}
