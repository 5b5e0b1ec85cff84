/** The list of tasks, one task, and the answer to it. */
import type { Actor } from '../../../core/restriction/party.ts'
import type { TaskOutcome } from '../../../core/restriction/requests.ts'
import type { Task } from '../../../core/restriction/restriction.ts'
import { reachOf } from '../../../restrictions/permissions.ts'
import { type Answers, NO_ANSWERS } from '../forms/answers.ts'
import { problemsOf } from '../forms/refused.ts'
import type { Problem } from '../parts/problems.ts'
import { type ShownTask, taskDonePage, taskPage, tasksPage } from '../views/tasks.ts'
import { addressWith, PAGE_ROWS, type PageServices, type Pages, type Visit } from './visit.ts'

const SEEN = { operation: 'tasks' } as const

export function addTaskPages({ get, post }: Pages): void {
  get('/tasks', SEEN, list)
  get('/tasks/:id', SEEN, onTask(showTask))
  get(
    '/tasks/:id/done',
    SEEN,
    onTask(async (visit, task) => visit.show(taskDonePage(visit.visitor, task))),
  )
  post('/tasks/:id', { operation: 'complete-task' }, onTask(complete))
}

/** Does it with the task of the address where that is the actor's to see. */
function onTask(work: (visit: Visit, task: Task) => Promise<Response>) {
  return async (visit: Visit): Promise<Response> => {
    const task = await visit.page.restrictions.task(visit.actor, visit.param())
    return task ? work(visit, task) : visit.notFound()
  }
}

async function list(visit: Visit): Promise<Response> {
  const { page, actor, visitor, now } = visit
  const isOpen = visit.context.req.query('done') === undefined
  const found = await page.restrictions.tasks(actor, { isOpen }, PAGE_ROWS, visit.after)
  const tasks = await Promise.all((found.ok ? found.items : []).map((task) => withFlag(page, actor, task)))
  const query = { done: isOpen ? undefined : 'yes' }
  const links = visit.pageLinks('/tasks', query, found.ok ? found.next : undefined)
  return visit.show(tasksPage({ visitor, now, tasks, isOpen, ...links }))
}

async function withFlag({ restrictions }: PageServices, actor: Actor, task: Task): Promise<ShownTask> {
  const found = await restrictions.find(actor, task.restriction)
  return { task, flag: found.ok ? found.flag : undefined }
}

async function showTask(
  visit: Visit,
  task: Task,
  answers = NO_ANSWERS,
  problems: readonly Problem[] = [],
): Promise<Response> {
  const { page, actor, visitor, suppliers } = visit
  const shown = await withFlag(page, actor, task)
  const mayAnswer = task.doneAt === undefined && reachOf(actor, 'complete-task') !== undefined
  const clearHref =
    shown.flag && reachOf(actor, 'clear') ? addressWith('/clear', { flag: shown.flag.id }) : undefined
  const view = taskPage({ ...shown, visitor, answers, suppliers, mayAnswer, clearHref, problems })
  return visit.showForm(view, problems)
}

async function complete(visit: Visit, task: Task): Promise<Response> {
  const answers = await visit.answers()
  const outcome = outcomeOf(answers)
  if (!outcome) {
    const text = 'Choose what should happen to the flag.'
    return showTask(visit, task, answers, [{ field: 'outcome', text }])
  }
  const onBehalf = { onBehalfOf: answers.optional('onBehalfOf'), ticket: answers.optional('ticket') }
  const done = await visit.page.restrictions.completeTask(visit.actor, task.id, outcome, onBehalf)
  // A second sending of the same answer: the first one is what counts.
  if (done.ok || done.refusals.every(({ rule }) => rule === 'task-done'))
    return visit.goTo(`/tasks/${task.id}/done`)
  return showTask(visit, task, answers, problemsOf(done.refusals, 'outcome'))
}

function outcomeOf(answers: Answers): TaskOutcome | undefined {
  const [outcome, days] = [answers.text('outcome'), answers.text('days')]
  if (outcome === 'keep' || outcome === 'review') return { kind: outcome }
  // Not a number of days: the rules refuse it in their own words.
  if (outcome === 'clear-after')
    return { kind: outcome, days: /^\d{1,3}$/.test(days) ? Number(days) : Number.NaN }
  return undefined
}
