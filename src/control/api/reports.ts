/** The monthly reports: exceptions, performance, uptake, leak checks and the annex of evidence. Months are months in UTC. */

import { z } from '@hono/zod-openapi'
import { DEVICE_TYPES } from '../../core/device/device.ts'
import { isoTime } from '../../core/device/iso-time.ts'
import type { PerformanceRow } from '../../core/report/performance.ts'
import type { Month } from '../../core/report/span.ts'
import { AGE_BANDS } from '../../core/report/uptake.ts'
import type { ExceptionRow } from '../../reports/exceptions.ts'
import type { LeakChecked, Reports } from '../../reports/reports.ts'
import { evidenceDocument } from '../documents/evidence.ts'
import { type CsvReport, reportCsv, reportFileName } from '../documents/report-csv.ts'
import { type Endpoint, endpointsOf, type Sent } from '../http/endpoint.ts'
import type { Problem } from '../http/problems.ts'
import { csvFile, listing } from './listings.ts'
import { countSchema, deviceIdSchema, monthSchema, timeSchema } from './schemas.ts'

const blockedSchema = z.strictObject({ class: z.string(), rejected: countSchema, withheld: countSchema })

const exceptionSchema = z
  .strictObject({
    device: deviceIdSchema,
    type: z.enum(DEVICE_TYPES).nullable(),
    hub: deviceIdSchema.nullable(),
    region: z.string(),
    generation: z.string(),
    supplier: z.string().openapi({
      description:
        'The Responsible Supplier; where none is registered, whoever the flag was set for; empty for CSPs.',
    }),
    spans: z
      .array(z.strictObject({ from: timeSchema, until: timeSchema }))
      .openapi({ description: 'When it was Restricted, clipped to the month.' }),
    restrictedMs: countSchema,
    blocked: z.array(blockedSchema).openapi({ description: 'Messages stopped, by why their kind is.' }),
    rejected: countSchema,
    withheld: countSchema,
    incidents: z
      .array(z.string())
      .openapi({ description: 'References of incidents in its region while it was Restricted there.' }),
  })
  .openapi('ReportException')

const shareSchema = z.number().min(0).max(1).nullable()

const performanceSchema = z
  .strictObject({
    srv: z.string(),
    region: z.string(),
    canBeStopped: z
      .boolean()
      .openapi({ description: 'Whether a list of the month can stop messages of this SRV.' }),
    requests: countSchema.openapi({ description: 'Every Service Request, rejected ones too.' }),
    sent: countSchema,
    rejected: countSchema,
    notSent: countSchema,
    succeeded: countSchema,
    failed: countSchema,
    withheld: countSchema,
    exceptions: countSchema.openapi({
      description: 'Of `requests`, those for Restricted Devices that the flag can touch.',
    }),
    successRate: shareSchema,
    successRateWithoutExceptions: shareSchema,
  })
  .openapi('ReportPerformance')

const uptakeSchema = z
  .strictObject({
    supplier: z.string(),
    region: z.string(),
    set: countSchema,
    cleared: countSchema,
    closed: countSchema,
    clearReasons: z.record(z.string(), countSchema),
    inEffect: countSchema.openapi({ description: 'When the month ended, or now.' }),
    ages: z
      .record(z.string(), countSchema)
      .openapi({ description: `Of \`inEffect\`: ${AGE_BANDS.map(({ name }) => name).join(', ')}.` }),
  })
  .openapi('ReportUptake')

const leakSchema = z.strictObject({
  fault: z.enum(['let-through-while-restricted', 'never-block-stopped', 'stopped-without-a-rule']),
  decision: z.string(),
  time: timeSchema,
  direction: z.string(),
  code: z.string(),
  device: deviceIdSchema.optional(),
  verdict: z.string(),
  outcome: z.string(),
  tableRevision: z.string(),
})

const leakCheckSchema = z
  .strictObject({
    gateway: z.string().openapi({ description: 'Whose journal was read.' }),
    at: timeSchema,
    messages: countSchema,
    letThrough: countSchema,
    stopped: countSchema,
    faults: countSchema.openapi({ description: '0 is what must be.' }),
    leaks: z.array(leakSchema).openapi({ description: 'The first hundred.' }),
    unjudged: z.record(z.string(), countSchema),
    unreadable: countSchema,
  })
  .openapi('LeakCheck')

const { get } = endpointsOf('Reports')

const OF_MONTH = { query: z.strictObject({ month: monthSchema }) } as const

