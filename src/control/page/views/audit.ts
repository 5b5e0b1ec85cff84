/** The audit trail, newest first: who did what to which meter, and on which grounds. */
import type { AuditEntry } from '../../../core/restriction/audit-chain.ts'
import { reachOf } from '../../../restrictions/permissions.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { dataTable, type PageLinks, pagination } from '../../html/lists.ts'
import { details, insetText, submitButton } from '../../html/notices.ts'
import { timeElement } from '../../html/times.ts'
import { ACTION_WORDS, ROLE_NAMES } from '../../html/wording.ts'
import { page, type Visitor } from '../parts/document.ts'
import { textField } from '../parts/fields.ts'
import type { Problem } from '../parts/problems.ts'

export interface AuditPage extends PageLinks {
  readonly visitor: Visitor
  readonly entries: readonly AuditEntry[]
  readonly subject: string
  readonly party: string
  readonly problems: readonly Problem[]
}

const OWN_ONLY =
  'You see what your own party did. Name a receipt, meter point or Device to see everything about it; that is in the audit too.'

export function auditPage(shown: AuditPage): Html {
  const { visitor, entries, subject, party, problems } = shown
  return page({
    title: 'Audit',
    visitor,
    section: 'audit',
    problems,
    content: html`${reachOf(visitor, 'audit') === 'own' ? insetText(OWN_ONLY) : NOTHING}<p class="govuk-body">Each entry carries the hash of the one before it, so that an edit or a gap shows. Run <code>duisgate audit verify</code> to check the whole chain.</p>
<form method="get" action="/audit" novalidate><div class="dg-filter">
${textField({ id: 'subject', label: 'About', hint: 'Receipt, MPAN, MPRN, Device ID or task', value: subject, width: 20 })}
${textField({ id: 'party', label: 'By party', hint: 'For example SUP-A', value: party, width: 10 })}
${submitButton('Filter', 'secondary')}</div></form>
${dataTable({
  caption: 'Entries, newest first',
  head: ['Number', 'When', 'Who', 'What', 'About', 'Detail'],
  numeric: [0],
  rows: entries.map((entry) => [
    entry.index,
    timeElement(entry.at),
    `${entry.actor.party}, ${ROLE_NAMES[entry.actor.role]}, ${entry.actor.name}`,
    ACTION_WORDS[entry.action] ?? entry.action,
    html`<span class="dg-id">${entry.subject}</span>`,
    entryDetails(entry),
  ]),
  whenEmpty: 'No entry matches.',
})}${pagination(shown)}`,
  })
}

function entryDetails({ action, detail, hash, index }: AuditEntry): Html {
  const said = [['action', action] as const, ...Object.entries(detail), ['hash', hash] as const].map(
    ([name, value]) =>
      html`<li class="dg-break"><strong>${name}</strong>: ${typeof value === 'string' ? value : JSON.stringify(value)}</li>`,
  )
  return details(`Entry ${index}`, html`<ul class="govuk-list">${said}</ul>`)
}
