/** Flags: list, read, set and clear. */

import { z } from '@hono/zod-openapi'
import type { FlagSet } from '../../restrictions/set-flag.ts'
import { flagView } from '../../restrictions/views.ts'
import type { ControlUnit } from '../../store/control-store.ts'
import type { ApiPorts } from '../control-ports.ts'
import { API_ROOT, type Endpoint, type EndpointResponse, endpointsOf, type Sent } from '../http/endpoint.ts'
import { Abandoned, changeOnce, idempotencyHeader } from '../http/once.ts'
import type { Identity } from '../identity.ts'
import {
  etagOf,
  type FlagResource,
  flagResource,
  flagResources,
  flagSchema,
  ifMatchSchema,
  versionOf,
  warningSchema,
} from './flag-resource.ts'
import { listing, type ReadPage } from './listings.ts'
import { previewEndpoints } from './previews.ts'
import { refusedChange, refusedRead } from './refused.ts'
import { clearBody, idParams, RESTRICTIONS_TAG, setBody } from './restriction-requests.ts'
import { schedulesOf, schedulesSchema } from './schedule-resource.ts'
import { givenDeviceSchema, wholeNumberSchema } from './schemas.ts'

const receiptSchema = z
  .strictObject({
    outcome: z.enum(['set', 'changed', 'already-set', 'cleared', 'already-cleared']),
    restriction: flagSchema,
    warnings: z.array(warningSchema),
    schedules: schedulesSchema,
  })
  .openapi('Receipt')

const RECEIPT_HEADERS = { ETag: 'The version of the flag.', Location: 'Where the flag is.' }

type Receipt = Sent<z.input<typeof receiptSchema>>

export const flagFilter = {
  mpxn: z.string().max(32).optional(),
  device: givenDeviceSchema.optional(),
  state: z
    .enum(['open', 'all'])
    .default('open')
    .openapi({ description: '`open`: neither cleared nor closed.' }),
}

const MAX_WAIT_MS = 30_000
const WAIT_MS = 10_000

const readQuery = z.strictObject({
  wait: z.literal('in-force').optional().openapi({ description: 'Answer once the last change is in force.' }),
  timeoutMs: wholeNumberSchema({ minimum: 0, maximum: MAX_WAIT_MS, default: WAIT_MS }, 'With `wait`.'),
})

const CHANGES = {
  headers: z.object({ 'idempotency-key': idempotencyHeader, 'if-match': ifMatchSchema }),
  content: receiptSchema,
  answeredHeaders: RECEIPT_HEADERS,
  problems: ['refused', 'stale', 'if-match-needed', 'idempotency-key-reused'],
} as const

const { get, post } = endpointsOf(RESTRICTIONS_TAG)

