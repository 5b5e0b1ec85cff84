/** All flags that a role may see, page by page, with filters and the way to the CSV. */

import type { FlagView } from '../../../restrictions/views.ts'
import { type Html, html } from '../../html/html.ts'
import { dataTable, type PageLinks, pagination } from '../../html/lists.ts'
import { submitButton } from '../../html/notices.ts'
import { timeElement, timeOrNone } from '../../html/times.ts'
import { FUEL_NAMES } from '../../html/wording.ts'
import { page, type Visitor } from '../parts/document.ts'
import { selectField, textField } from '../parts/fields.ts'
import type { Problem } from '../parts/problems.ts'
import { stateTag } from './flag-status.ts'
import { deviceId } from './meter-point.ts'

/** `open`: in force or to come. `all`: those that ended too. */
export type ShownStates = 'open' | 'all'

export interface RestrictedPage extends PageLinks {
  readonly visitor: Visitor
  readonly flags: readonly FlagView[]
  readonly states: ShownStates
  /** Meter point to narrow to, as typed. */
  readonly query: string
  readonly problems?: readonly Problem[]
  readonly csvHref: string
}

export function restrictedPage(list: RestrictedPage): Html {
  const { visitor, flags, problems = [] } = list
  return page({
    title: visitor.role === 'supplier' ? 'My Restricted meters' : 'Restricted meters',
    visitor,
    section: 'restricted',
    problems,
    content: html`${filterForm(list, problems)}
<p class="govuk-body"><a class="govuk-link" href="${list.csvHref}" download>Download this list as CSV</a></p>
${dataTable({
  caption: 'Flags, newest first',
  head: ['Meter point', 'Fuel', 'Flag', 'From', 'Until', 'Status', 'Meter'],
  rows: flags.map((flag) => [
    flag.mpxn === undefined
      ? 'Not known'
      : html`<a class="govuk-link" href="/meter-points/${flag.mpxn}">${flag.mpxn}</a>`,
    FUEL_NAMES[flag.fuel],
    stateTag(flag.state),
    timeElement(flag.from),
    timeOrNone(flag.until, 'No end set'),
    flag.inForceAt === undefined ? 'Propagating' : 'In force',
    deviceId(flag.meter),
  ]),
  whenEmpty: 'No flag matches.',
})}${pagination(list)}`,
  })
}

function filterForm({ states, query }: RestrictedPage, problems: readonly Problem[]): Html {
  return html`<form method="get" action="/restricted" novalidate><div class="dg-filter">
${textField({ id: 'mpxn', label: 'MPAN or MPRN', value: query, width: 20, problems })}
${selectField({
  id: 'states',
  label: 'Show',
  value: states,
  options: [
    { value: 'open', text: 'Restricted now or to come' },
    { value: 'all', text: 'Cleared and closed ones too' },
  ],
})}
${submitButton('Filter', 'secondary')}</div></form>`
}
