/** One proposal to put a table in force: what it changes, what became of it, and the forms of an approver. */
import type { Instant } from '../../../core/device/device.ts'
import type { TableDifference } from '../../../core/policy/table-diff.ts'
import type { Month } from '../../../core/report/span.ts'
import type { ProposalView } from '../../../governance/table-governance.ts'
import type { ImpactReport } from '../../../journal/impact-report.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { dataTable, summaryList } from '../../html/lists.ts'
import { details, submitButton } from '../../html/notices.ts'
import { counted, monthText, timeElement, timeOrNone } from '../../html/times.ts'
import type { WholeProposal } from '../../policy-service.ts'
import { formTo, page, type Visitor } from '../parts/document.ts'
import { type TextField, textField } from '../parts/fields.ts'
import { monthLinks } from '../parts/months.ts'
import type { Problem } from '../parts/problems.ts'
import { stageTag } from './tables.ts'

export interface ProposalPage extends Pick<WholeProposal, 'proposal' | 'content' | 'differences'> {
  readonly visitor: Visitor
  readonly mayGovern: boolean
  readonly maySeeImpact: boolean
  /** Whether the one who looks may not approve it, being its proposer. */
  readonly isOwn: boolean
  readonly problems: readonly Problem[]
}

export function proposalPage(given: ProposalPage): Html {
  const { visitor, proposal, content, differences, maySeeImpact, problems } = given
  return page({
    title: `${proposal.kind === 'roll-back' ? 'Back to' : 'List'} ${proposal.name}`,
    caption: proposal.id,
    visitor,
    section: 'list',
    back: '/tables',
    problems,
    content: html`${facts(proposal)}
${maySeeImpact ? html`<p class="govuk-body"><a class="govuk-link" href="/tables/${proposal.revision}/impact">What it would have changed last month</a></p>` : NOTHING}
${differences === undefined ? NOTHING : differenceTable(differences)}
${details('The text of the list', html`<pre class="dg-text">${content}</pre>`)}
${details('Its unit tests', html`<pre class="dg-text">${proposal.tests}</pre>`)}
${given.mayGovern ? forms(given) : NOTHING}`,
  })
}

function facts(proposal: ProposalView): Html {
  const { stage, revision, hash, reason, proposedBy, proposedAt, decidedBy, decidedAt, note } = proposal
  return summaryList([
    { name: 'State', value: stageTag(stage) },
    { name: 'Revision', value: html`<span class="dg-id">${revision}</span>` },
    { name: 'SHA-256', value: html`<span class="dg-id dg-break">${hash}</span>` },
    { name: 'Why', value: reason },
    {
      name: 'Proposed by',
      value: html`${proposedBy.name}, ${proposedBy.party}, ${timeElement(proposedAt)}`,
    },
    decidedBy && {
      name: 'Decided by',
      value: html`${decidedBy.name}, ${decidedBy.party}, ${timeOrNone(decidedAt, '')}`,
    },
    note !== undefined && { name: 'Remark', value: note },
    { name: 'Takes effect', value: timeOrNone(proposal.inForceAt ?? proposal.from, 'Once approved') },
    { name: 'On trial until then', value: proposal.isShadow ? 'Yes' : 'No' },
  ])
}

function differenceTable(differences: readonly TableDifference[]): Html {
  return dataTable({
    caption: 'What it changes',
    head: ['Code', 'Before', 'After'],
    rows: differences.map(({ what, before, after }) => [what, before.words, after.words]),
    whenEmpty: 'It treats every code as the list it was made against.',
  })
}

function forms({ visitor, proposal, isOwn, problems }: ProposalPage): Html {
  const form = (heading: string, step: string, field: TextField, button: Html) =>
    html`<h2 class="govuk-heading-m">${heading}</h2>${formTo(
      visitor,
      `/tables/proposals/${proposal.id}/${step}`,
      html`${textField(field)}${button}`,
    )}`
  const why = { id: 'reason', label: 'Why', problems }
  const approve = form(
    'Approve',
    'approve',
    { id: 'note', label: 'Remark for the record (optional)' },
    submitButton('Approve'),
  )
  const ending = proposal.stage === 'scheduled' ? 'Withdraw' : 'Reject'
  const reject = form(ending, 'reject', why, submitButton(ending, 'warning'))
  switch (proposal.stage) {
    case 'proposed':
      return html`${isOwn ? html`<p class="govuk-body">You proposed it, so another person has to approve it.</p>` : approve}${reject}`
    case 'scheduled':
      return reject
    case 'superseded':
      return form(
        'Roll back to this list',
        'roll-back',
        why,
        submitButton('Propose the roll-back', 'warning'),
      )
    default:
      return NOTHING
  }
}

export interface ImpactPage {
  readonly visitor: Visitor
  readonly report: ImpactReport
  readonly month: Month
  readonly now: Instant
}

const SHOWN_ROWS = 500

export function impactPage({ visitor, report, month, now }: ImpactPage): Html {
  const { name, revision, rows, decided, changed, undecidable, unreadable, files, isComplete } = report
  return page({
    title: `What ${name} would have changed`,
    caption: `${revision}, ${monthText(month, now)}`,
    visitor,
    section: 'list',
    back: '/tables',
    content: html`${monthLinks(`/tables/${revision}/impact`, month, now)}${summaryList([
      { name: 'Messages decided on', value: decided.toLocaleString('en-GB') },
      { name: 'Decided otherwise', value: changed.toLocaleString('en-GB') },
      { name: 'Of these undecidable', value: undecidable.toLocaleString('en-GB') },
      { name: 'Unreadable lines', value: unreadable.toLocaleString('en-GB') },
      { name: 'Journal files on this machine', value: counted(files, 'file') },
      { name: 'Complete', value: isComplete ? 'Yes' : 'No: run duisgate table impact for all of it' },
    ])}<p class="govuk-body">Undecidable: it rests on something that the journal does not tell, and that counted as met.</p>
${dataTable({
  caption: 'By code, role of the User and region',
  head: ['Messages', 'Undecidable', 'Code', 'Role', 'Region', 'Was', 'Would be', 'Row'],
  numeric: [0, 1],
  rows: rows
    .slice(0, SHOWN_ROWS)
    .map((row) => [
      row.messages.toLocaleString('en-GB'),
      row.undecidable.toLocaleString('en-GB'),
      row.codes || '–',
      row.role,
      row.region || '–',
      row.before,
      row.after,
      row.rule,
    ]),
  whenEmpty: 'No message would have been decided otherwise.',
})}`,
  })
}