export const reportEndpoints: readonly Endpoint[] = [
  listing(get, '/reports/exceptions', {
    name: 'listExceptions',
    summary: 'The exceptions list of a month: Restricted Devices and what was stopped for them',
    description: 'At most `limit` Devices a page; one that moved to another hub has a row for each.',
    access: { operation: 'report-exceptions' },
    filter: { month: monthSchema },
    item: exceptionSchema,
    pageName: 'ReportExceptionPage',
    list:
      ({ reports }, { actor }, { month }) =>
      async (limit, after) => {
        const future = notBegun(month, reports)
        if (future) return { ok: false, ...future }
        const { items, next } = await reports.exceptionsPage(actor, month, limit, after)
        return { ok: true, items: items.map(exceptionResource), next }
      },
  }),
  file('exceptions', 'exportExceptions', 'The exceptions list as a CSV file'),
  get('/reports/performance', {
    ...OF_MONTH,
    name: 'getPerformance',
    summary: 'Success of Service Requests by SRV and region, with and without exceptions',
    access: { operation: 'report-performance' },
    content: z.array(performanceSchema),
    handle: async ({ identity, query: { month } }, { reports }) =>
      notBegun(month, reports) ?? {
        content: (await reports.performance(identity.actor, month)).rows.map(performanceResource),
      },
  }),
  file('performance', 'exportPerformance', 'The performance report as a CSV file'),
  get('/reports/uptake', {
    ...OF_MONTH,
    name: 'getUptake',
    summary: 'Flags set, cleared and in effect, by Supplier and region',
    access: { operation: 'report-uptake' },
    content: z.array(uptakeSchema),
    handle: async ({ identity, query: { month } }, { reports }) =>
      notBegun(month, reports) ?? { content: await reports.uptake(identity.actor, month) },
  }),
  file('uptake', 'exportUptake', 'The uptake report as a CSV file'),
  get('/reports/leaks', {
    ...OF_MONTH,
    name: 'getLeakChecks',
    summary: 'What the leak check found in the journal of each gateway',
    description:
      '`duisgate report leaks` makes it on the machine of a gateway; this answers with the last one of each.',
    access: { operation: 'report-leaks' },
    content: z.array(leakCheckSchema),
    handle: async ({ identity, query: { month } }, { reports }) =>
      notBegun(month, reports) ?? {
        content: (await reports.leaks(identity.actor, month)).map(leakCheckResource),
      },
  }),
  get('/reports/evidence', {
    ...OF_MONTH,
    name: 'getEvidence',
    summary: 'Lists in force, their changes and the audit of a month, as a document to print',
    access: { operation: 'report-evidence' },
    streams: { 'text/html': 'One document with nothing loaded from elsewhere.' },
    handle: async ({ identity, query: { month } }, { reports }) =>
      notBegun(month, reports) ?? {
        texts: evidenceDocument(await reports.evidence(identity.actor, month)),
        mediaType: 'text/html; charset=utf-8',
        headers: { 'content-disposition': `attachment; filename="evidence-${month.name}.html"` },
      },
  }),
]

function file(report: CsvReport, name: string, summary: string): Endpoint {
  return get(`/reports/${report}.csv`, {
    ...OF_MONTH,
    name,
    summary,
    access: { operation: `report-${report}` },
    streams: { 'text/csv': 'With a header line.' },
    handle: ({ identity, query: { month } }, { reports }) =>
      notBegun(month, reports) ??
      csvFile(reportFileName(report, reports, month), reportCsv(report, reports, identity.actor, month)),
  })
}

/** A month that has not begun would read like one in which nothing happened. */
function notBegun(month: Month, reports: Reports): { readonly problem: Problem } | undefined {
  if (reports.hasBegun(month)) return undefined
  const text = `${month.name} has not begun. Give a month that has.`
  return { problem: { code: 'parameter-invalid', invalid: [{ where: 'query.month', text }] } }
}

export function exceptionResource(row: ExceptionRow): Sent<z.input<typeof exceptionSchema>> {
  const { type, hub, spans, blocked, ...rest } = row
  return {
    ...rest,
    type: type ?? null,
    hub: hub ?? null,
    spans: spans.map(({ from, until }) => ({ from: isoTime(from), until: isoTime(until) })),
    blocked,
  }
}

export function performanceResource(row: PerformanceRow): z.input<typeof performanceSchema> {
  const { successRate = null, successRateWithoutExceptions = null, ...rest } = row
  return { ...rest, successRate, successRateWithoutExceptions }
}

export function leakCheckResource({
  gateway,
  at,
  report,
}: LeakChecked): Sent<z.input<typeof leakCheckSchema>> {
  const { month: _, ...found } = report
  return { gateway, at: isoTime(at), ...found, leaks: found.leaks.map((leak) => ({ ...leak })) }
}
