/** Fields that setting and clearing share: when, and for the Service Centre whom it acts for and on which ticket. */

import type { WhenAnswers } from '../forms/when.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { radios } from '../parts/choices.ts'
import type { Visitor } from '../parts/document.ts'
import { dateField, selectField, textField } from '../parts/fields.ts'
import type { Problem } from '../parts/problems.ts'

/** A Supplier that the Service Centre may act for. */
export interface SupplierOption {
  readonly id: string
  readonly name: string
}

export function whenFields(label: string, answers: WhenAnswers, problems: readonly Problem[]): Html {
  const later = html`${dateField({ id: 'when-date', label: 'Day', value: answers.day, problems })}${textField(
    {
      id: 'when-time',
      label: 'Time',
      hint: 'UK time on a 24-hour clock, for example 14:05',
      value: answers.time,
      width: 5,
      problems,
    },
  )}`
  return radios({
    id: 'when',
    label,
    problems,
    chosen: [answers.when],
    choices: [
      { value: 'now', text: 'Now', hint: 'Normally in force in every gateway within a second.' },
      { value: 'later', text: 'Later, at most 90 days ahead', fields: later },
    ],
  })
}

/** Nothing for a Supplier, who acts for itself. */
export function onBehalfFields(
  visitor: Visitor,
  suppliers: readonly SupplierOption[],
  answers: { readonly onBehalfOf: string; readonly ticket: string },
  problems: readonly Problem[],
): Html {
  if (visitor.role !== 'service-centre') return NOTHING
  const options = suppliers.map(({ id, name }) => ({ value: id, text: `${name} (${id})` }))
  return html`<h2 class="govuk-heading-m">Who you act for</h2>
${selectField({
  id: 'onBehalfOf',
  label: 'Supplier',
  hint: 'Verify with the caller that this is the Responsible Supplier.',
  value: answers.onBehalfOf,
  options: [{ value: '', text: 'Choose a Supplier' }, ...options],
  problems,
})}${textField({
  id: 'ticket',
  label: 'Ticket number',
  hint: 'For example INC-204711',
  value: answers.ticket,
  width: 20,
  problems,
})}`
}
