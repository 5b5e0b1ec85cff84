/** What DSP operations look at: gateways and how fresh they are, verdict counts, the table in force. */

import { z } from '@hono/zod-openapi'
import { isoTime } from '../../core/device/iso-time.ts'
import { ROW_CLASSES, type Table, type TableRow } from '../../core/policy/table.ts'
import type { GatewayStatus } from '../../store/control-store.ts'
import { countOfAll, GATEWAY_COUNTS, type GatewayCount } from '../../store/gateway-counts.ts'
import { type Endpoint, endpointsOf, type Sent } from '../http/endpoint.ts'
import { countSchema, timeSchema } from './schemas.ts'

const countsSchema = z.strictObject(countsBy(() => countSchema)).openapi('GatewayCounts')

const gatewaySchema = z
  .strictObject({
    id: z.string(),
    isLive: z.boolean(),
    state: z.string(),
    sequence: z.int().openapi({ description: 'The last change it has applied.' }),
    behind: z.int().openapi({ description: 'Changes it has yet to apply.' }),
    tableRevision: z.string(),
    hasTableInForce: z
      .boolean()
      .openapi({ description: 'Whether it has the table that the control plane has.' }),
    seenAt: timeSchema,
    seenAgoMs: z.int(),
    clockSkewMs: z.int().nullable().openapi({
      description: "How far its clock is ahead of the store's, negative when it is behind.",
    }),
    holdsUpChanges: z
      .boolean()
      .openapi({ description: 'Its clock is so far behind that nothing is called in force.' }),
    epoch: z.int().nullable().openapi({
      description: "Number of the store's epoch in which it reported: one more after each fail-over.",
    }),
    counts: countsSchema.openapi({
      description:
        'Messages by verdict since it started, those that could not be read, and the two faults that must never happen.',
    }),
  })
  .openapi('Gateway')

const operationsSchema = z
  .strictObject({
    latest: z.int().openapi({ description: 'The last change there is.' }),
    devices: z.int().openapi({ description: 'Devices in the inventory.' }),
    gateways: z.array(gatewaySchema),
    totals: countsSchema.openapi({ description: 'Counts of all live gateways together.' }),
  })
  .openapi('Operations')

const ruleFields = {
  id: z.string(),
  why: z.string(),
  action: z.enum(['pass', 'block', 'as-inner']),
  when: z.record(z.string(), z.unknown()).openapi({ description: 'Conditions; every one given must hold.' }),
  otherwise: z.enum(['pass', 'block']).nullable(),
  mode: z.enum(['enforce', 'shadow']),
  onUnknown: z.enum(['block', 'defer', 'forward']).nullable(),
  onStale: z.enum(['block', 'defer', 'forward', 'as-known']).nullable(),
  observe: z.array(z.string()),
}

const rowSchema = z
  .strictObject({
    ...ruleFields,
    class: z.enum(ROW_CLASSES),
    srv: z.array(z.string()),
    alert: z.array(z.string()),
    dccAlert: z.array(z.string()),
  })
  .openapi('TableRow')

const tableSchema = z
  .strictObject({
    name: z.string(),
    revision: z
      .string()
      .openapi({ description: 'Hash of the list; names it in verdicts and in the journal.' }),
    rows: z.array(rowSchema),
    defaults: z
      .record(z.string(), z.record(z.string(), z.string()))
      .openapi({ description: 'For codes in no row.' }),
  })
  .openapi('Table')

const { get } = endpointsOf('Operations')

export const operationsEndpoints: readonly Endpoint[] = [
  get('/operations', {
    name: 'getOperations',
    summary: 'Gateways, how fresh they are, and what they decided',
    access: { operation: 'gateways' },
    content: operationsSchema,
    async handle(_, { operations: atWork, table }) {
      const { latest, gateways, devices } = await atWork()
      const { revision } = table()
      const content = {
        latest,
        devices,
        gateways: gateways.map((gateway) => gatewayResource(gateway, latest, revision)),
        totals: totalsOf(gateways),
      }
      return { content }
    },
  }),
  get('/table', {
    name: 'getTable',
    summary: 'The restricted-SR table in force: the one that gateways run',
    access: { operation: 'table' },
    content: tableSchema,
    problems: ['list-not-at-hand'],
    async handle(_, ports) {
      const running = await ports.policy.running()
      return running ? { content: tableResource(running) } : { problem: { code: 'list-not-at-hand' } }
    },
  }),
]

function gatewayResource(
  { id, isLive, state, sequence, tableRevision, seenAt, silentMs, counts, clock, epoch }: GatewayStatus,
  latest: number,
  revision: string,
): Sent<z.input<typeof gatewaySchema>> {
  return {
    ...{ id, isLive, state, sequence, tableRevision },
    behind: Math.max(0, latest - sequence),
    hasTableInForce: tableRevision === revision,
    seenAt: isoTime(seenAt),
    seenAgoMs: silentMs,
    clockSkewMs: clock?.skewMs ?? null,
    holdsUpChanges: isLive && clock?.isBehind === true,
    epoch: epoch ?? null,
    counts: countsBy((count) => counts[count] ?? 0),
  }
}

/** Counts of all live gateways together. */
function totalsOf(gateways: readonly GatewayStatus[]): z.input<typeof countsSchema> {
  const live = gateways.filter(({ isLive }) => isLive)
  return countsBy((count) => countOfAll(live, count))
}

/** Something for each count. */
function countsBy<Value>(of: (count: GatewayCount) => Value): Record<GatewayCount, Value> {
  return Object.fromEntries(GATEWAY_COUNTS.map((count) => [count, of(count)])) as Record<GatewayCount, Value>
}

function tableResource({ name, revision, rows, defaults }: Table): Sent<z.input<typeof tableSchema>> {
  const entries = Object.entries(defaults).map(([key, rule]) => [key, { ...rule }] as const)
  return { name, revision, rows: rows.map(rowResource), defaults: Object.fromEntries(entries) }
}

function rowResource(row: TableRow): Sent<z.input<typeof rowSchema>> {
  const { id, why, action, when, mode, otherwise = null, onUnknown = null, onStale = null } = row
  const { class: rowClass, observe, srv, alert, dccAlert } = row
  return {
    ...{ id, why, action, mode, class: rowClass, when: { ...when } },
    ...{ otherwise, onUnknown, onStale, observe, srv, alert, dccAlert },
  }
}
