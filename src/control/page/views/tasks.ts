/** What a Supplier is asked about its flags, and the form that answers. */

import type { Instant } from '../../../core/device/device.ts'
import { DAY_MS } from '../../../core/device/durations.ts'
import type { Task } from '../../../core/restriction/restriction.ts'
import { MAX_CLEAR_DELAY_DAYS, REVIEW_DAYS } from '../../../core/restriction/task-rules.ts'
import { reachOf } from '../../../restrictions/permissions.ts'
import type { FlagView } from '../../../restrictions/views.ts'
import { type Html, type HtmlValue, html, NOTHING } from '../../html/html.ts'
import { dataTable, type PageLinks, pagination, summaryList } from '../../html/lists.ts'
import { confirmationPanel, submitButton, tag } from '../../html/notices.ts'
import { timeElement } from '../../html/times.ts'
import { TASK_WORDS } from '../../html/wording.ts'
import type { Answers } from '../forms/answers.ts'
import { addressOf, subjectOf } from '../forms/subject.ts'
import { type Choice, radios } from '../parts/choices.ts'
import { formTo, page, type Visitor } from '../parts/document.ts'
import { textField } from '../parts/fields.ts'
import type { Problem } from '../parts/problems.ts'
import { ON_BEHALF, type SupplierOption } from './change.ts'
import { reasonWords } from './meter-point.ts'

/** A task with the flag it is about; absent when that can no longer be seen. */
export interface ShownTask {
  readonly task: Task
  readonly flag: FlagView | undefined
}

export interface TasksPage extends PageLinks {
  readonly visitor: Visitor
  readonly now: Instant
  readonly tasks: readonly ShownTask[]
  readonly isOpen: boolean
}

export function tasksPage(shown: TasksPage): Html {
  const { visitor, isOpen } = shown
  const other = isOpen
    ? { href: '/tasks?done=yes', text: 'Show tasks that are done' }
    : { href: '/tasks', text: 'Show open tasks' }
  return page({
    title: isOpen ? 'Tasks' : 'Tasks that are done',
    visitor,
    section: 'tasks',
    content: html`<p class="govuk-body">A flag stays as it is until its Supplier decides. Nothing is cleared because a task is late.</p>
<p class="govuk-body"><a class="govuk-link" href="${other.href}">${other.text}</a></p>
${tasksTable(shown)}${pagination(shown)}`,
  })
}

interface Column {
  readonly head: string
  readonly cell: (shown: ShownTask) => HtmlValue
}

function tasksTable({ visitor, now, tasks, isOpen }: TasksPage): Html {
  const columns = columnsOf(now, isOpen, reachOf(visitor, 'tasks') === 'any')
  return dataTable({
    caption: isOpen ? 'Open tasks, the oldest first' : 'Done, the oldest first',
    head: columns.map(({ head }) => head),
    rows: tasks.map((task) => columns.map(({ cell }) => cell(task))),
    whenEmpty: isOpen ? 'There is nothing to do.' : 'No task is done yet.',
  })
}

/** Whoever sees the tasks of all Suppliers is told whose each is. */
function columnsOf(now: Instant, isOpen: boolean, isOfAll: boolean): readonly Column[] {
  const late = (dueAt: Instant) => (isOpen && dueAt < now ? html` ${tag('Late', 'red')}` : NOTHING)
  return [
    {
      head: 'Task',
      cell: ({ task }) =>
        html`<a class="govuk-link" href="/tasks/${task.id}">${TASK_WORDS[task.kind].title}</a>`,
    },
    ...(isOfAll ? [{ head: 'Supplier', cell: ({ task }: ShownTask) => task.party }] : []),
    { head: 'Meter point', cell: ({ flag }) => flag?.mpxn ?? 'Not known' },
    { head: 'Asked', cell: ({ task }) => timeElement(task.createdAt) },
    ...(isOpen ? [{ head: 'Waiting', cell: ({ task }: ShownTask) => daysText(now - task.createdAt) }] : []),
    { head: 'Due', cell: ({ task }) => html`${timeElement(task.dueAt)}${late(task.dueAt)}` },
    { head: 'Answer', cell: ({ task }) => answerWords(task) },
  ]
}

