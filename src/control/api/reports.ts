/** The monthly reports: exceptions, performance, uptake, leak checks and the annex of evidence. Months are months in UTC. */
import { z } from '@hono/zod-openapi'
import { DEVICE_TYPES } from '../../core/device/device.ts'
import { formatEui64 } from '../../core/duis/eui64.ts'
import { type Month, parseMonth } from '../../core/report/month.ts'
import type { PerformanceRow } from '../../core/report/performance.ts'
import { AGE_BANDS, type UptakeRow } from '../../core/report/uptake.ts'
import { CSV_TYPE } from '../../csv/csv-writer.ts'
import type { ExceptionRow } from '../../reports/exceptions.ts'
import {
  EXCEPTION_RECORDS,
  type FlatReport,
  PERFORMANCE_RECORDS,
  UPTAKE_RECORDS,
} from '../../reports/report-records.ts'
import type { LeakChecked } from '../../reports/reports.ts'
import { type Answer, type Endpoint, endpoint } from '../http/endpoint.ts'
import { evidenceDocument } from '../page/views/evidence.ts'
import { reportCsv } from '../report-files.ts'
import type { ApiPorts } from './api-ports.ts'
import { answerPage, pageOf } from './listings.ts'
import { cursorSchema, deviceIdSchema, limitSchema, readDeviceId, timeOf, timeSchema } from './schemas.ts'

const TAG = 'Reports'

/** A calendar month in UTC. */
export const monthSchema = z
  .string()
  .transform((text, issue): Month => {
    const month = parseMonth(text)
    if (month) return month
    issue.addIssue({ code: 'custom', message: 'Give a year and a month, for example 2026-10.' })
    return z.NEVER
  })
  .openapi({ type: 'string', example: '2026-10', description: 'A calendar month in UTC.' })

const countSchema = z.int().min(0)
const blockedSchema = z.strictObject({ class: z.string(), rejected: countSchema, withheld: countSchema })

