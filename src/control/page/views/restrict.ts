/** Setting a flag: the declaration, and what the flag changes. */
import { formatEui64 } from '../../../core/duis/eui64.ts'
import type { StopsAndStays } from '../../../core/restriction/plain-words.ts'
import { ARS_STEPS } from '../../../core/restriction/requests.ts'
import type { SetPreview } from '../../../restrictions/set-flag.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { submitButton, tag, warningText } from '../../html/notices.ts'
import { dayText } from '../../html/times.ts'
import { FUEL_NAMES, STEP_WORDS } from '../../html/wording.ts'
import { isoDate } from '../forms/when.ts'
import { checkboxes, radios } from '../parts/choices.ts'
import { dateField } from '../parts/fields.ts'
import {
  type ChangeForm,
  type ChangeShown,
  changeCheck,
  changeForm,
  confirmQuestion,
  ON_BEHALF,
  type Question,
  textQuestion,
  whenQuestion,
} from './change.ts'
import { darkSchedules } from './receipt.ts'

const DECLARATION: readonly Question[] = [
  {
    id: 'steps',
    name: 'Steps taken',
    what: 'the steps taken',
    field: ({ visitor, answers, problems }) =>
      checkboxes({
        id: 'steps',
        label: `Which steps did ${visitor.role === 'service-centre' ? 'the Supplier' : 'you'} take before this request?`,
        hint: 'Tick all that apply.',
        chosen: answers.texts('steps'),
        choices: ARS_STEPS.map((step) => ({ value: step, text: STEP_WORDS[step] })),
        problems,
      }),
    answer({ answers }) {
      const steps = ARS_STEPS.filter((step) => answers.texts('steps').includes(step))
      return html`<ul class="govuk-list">${steps.map((step) => html`<li>${STEP_WORDS[step]}</li>`)}</ul>`
    },
  },
  {
    id: 'date',
    name: 'Preference recorded',
    what: 'the day the preference was recorded',
    field: ({ answers, problems }) =>
      dateField({
        id: 'date',
        label: 'When was the consumer’s preference recorded?',
        hint: 'For example 23 11 2026',
        value: answers.date('date'),
        problems,
      }),
    answer: ({ answers }) => dayText(isoDate(answers.date('date'))),
  },
  textQuestion(
    { name: 'Evidence', what: 'the evidence reference' },
    {
      id: 'evidence',
      label: 'Reference to your evidence',
      hint: 'Your own reference, for example CASE-4711. No name, address, e-mail, phone or meter point number.',
    },
  ),
  textQuestion(
    { name: 'Request reference', what: 'the request reference' },
    {
      id: 'reference',
      label: 'Reference to the consumer’s request (optional)',
      hint: 'Your own reference, without personal data.',
      whenEmpty: 'None given',
    },
  ),
  confirmQuestion(
    { name: 'Last resort', what: 'the last resort confirmation' },
    {
      id: 'isLastResort',
      label: 'Last resort',
      text: 'This is a last resort: the alternatives were offered and turned down',
    },
  ),
  confirmQuestion(
    { name: 'Credit mode', what: 'the payment mode confirmation' },
    { id: 'isCreditMode', label: 'Payment mode', text: 'The meter is in credit mode' },
  ),
]

const WHEN = whenQuestion({ name: 'Starts', what: 'when it starts' }, 'When should the meter be Restricted?')

/** `asksFuel`: the inventory does not know the Device, so the form has to ask. */
export function restrictForm({ asksFuel, ...form }: ChangeForm & { readonly asksFuel: boolean }): Html {
  return changeForm(form, {
    title: 'Restrict this meter',
    introduction:
      'Use this only when the consumer has refused smart functions and nothing else met the wish.',
    fields: html`${ON_BEHALF.field(form)}${asksFuel ? fuelField(form) : NOTHING}
<h2 class="govuk-heading-m">All reasonable steps</h2>${DECLARATION.map(({ field }) => field(form))}
<h2 class="govuk-heading-m">When it starts</h2>${WHEN.field(form)}
${submitButton('Continue')}`,
  })
}

function fuelField({ answers, problems }: Pick<ChangeForm, 'answers' | 'problems'>): Html {
  return radios({
    id: 'fuel',
    label: 'Which fuel does the meter measure?',
    hint: 'The inventory does not know this Device.',
    chosen: [answers.text('fuel')],
    choices: (['electricity', 'gas'] as const).map((fuel) => ({ value: fuel, text: FUEL_NAMES[fuel] })),
    problems,
  })
}

type Effects = Pick<SetPreview, 'outcome' | 'devices' | 'warnings' | 'schedules'> &
  StopsAndStays & { readonly draft: Pick<SetPreview['draft'], 'members'> }

export function restrictCheck({ preview, ...shown }: ChangeShown & { readonly preview: Effects }): Html {
  const { outcome, warnings, schedules } = preview
  const isSet = outcome === 'already-set'
  return changeCheck(shown, {
    title: 'Check before you restrict this meter',
    warnings: [
      isSet && warningText('This meter is Restricted already. Sending this changes nothing.'),
      ...warnings.map(({ text }) => warningText(text)),
    ],
    effects: stopsAndStays(preview),
    questions: [ON_BEHALF, ...DECLARATION, WHEN],
    more: html`<h2 class="govuk-heading-m">Devices that will be Restricted</h2>
<ul class="govuk-list govuk-list--bullet">${memberItems(preview)}</ul>
${darkSchedules(schedules)}`,
    button: submitButton('Restrict this meter', 'warning'),
  })
}

function memberItems({ draft, devices }: Effects): readonly Html[] {
  return draft.members.map((member) => {
    const type = devices.find(({ key }) => key === member)?.type
    return html`<li><span class="dg-id">${formatEui64(member)}</span>${type ? ` (${type})` : ''}</li>`
  })
}

/** In plain words what a set flag means, two columns where there is room. */
function stopsAndStays({ stops, stays, notes }: StopsAndStays): Html {
  return html`<div class="dg-two">
<section aria-labelledby="stops"><h3 class="govuk-heading-s" id="stops">${tag('Stops', 'red')} while the flag is set</h3>${lines(stops)}</section>
<section aria-labelledby="stays"><h3 class="govuk-heading-s" id="stays">${tag('Stays', 'green')} as it is</h3>${lines(stays)}</section>
</div>
<ul class="govuk-list govuk-list--bullet">${notes.map((note) => html`<li>${note}</li>`)}</ul>`
}

function lines(all: StopsAndStays['stops']): Html {
  if (all.length === 0) return html`<p class="govuk-body">Nothing.</p>`
  return html`<ul class="govuk-list govuk-list--bullet">${all.map(({ text }) => html`<li>${text}</li>`)}</ul>`
}
