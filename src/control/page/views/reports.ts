/** Pages of reports: which there are, the month they tell of, and the file to take away. */
import type { Instant } from '../../../core/device/device.ts'
import { type Month, toldUntil } from '../../../core/report/span.ts'
import { reachOf } from '../../../restrictions/permissions.ts'
import { monthLine } from '../../documents/report-content.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { submitButton } from '../../html/notices.ts'
import { monthText } from '../../html/times.ts'
import { page, type Visitor } from '../parts/document.ts'
import { textField } from '../parts/fields.ts'
import { monthLinks } from '../parts/months.ts'

/** Every report that has a page, and what it answers. */
export const REPORT_PAGES = {
  exceptions: {
    title: 'Exceptions',
    what: 'Restricted Devices of a month with hub and region, and what was stopped for them: to be left out of performance figures.',
    operation: 'report-exceptions',
    hasFile: true,
  },
  performance: {
    title: 'Performance',
    what: 'Service Requests by SRV and region: sent, succeeded, failed, rejected, with and without exceptions.',
    operation: 'report-performance',
    hasFile: true,
  },
  uptake: {
    title: 'Uptake',
    what: 'Flags set, cleared and in effect, by Supplier, region and age.',
    operation: 'report-uptake',
    hasFile: true,
  },
  leaks: {
    title: 'Leak checks',
    what: 'Whether anything was let through for a Restricted Device, or stopped that must flow.',
    operation: 'report-leaks',
    hasFile: false,
  },
  evidence: {
    title: 'Evidence',
    what: 'The lists in force, their changes and the audit of a month, as a document to print.',
    operation: 'report-evidence',
    hasFile: false,
  },
} as const
export type ReportName = keyof typeof REPORT_PAGES

/** The list of reports a role may see. */
export function reportsPage(visitor: Visitor, month: string): Html {
  const open = (Object.keys(REPORT_PAGES) as ReportName[]).filter(
    (name) => reachOf({ role: visitor.role }, REPORT_PAGES[name].operation) !== undefined,
  )
  return page({
    title: 'Reports',
    visitor,
    section: 'reports',
    content: html`<p class="govuk-body">Months are calendar months in UTC.</p>
<ul class="govuk-list govuk-list--spaced">${open.map(
      (name) =>
        html`<li><a class="govuk-link" href="/reports/${name}?month=${month}">${REPORT_PAGES[name].title}</a><br>${REPORT_PAGES[name].what}</li>`,
    )}</ul>`,
  })
}

export interface ReportPage {
  readonly visitor: Visitor
  readonly name: ReportName
  /** As it was asked for. */
  readonly monthText: string
  /** Undefined when that is no month that has begun. */
  readonly month: Month | undefined
  /** What is wrong with the month that was asked for. */
  readonly problem: string | undefined
  readonly now: Instant
  readonly content: Html
}

export function reportPage(view: ReportPage): Html {
  const { visitor, name, monthText: asked, month, problem, now, content } = view
  const { title, hasFile } = REPORT_PAGES[name]
  const problems = problem === undefined ? [] : [{ field: 'month', text: problem }]
  return page({
    title: month ? `${title}, ${monthText(month, now)}` : title,
    visitor,
    section: 'reports',
    back: '/reports',
    problems,
    content: html`<form method="get" action="/reports/${name}" novalidate><div class="dg-filter">
${textField({ id: 'month', label: 'Month', hint: 'Year and month, for example 2026-10', value: asked, width: 10, problems })}
${submitButton('Show', 'secondary')}</div></form>
${month ? monthLinks(`/reports/${name}`, month, now) : NOTHING}
${month ? monthLine(month, toldUntil(month, now)) : NOTHING}
${month && hasFile ? html`<p class="govuk-body"><a class="govuk-link" href="/reports/${name}.csv?month=${month.name}">Download as CSV</a></p>` : NOTHING}
${content}`,
  })
}
