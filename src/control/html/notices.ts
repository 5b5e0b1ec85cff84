/** What stands out from the text: warnings, insets, the panel of a receipt, tags, buttons. */
import { type Html, type HtmlValue, html } from './html.ts'

/** Something to heed before going on. */
export function warningText(text: HtmlValue): Html {
  return html`<div class="govuk-warning-text">
  <span class="govuk-warning-text__icon" aria-hidden="true">!</span>
  <strong class="govuk-warning-text__text"><span class="govuk-visually-hidden">Warning</span> ${text}</strong>
</div>`
}

/** Something worth setting apart. */
export function insetText(text: HtmlValue): Html {
  return html`<div class="govuk-inset-text">${text}</div>`
}

/** The panel of a confirmation page; `title` is its one heading. */
export function confirmationPanel(title: string, body: HtmlValue): Html {
  return html`<div class="govuk-panel govuk-panel--confirmation">
  <h1 class="govuk-panel__title">${title}</h1>
  <div class="govuk-panel__body dg-panel-body">${body}</div>
</div>`
}

/** Colours of GOV.UK Frontend tags. The word in the tag says the same as its colour. */
export type TagColour = 'grey' | 'green' | 'blue' | 'yellow' | 'red' | 'orange' | 'purple'

export function tag(text: string, colour: TagColour): Html {
  return html`<strong class="govuk-tag govuk-tag--${colour}">${text}</strong>`
}

/** A button that sends the form around it, once however often it is pressed. */
export function submitButton(text: string, look: 'plain' | 'secondary' | 'warning' = 'plain'): Html {
  const looks = look === 'plain' ? '' : ` govuk-button--${look}`
  return html`<button type="submit" class="govuk-button${looks}" data-module="govuk-button" data-prevent-double-click="true">${text}</button>`
}

/** A link in the shape of a button, for the one thing that starts here. */
export function linkButton(href: string, text: string, look: 'plain' | 'secondary' = 'plain'): Html {
  const looks = look === 'plain' ? '' : ' govuk-button--secondary'
  return html`<a href="${href}" role="button" draggable="false" class="govuk-button${looks}" data-module="govuk-button">${text}</a>`
}

/** Text that opens when asked for. */
export function details(summary: string, content: HtmlValue): Html {
  return html`<details class="govuk-details"><summary class="govuk-details__summary"><span class="govuk-details__summary-text">${summary}</span></summary>
  <div class="govuk-details__text">${content}</div></details>`
}
