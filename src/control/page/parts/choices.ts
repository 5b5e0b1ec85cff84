/**
 * Radios and checkboxes after GOV.UK Frontend 6, with one difference: fields that belong to a choice always show. Hiding
 * them puts `aria-expanded` on an input, which ARIA does not allow there.
 */
import { attribute, type Html, html, NOTHING } from '../../html/html.ts'
import { describedBy, type Field, group, hintOf, messageOf } from './fields.ts'
import { fieldMessage } from './problems.ts'

export interface Choice {
  readonly value: string
  readonly text: string
  readonly hint?: string
  /** Fields that matter only with this choice. */
  readonly fields?: Html
}

export interface ChoiceField extends Field {
  readonly choices: readonly Choice[]
  readonly chosen: readonly string[]
}

/** One of several. */
export function radios(field: ChoiceField): Html {
  return choiceGroup('radio', field)
}

/** Any of several; a form sends each under the same name. */
export function checkboxes(field: ChoiceField): Html {
  return choiceGroup('checkbox', field)
}

function choiceGroup(type: 'radio' | 'checkbox', field: ChoiceField): Html {
  const message = messageOf(field)
  const block = type === 'radio' ? 'govuk-radios' : 'govuk-checkboxes'
  return group(
    message,
    html`<fieldset class="govuk-fieldset"${describedBy(field, message)}>
  <legend class="govuk-fieldset__legend govuk-fieldset__legend--s">${field.label}</legend>
  ${hintOf(field)}${fieldMessage(field.id, message)}
  <div class="${block}" data-module="${block}">
    ${field.choices.map((choice, index) => item(type, block, field, choice, index))}
  </div>
</fieldset>`,
  )
}

function item(type: string, block: string, field: ChoiceField, choice: Choice, index: number): Html {
  // The first keeps the field's own ID, so that a link of the error summary leads to it.
  const id = index === 0 ? field.id : `${field.id}-${index + 1}`
  const checked = field.chosen.includes(choice.value) ? html` checked` : NOTHING
  const hint = choice.hint === undefined ? undefined : `${id}-item-hint`
  return html`<div class="${block}__item">
  <input class="${block}__input" id="${id}" name="${field.id}" type="${type}" value="${choice.value}"${checked}${attribute('aria-describedby', hint)}>
  <label class="govuk-label ${block}__label" for="${id}">${choice.text}</label>
  ${hint === undefined ? NOTHING : html`<div id="${hint}" class="govuk-hint ${block}__hint">${choice.hint}</div>`}
</div>${choice.fields === undefined ? NOTHING : html`<div class="${block}__conditional">${choice.fields}</div>`}`
}
