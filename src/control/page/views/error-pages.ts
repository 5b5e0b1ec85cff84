/** Pages for what did not work. They say what to do and never what went on inside. */
import { type Html, html, NOTHING } from '../../html/html.ts'
import { PROBLEMS, type ProblemCode } from '../../http/problems.ts'
import { page, type Visitor } from '../parts/document.ts'

interface Trouble {
  readonly title: string
  readonly content: Html
}

const TROUBLES = {
  403: {
    title: 'You may not do that',
    content: html`<p class="govuk-body">Your role does not have this page, or the form was not sent from a page of this session.</p>
<p class="govuk-body">Go back, load the page again and repeat it. If you have another role, <a class="govuk-link" href="/role">change role</a> first.</p>`,
  },
  404: {
    title: 'Page not found',
    content: html`<p class="govuk-body">If you typed the address, check that it is right. If you followed a link, what it led to may not be there for your role.</p>
<p class="govuk-body"><a class="govuk-link" href="/search">Find a meter</a> or go to the <a class="govuk-link" href="/">home page</a>.</p>`,
  },
  413: {
    title: 'The file is too large',
    content: html`<p class="govuk-body">Split the file into smaller ones and send them one after the other.</p>
<p class="govuk-body"><a class="govuk-link" href="/bulk">Back to bulk upload</a></p>`,
  },
  500: {
    title: 'Sorry, something went wrong',
    content: html`<p class="govuk-body">Nothing was changed unless you have a receipt. Try again in a few minutes.</p>
<p class="govuk-body">If it goes on, tell DSP operations the reference below.</p>`,
  },
  503: {
    title: 'Sorry, the service cannot answer now',
    content: html`<p class="govuk-body">Nothing was changed. Flags that are set stay in force.</p>
<p class="govuk-body">Try again in a few minutes.</p>`,
  },
} as const satisfies Record<number, Trouble>

/** For a change that may have been made. A form that is sent again is held against the version that it was made from. */
const OUTCOME_UNKNOWN: Trouble = {
  title: 'It is not known whether your change was made',
  content: html`<p class="govuk-body">The store was told to keep it, and its answer was lost. It may have been made, or not. Flags that were set before stay in force.</p>
<p class="govuk-body">Go back and send the same form again: it is not done twice, and if it was made you are shown so. Or <a class="govuk-link" href="/search">find the meter</a> and look.</p>`,
}

/** For requests that no page of ours sends. */
const ODD_REQUEST: Trouble = {
  title: 'That did not work',
  content: html`<p class="govuk-body">The address or the form is not one that this service understands. Nothing was changed.</p>
<p class="govuk-body">Go to the <a class="govuk-link" href="/">home page</a> and start again.</p>`,
}

function troubleOf(code: ProblemCode): Trouble {
  if (code === 'outcome-unknown') return OUTCOME_UNKNOWN
  const known: Readonly<Record<number, Trouble>> = TROUBLES
  return known[PROBLEMS[code].status] ?? ODD_REQUEST
}

/** The page for a problem. `reference` is the request ID that the log names too. */
export function errorPage(code: ProblemCode, visitor: Visitor | undefined, reference?: string): Html {
  const { title, content } = troubleOf(code)
  return page({
    title,
    visitor,
    content: html`${content}${
      reference === undefined
        ? NOTHING
        : html`<p class="govuk-body">Reference: <span class="dg-id">${reference}</span></p>`
    }`,
  })
}

/** For answers that were given too long ago, or before a restart. */
export function answersGonePage(visitor: Visitor): Html {
  return page({
    title: 'Your answers are no longer here',
    visitor,
    content: html`<p class="govuk-body">They are kept for an hour, and not across a restart of this service. Nothing was changed.</p>
<p class="govuk-body"><a class="govuk-link" href="/search">Find the meter and start again</a></p>`,
  })
}
