/** Listings as CSV files, whole. */
import { z } from '@hono/zod-openapi'
import type { CsvRecords } from '../../csv/csv-writer.ts'
import { READ_AT_A_TIME } from '../every-item.ts'
import { type Endpoint, endpointsOf } from '../http/endpoint.ts'
import { type AuditResource, auditFilter, listedEntries } from './audit.ts'
import type { FlagResource } from './flag-resource.ts'
import { listingFile } from './listings.ts'
import { flagFilter, listedFlags } from './restrictions.ts'
import { listedTasks, type TaskResource, taskFilter } from './tasks.ts'

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

const TASK_COLUMNS = [
  ...(['id', 'kind', 'restriction', 'party', 'createdAt', 'dueAt', 'clearAt', 'doneAt', 'outcome'] as const),
]

const TASK_RECORDS: CsvRecords<TaskResource> = {
  columns: TASK_COLUMNS,
  record: (task) => TASK_COLUMNS.map((column) => task[column]),
}

const AUDIT_RECORDS: CsvRecords<AuditResource> = {
  columns: ['index', 'at', 'party', 'role', 'name', 'action', 'subject', 'detail', 'hash'],
  record: ({ index, at, actor, action, subject, detail, hash }) => [
    ...[index, at, actor.party, actor.role, actor.name, action, subject, JSON.stringify(detail), hash],
  ],
}

const { get } = endpointsOf('Files')

const STREAMS = { streams: { 'text/csv': 'With a header line.' } } as const

export const exportEndpoints: readonly Endpoint[] = [
  get('/restrictions.csv', {
    ...STREAMS,
    name: 'exportRestrictions',
    summary: 'Flags as a CSV file',
    access: { operation: 'list' },
    query: z.strictObject(flagFilter),
    handle: ({ identity, query }, ports) =>
      listingFile('restrictions.csv', FLAG_RECORDS, listedFlags(ports, identity, query)),
  }),
  get('/tasks.csv', {
    ...STREAMS,
    name: 'exportTasks',
    summary: 'Tasks as a CSV file',
    access: { operation: 'tasks' },
    query: z.strictObject(taskFilter),
    handle: ({ identity, query }, ports) =>
      listingFile('tasks.csv', TASK_RECORDS, listedTasks(ports, identity, query)),
  }),
  get('/audit.csv', {
    ...STREAMS,
    name: 'exportAudit',
    summary: 'Audit entries as a CSV file',
    access: { operation: 'audit' },
    query: z.strictObject(auditFilter),
    problems: ['not-found'],
    async handle({ identity, query }, ports) {
      const list = listedEntries(ports, identity, query)
      const first = await list(READ_AT_A_TIME)
      if (!first.ok) return first
      const others: typeof list = (limit, after) =>
        after === undefined ? Promise.resolve(first) : list(limit, after)
      return listingFile('audit.csv', AUDIT_RECORDS, others)
    },
  }),
]
