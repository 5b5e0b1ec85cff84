/** Reports by month, with their CSV. */
import { type Month, monthAt, monthsLater, parseMonth } from '../../../core/report/span.ts'
import { CSV_TYPE } from '../../../csv/csv-writer.ts'
import type { Performance } from '../../../reports/reports.ts'
import { evidenceDocument } from '../../documents/evidence.ts'
import { performanceOverMonths, uptakeOverMonths, yearUpTo } from '../../documents/months-content.ts'
import {
  exceptionsContent,
  leaksContent,
  performanceContent,
  uptakeContent,
} from '../../documents/report-content.ts'
import { type CsvReport, reportCsv, reportFileName } from '../../documents/report-csv.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { REPORT_PAGES, type ReportName, reportPage, reportsPage } from '../views/reports.ts'
import { PAGE_ROWS, type Pages, type Visit } from './visit.ts'

export function addReportPages({ get, page }: Pages): void {
  get('/reports', { operation: 'report-exceptions' }, (visit) =>
    visit.show(reportsPage(visit.visitor, lastMonth(visit).name)),
  )
  for (const name of Object.keys(REPORT_PAGES) as ReportName[])
    get(`/reports/${name}`, { operation: REPORT_PAGES[name].operation }, (visit) => report(visit, name))
  for (const name of ['exceptions', 'performance', 'uptake'] as const)
    get(`/reports/${name}.csv`, { operation: REPORT_PAGES[name].operation }, (visit) => csvFile(visit, name))
  get('/reports/evidence.html', { operation: 'report-evidence' }, async (visit) => {
    const month = monthOf(visit)
    if (!month) return visit.problem({ code: 'parameter-invalid' })
    const evidence = await page.reports.evidence(visit.actor, month)
    return visit.file(`evidence-${month.name}.html`, 'text/html; charset=utf-8', evidenceDocument(evidence))
  })
}

/** The month that is asked for when none is named: the last one that has ended. */
function lastMonth({ now }: Visit): Month {
  return monthsLater(monthAt(now), -1)
}

async function report(visit: Visit, name: ReportName): Promise<Response> {
  const { visitor } = visit
  const monthText = visit.context.req.query('month')?.trim() ?? lastMonth(visit).name
  const { month, problem } = monthIn(visit, monthText)
  const content = month ? await CONTENTS[name](visit, month) : NOTHING
  return visit.show(
    reportPage({ visitor, name, monthText, month, problem, now: visit.now, content }),
    month ? 200 : 422,
  )
}

const CONTENTS: Readonly<Record<ReportName, (visit: Visit, month: Month) => Promise<Html>>> = {
  exceptions: exceptionsOf,
  performance: performanceOf,
  uptake: async ({ page, actor, now }, month) => {
    const months = yearUpTo(month)
    const rows = await page.reports.uptakeByMonth(actor, months)
    return html`${uptakeContent(rows.at(-1) ?? [])}${uptakeOverMonths({ months, rows, now })}`
  },
  leaks: async ({ page, actor }, month) => leaksContent(await page.reports.leaks(actor, month)),
  evidence: async (_visit, month) =>
    html`<p class="govuk-body"><a class="govuk-link" href="/reports/evidence.html?month=${month.name}">Download the document</a> and open it in a browser to print it.</p>`,
}

async function performanceOf({ page, actor, now }: Visit, month: Month): Promise<Html> {
  const months = yearUpTo(month)
  const before: Performance[] = []
  for (const each of months.slice(0, -1)) before.push(await page.reports.performance(actor, each))
  const told = await page.reports.performance(actor, month)
  const rows = [...before, told].map((each) => each.rows)
  return html`${performanceContent(told)}${performanceOverMonths({ months, rows, now })}`
}

/** The first Devices only: the file has them all. */
async function exceptionsOf({ page, actor }: Visit, month: Month): Promise<Html> {
  const blocked = await page.reports.blocked(actor, month)
  const { items, next } = await page.reports.exceptionsPage(actor, month, PAGE_ROWS)
  const more =
    next === undefined ? NOTHING : html`<p class="govuk-body">These are the first; the CSV file has all.</p>`
  return html`${exceptionsContent(blocked, items, actor.role !== 'csp')}${more}`
}

function csvFile(visit: Visit, name: CsvReport): Response | Promise<Response> {
  const { page, actor } = visit
  const month = monthOf(visit)
  if (!month) return visit.problem({ code: 'parameter-invalid' })
  const file = reportFileName(name, page.reports, month)
  return visit.file(file, CSV_TYPE, reportCsv(name, page.reports, actor, month))
}

/** The month of that name, or what is wrong with it. */
function monthIn({ page }: Visit, text: string): { readonly month?: Month; readonly problem?: string } {
  const month = parseMonth(text)
  if (!month) return { problem: 'Enter a year and a month, for example 2026-10.' }
  return page.reports.hasBegun(month) ? { month } : { problem: 'Enter a month that has begun.' }
}

/** The month of a file, the last one where none is named; undefined for what is no month that has begun. */
function monthOf(visit: Visit): Month | undefined {
  return monthIn(visit, visit.query('month') || lastMonth(visit).name).month
}
