/** Looking a decision up by the reference of its answer, and what is known of it. */
import { instantOf } from '../../../core/device/device.ts'
import type { ExplainedRecord } from '../../../journal/decision-book.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { dataTable, type Fact, summaryList } from '../../html/lists.ts'
import { insetText, submitButton } from '../../html/notices.ts'
import { counted, timeElement } from '../../html/times.ts'
import { journalWords } from '../../html/wording.ts'
import { page, type Visitor } from '../parts/document.ts'
import { textField } from '../parts/fields.ts'
import type { Problem } from '../parts/problems.ts'

export interface DecisionPage {
  readonly visitor: Visitor
  /** As typed; empty before anything was. */
  readonly asked: { readonly reference: string; readonly requestId: string; readonly day: string }
  readonly found: readonly ExplainedRecord[]
  readonly problems: readonly Problem[]
}

export function decisionPage({ visitor, asked, found, problems }: DecisionPage): Html {
  const isAsked = problems.length === 0 && (asked.reference !== '' || asked.requestId !== '')
  return page({
    title: 'Explain a decision',
    visitor,
    section: 'decisions',
    problems,
    content: html`<form method="get" action="/decisions" role="search" aria-label="By reference" novalidate>${textField(
      {
        id: 'reference',
        label: 'Reference',
        hint: 'The field Duisgate-Decision of the answer, 22 characters',
        value: asked.reference,
        width: 30,
      },
    )}${submitButton('Look up', 'secondary')}</form>
<form method="get" action="/decisions" role="search" aria-label="By RequestID" novalidate><h2 class="govuk-heading-m">Or by RequestID</h2>
${textField({
  id: 'requestId',
  label: 'RequestID',
  hint: 'That of the Service Request; its answers and alerts about it have it too',
  value: asked.requestId,
})}${textField({
  id: 'day',
  label: 'Day on which it was sent',
  hint: 'From midnight to midnight UK time',
  type: 'date',
  value: asked.day,
  width: 10,
  problems,
})}${submitButton('Look up', 'secondary')}</form>
${isAsked && found.length === 0 ? insetText('No journal on this machine has it, or it is not yours to see. Where gateways run on other machines, ask there: duisgate explain --decision.') : NOTHING}
${asked.requestId !== '' && found.length > 1 ? severalFound(found) : found.map(explained)}`,
  })
}

/** What a RequestID has led to, to choose from: each Reference leads to all that is known of its decision. */
function severalFound(found: readonly ExplainedRecord[]): Html {
  return dataTable({
    caption: `${counted(found.length, 'decision')} with this RequestID`,
    head: ['Reference', 'Arrived', 'Direction', 'Kind', 'Codes', 'Verdict'],
    rows: found.map(({ record }) => [
      html`<a class="govuk-link dg-id" href="/decisions?reference=${encodeURIComponent(record.decision)}">${record.decision}</a>`,
      arrivedText(String(record.time)),
      wordsOf(record, 'direction') ?? '–',
      record.part === 'reply' ? 'Reply that was stopped' : (wordsOf(record, 'kind') ?? '–'),
      record.codes.join(', ') || '–',
      wordsOf(record, 'verdict') ?? '–',
    ]),
  })
}

function explained({ record, row }: ExplainedRecord): Html {
  const text = (name: string): string | undefined => textOf(record[name])
  const fact = (name: string, field: string): Fact | false => {
    const value = wordsOf(record, field)
    return value !== undefined && { name, value }
  }
  return html`<h2 class="govuk-heading-m">${record.part === 'reply' ? 'The reply that was stopped' : 'The message'}</h2>
${summaryList([
  fact('Reference', 'decision'),
  text('time') !== undefined && { name: 'Arrived', value: arrivedText(String(text('time'))) },
  fact('Direction', 'direction'),
  fact('Kind', 'kind'),
  { name: 'Codes', value: record.codes.join(', ') || '–' },
  { name: 'Devices', value: record.devices.join(', ') || '–' },
  fact('Service User', 'user'),
  fact('RequestID', 'requestId'),
  fact('Verdict', 'verdict'),
  fact('Outcome', 'outcome'),
  fact('Fault', 'fault'),
  fact('Row', 'rule'),
  fact('Flag', 'flag'),
  fact('Of Device', 'flagDevice'),
  fact('Version of the flag', 'flagVersion'),
  fact('Age of the flag in ms', 'flagAgeMs'),
  fact('Revision of the list', 'tableRevision'),
])}
${row?.text === undefined ? NOTHING : html`<h3 class="govuk-heading-s">The row of ${row.table} as it read then</h3><pre class="dg-text">${row.text}</pre>`}`
}

/** Undefined when the line has no such field. */
function wordsOf(record: ExplainedRecord['record'], field: string): string | undefined {
  const text = textOf(record[field])
  return text === undefined ? undefined : journalWords(field, text)
}

/** The journal has ISO times; another text is shown as it is. */
function arrivedText(time: string): Html | string {
  const at = Date.parse(time)
  return Number.isNaN(at) ? time : timeElement(instantOf(at))
}

function textOf(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value)
}
