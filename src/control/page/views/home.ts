/** The first page after sign-in: what this role comes here for. */
import { type Html, html, NOTHING } from '../../html/html.ts'
import { insetText } from '../../html/notices.ts'
import { counted } from '../../html/times.ts'
import { ROLE_NAMES } from '../../html/wording.ts'
import { page, sectionsOf, type Visitor } from '../parts/document.ts'
import { searchForm } from './search.ts'

export interface HomePage {
  readonly visitor: Visitor
  /** Open tasks, as many as were counted; absent for roles without tasks. */
  readonly openTasks: { readonly count: number; readonly isMore: boolean } | undefined
  readonly hasOtherRoles: boolean
}

/** What is behind each section, in a sentence. */
const SECTION_WORDS = {
  home: '',
  search: 'See whether a meter is Restricted, since when, and what happened before.',
  restricted: 'Every flag you may see, with filters and a CSV export.',
  tasks: 'Flags that you are asked to confirm or to review.',
  notices: 'What CSPs and Suppliers were told, and whether it was delivered.',
  incidents: 'What failed for another reason, and whether a Device is Restricted before an engineer is sent.',
  bulk: 'Set or clear many flags with one CSV file.',
  reports: 'Exceptions, performance, uptake, leak checks and evidence of a month, with CSV files.',
  list: 'Which Service Requests and Alerts stop while the flag is set, and why.',
  decisions: 'What was decided on a message and why, by the reference of its answer.',
  audit: 'Who did what and when, in a chain that shows any change.',
  operations: 'Gateways, how fresh their flags are, and what they decided.',
} as const

export function homePage({ visitor, openTasks, hasOtherRoles }: HomePage): Html {
  const sections = sectionsOf(visitor.role).filter(([name]) => name !== 'home' && name !== 'search')
  return page({
    title: `${ROLE_NAMES[visitor.role]} home`,
    visitor,
    section: 'home',
    content: html`${openTasks && openTasks.count > 0 ? taskNotice(openTasks) : NOTHING}
<h2 class="govuk-heading-m">Find a meter</h2>${searchForm(visitor.role)}
<ul class="govuk-list dg-two">${sections.map(
      ([name, { href, text }]) =>
        html`<li><h2 class="govuk-heading-m"><a class="govuk-link" href="${href}">${text}</a></h2><p class="govuk-body">${SECTION_WORDS[name]}</p></li>`,
    )}</ul>
${hasOtherRoles ? html`<p class="govuk-body"><a class="govuk-link" href="/role">Act under another role</a></p>` : NOTHING}`,
  })
}

function taskNotice({ count, isMore }: { readonly count: number; readonly isMore: boolean }): Html {
  return insetText(
    html`<a class="govuk-link" href="/tasks">${isMore ? `More than ${counted(count, 'task')}` : counted(count, 'task')}</a> ${count === 1 && !isMore ? 'waits' : 'wait'} for an answer.`,
  )
}