/** `3 days`; what has not lasted a day is said to be so. */
function daysText(ms: number): string {
  const days = Math.floor(ms / DAY_MS)
  if (days < 1) return 'Less than a day'
  return days === 1 ? '1 day' : `${days} days`
}

/** Outcomes in words; a clear reason can be one too. */
const OUTCOME_WORDS: Readonly<Record<string, string>> = {
  keep: 'Keep the flag',
  review: 'Look again later',
  'clear-after': 'Clear later',
  'flag-cleared': 'The flag was cleared',
  'flag-closed': 'The flag was closed',
  'passed-on': 'Passed on to the next Supplier',
}

function answerWords({ outcome, clearAt }: Task): Html {
  if (clearAt !== undefined) return html`Clears at ${timeElement(clearAt)}`
  return html`${outcome === undefined ? 'None yet' : (OUTCOME_WORDS[outcome] ?? reasonWords(outcome))}`
}

export interface TaskPage extends ShownTask {
  readonly visitor: Visitor
  readonly answers: Answers
  readonly suppliers: readonly SupplierOption[]
  /** False for roles that only look, and for a task that is done. */
  readonly mayAnswer: boolean
  readonly clearHref: string | undefined
  readonly problems: readonly Problem[]
}

export function taskPage(shown: TaskPage): Html {
  const { visitor, task, flag, problems } = shown
  const words = TASK_WORDS[task.kind]
  return page({
    title: words.title,
    visitor,
    section: 'tasks',
    back: '/tasks',
    problems,
    content: html`<p class="govuk-body">${words.why}</p>
${summaryList([
  flag !== undefined && {
    name: 'Meter',
    value: html`<a class="govuk-link" href="${addressOf(subjectOf(flag))}">${flag.mpxn ?? 'Meter point not known'}</a>`,
  },
  flag !== undefined && { name: 'Restricted since', value: timeElement(flag.from) },
  { name: 'Asked', value: timeElement(task.createdAt) },
  { name: 'Due', value: timeElement(task.dueAt) },
  { name: 'Answer so far', value: answerWords(task) },
])}${shown.mayAnswer ? answerForm(shown) : NOTHING}`,
  })
}

function answerForm(form: TaskPage): Html {
  const { visitor, task, answers, clearHref, problems } = form
  return html`${formTo(
    visitor,
    `/tasks/${task.id}`,
    html`${ON_BEHALF.field(form)}${radios({
      id: 'outcome',
      label: 'What should happen to the flag?',
      chosen: [answers.text('outcome')],
      problems,
      choices: choicesOf(task, answers.text('days'), problems),
    })}${submitButton('Answer')}`,
  )}${
    clearHref === undefined
      ? NOTHING
      : html`<p class="govuk-body">To clear the flag now, <a class="govuk-link" href="${clearHref}">clear it here</a>; that also answers this task.</p>`
  }`
}

function choicesOf(task: Task, days: string, problems: readonly Problem[]): readonly Choice[] {
  const always: readonly Choice[] = [
    { value: 'keep', text: 'Keep it', hint: 'The consumer still wants it. The task is done.' },
    { value: 'review', text: 'Look again later', hint: `You are asked again within ${REVIEW_DAYS} days.` },
  ]
  if (task.kind !== 'review-tenancy') return always
  const fields = textField({
    id: 'days',
    label: 'Days from now',
    hint: `A whole number from 0 to ${MAX_CLEAR_DELAY_DAYS}`,
    value: days,
    width: 4,
    isNumeric: true,
    problems,
  })
  return [
    ...always,
    {
      value: 'clear-after',
      text: 'Clear it after some days',
      hint: 'You can take it back until then.',
      fields,
    },
  ]
}

/** After an answer. */
export function taskDonePage(visitor: Visitor, task: Task): Html {
  const title = 'Your answer is recorded'
  return page({
    title,
    visitor,
    section: 'tasks',
    ownHeading: true,
    content: html`${confirmationPanel(title, answerWords(task))}
<p class="govuk-body"><a class="govuk-link" href="/tasks">Back to your tasks</a></p>`,
  })
}
