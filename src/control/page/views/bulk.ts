/** Setting or clearing many flags with one CSV file: the upload, and what became of each row. */
import { type Html, html } from '../html.ts'
import { radios } from '../parts/choices.ts'
import { formTo, page, type Visitor } from '../parts/document.ts'
import { fileField } from '../parts/fields.ts'
import { dataTable } from '../parts/lists.ts'
import { details, submitButton, tag } from '../parts/notices.ts'
import type { Problem } from '../parts/problems.ts'
import { counted } from '../parts/times.ts'

export type BulkChange = 'set' | 'clear'

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

/** What became of one row. */
export interface BulkRow {
  /** Line in the file; the row of column names is line 1. */
  readonly line: number
  readonly subject: string
  readonly isDone: boolean
  /** The receipt, or why the row was refused and what to do. */
  readonly text: string
}

export interface BulkResults {
  readonly visitor: Visitor
  readonly rows: readonly BulkRow[]
  /** Counted over the whole file, of which `rows` shows the refused ones first. */
  readonly done: number
  readonly refused: number
  readonly csvHref: string
}

export function bulkResultsPage({ visitor, rows, done, refused, csvHref }: BulkResults): Html {
  const shown = rows.length
  const all = done + refused
  return page({
    title: `${counted(done, 'row')} done, ${refused.toLocaleString('en-GB')} refused`,
    visitor,
    section: 'bulk',
    back: '/bulk',
    content: html`<p class="govuk-body">${
      refused === 0
        ? 'Every row was done.'
        : 'Mend the refused rows and send only them again. Sending a row that was done again changes nothing.'
    }</p>
<p class="govuk-body"><a class="govuk-link" href="${csvHref}" download>Download all results as CSV</a></p>
${dataTable({
  caption:
    shown < all
      ? `${counted(shown, 'row')} of ${all.toLocaleString('en-GB')}, refused ones first`
      : 'Rows, refused ones first',
  head: ['Line', 'Meter', 'Result', 'Receipt or reason'],
  numeric: [0],
  rows: rows.map(({ line, subject, isDone, text }) => [
    line,
    subject,
    isDone ? tag('Done', 'green') : tag('Refused', 'red'),
    text,
  ]),
  whenEmpty: 'The file had no rows.',
})}`,
  })
}
