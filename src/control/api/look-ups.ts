/** Meter points and Devices: what the inventory has, and whether they are Restricted. */

import { z } from '@hono/zod-openapi'
import { DEVICE_TYPES, type Instant, isRestricted as isRestrictedAt } from '../../core/device/device.ts'
import { isoTime, isoTimeOrNull } from '../../core/device/iso-time.ts'
import { type DeviceKey, formatEui64 } from '../../core/duis/eui64.ts'
import { readMpxn } from '../../core/restriction/mpxn.ts'
import type { Named } from '../../core/restriction/requests.ts'
import type { LookUp } from '../../restrictions/look-up.ts'
import type { DeviceView } from '../../restrictions/views.ts'
import type { DeviceRecords } from '../../store/store.ts'
import type { ApiPorts } from '../control-ports.ts'
import { readDeviceId } from '../device-id.ts'
import { type Endpoint, type EndpointResponse, endpointsOf, type Sent } from '../http/endpoint.ts'
import type { Identity } from '../identity.ts'
import { flagResources, flagSchema } from './flag-resource.ts'
import { refusedRead } from './refused.ts'
import { deviceIdSchema, givenDeviceSchema, timeSchema } from './schemas.ts'

const deviceSchema = z
  .strictObject({
    id: deviceIdSchema,
    type: z.enum(DEVICE_TYPES).nullable(),
    hub: deviceIdSchema.nullable().openapi({ description: 'The Communications Hub Function it belongs to.' }),
    mpxn: z.string().nullable(),
    status: z.string().nullable().openapi({ description: 'SMI Status; says nothing about the flag.' }),
    region: z.string().nullable(),
    generation: z.enum(['SMETS1', 'SMETS2']).nullable(),
    isRestricted: z.boolean(),
    restrictedSince: timeSchema.nullable(),
  })
  .openapi('Device')

const lookUpSchema = z
  .strictObject({
    mpxn: z.string().nullable(),
    devices: z
      .array(deviceSchema)
      .openapi({ description: 'Those of the meter point and those related to them.' }),
    restrictions: z.array(flagSchema).openapi({
      description: 'Newest first, ended ones included. Empty for roles that see only yes or no.',
    }),
  })
  .openapi('LookUp')

const statusSchema = z
  .strictObject({
    id: deviceIdSchema,
    state: z.enum(['restricted', 'no-wan', 'no-response', 'no-known-fault']).openapi({
      description:
        'Told apart for monitoring: Restricted is never a fault; `no-wan` and `no-response` as the DCC last said, unless the Device was heard since.',
    }),
    isRestricted: z.boolean(),
    restrictedSince: timeSchema.nullable(),
    reason: z.enum(['consumer choice']).nullable(),
    asOf: timeSchema,
  })
  .openapi('DeviceStatus')

const deviceParams = z.object({
  id: givenDeviceSchema.openapi({
    description: 'In any spelling: hyphens, colons or nothing, either letter case.',
  }),
})

type LookUpResource = Sent<z.input<typeof lookUpSchema>>

const SHARED = {
  access: { operation: 'look-up' },
  problems: ['not-found', 'refused'],
} as const

const { get } = endpointsOf('Meter points and Devices')

/** Endpoints that look up meter points and Devices. Every look-up is in the audit. */
export const lookUpEndpoints: readonly Endpoint[] = [
  get('/search', {
    ...SHARED,
    name: 'search',
    summary: 'A meter point or Device by whatever number one has',
    query: z.strictObject({
      q: z
        .string()
        .min(1)
        .max(64)
        .openapi({ description: 'MPAN, MPRN or Device ID in any spelling.', example: '00db1234567890a0' }),
    }),
    content: lookUpSchema,
    handle: ({ identity, query }, ports) => lookUp(ports, identity, namedBy(query.q)),
  }),
  get('/meter-points/{mpxn}', {
    ...SHARED,
    name: 'getMeterPoint',
    summary: 'A meter point: its Devices, related Devices and flags',
    params: z.object({
      mpxn: z
        .string()
        .max(32)
        .refine(isMpxn, 'Give an MPAN or an MPRN.')
        .openapi({ example: '2000000000015' }),
    }),
    content: lookUpSchema,
    handle: ({ identity, params }, ports) => lookUp(ports, identity, params),
  }),
  get('/devices/{id}', {
    ...SHARED,
    name: 'getDevice',
    summary: 'A Device: related Devices and flags',
    params: deviceParams,
    content: lookUpSchema,
    handle: ({ identity, params }, ports) => lookUp(ports, identity, { device: params.id }),
  }),
  get('/devices/{id}/status', {
    ...SHARED,
    name: 'getDeviceStatus',
    summary: 'Whether a Device is Restricted, and since when; else whether it can be reached',
    description:
      'For incident desks and monitoring: a Device that is Restricted by consumer choice is quiet and not at fault.',
    params: deviceParams,
    content: statusSchema,
    async handle({ identity, params }, { restrictions, reports, store, clock }) {
      const seen = await restrictions.lookUp(identity.actor, { device: params.id })
      if (!seen.ok) return { problem: refusedRead(seen.refusals) }
      const found = seen.devices.find(({ key }) => key === params.id)
      const isRestricted =
        (found?.isRestricted ?? isMember(seen, params.id)) || (await isFlagged(store, params.id, clock.now()))
      const trouble = isRestricted ? undefined : await reports.troubleOf(params.id, found?.hub)
      const content = {
        id: formatEui64(params.id),
        state: isRestricted ? ('restricted' as const) : (trouble ?? ('no-known-fault' as const)),
        isRestricted,
        restrictedSince: isoTimeOrNull(found?.since),
        reason: isRestricted ? ('consumer choice' as const) : null,
        asOf: isoTime(clock.now()),
      }
      return { content }
    },
  }),
]

/** Sixteen hexadecimal digits are a Device ID; no meter point number has as many. */
function namedBy(text: string): Named {
  const device = readDeviceId(text)
  return device === undefined ? { mpxn: text } : { device }
}

function isMpxn(text: string): boolean {
  return readMpxn(text).ok
}

/** Also by a flag that operations set straight on the Device. */
async function isFlagged(store: DeviceRecords, key: DeviceKey, now: Instant): Promise<boolean> {
  const [record] = await store.load([key])
  return record !== undefined && isRestrictedAt(record, now)
}

/** A Device that the inventory does not know can be Restricted all the same. */
function isMember({ flags }: LookUp, key: DeviceView['key']): boolean {
  return flags.some((flag) => flag.state === 'effective' && flag.members.includes(key))
}

async function lookUp(
  { restrictions, store }: ApiPorts,
  { actor }: Identity,
  named: Named,
): Promise<EndpointResponse<LookUpResource>> {
  const seen = await restrictions.lookUp(actor, named)
  if (!seen.ok) return { problem: refusedRead(seen.refusals) }
  const content = {
    mpxn: seen.mpxn ?? null,
    devices: seen.devices.map(deviceResource),
    restrictions: await store.read((view) => flagResources(view, seen.flags)),
  }
  return { content }
}

function deviceResource({ key, hub, since, ...device }: DeviceView): Sent<z.input<typeof deviceSchema>> {
  const { type = null, mpxn = null, status = null, region = null, generation = null, isRestricted } = device
  return {
    ...{ id: formatEui64(key), hub: hub === undefined ? null : formatEui64(hub) },
    ...{ type, mpxn, status, region, generation, isRestricted },
    restrictedSince: isoTimeOrNull(since),
  }
}
