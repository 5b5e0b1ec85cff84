/**
 * Form fields after GOV.UK Frontend 6: label, hint, message, control. A field is named by its ID.
 */
import { attribute, type Html, html, NOTHING } from '../../html/html.ts'
import { fieldMessage, type Problem, problemOf } from './problems.ts'

export interface Field {
  /** Also the name under which the form sends it. */
  readonly id: string
  readonly label: string
  readonly hint?: string
  /** The label is the page's one heading. */
  readonly isHeading?: boolean
  /** Everything wrong with the form; the field picks out its own. */
  readonly problems?: readonly Problem[]
}

export interface TextField extends Field {
  readonly value?: string | undefined
  readonly type?: 'text' | 'password' | 'search' | 'date'
  /** `20` for identifiers, `10` for short numbers; absent: as wide as the column. */
  readonly width?: 2 | 4 | 5 | 10 | 20 | 30
  readonly isNumeric?: boolean
  readonly autocomplete?: string
  readonly maxLength?: number
}

/** A field of one line. */
export function textField(field: TextField): Html {
  const message = messageOf(field)
  const width = field.width ? ` govuk-input--width-${field.width}` : ''
  return group(
    message,
    html`${labelOf(field)}${hintOf(field)}${fieldMessage(field.id, message)}
  <input class="govuk-input${width}${message ? ' govuk-input--error' : ''}" id="${field.id}" name="${field.id}"
    type="${field.type ?? 'text'}" spellcheck="false"${field.isNumeric ? html` inputmode="numeric"` : NOTHING}${
      field.maxLength ? html` maxlength="${field.maxLength}"` : NOTHING
    }${attribute('autocomplete', field.autocomplete)}${attribute('value', field.value)}${describedBy(field, message)}>`,
  )
}

export interface SelectField extends Field {
  readonly value?: string | undefined
  readonly options: readonly { readonly value: string; readonly text: string }[]
}

/** A list to choose one of. */
export function selectField(field: SelectField): Html {
  const message = messageOf(field)
  return group(
    message,
    html`${labelOf(field)}${hintOf(field)}${fieldMessage(field.id, message)}
  <select class="govuk-select${message ? ' govuk-select--error' : ''}" id="${field.id}" name="${field.id}"${describedBy(field, message)}>
    ${field.options.map(
      ({ value, text }) =>
        html`<option value="${value}"${value === field.value ? html` selected` : NOTHING}>${text}</option>`,
    )}
  </select>`,
  )
}

/** A file to send. The form around it must be `multipart/form-data`. */
export function fileField(field: Field & { readonly accept?: string }): Html {
  const message = messageOf(field)
  return group(
    message,
    html`${labelOf(field)}${hintOf(field)}${fieldMessage(field.id, message)}
  <input class="govuk-file-upload${message ? ' govuk-file-upload--error' : ''}" id="${field.id}" name="${field.id}"
    type="file" accept="${field.accept ?? '.csv,text/csv'}"${describedBy(field, message)}>`,
  )
}

/** A date as typed: three texts that may be anything. */
export interface DateText {
  readonly day: string
  readonly month: string
  readonly year: string
}

export interface DateField extends Field {
  readonly value: DateText
}

/** A date in three fields, sent as `id-day`, `id-month`, `id-year`. The first carries the ID that summaries link to. */
export function dateField(field: DateField): Html {
  const message = messageOf(field)
  const part = (name: keyof DateText, title: string, width: 2 | 4): Html => {
    const id = name === 'day' ? field.id : `${field.id}-${name}`
    return html`<div class="govuk-date-input__item"><div class="govuk-form-group">
      <label class="govuk-label govuk-date-input__label" for="${id}">${title}</label>
      <input class="govuk-input govuk-date-input__input govuk-input--width-${width}${
        message ? ' govuk-input--error' : ''
      }" id="${id}" name="${field.id}-${name}" type="text" inputmode="numeric"${attribute('value', field.value[name])}>
    </div></div>`
  }
  return group(
    message,
    html`<fieldset class="govuk-fieldset" role="group"${describedBy(field, message)}>
  <legend class="govuk-fieldset__legend govuk-fieldset__legend--s">${field.label}</legend>
  ${hintOf(field)}${fieldMessage(field.id, message)}
  <div class="govuk-date-input">${part('day', 'Day', 2)}${part('month', 'Month', 2)}${part('year', 'Year', 4)}</div>
</fieldset>`,
  )
}

/** The message of a field that has a problem. */
export function messageOf(field: Pick<Field, 'id' | 'problems'>): string | undefined {
  return problemOf(field.problems ?? [], field.id)
}

/** The attribute that ties hint and message to the control. */
export function describedBy(field: Pick<Field, 'id' | 'hint'>, message: string | undefined): Html {
  const ids = [field.hint && `${field.id}-hint`, message && `${field.id}-error`].filter(Boolean)
  return attribute('aria-describedby', ids.join(' '))
}

/** The hint under the ID that `describedBy` names. */
export function hintOf({ id, hint }: Pick<Field, 'id' | 'hint'>): Html {
  return hint === undefined ? NOTHING : html`<div id="${id}-hint" class="govuk-hint">${hint}</div>`
}

/** A field with the line at its side that shows an error. */
export function group(message: string | undefined, content: Html): Html {
  return html`<div class="govuk-form-group${message ? ' govuk-form-group--error' : ''}">${content}</div>`
}

function labelOf({ id, label, isHeading }: Field): Html {
  if (!isHeading) return html`<label class="govuk-label" for="${id}">${label}</label>`
  return html`<h1 class="govuk-label-wrapper"><label class="govuk-label govuk-label--l" for="${id}">${label}</label></h1>`
}
