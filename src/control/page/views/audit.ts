/** The audit trail, newest first: who did what to which meter, and on which grounds; and whether it is whole. */
import type { Instant } from '../../../core/device/device.ts'
import {
  type AuditEntry,
  type BrokenChain,
  CHAIN_FAULT_WORDS,
  type ChainEnd,
  type Checkpoint,
} from '../../../core/restriction/audit-chain.ts'
import type { AuditKind } from '../../../core/restriction/audit-kinds.ts'
import { reachOf } from '../../../restrictions/permissions.ts'
import type { CheckpointFault, TrailCheck } from '../../../restrictions/trail-check.ts'
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
  readonly check: TrailCheck
}

const VERIFIED_TITLES: Readonly<Record<TrailCheck['kind'], string>> = {
  whole: 'The audit trail is whole',
  broken: 'The audit trail is broken',
  unchecked: 'The audit trail could not be checked',
}

/** What a check of the whole trail found. */
export function auditVerifiedPage({ visitor, now, check }: AuditVerified): Html {
  return page({
    title: VERIFIED_TITLES[check.kind],
    visitor,
    section: 'audit',
    back: '/audit',
    content:
      check.kind === 'whole'
        ? wholeContent(check.end, check.checkpoints, now)
        : html`${warningText(check.kind === 'broken' ? brokenWords(check.broken) : checkpointWords(check.fault))}
<p class="govuk-body">Checked ${timeElement(now)}. Keep the store and the file of checkpoints as they are and tell DSP operations.</p>`,
  })
}

function wholeContent({ count, hash }: ChainEnd, checkpoints: readonly Checkpoint[], now: Instant): Html {
  const last = checkpoints.at(-1)
  return html`${summaryList([
    { name: 'Result', value: tag('Whole', 'green') },
    { name: 'Checked', value: timeElement(now) },
    { name: 'Entries', value: count.toLocaleString('en-GB') },
    { name: 'Hash of the last', value: html`<span class="dg-id">${hash}</span>` },
    {
      name: 'Checkpoints in step',
      value: last
        ? html`${checkpoints.length.toLocaleString('en-GB')}; the latest was signed ${timeElement(last.at)} at entry ${last.count.toLocaleString('en-GB')}`
        : 'None has been signed',
    },
  ])}<p class="govuk-body">Every entry is as it was written, in its place. ${last ? VOUCHED : UNVOUCHED}</p>`
}

const VOUCHED =
  'Up to the latest checkpoint, which is kept outside the store, it is also the trail that was there when that was signed.'
const UNVOUCHED = html`Whether it is the trail that was there before is told by signed checkpoints of it, which are kept outside the store. DSP operations sign them with <code>duisgate audit checkpoint</code>.`

function brokenWords({ index, fault }: BrokenChain): string {
  return `At entry ${index.toLocaleString('en-GB')}: ${CHAIN_FAULT_WORDS[fault]}.`
}

function checkpointWords({ problem, line }: CheckpointFault): string {
  const words: Readonly<Record<CheckpointFault['problem'], string>> = {
    malformed: `Line ${line} of the file of checkpoints is not a checkpoint.`,
    forged: `The checkpoint on line ${line} of the file was not signed by the key.`,
    'no-key': 'There are checkpoints but no key to verify them.',
    'wrong-key': 'What should be the key of the checkpoints is not one.',
    unreadable: 'The control plane may not read the file of checkpoints or its key.',
  }
  return words[problem]
}
