/**
 * What is wrong with a form: said at the top with links that lead to the fields, and again at each field.
 */
import { type Html, html, NOTHING } from '../../html/html.ts'

export interface Problem {
  /** ID of the field to mend; undefined when no single field is at fault. */
  readonly field: string | undefined
  readonly text: string
}

/** The summary at the top of a page; nothing when nothing is wrong. */
export function errorSummary(problems: readonly Problem[]): Html {
  if (problems.length === 0) return NOTHING
  return html`<div class="govuk-error-summary" data-module="govuk-error-summary">
  <div role="alert">
    <h2 class="govuk-error-summary__title">There is a problem</h2>
    <div class="govuk-error-summary__body">
      <ul class="govuk-list govuk-error-summary__list">${problems.map(item)}</ul>
    </div>
  </div>
</div>`
}

function item({ field, text }: Problem): Html {
  return field === undefined ? html`<li>${text}</li>` : html`<li><a href="#${field}">${text}</a></li>`
}

/** What is wrong with one field, in one text; undefined when nothing is. */
export function problemOf(problems: readonly Problem[], field: string): string | undefined {
  const texts = problems.filter((problem) => problem.field === field).map(({ text }) => text)
  return texts.length === 0 ? undefined : texts.join(' ')
}

/** The message beside the field, under the ID that the field names as its description. */
export function fieldMessage(field: string, text: string | undefined): Html {
  if (text === undefined) return NOTHING
  return html`<p id="${field}-error" class="govuk-error-message">
    <span class="govuk-visually-hidden">Error:</span> ${text}
  </p>`
}
