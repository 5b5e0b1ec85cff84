/** Setting or clearing many flags with one CSV file: the upload, and what became of each row. */
import { type BulkRowResult, isDone } from '../../bulk-file.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { dataTable } from '../../html/lists.ts'
import { details, submitButton, tag } from '../../html/notices.ts'
import { counted } from '../../html/times.ts'
import { radios } from '../parts/choices.ts'
import { formTo, page, type Visitor } from '../parts/document.ts'
import { fileField } from '../parts/fields.ts'
import type { Problem } from '../parts/problems.ts'

type BulkChange = 'set' | 'clear'

export interface BulkForm {
  readonly visitor: Visitor
  readonly change: string
  /** Columns that a file of each kind may have; the first ones are needed. */
  readonly columns: Readonly<Record<BulkChange, readonly string[]>>
  /** Makes a second sending of the same form harmless. */
  readonly key: string
  readonly problems?: readonly Problem[]
}

export function bulkForm({ visitor, change, columns, key, problems = [] }: BulkForm): Html {
  return page({
    title: 'Bulk upload',
    visitor,
    section: 'bulk',
    problems,
    content: html`<p class="govuk-body">Each row is judged by itself under the same rules as the form. A row that is refused changes nothing and does not stop the others.</p>
${formTo(
  visitor,
  '/bulk',
  html`<input type="hidden" name="key" value="${key}">${radios({
    id: 'change',
    label: 'What should the file do?',
    chosen: [change],
    problems,
    choices: [
      { value: 'set', text: 'Set flags' },
      { value: 'clear', text: 'Clear flags' },
    ],
  })}${fileField({
    id: 'file',
    label: 'CSV file',
    hint: 'UTF-8, the first row names the columns, at most 8 MiB (about 50,000 rows). Larger files go through the API.',
    problems,
  })}${submitButton('Upload')}`,
  true,
)}
${details('Columns of a file that sets flags', columnList(columns.set))}
${details('Columns of a file that clears flags', columnList(columns.clear))}`,
  })
}

function columnList(columns: readonly string[]): Html {
  return html`<ul class="govuk-list govuk-list--bullet">${columns.map((name) => html`<li><code class="dg-break">${name}</code></li>`)}</ul>`
}

export interface BulkResults {
  readonly visitor: Visitor
  /** False while rows are still being worked on. */
  readonly isFinished: boolean
  readonly here: string
  readonly rows: readonly BulkRowResult[]
  /** Counted over the whole file, of which `rows` shows the refused ones first. */
  readonly done: number
  readonly refused: number
  readonly csvHref: string
  /** Where the rows that were not done are, to be sent again; undefined where there is none. */
  readonly refusedHref: string | undefined
  /** About as many rows as the file has. */
  readonly expected: number
}

/** While rows are being worked on. */
const RENEW_S = 2

export function bulkResultsPage(results: BulkResults): Html {
  const { visitor, rows, done, refused, isFinished, expected } = results
  const all = done + refused
  const some = rows.length < all ? `${counted(rows.length, 'row')} of ${all.toLocaleString('en-GB')}` : 'Rows'
  return page({
    title: `${isFinished ? '' : 'So far '}${counted(done, 'row')} done, ${refused.toLocaleString('en-GB')} refused`,
    visitor,
    section: 'bulk',
    back: '/bulk',
    renewS: isFinished ? undefined : RENEW_S,
    content: html`${isFinished ? finished(results) : working(results, expected)}
${dataTable({
  caption: `${some}, refused ones first`,
  head: ['Line', 'Meter', 'Result', 'Receipt', 'Remarks'],
  numeric: [0],
  rows: rows.map((row) => [
    row.line,
    html`<span class="dg-id">${row.meter ?? '–'}</span>`,
    isDone(row) ? tag('Done', 'green') : tag('Refused', 'red'),
    row.restriction === undefined ? '–' : html`<span class="dg-id">${row.restriction}</span>`,
    remarksOn(row),
  ]),
  whenEmpty: isFinished ? 'The file had no rows.' : 'No row is done yet.',
})}`,
  })
}

function finished({ refused, csvHref, refusedHref }: BulkResults): Html {
  return html`<p class="govuk-body">${
    refused === 0
      ? 'Every row was done.'
      : 'Mend the refused rows and send only them again. Sending a row that was done again changes nothing.'
  }</p>
${refusedHref === undefined ? NOTHING : html`<p class="govuk-body"><a class="govuk-link" href="${refusedHref}" download>Download the refused rows to mend and send again</a></p>`}
<p class="govuk-body"><a class="govuk-link" href="${csvHref}" download>Download all results as CSV</a></p>`
}

function working({ here, done, refused }: BulkResults, expected: number): Html {
  return html`<p class="govuk-body" role="status">${(done + refused).toLocaleString('en-GB')} of about ${counted(expected, 'row')}. The file is being worked on, row by row; you may leave this page.</p>
<p class="govuk-body"><a class="govuk-link" href="${here}">Check again</a></p>`
}

/** Why the row was refused and what to do, what it has there, or what to heed. */
export function remarksOn({ outcome, refusals, remarks, values }: BulkRowResult): string {
  const has = values.length > 0 ? [`The row has “${values.join('”, “')}”.`] : []
  return [
    ...(outcome === 'already-set' ? ['The meter was Restricted already.'] : []),
    ...(outcome === 'already-cleared' ? ['The meter was not Restricted.'] : []),
    ...has,
    ...refusals.map(({ text, whatToDo }) => `${text} ${whatToDo}`),
    ...remarks,
  ].join(' ')
}