export const restrictionEndpoints: readonly Endpoint[] = [
  listing(get, '/restrictions', {
    name: 'listRestrictions',
    summary: 'Flags of the meter points of the party, newest first; of all for roles that see all',
    access: { operation: 'list' },
    filter: flagFilter,
    item: flagSchema,
    pageName: 'RestrictionPage',
    list: listedFlags,
  }),
  ...previewEndpoints,
  post('/restrictions', {
    ...CHANGES,
    name: 'setRestriction',
    summary: 'Set the flag of a meter point',
    description: `Setting what is set already answers the receipt from before. Changing a flag that is there (an earlier
start, a clear that is taken back) needs If-Match.`,
    access: { operation: 'set' },
    body: setBody,
    statuses: [200, 201],
    handle(request, ports) {
      const { identity, body, headers } = request
      const version = versionOf(headers['if-match'])
      return changeOnce(ports, request, async (service, unit) => {
        const done = await service.set(identity.actor, { ...body, version })
        if (!done.ok) return { problem: refusedChange(done.refusals) }
        demandVersion(done, version)
        return receipt(ports, identity, unit, done, done)
      })
    },
  }),
  get('/restrictions/{id}', {
    name: 'getRestriction',
    summary: 'One flag, and whether its last change is in force everywhere',
    access: { operation: 'history' },
    params: idParams,
    query: readQuery,
    content: flagSchema,
    answeredHeaders: { ETag: RECEIPT_HEADERS.ETag },
    problems: ['not-found', 'too-many-waiting'],
    async handle({ identity, params, query, raw }, ports) {
      const read = () => findFlag(ports, identity, params.id)
      const timeoutMs = query.wait === undefined ? 0 : query.timeoutMs
      const found = await ports.inForce.until(read, isSettled, timeoutMs, raw.signal)
      if (found === 'too-many') return { problem: { code: 'too-many-waiting' } }
      if ('problem' in found) return found
      return { content: found.flag, headers: { etag: etagOf(found.flag) } }
    },
  }),
  post('/restrictions/{id}/clear', {
    ...CHANGES,
    name: 'clearRestriction',
    summary: 'End a flag now or later; its record stays',
    access: { operation: 'clear' },
    params: idParams,
    body: clearBody,
    async handle(request, ports) {
      const { identity, params, body, headers } = request
      const version = versionOf(headers['if-match'])
      if (version === undefined) return { problem: { code: 'if-match-needed', detail: CLEAR_NEEDS_ETAG } }
      return changeOnce(ports, request, async (service, unit) => {
        const done = await service.clear(identity.actor, { ...body, restriction: params.id, version })
        if (!done.ok) return { problem: refusedChange(done.refusals) }
        // The service answers a clear of what is cleared with its receipt; an ETag is a promise about what was read.
        const isStale = done.outcome === 'already-cleared' && done.restriction.version !== version
        if (isStale) return { problem: { code: 'stale', detail: 'The flag is cleared already.' } }
        return receipt(ports, identity, unit, done)
      })
    },
  }),
]

export function listedFlags(
  { restrictions, store }: ApiPorts,
  { actor }: Identity,
  { mpxn, device, state }: z.output<z.ZodObject<typeof flagFilter>>,
): ReadPage<FlagResource> {
  const filter = { mpxn: mpxn?.replaceAll(/\s/g, ''), device, open: state === 'open' }
  return async (limit, after) => {
    const page = await restrictions.mine(actor, filter, limit, after)
    if (!page.ok) return { ok: false, problem: refusedRead(page.refusals) }
    return { ...page, items: await store.read((view) => flagResources(view, page.items)) }
  }
}

/** A flag that was there is changed only by somebody who has seen it. */
function demandVersion({ outcome, restriction }: FlagSet, version: number | undefined): void {
  if (outcome !== 'changed' || version !== undefined) return
  const detail = `There is a flag already. Read ${API_ROOT}/restrictions/${restriction.id} and send its ETag.`
  throw new Abandoned({ code: 'if-match-needed', detail })
}

async function receipt(
  { clock }: ApiPorts,
  { actor }: Identity,
  unit: ControlUnit,
  { outcome, restriction }: Pick<FlagSet, 'restriction'> & { readonly outcome: Receipt['outcome'] },
  { warnings, schedules }: Pick<FlagSet, 'warnings' | 'schedules'> = { warnings: [], schedules: [] },
): Promise<EndpointResponse<Receipt>> {
  const flag = await flagResource(unit, flagView(restriction, actor, clock.now()))
  return {
    status: outcome === 'set' ? 201 : 200,
    content: { outcome, restriction: flag, warnings, schedules: schedulesOf(schedules) },
    headers: { etag: etagOf(restriction), location: `${API_ROOT}/restrictions/${restriction.id}` },
  }
}

type Found = { readonly flag: FlagResource } | Extract<EndpointResponse<never>, { problem: unknown }>

function isSettled(found: Found): boolean {
  return 'problem' in found || found.flag.propagation.state === 'in force'
}

async function findFlag({ restrictions, store }: ApiPorts, { actor }: Identity, id: string): Promise<Found> {
  const found = await restrictions.find(actor, id)
  if (!found.ok) return { problem: refusedRead(found.refusals) }
  return { flag: await store.read((view) => flagResource(view, found.flag)) }
}

const CLEAR_NEEDS_ETAG = 'Read the flag and send its ETag as If-Match.'
