/** Clearing a flag: why, the check before it is sent, and the page for a flag that changed meanwhile. */
import type { Instant } from '../../../core/device/device.ts'
import { type DeviceKey, formatEui64 } from '../../../core/duis/eui64.ts'
import type { Resumes } from '../../../core/restriction/plain-words.ts'
import { CLEAR_REASONS } from '../../../core/restriction/requests.ts'
import type { ClearAnswers } from '../forms/clear-answers.ts'
import { addressOf, type Subject, titleOf } from '../forms/set-answers.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { radios } from '../parts/choices.ts'
import { formTo, page, type Visitor } from '../parts/document.ts'
import { textField } from '../parts/fields.ts'
import { summaryList } from '../parts/lists.ts'
import { insetText, linkButton, submitButton, tag, warningText } from '../parts/notices.ts'
import type { Problem } from '../parts/problems.ts'
import { timeOf } from '../parts/times.ts'
import { CLEAR_REASON_WORDS } from '../wording.ts'
import { onBehalfFields, type SupplierOption, whenFields } from './change-fields.ts'
import { type FlagKnown, flagStatus } from './flag-status.ts'
import { reasonWords } from './meter-point.ts'

export interface ClearForm {
  readonly visitor: Visitor
  readonly subject: Subject
  readonly action: string
  readonly answers: ClearAnswers
  readonly suppliers: readonly SupplierOption[]
  readonly problems?: readonly Problem[]
}

export function clearForm(form: ClearForm): Html {
  const { visitor, subject, action, answers, problems = [] } = form
  return page({
    title: 'Clear the flag',
    caption: titleOf(subject),
    visitor,
    section: 'search',
    back: addressOf(subject),
    problems,
    content: html`<p class="govuk-body">Readings and Alerts of this meter pass again from the time you choose. Nothing is changed until you have checked your answers.</p>
${formTo(
  visitor,
  action,
  html`${onBehalfFields(visitor, form.suppliers, answers, problems)}
${radios({
  id: 'reason',
  label: 'Why is the flag cleared?',
  chosen: [answers.reason],
  choices: CLEAR_REASONS.map((reason) => ({ value: reason, text: CLEAR_REASON_WORDS[reason] })),
  problems,
})}${textField({
  id: 'reference',
  label: 'Reference to the instruction',
  hint: 'Your own reference, for example CASE-4712. No name, address, e-mail, phone or meter point number.',
  value: answers.reference,
  width: 30,
  problems,
})}${whenFields('When should the flag end?', answers.when, problems)}${submitButton('Continue')}`,
)}`,
  })
}

export interface ClearCheck {
  readonly visitor: Visitor
  readonly subject: Subject
  readonly action: string
  readonly changeHref: string
  readonly answers: ClearAnswers
  /** Undefined for now. */
  readonly at: Instant | undefined
  readonly onBehalfOf: string | undefined
  readonly effects: Resumes & { readonly stayRestricted: readonly DeviceKey[] }
  /** The flag is cleared already, or is to be cleared then. */
  readonly isCleared: boolean
}

export function clearCheck(check: ClearCheck): Html {
  const { visitor, subject, action, changeHref, answers, at, onBehalfOf } = check
  const change = (field: string, what: string) => ({ href: `${changeHref}#${field}`, what })
  return page({
    title: 'Check before you clear the flag',
    caption: titleOf(subject),
    visitor,
    section: 'search',
    back: changeHref,
    content: html`${check.isCleared ? warningText('This flag ends then already. Sending this changes nothing.') : NOTHING}
<h2 class="govuk-heading-m">What changes</h2>
${resumes(check.effects)}
<h2 class="govuk-heading-m">Your answers</h2>
${summaryList([
  onBehalfOf !== undefined && {
    name: 'Acting for',
    value: `${onBehalfOf}, ticket ${answers.ticket}`,
    change: change('onBehalfOf', 'whom you act for'),
  },
  { name: 'Reason', value: reasonWords(answers.reason), change: change('reason', 'the reason') },
  { name: 'Reference', value: answers.reference, change: change('reference', 'the reference') },
  { name: 'Ends', value: at === undefined ? 'Now' : timeOf(at), change: change('when', 'when it ends') },
])}
${formTo(visitor, action, submitButton('Clear the flag'))}`,
  })
}

/** What passes again, what does not come back, and which Devices another flag still covers. */
function resumes({ resumes: again, notes, stayRestricted }: ClearCheck['effects']): Html {
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

export interface ChangedMeanwhile {
  readonly visitor: Visitor
  readonly subject: Subject
  readonly known: FlagKnown
  readonly now: Instant
}

/** For a change that was asked for on the ground of a state that no longer holds. */
export function changedMeanwhilePage({ visitor, subject, known, now }: ChangedMeanwhile): Html {
  const here = addressOf(subject)
  return page({
    title: 'The flag has changed meanwhile',
    caption: titleOf(subject),
    visitor,
    section: 'search',
    content: html`${insetText('Somebody else changed this flag after you began. Your change was not made.')}
<h2 class="govuk-heading-m">How it stands now</h2>${flagStatus(known, now, here)}
${linkButton(here, 'See the meter and decide again')}`,
  })
}
