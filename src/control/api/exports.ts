/** Listings as CSV files, whole. */
import { z } from '@hono/zod-openapi'
import type { CsvRecords } from '../../csv/csv-writer.ts'
import { READ_AT_A_TIME } from '../every-item.ts'
import { type Endpoint, endpoint } from '../http/endpoint.ts'
import type { ApiPorts } from './api-ports.ts'
import { type AuditResource, auditFilter, listedEntries } from './audit.ts'
import type { FlagResource } from './flag-resource.ts'
import { listingFile } from './listings.ts'
import { flagFilter, listedFlags } from './restrictions.ts'
import { listedTasks, type TaskResource, taskFilter } from './tasks.ts'

/** Endpoints of files. */
export function exportEndpoints(ports: ApiPorts): readonly Endpoint[] {
  return [restrictions(ports), tasks(ports), audit(ports)]
}

const SHARED = { method: 'get', tag: 'Files', streams: { 'text/csv': 'With a header line.' } } as const

const FLAG_RECORDS: CsvRecords<FlagResource> = {
  columns: [
    ...['id', 'mpxn', 'fuel', 'meter', 'members', 'state', 'from', 'until', 'clearReason', 'reference'],
    ...['setByParty', 'setByName', 'onBehalfOf', 'ticket', 'propagation', 'version'],
  ],
  record: ({ id, mpxn, fuel, meter, members, state, from, until, clearReason, setter, ...flag }) => [
    ...[id, mpxn, fuel, meter, members.join(' '), state, from, until, clearReason, setter?.reference],
    ...[setter?.by.party, setter?.by.name, setter?.onBehalfOf, setter?.ticket],
    ...[flag.propagation.state, flag.version],
  ],
}

function restrictions(ports: ApiPorts): Endpoint {
  return endpoint({
    ...SHARED,
    path: '/restrictions.csv',
    name: 'exportRestrictions',
    summary: 'Flags as a CSV file',
    access: { operation: 'list' },
    query: z.strictObject(flagFilter),
    handle: ({ identity, query }) =>
      listingFile('restrictions.csv', FLAG_RECORDS, listedFlags(ports, identity, query)),
  })
}

const TASK_COLUMNS = [
  ...(['id', 'kind', 'restriction', 'party', 'createdAt', 'dueAt', 'clearAt', 'doneAt', 'outcome'] as const),
]

const TASK_RECORDS: CsvRecords<TaskResource> = {
  columns: TASK_COLUMNS,
  record: (task) => TASK_COLUMNS.map((column) => task[column]),
}

function tasks(ports: ApiPorts): Endpoint {
  return endpoint({
    ...SHARED,
    path: '/tasks.csv',
    name: 'exportTasks',
    summary: 'Tasks as a CSV file',
    access: { operation: 'tasks' },
    query: z.strictObject(taskFilter),
    handle: ({ identity, query }) =>
      listingFile('tasks.csv', TASK_RECORDS, listedTasks(ports, identity, query)),
  })
}

const AUDIT_RECORDS: CsvRecords<AuditResource> = {
  columns: ['index', 'at', 'party', 'role', 'name', 'action', 'subject', 'detail', 'hash'],
  record: ({ index, at, actor, action, subject, detail, hash }) => [
    ...[index, at, actor.party, actor.role, actor.name, action, subject, JSON.stringify(detail), hash],
  ],
}

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
      const list = listedEntries(ports, identity, query)
      const first = await list(READ_AT_A_TIME)
      if (!first.ok) return first
      const others: typeof list = (limit, after) =>
        after === undefined ? Promise.resolve(first) : list(limit, after)
      return listingFile('audit.csv', AUDIT_RECORDS, others)
    },
  })
}
