/** Tasks: what Suppliers are asked about flags, their answers, and the notice of a change of tenancy. */

import { z } from '@hono/zod-openapi'
import { isoTime, isoTimeOrNull } from '../../core/device/iso-time.ts'
import type { TaskOutcome } from '../../core/restriction/requests.ts'
import type { Task } from '../../core/restriction/restriction.ts'
import { MAX_CLEAR_DELAY_DAYS } from '../../core/restriction/task-rules.ts'
import { flagView } from '../../restrictions/views.ts'
import type { ApiPorts } from '../control-ports.ts'
import { type Endpoint, endpointsOf } from '../http/endpoint.ts'
import { changeOnce, onceHeaders } from '../http/once.ts'
import type { Identity } from '../identity.ts'
import { flagResource, flagSchema } from './flag-resource.ts'
import { listed, listing, type ReadPage } from './listings.ts'
import { refusedChange, refusedRead } from './refused.ts'
import { givenDeviceSchema, timeSchema } from './schemas.ts'

const taskSchema = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['re-confirm', 'review-tenancy', 'prepayment-conflict', 'lost-change']),
    restriction: z.string(),
    party: z.string().openapi({ description: 'The Supplier who is asked.' }),
    createdAt: timeSchema,
    dueAt: timeSchema,
    clearAt: timeSchema
      .nullable()
      .openapi({ description: 'When the flag will be cleared, where the Supplier chose so.' }),
    doneAt: timeSchema.nullable(),
    outcome: z.string().nullable(),
  })
  .openapi('Task')

const onBehalfFields = { onBehalfOf: z.string().max(64).optional(), ticket: z.string().max(64).optional() }

const answerBody = z
  .strictObject({
    outcome: z.enum(['keep', 'review', 'clear-after']),
    days: z
      .int()
      .optional()
      .openapi({ description: `With \`clear-after\`: 0 to ${MAX_CLEAR_DELAY_DAYS} days from now.` }),
    ...onBehalfFields,
  })
  .openapi('TaskAnswer')

const noticeBody = z
  .strictObject({
    mpxn: z.string().max(32).optional(),
    device: givenDeviceSchema.optional(),
    ...onBehalfFields,
  })
  .openapi('TenancyNotice')

const answeredSchema = z.strictObject({ task: taskSchema }).openapi('TaskAnswered')
const noticedSchema = z.strictObject({ restriction: flagSchema }).openapi('TenancyNoticed')

export const taskFilter = { state: z.enum(['open', 'done']).default('open') }

const { get, post } = endpointsOf('Tasks')

export const taskEndpoints: readonly Endpoint[] = [
  listing(get, '/tasks', {
    name: 'listTasks',
    summary: 'Tasks of the party, oldest first; of all for roles that see all',
    access: { operation: 'tasks' },
    filter: taskFilter,
    item: taskSchema,
    pageName: 'TaskPage',
    list: listedTasks,
  }),
  post('/tasks/{id}/complete', {
    name: 'completeTask',
    summary: 'Answer a task',
    access: { operation: 'complete-task' },
    params: z.object({ id: z.string().max(64).openapi({ example: 'T-01JDH2V9WX4N6Q8S0T2V4X6Z8B' }) }),
    headers: onceHeaders,
    body: answerBody,
    content: answeredSchema,
    problems: ['refused', 'not-found', 'idempotency-key-reused'],
    handle(request, ports) {
      const { identity, params, body } = request
      const { onBehalfOf, ticket } = body
      return changeOnce(ports, request, async (service) => {
        const behalf = { onBehalfOf, ticket }
        const done = await service.completeTask(identity.actor, params.id, outcomeOf(body), behalf)
        if (!done.ok) return { problem: refusedRead(done.refusals) }
        return { content: { task: taskResource(done.task) } }
      })
    },
  }),
  post('/tenancy-notices', {
    name: 'noticeTenancy',
    summary: 'Say that somebody else has moved in; makes the review task',
    access: { operation: 'notice-tenancy' },
    headers: onceHeaders,
    body: noticeBody,
    content: noticedSchema,
    problems: ['refused', 'idempotency-key-reused'],
    handle(request, ports) {
      const { identity, body } = request
      return changeOnce(ports, request, async (service, unit) => {
        const done = await service.noticeTenancy(identity.actor, body)
        if (!done.ok) return { problem: refusedChange(done.refusals) }
        const flag = flagView(done.restriction, identity.actor, ports.clock.now())
        return { content: { restriction: await flagResource(unit, flag) } }
      })
    },
  }),
]

export type TaskResource = z.input<typeof taskSchema>

export function listedTasks(
  { restrictions }: ApiPorts,
  { actor }: Identity,
  { state }: { readonly state: 'open' | 'done' },
): ReadPage<TaskResource> {
  return (limit, after) =>
    listed(restrictions.tasks(actor, { isOpen: state === 'open' }, limit, after), taskResource)
}

function taskResource(task: Task): TaskResource {
  return {
    ...task,
    createdAt: isoTime(task.createdAt),
    dueAt: isoTime(task.dueAt),
    clearAt: isoTimeOrNull(task.clearAt),
    doneAt: isoTimeOrNull(task.doneAt),
    outcome: task.outcome ?? null,
  }
}

/** Missing days are out of range, and the rules say so. */
function outcomeOf({ outcome, days }: z.output<typeof answerBody>): TaskOutcome {
  return outcome === 'clear-after' ? { kind: outcome, days: days ?? Number.NaN } : { kind: outcome }
}
