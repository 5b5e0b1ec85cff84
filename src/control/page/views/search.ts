/** Finding a meter by any spelling of its meter point number or Device ID. */
import type { Role } from '../../../core/restriction/party.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { insetText, linkButton, submitButton } from '../../html/notices.ts'
import { page, type Visitor } from '../parts/document.ts'
import { textField } from '../parts/fields.ts'
import type { Problem } from '../parts/problems.ts'

/** Something that was looked for and not found. */
export interface Missing {
  readonly kind: 'meter-point' | 'device'
  /** In the one spelling that this system uses. */
  readonly text: string
  /** It may be there, but is not this role's to see. */
  readonly isHidden?: boolean
  /** Where this role may restrict it all the same; absent when it may not. */
  readonly restrictHref?: string | undefined
}

export interface SearchPage {
  readonly visitor: Visitor
  readonly query: string
  readonly problems?: readonly Problem[]
  readonly missing?: Missing | undefined
}

export function searchPage({ visitor, query, problems = [], missing }: SearchPage): Html {
  return page({
    title: 'Find a meter',
    visitor,
    section: 'search',
    problems,
    content: html`${missing ? notFound(missing, visitor.role) : NOTHING}${searchForm(visitor.role, query, problems)}
<p class="govuk-body">If a meter is quiet, look here first: a Restricted meter is not a fault. Each look is noted in the audit, because that a home is Restricted says something about who lives there.</p>`,
  })
}

/** The form alone, for the home page too. It changes nothing, so it sends its text in the address. */
export function searchForm(role: Role, query = '', problems: readonly Problem[] = []): Html {
  return html`<form method="get" action="/search" role="search" novalidate>
${textField({
  id: 'q',
  ...(seesMeterPoints(role) ? ANY_NUMBER : DEVICE_ONLY),
  value: query,
  width: 30,
  autocomplete: 'off',
  problems,
})}${submitButton('Search')}
</form>`
}

const EVEN = 'Spaces, hyphens, colons and letter case do not matter.'
const ANY_NUMBER = {
  label: 'MPAN, MPRN or Device ID',
  hint: `For example 12 0000 0000 011, 7400010000 or 00-DB-12-34-56-78-90-A0. ${EVEN}`,
}
const DEVICE_ONLY = { label: 'Device ID', hint: `For example 00-DB-12-34-56-78-90-A0. ${EVEN}` }

/** A CSP knows Devices by their ID and no meter point. */
function seesMeterPoints(role: Role): boolean {
  return role !== 'csp'
}

function notFound({ kind, text, isHidden, restrictHref }: Missing, role: Role): Html {
  if (isHidden) return seesMeterPoints(role) ? notYours(text) : notInRegion(text)
  const what = kind === 'device' ? 'Device' : 'meter point'
  return insetText(html`<h2 class="govuk-heading-m">Nothing found for ${text}</h2>
<p class="govuk-body">The inventory has no ${what} of this number.</p>
<ul class="govuk-list govuk-list--bullet">
  <li>Check the number against the meter or the bill.</li>
  <li>${
    kind === 'device'
      ? 'Try the MPAN or MPRN instead: the Device ID changes when a meter is exchanged.'
      : 'Try the Device ID of the meter instead: a new meter point may not be in the inventory yet.'
  }</li>
  <li>If it should be here, tell the DCC Service Centre and name the number as shown above.</li>
</ul>${restrictHref === undefined ? NOTHING : linkButton(restrictHref, 'Restrict this Device all the same', 'secondary')}`)
}

function notYours(text: string): Html {
  return insetText(html`<h2 class="govuk-heading-m">${text} is not yours to see</h2>
<p class="govuk-body">You see what you supply, distribute or connect.</p>
<ul class="govuk-list govuk-list--bullet">
  <li>Check the number.</li>
  <li>If the meter point is coming to you, look again once your registration has been sent.</li>
  <li>If it should be yours, ask the DCC Service Centre to check the registration data.</li>
</ul>`)
}

function notInRegion(text: string): Html {
  return insetText(html`<h2 class="govuk-heading-m">${text} is not yours to see</h2>
<p class="govuk-body">You see Devices in your regions, by their Device ID.</p>
<ul class="govuk-list govuk-list--bullet">
  <li>Check the number.</li>
  <li>If the Device should be yours, ask the DCC Service Centre to check the region of its Communications Hub.</li>
</ul>`)
}
