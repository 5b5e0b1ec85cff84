/** The question when something takes effect: at once, or on a day at a time on the clocks of Great Britain. */
import { type Html, html } from '../../html/html.ts'
import type { Answers } from '../forms/answers.ts'
import { type Choice, radios } from './choices.ts'
import { dateField, textField } from './fields.ts'
import type { Problem } from './problems.ts'

export interface WhenField {
  readonly label: string
  readonly answers: Answers
  readonly problems: readonly Problem[]
  /** The choice that names no time. */
  readonly now: Pick<Choice, 'text' | 'hint'>
  readonly later: string
}

/** Read again by `whenOf`. */
export function whenField({ label, answers, problems, now, later }: WhenField): Html {
  return radios({
    id: 'when',
    ...{ label, problems, chosen: [answers.text('when') === 'later' ? 'later' : 'now'] },
    choices: [
      { ...now, value: 'now' },
      { value: 'later', text: later, fields: laterFields(answers, problems) },
    ],
  })
}

function laterFields(answers: Answers, problems: readonly Problem[]): Html {
  const day = dateField({ id: 'when-date', label: 'Day', value: answers.date('when-date'), problems })
  return html`${day}${textField({
    id: 'when-time',
    label: 'Time',
    hint: 'UK time on a 24-hour clock, for example 14:05',
    value: answers.text('when-time'),
    width: 10,
    problems,
  })}`
}
