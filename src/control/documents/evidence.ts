/** The annex of evidence of a month, as one document that is made while it is read: an audit may be long. */
import { NEVER_BLOCK_CLASSES } from '../../core/policy/row-class.ts'
import type { TableRow } from '../../core/policy/table.ts'
import { toldUntil } from '../../core/report/span.ts'
import type { Evidence, EvidenceEntry } from '../../reports/evidence.ts'
import { type ListInUse, listedRulesOf } from '../../reports/lists.ts'
import { conditionWords } from '../html/condition-words.ts'
import { detailWords } from '../html/detail-words.ts'
import { type Html, html, NOTHING } from '../html/html.ts'
import { dataTable } from '../html/lists.ts'
import { monthText, timeElement } from '../html/times.ts'
import { ACTION_WORDS, CLASS_WORDS, ROLE_NAMES } from '../html/wording.ts'
import { printedFoot, printedHead } from './printed.ts'
import { monthLine } from './report-content.ts'

/** The texts of the document, in order. */
export async function* evidenceDocument(evidence: Evidence): AsyncGenerator<string, void, undefined> {
  yield String(printedHead(`Restricted flag: evidence of ${monthText(evidence.month, evidence.asOf)}`))
  yield String(introduction(evidence))
  yield String(approvedSection(evidence))
  for (const used of evidence.lists) yield String(listSection(used))
  yield String(auditHead(evidence))
  for await (const entry of evidence.entries()) yield String(entryRow(entry))
  yield String(html`</tbody></table>`)
  yield String(printedFoot())
}

function introduction({ month, asOf, lists }: Evidence): Html {
  return html`${monthLine(month, toldUntil(month, asOf))}
<p>Made ${timeElement(asOf)}. It holds no consumption data and no consumer’s name, and assumes nothing of where in the Code it goes.</p>
<h2>Lists that gateways decided by</h2>
${dataTable({
  caption: 'As the decision journals say',
  head: ['List', 'Revision', 'First decision', 'Last decision', 'Messages'],
  numeric: [4],
  rows: lists.map(({ list, revision, firstAt, lastAt, messages }) => [
    list?.name ?? 'text not at hand',
    html`<span class="hash">${revision}</span>`,
    timeElement(firstAt),
    timeElement(lastAt),
    messages.toLocaleString('en-GB'),
  ]),
  whenEmpty: 'No message of this month is rolled up yet.',
})}`
}

/** Who approved what, and the text of lists that no gateway is known to have decided by. */
function approvedSection({ approved, lists }: Evidence): Html {
  if (approved.length === 0) return NOTHING
  const shown = new Set(lists.filter(({ list }) => list).map(({ revision }) => revision))
  return html`<h2>Lists put in force by approval</h2>
${dataTable({
  caption: 'In force in the month',
  head: ['List', 'Revision', 'From', 'Until', 'Proposed by', 'Approved by', 'Reason'],
  rows: approved.map(({ proposal, until }) => [
    proposal.name,
    html`<span class="hash">${proposal.revision}</span>`,
    timeElement(proposal.inForceAt),
    until === undefined ? '' : timeElement(until),
    `${proposal.proposedBy.party}, ${proposal.proposedBy.name}`,
    proposal.decidedBy ? `${proposal.decidedBy.party}, ${proposal.decidedBy.name}` : '',
    proposal.reason,
  ]),
})}${approved
  .filter(({ proposal }) => !shown.has(proposal.revision))
  .map(
    ({ proposal, text }) =>
      html`<h2>The list ${proposal.name}, revision ${proposal.revision.slice(0, 12)}</h2><pre>${text}</pre>`,
  )}`
}

function listSection({ revision, list }: ListInUse): Html {
  if (!list)
    return html`<h2>List of revision ${revision.slice(0, 12)}</h2><p>Its text is not at hand here: no roll-up ran with it.</p>`
  const { rows } = listedRulesOf(list)
  return html`<h2>The list ${list.name}, revision ${revision.slice(0, 12)}</h2>
${dataTable({
  caption: 'Rows',
  head: ['Row', 'Class', 'For a Restricted Device', 'SRVs, Device Alerts, DCC Alerts', 'Why'],
  rows: rows.map((row) => [
    row.id,
    CLASS_WORDS[row.class],
    outcomeText(row),
    [...row.srv, ...row.alert, ...row.dccAlert].join(', '),
    row.why,
  ]),
  whenEmpty: 'It has no rows.',
})}`
}

function outcomeText({ action, when, otherwise, mode, class: rowClass }: TableRow): string {
  if (NEVER_BLOCK_CLASSES.some((name) => name === rowClass)) return 'passes, always'
  const words = { pass: 'passes', block: 'is stopped', 'as-inner': 'as what it schedules' } as const
  const condition = Object.keys(when).length === 0 ? '' : ` ${conditionWords(when)}`
  const rest = otherwise === undefined ? '' : `, else ${words[otherwise]}`
  return `${mode === 'shadow' ? 'on trial: ' : ''}${words[action]}${condition}${rest}`
}

function auditHead({ actions, end }: Evidence): Html {
  return html`<h2>Audit</h2>
<p>The trail is a chain of hashes. It ends now at entry ${end.count.toLocaleString('en-GB')} with the hash <span class="hash">${end.hash}</span>; <code>duisgate audit verify</code> checks it whole.</p>
${dataTable({
  caption: 'Entries of the month',
  head: ['What', 'Entries'],
  numeric: [1],
  rows: [...actions]
    .sort(([one], [other]) => one.localeCompare(other, 'en'))
    .map(([action, count]) => [ACTION_WORDS[action] ?? action, count.toLocaleString('en-GB')]),
  whenEmpty: 'The audit has no entry of this month.',
})}
<table><caption>Extract: every entry but those of looking and signing in</caption>
<thead><tr><th scope="col">Entry</th><th scope="col">When</th><th scope="col">What</th><th scope="col">About</th><th scope="col">Who</th><th scope="col">Detail</th><th scope="col">Hash</th></tr></thead><tbody>
`
}

function entryRow({ index, at, action, subject, by, detail, hash }: EvidenceEntry): Html {
  const who = by ? `${by.party}, ${ROLE_NAMES[by.role]}, ${by.name}` : NOTHING
  const said = detail ? detailWords(detail).map((fact) => html`<li>${fact.join(': ')}</li>`) : []
  return html`<tr><td>${index}</td><td>${timeElement(at)}</td><td>${ACTION_WORDS[action] ?? action}</td><td class="hash">${subject}</td><td>${who}</td><td>${said.length > 0 ? html`<ul>${said}</ul>` : NOTHING}</td><td class="hash">${hash}</td></tr>
`
}
