/** Looking a decision up by the reference of its answer, and what is known of it. */
import type { ExplainedRecord } from '../../../journal/decision-book.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { type Fact, summaryList } from '../../html/lists.ts'
import { insetText, submitButton } from '../../html/notices.ts'
import { page, type Visitor } from '../parts/document.ts'
import { textField } from '../parts/fields.ts'

export interface DecisionPage {
  readonly visitor: Visitor
  /** As typed; empty before anything was. */
  readonly reference: string
  readonly found: readonly ExplainedRecord[]
}

export function decisionPage({ visitor, reference, found }: DecisionPage): Html {
  return page({
    title: 'Explain a decision',
    visitor,
    section: 'decisions',
    content: html`<form method="get" action="/decisions" role="search" novalidate>${textField({
      id: 'reference',
      label: 'Reference',
      hint: 'The field Duisgate-Decision of the answer, 22 characters',
      value: reference,
      width: 30,
    })}${submitButton('Look up', 'secondary')}</form>
${reference !== '' && found.length === 0 ? insetText('No journal on this machine has it, or it is not yours to see. Where gateways run on other machines, ask there: duisgate explain --decision.') : NOTHING}
${found.map(explained)}`,
  })
}

function explained({ record, row }: ExplainedRecord): Html {
  const text = (name: string): string | undefined => textOf(record[name])
  const fact = (name: string, field: string): Fact | false => {
    const value = text(field)
    return value !== undefined && { name, value }
  }
  return html`<h2 class="govuk-heading-m">${record.part === 'reply' ? 'The reply that was stopped' : 'The message'}</h2>
${summaryList([
  fact('Arrived', 'time'),
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

function textOf(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value)
}
