/** Listings as CSV files, whole. */
import { z } from '@hono/zod-openapi'
import { CSV_TYPE, csvRecord } from '../../csv/csv-writer.ts'
import { type Answer, type Endpoint, endpoint } from '../http/endpoint.ts'
import type { ApiPorts } from './api-ports.ts'
import { type AuditResource, auditFilter, listedEntries } from './audit.ts'
import type { FlagResource } from './flag-resource.ts'
import { allOf, EXPORT_PAGE, flagFilter, listedFlags } from './listings.ts'
import { listedTasks, type TaskResource } from './tasks.ts'

/** Endpoints of files. */
export function exportEndpoints(ports: ApiPorts): readonly Endpoint[] {
  return [restrictions(ports), tasks(ports), audit(ports)]
}

const SHARED = { method: 'get', tag: 'Files', streams: { 'text/csv': 'With a header line.' } } as const

const FLAG_COLUMNS = [
  'id',
  'mpxn',
  'fuel',
  'meter',
  'members',
  'state',
  'from',
  'until',
  'clearReason',
  'reference',
  'setByParty',
  'setByName',
  'onBehalfOf',
  'ticket',
  'propagation',
  'version',
] as const

function restrictions(ports: ApiPorts): Endpoint {
  return endpoint({
    ...SHARED,
    path: '/restrictions.csv',
    name: 'exportRestrictions',
    summary: 'Flags as a CSV file',
    access: { operation: 'list' },
    query: z.strictObject(flagFilter),
    handle: ({ identity, query }) =>
      csvFile('restrictions.csv', FLAG_COLUMNS, flagRecord, (limit, after) =>
        listedFlags(ports, identity, query, limit, after),
      ),
  })
}

function flagRecord(flag: FlagResource) {
  const { setter } = flag
  return [
    flag.id,
    flag.mpxn,
    flag.fuel,
    flag.meter,
    flag.members.join(' '),
    flag.state,
    flag.from,
    flag.until,
    flag.clearReason,
    setter?.reference,
    setter?.by.party,
    setter?.by.name,
    setter?.onBehalfOf,
    setter?.ticket,
    flag.propagation.state,
    flag.version,
  ]
}

const TASK_COLUMNS = [
  'id',
  'kind',
  'restriction',
  'party',
  'createdAt',
  'dueAt',
  'clearAt',
  'doneAt',
  'outcome',
] as const

function tasks(ports: ApiPorts): Endpoint {
  return endpoint({
    ...SHARED,
    path: '/tasks.csv',
    name: 'exportTasks',
    summary: 'Tasks as a CSV file',
    access: { operation: 'tasks' },
    query: z.strictObject({ state: z.enum(['open', 'done']).default('open') }),
    handle: ({ identity, query }) =>
      csvFile('tasks.csv', TASK_COLUMNS, taskRecord, (limit, after) =>
        listedTasks(ports, identity, query.state, limit, after),
      ),
  })
}

function taskRecord(task: TaskResource) {
  return TASK_COLUMNS.map((column) => task[column])
}

const AUDIT_COLUMNS = ['index', 'at', 'party', 'role', 'name', 'action', 'subject', 'detail', 'hash'] as const

function audit(ports: ApiPorts): Endpoint {
  return endpoint({
    ...SHARED,
    path: '/audit.csv',
    name: 'exportAudit',
    summary: 'Audit entries as a CSV file',
    access: { operation: 'audit' },
    query: z.strictObject(auditFilter),
    problems: ['not-found'],
    async handle({ identity, query }) {
      const list = (limit: number, after?: string) => listedEntries(ports, identity, query, limit, after)
      const first = await list(EXPORT_PAGE)
      if (!first.ok) return first
      const others = (limit: number, after?: string) =>
        after === undefined ? Promise.resolve(first) : list(limit, after)
      return csvFile('audit.csv', AUDIT_COLUMNS, auditRecord, others)
    },
  })
}

function auditRecord({ index, at, actor, action, subject, detail, hash }: AuditResource) {
  return [index, at, actor.party, actor.role, actor.name, action, subject, JSON.stringify(detail), hash]
}

async function csvFile<Item>(
  name: string,
  columns: readonly string[],
  record: (item: Item) => Parameters<typeof csvRecord>[0],
  list: Parameters<typeof allOf<Item>>[0],
): Promise<Answer<never>> {
  const texts = csvTexts(columns, record, allOf(list))
  const headers = { 'content-disposition': `attachment; filename="${name}"` }
  return { texts, mediaType: CSV_TYPE, headers }
}

async function* csvTexts<Item>(
  columns: readonly string[],
  record: (item: Item) => Parameters<typeof csvRecord>[0],
  items: AsyncIterable<Item>,
): AsyncGenerator<string, void, undefined> {
  yield csvRecord(columns)
  for await (const item of items) yield csvRecord(record(item))
}