const exceptionSchema = z
  .strictObject({
    device: deviceIdSchema,
    type: z.enum(DEVICE_TYPES).nullable(),
    hub: deviceIdSchema.nullable(),
    region: z.string(),
    generation: z.string(),
    supplier: z.string().openapi({ description: 'The Responsible Supplier; empty for CSPs.' }),
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
    requests: countSchema.openapi({ description: 'Every Service Request, rejected ones too.' }),
    sent: countSchema,
    rejected: countSchema,
    notSent: countSchema,
    succeeded: countSchema,
    failed: countSchema,
    withheld: countSchema,
    exceptions: countSchema.openapi({ description: 'Of `requests`, those for Restricted Devices.' }),
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

const monthQuery = z.strictObject({ month: monthSchema })

/** Endpoints of reports. */
export function reportEndpoints(ports: ApiPorts): readonly Endpoint[] {
  return [
    exceptions(ports),
    exceptionsFile(ports),
    performance(ports),
    performanceFile(ports),
    uptake(ports),
    uptakeFile(ports),
    leaks(ports),
    evidence(ports),
  ]
}

const SHARED = { method: 'get', tag: TAG } as const
const FILE = { ...SHARED, query: monthQuery, streams: { 'text/csv': 'With a header line.' } } as const

function exceptions(ports: ApiPorts): Endpoint {
  return endpoint({
    ...SHARED,
    path: '/reports/exceptions',
    name: 'listExceptions',
    summary: 'The exceptions list of a month: Restricted Devices and what was stopped for them',
    description: 'At most `limit` Devices a page; one that moved to another hub has a row for each.',
    access: { operation: 'report-exceptions' },
    query: z.strictObject({ month: monthSchema, limit: limitSchema, cursor: cursorSchema }),
    content: pageOf(exceptionSchema, 'ReportExceptionPage'),
    problems: ['cursor-invalid'],
    handle({ identity, query: { month, limit, cursor } }) {
      const scope = { listing: 'report-exceptions', month: month.name }
      return answerPage(ports, identity, scope, { limit, cursor }, async (size, after) => {
        const last = after === undefined ? undefined : readDeviceId(after)
        const { items, next } = await ports.reports.exceptionsPage(identity.actor, month, size, last)
        return {
          ok: true,
          items: items.map(exceptionResource),
          next: next === undefined ? undefined : formatEui64(next),
        }
      })
    },
  })
}

function exceptionsFile({ reports }: ApiPorts): Endpoint {
  return endpoint({
    ...FILE,
    path: '/reports/exceptions.csv',
    name: 'exportExceptions',
    summary: 'The exceptions list as a CSV file',
    access: { operation: 'report-exceptions' },
    handle: async ({ identity, query: { month } }) =>
      reportFile(`exceptions-${month.name}`, EXCEPTION_RECORDS, reports.exceptions(identity.actor, month)),
  })
}

function performance({ reports }: ApiPorts): Endpoint {
  return endpoint({
    ...SHARED,
    path: '/reports/performance',
    name: 'getPerformance',
    summary: 'Success of Service Requests by SRV and region, with and without exceptions',
    access: { operation: 'report-performance' },
    query: monthQuery,
    content: z.array(performanceSchema),
    handle: async ({ identity, query: { month } }) => ({
      status: 200,
      content: (await reports.performance(identity.actor, month)).map(performanceResource),
    }),
  })
}

function performanceFile({ reports }: ApiPorts): Endpoint {
  return endpoint({
    ...FILE,
    path: '/reports/performance.csv',
    name: 'exportPerformance',
    summary: 'The performance report as a CSV file',
    access: { operation: 'report-performance' },
    handle: async ({ identity, query: { month } }) =>
      reportFile(
        `performance-${month.name}`,
        PERFORMANCE_RECORDS,
        await reports.performance(identity.actor, month),
      ),
  })
}

function uptake({ reports }: ApiPorts): Endpoint {
  return endpoint({
    ...SHARED,
    path: '/reports/uptake',
    name: 'getUptake',
    summary: 'Flags set, cleared and in effect, by Supplier and region',
    access: { operation: 'report-uptake' },
    query: monthQuery,
    content: z.array(uptakeSchema),
    handle: async ({ identity, query: { month } }) => ({
      status: 200,
      content: (await reports.uptake(identity.actor, month)).map(uptakeResource),
    }),
  })
}

function uptakeFile({ reports }: ApiPorts): Endpoint {
  return endpoint({
    ...FILE,
    path: '/reports/uptake.csv',
    name: 'exportUptake',
    summary: 'The uptake report as a CSV file',
    access: { operation: 'report-uptake' },
    handle: async ({ identity, query: { month } }) =>
      reportFile(`uptake-${month.name}`, UPTAKE_RECORDS, await reports.uptake(identity.actor, month)),
  })
}

function leaks({ reports }: ApiPorts): Endpoint {
  return endpoint({
    ...SHARED,
    path: '/reports/leaks',
    name: 'getLeakChecks',
    summary: 'What the leak check found in the journal of each gateway',
    description:
      '`duisgate report leaks` makes it on the machine of a gateway; this answers with the last one of each.',
    access: { operation: 'report-leaks' },
    query: monthQuery,
    content: z.array(leakCheckSchema),
    handle: async ({ identity, query: { month } }) => ({
      status: 200,
      content: (await reports.leaks(identity.actor, month)).map(leakCheckResource),
    }),
  })
}

function evidence({ reports }: ApiPorts): Endpoint {
  return endpoint({
    ...SHARED,
    path: '/reports/evidence',
    name: 'getEvidence',
    summary: 'Lists in force, their changes and the audit of a month, as a document to print',
    access: { operation: 'report-evidence' },
    query: monthQuery,
    streams: { 'text/html': 'One document with nothing loaded from elsewhere.' },
    handle: async ({ identity, query: { month } }) => ({
      texts: evidenceDocument(await reports.evidence(identity.actor, month)),
      mediaType: 'text/html; charset=utf-8',
      headers: { 'content-disposition': `attachment; filename="evidence-${month.name}.html"` },
    }),
  })
}

function reportFile<Row>(
  name: string,
  flat: FlatReport<Row>,
  rows: AsyncIterable<Row> | Iterable<Row>,
): Answer<never> {
  const headers = { 'content-disposition': `attachment; filename="${name}.csv"` }
  return { texts: reportCsv(flat, rows), mediaType: CSV_TYPE, headers }
}

/** A row as JSON. */
export function exceptionResource(row: ExceptionRow): z.input<typeof exceptionSchema> {
  const { type, hub, spans, blocked, ...rest } = row
  return {
    ...rest,
    type: type ?? null,
    hub: hub ?? null,
    spans: spans.map(({ from, until }) => ({ from: timeOf(from), until: timeOf(until) })),
    blocked: blocked.map((each) => ({ ...each })),
    incidents: [...row.incidents],
  }
}

export function performanceResource(row: PerformanceRow): z.input<typeof performanceSchema> {
  const { successRate = null, successRateWithoutExceptions = null, ...rest } = row
  return { ...rest, successRate, successRateWithoutExceptions }
}

export function uptakeResource(row: UptakeRow): z.input<typeof uptakeSchema> {
  return { ...row, clearReasons: { ...row.clearReasons }, ages: { ...row.ages } }
}

export function leakCheckResource({ gateway, at, report }: LeakChecked): z.input<typeof leakCheckSchema> {
  const { month: _, leaks, unjudged, ...counts } = report
  return {
    gateway,
    at: timeOf(at),
    ...counts,
    leaks: leaks.map((leak) => ({ ...leak })),
    unjudged: { ...unjudged },
  }
}
