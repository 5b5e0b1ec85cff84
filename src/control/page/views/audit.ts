/** The audit trail, newest first: who did what to which meter, and on which grounds; and whether it is whole. */
import type { Instant } from '../../../core/device/device.ts'
import {
  type AuditEntry,
  type BrokenChain,
  CHAIN_FAULT_WORDS,
  type ChainEnd,
} from '../../../core/restriction/audit-chain.ts'
import type { AuditKind } from '../../../core/restriction/audit-kinds.ts'
import { reachOf } from '../../../restrictions/permissions.ts'
import { detailWords } from '../../html/detail-words.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { dataTable, type PageLinks, pagination, summaryList } from '../../html/lists.ts'
import { details, insetText, submitButton, tag, warningText } from '../../html/notices.ts'
import { timeElement } from '../../html/times.ts'
import { ACTION_WORDS, ROLE_NAMES } from '../../html/wording.ts'
import { formTo, page, type Visitor } from '../parts/document.ts'
import { selectField, textField } from '../parts/fields.ts'
import type { Problem } from '../parts/problems.ts'

/** What the filter says, as it was typed; an empty text leaves it open. */
export interface AuditAsked {
  readonly kind: AuditKind | 'all'
  readonly subject: string
  readonly party: string
  readonly name: string
  readonly action: string
  readonly from: string
  readonly until: string
}

export interface AuditPage extends PageLinks {
  readonly visitor: Visitor
  readonly entries: readonly AuditEntry[]
  readonly asked: AuditAsked
  /** Whether the visitor may have the whole trail checked. */
  readonly mayVerify: boolean
  readonly problems: readonly Problem[]
}

const OWN_ONLY =
  'You see what your own party did. Name a receipt, meter point or Device to see everything about it; that is in the audit too.'

export function auditPage(shown: AuditPage): Html {
  const { visitor, entries, asked, problems, mayVerify } = shown
  return page({
    title: 'Audit',
    visitor,
    section: 'audit',
    problems,
    content: html`${reachOf(visitor, 'audit') === 'own' ? insetText(OWN_ONLY) : NOTHING}<p class="govuk-body">Each entry carries the hash of the one before it, so that an edit or a gap shows.</p>
${mayVerify ? formTo(visitor, '/audit/verify', submitButton('Check the whole trail', 'secondary')) : NOTHING}
${filterForm(asked, problems)}
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

const KINDS: readonly { readonly value: AuditAsked['kind']; readonly text: string }[] = [
  { value: 'done', text: 'What was done' },
  { value: 'looks', text: 'Looks' },
  { value: 'sign-ins', text: 'Signing in and out' },
  { value: 'all', text: 'Everything' },
]

function filterForm(asked: AuditAsked, problems: readonly Problem[]): Html {
  const actions = Object.entries(ACTION_WORDS).map(([value, text]) => ({ value, text }))
  return html`<form method="get" action="/audit" role="search" aria-label="Entries" novalidate><div class="dg-filter">
${selectField({ id: 'kind', label: 'Show', value: asked.kind, options: KINDS })}
${selectField({ id: 'action', label: 'Action', value: asked.action, options: [{ value: '', text: 'Every action' }, ...actions] })}
${textField({ id: 'from', label: 'From day', type: 'date', value: asked.from, width: 10, problems })}
${textField({ id: 'until', label: 'To day', type: 'date', value: asked.until, width: 10, problems })}
${textField({ id: 'subject', label: 'About', hint: 'Receipt, MPAN, MPRN, Device ID or task', value: asked.subject, width: 20, problems })}
${textField({ id: 'party', label: 'By party', hint: 'For example SUP-A', value: asked.party, width: 10 })}
${textField({ id: 'name', label: 'By person', hint: 'As they sign in', value: asked.name, width: 10 })}
${submitButton('Filter', 'secondary')}</div></form>`
}

function entryDetails({ action, detail, hash, index }: AuditEntry): Html {
  const facts = [['Action', action] as const, ...detailWords(detail), ['Hash', hash] as const]
  const said = facts.map(
    ([name, value]) => html`<li class="dg-break"><strong>${name}</strong>: ${value}</li>`,
  )
  return details(`Entry ${index}`, html`<ul class="govuk-list">${said}</ul>`)
}

export interface AuditVerified {
  readonly visitor: Visitor
  readonly now: Instant
  readonly found: BrokenChain | ChainEnd
}

/** What a check of the whole trail found. */
export function auditVerifiedPage({ visitor, now, found }: AuditVerified): Html {
  const isBroken = 'fault' in found
  return page({
    title: isBroken ? 'The audit trail is broken' : 'The audit trail is whole',
    visitor,
    section: 'audit',
    back: '/audit',
    content: isBroken
      ? html`${warningText(`At entry ${found.index.toLocaleString('en-GB')}: ${CHAIN_FAULT_WORDS[found.fault]}.`)}
<p class="govuk-body">Checked ${timeElement(now)}. Keep the store as it is and tell DSP operations.</p>`
      : html`${summaryList([
          { name: 'Result', value: tag('Whole', 'green') },
          { name: 'Checked', value: timeElement(now) },
          { name: 'Entries', value: found.count.toLocaleString('en-GB') },
          { name: 'Hash of the last', value: html`<span class="dg-id">${found.hash}</span>` },
        ])}<p class="govuk-body">Every entry is as it was written, in its place. Whether it is the trail that was there before is told by signed ends of it, which are kept outside the store: <code>duisgate audit verify</code> holds it against them.</p>`,
  })
}
