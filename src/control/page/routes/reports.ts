/** Reports by month, with their CSV. */
import { type Month, monthAt, monthsLater, parseMonth } from '../../../core/report/month.ts'
import type { Actor } from '../../../core/restriction/party.ts'
import { CSV_TYPE } from '../../../csv/csv-writer.ts'
import {
  EXCEPTION_RECORDS,
  type FlatReport,
  PERFORMANCE_RECORDS,
  UPTAKE_RECORDS,
} from '../../../reports/report-records.ts'
import type { ControlContext } from '../../context.ts'
import { textResponse } from '../../http/text-response.ts'
import { reportCsv } from '../../report-files.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { evidenceDocument } from '../views/evidence.ts'
import {
  exceptionsContent,
  leaksContent,
  performanceContent,
  uptakeContent,
} from '../views/report-content.ts'
import { REPORT_PAGES, type ReportName, reportPage, reportsPage } from '../views/reports.ts'
import { PAGE_ROWS, type PageContext, show, signedIn } from './page-context.ts'

export function addReportPages(page: PageContext): void {
  page.get('/reports', { operation: 'report-exceptions' }, (context) =>
    show(context, reportsPage(signedIn(context).visitor, lastMonth(page).name)),
  )
  for (const name of Object.keys(REPORT_PAGES) as ReportName[])
    page.get(`/reports/${name}`, { operation: REPORT_PAGES[name].operation }, (context) =>
      report(page, context, name),
    )
  addFiles(page)
}

/** The month that is asked for when none is named: the last one that has ended. */
function lastMonth({ clock }: Pick<PageContext, 'clock'>): Month {
  return monthsLater(monthAt(clock.now()), -1)
}

async function report(page: PageContext, context: ControlContext, name: ReportName): Promise<Response> {
  const { actor, visitor } = signedIn(context)
  const monthText = (context.req.query('month') ?? lastMonth(page).name).trim()
  const month = parseMonth(monthText)
  const content = month ? await CONTENTS[name](page, actor, month) : NOTHING
  return show(context, reportPage({ visitor, name, monthText, month, content }), month ? 200 : 422)
}

type Content = (page: PageContext, actor: Actor, month: Month) => Promise<Html>

const CONTENTS: Readonly<Record<ReportName, Content>> = {
  exceptions: exceptionsOf,
  performance: async ({ reports }, actor, month) =>
    performanceContent(await reports.performance(actor, month)),
  uptake: async ({ reports }, actor, month) => uptakeContent(await reports.uptake(actor, month)),
  leaks: async ({ reports }, actor, month) => leaksContent(await reports.leaks(actor, month)),
  evidence: async (_page, _actor, month) =>
    html`<p class="govuk-body"><a class="govuk-link" href="/reports/evidence.html?month=${month.name}">Download the document</a> and open it in a browser to print it.</p>`,
}

/** The first Devices only: the file has them all. */
async function exceptionsOf({ reports }: PageContext, actor: Actor, month: Month): Promise<Html> {
  const blocked = await reports.blocked(actor, month)
  const { items, next } = await reports.exceptionsPage(actor, month, PAGE_ROWS)
  const more =
    next === undefined ? NOTHING : html`<p class="govuk-body">These are the first; the CSV file has all.</p>`
  return html`${exceptionsContent(blocked, items, actor.role !== 'csp')}${more}`
}

function addFiles(page: PageContext): void {
  addCsv(page, 'exceptions', EXCEPTION_RECORDS, async (actor, month) => page.reports.exceptions(actor, month))
  addCsv(page, 'performance', PERFORMANCE_RECORDS, (actor, month) => page.reports.performance(actor, month))
  addCsv(page, 'uptake', UPTAKE_RECORDS, (actor, month) => page.reports.uptake(actor, month))
  page.get('/reports/evidence.html', { operation: 'report-evidence' }, async (context) => {
    const month = monthOf(page, context)
    const evidence = await page.reports.evidence(signedIn(context).actor, month)
    return textResponse(context, evidenceDocument(evidence), {
      'content-type': 'text/html; charset=utf-8',
      'content-disposition': `attachment; filename="evidence-${month.name}.html"`,
    })
  })
}

function addCsv<Row>(
  page: PageContext,
  name: ReportName,
  flat: FlatReport<Row>,
  rowsOf: (actor: Actor, month: Month) => Promise<AsyncIterable<Row> | Iterable<Row>>,
): void {
  page.get(`/reports/${name}.csv`, { operation: REPORT_PAGES[name].operation }, async (context) => {
    const month = monthOf(page, context)
    const rows = await rowsOf(signedIn(context).actor, month)
    return textResponse(context, reportCsv(flat, rows), {
      'content-type': CSV_TYPE,
      'content-disposition': `attachment; filename="${name}-${month.name}.csv"`,
    })
  })
}

/** A link of ours always names a month; anything else is taken for the last one. */
function monthOf(page: PageContext, context: ControlContext): Month {
  return parseMonth(context.req.query('month') ?? '') ?? lastMonth(page)
}
