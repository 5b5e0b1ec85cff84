/** Clearing a flag: why, and what that changes. */
import { formatEui64 } from '../../../core/duis/eui64.ts'
import { CLEAR_REASONS } from '../../../core/restriction/requests.ts'
import type { ClearPreview } from '../../../restrictions/clear-flag.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { submitButton, tag, warningText } from '../../html/notices.ts'
import { CLEAR_REASON_WORDS } from '../../html/wording.ts'
import { radios } from '../parts/choices.ts'
import {
  type ChangeForm,
  type ChangeShown,
  changeCheck,
  changeForm,
  ON_BEHALF,
  type Question,
  textQuestion,
  whenQuestion,
} from './change.ts'
import { reasonWords } from './meter-point.ts'

const QUESTIONS: readonly Question[] = [
  ON_BEHALF,
  {
    id: 'reason',
    name: 'Reason',
    what: 'the reason',
    field: ({ answers, problems }) =>
      radios({
        id: 'reason',
        label: 'Why is the flag cleared?',
        chosen: [answers.text('reason')],
        choices: CLEAR_REASONS.map((reason) => ({ value: reason, text: CLEAR_REASON_WORDS[reason] })),
        problems,
      }),
    answer: ({ answers }) => reasonWords(answers.text('reason')),
  },
  textQuestion(
    { name: 'Reference', what: 'the reference' },
    {
      id: 'reference',
      label: 'Reference to the instruction',
      hint: 'Your own reference, for example CASE-4712. No name, address, e-mail, phone or meter point number.',
    },
  ),
  whenQuestion({ name: 'Ends', what: 'when it ends' }, 'When should the flag end?'),
]

export function clearForm(form: ChangeForm): Html {
  return changeForm(form, {
    title: 'Clear the flag',
    introduction: 'Readings and Alerts of this meter pass again from the time you choose.',
    fields: html`${QUESTIONS.map(({ field }) => field(form))}${submitButton('Continue')}`,
  })
}

type Effects = Pick<ClearPreview, 'outcome' | 'resumes' | 'notes' | 'stayRestricted'>

export function clearCheck({ preview, ...shown }: ChangeShown & { readonly preview: Effects }): Html {
  const isCleared = preview.outcome === 'already-cleared'
  return changeCheck(shown, {
    title: 'Check before you clear the flag',
    warnings: isCleared && warningText('This flag ends then already. Sending this changes nothing.'),
    effects: resumes(preview),
    questions: QUESTIONS,
    button: submitButton('Clear the flag'),
  })
}

/** What passes again, what does not come back, and which Devices another flag still covers. */
function resumes({ resumes: again, notes, stayRestricted }: Effects): Html {
  return html`${
    again.length > 0
      ? html`<h3 class="govuk-heading-s">${tag('Passes again', 'green')} for every party that may have it</h3>
<ul class="govuk-list govuk-list--bullet">${again.map(({ text }) => html`<li>${text}</li>`)}</ul>
<h3 class="govuk-heading-s">${tag('Does not come back', 'red')}</h3>`
      : NOTHING
  }
<ul class="govuk-list govuk-list--bullet">${notes.map((note) => html`<li>${note}</li>`)}${stayRestricted.map(
    (key) => html`<li><span class="dg-id">${formatEui64(key)}</span> stays Restricted by another flag.</li>`,
  )}</ul>`
}
