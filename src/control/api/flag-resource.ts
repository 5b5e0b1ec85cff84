/** A flag as the API shows it. */

import { z } from '@hono/zod-openapi'
import type { Instant } from '../../core/device/device.ts'
import { isoTime, isoTimeOrNull } from '../../core/device/iso-time.ts'
import { formatEui64 } from '../../core/duis/eui64.ts'
import { WARNINGS } from '../../core/restriction/refusal.ts'
import type { RestrictionRecord } from '../../core/restriction/restriction.ts'
import type { FlagView } from '../../restrictions/views.ts'
import type { ControlView } from '../../store/control-store.ts'
import type { Sent } from '../http/endpoint.ts'
import { keysOf } from '../http/problem-schema.ts'
import { type Unvouched, unvouchedOf } from '../vouching.ts'
import { actorSchema, deviceIdSchema, orNull, timeSchema } from './schemas.ts'

const declarationSchema = z
  .strictObject({
    steps: z.array(z.string()),
    date: z.string(),
    evidence: z.string(),
    isLastResort: z.literal(true),
    isCreditMode: z.literal(true),
  })
  .openapi('Declaration')

const setterSchema = z
  .strictObject({
    by: actorSchema.openapi('Actor'),
    onBehalfOf: z.string().nullable(),
    ticket: z.string().nullable(),
    reference: z.string().nullable(),
    declaration: declarationSchema,
  })
  .openapi('Setter')

const unvouchedSchema = z
  .strictObject({
    gateway: z.string(),
    why: z.enum(['silent', 'clock-behind']).openapi({
      description: 'It has not reported, or its clock is so far behind that nothing is called in force.',
    }),
    lastReportAt: timeSchema,
  })
  .openapi('UnvouchedGateway')

const propagationSchema = z
  .strictObject({
    state: z.enum(['propagating', 'in force']),
    inForceAt: timeSchema.nullable(),
    inForceAfterMs: z.int().nullable().openapi({ description: 'From the change to the last gateway.' }),
    notVouchedFor: z.array(unvouchedSchema).openapi({
      description: 'Gateways of which it is not known: "in force" is said of those that report.',
    }),
  })
  .openapi('Propagation', { description: 'Whether every live gateway has applied the last change.' })

export const flagSchema = z
  .strictObject({
    id: z.string().openapi({ example: 'R-01JDH2V9WX4N6Q8S0T2V4X6Z8B' }),
    mpxn: z.string().nullable(),
    fuel: z.enum(['electricity', 'gas']),
    meter: deviceIdSchema,
    members: z.array(deviceIdSchema).openapi({ description: 'The Devices that are Restricted by it.' }),
    state: z.enum(['scheduled', 'effective', 'cleared', 'closed']),
    propagation: propagationSchema,
    from: timeSchema,
    until: timeSchema.nullable(),
    clearReason: z.string().nullable(),
    recordedAt: timeSchema.openapi({ description: 'When it was first set.' }),
    version: z.int().openapi({ description: 'In quotes it is the ETag.' }),
    sequence: z.int().openapi({ description: 'Its last change in the sequence of `/changes`.' }),
    setter: orNull(setterSchema).openapi({ description: 'Null for those who may not know who set it.' }),
  })
  .openapi('Restriction')

export type FlagResource = Sent<z.input<typeof flagSchema>>

export const warningSchema = z
  .strictObject({ warning: z.enum(keysOf(WARNINGS)), text: z.string() })
  .openapi('Warning')

/** The flag with its progress, which is read from the same state as the flag. */
export async function flagResource(view: ControlView, flag: FlagView): Promise<FlagResource> {
  return resourceOf(view, flag, await unvouchedOf(view))
}

async function resourceOf(
  view: ControlView,
  flag: FlagView,
  unvouched: readonly Unvouched[],
): Promise<FlagResource> {
  const { id, mpxn = null, fuel, state, clearReason = null, version, sequence, setter } = flag
  return {
    ...{ id, mpxn, fuel, state, clearReason, version, sequence },
    meter: formatEui64(flag.meter),
    members: flag.members.map(formatEui64),
    propagation: {
      ...propagationOf(flag, await changedAt(view, flag)),
      notVouchedFor: unvouched.map(unvouchedResource),
    },
    from: isoTime(flag.from),
    until: isoTimeOrNull(flag.until),
    recordedAt: isoTime(flag.recordedAt),
    setter: setter ? setterResource(setter) : null,
  }
}

/** The same for several flags. */
export async function flagResources(view: ControlView, flags: readonly FlagView[]): Promise<FlagResource[]> {
  const resources: FlagResource[] = []
  const unvouched = await unvouchedOf(view)
  for (const flag of flags) resources.push(await resourceOf(view, flag, unvouched))
  return resources
}

function setterResource({ setBy, ...setter }: NonNullable<FlagView['setter']>): FlagResource['setter'] {
  const { onBehalfOf = null, ticket = null, reference = null, declaration } = setter
  return { by: setBy, onBehalfOf, ticket, reference, declaration }
}

function unvouchedResource({ gateway, why, seenAt }: Unvouched) {
  return { gateway, why, lastReportAt: isoTime(seenAt) }
}

/** When the last change of the flag was recorded. */
async function changedAt(
  view: ControlView,
  { sequence, recordedAt }: Pick<RestrictionRecord, 'sequence' | 'recordedAt'>,
): Promise<Instant> {
  const [change] = await view.changes.after(sequence - 1, 1)
  return change?.at ?? recordedAt
}

function propagationOf(
  { inForceAt }: Pick<RestrictionRecord, 'inForceAt'>,
  since: Instant,
): Omit<FlagResource['propagation'], 'notVouchedFor'> {
  if (inForceAt === undefined) return { state: 'propagating', inForceAt: null, inForceAfterMs: null }
  return { state: 'in force', inForceAt: isoTime(inForceAt), inForceAfterMs: Math.max(0, inForceAt - since) }
}

export function etagOf({ version }: { readonly version: number }): string {
  return `"${version}"`
}

/** The ETag of a flag as a request gives it back. */
export const ifMatchSchema = z
  .string()
  .regex(/^"\d{1,15}"$/, 'Give the ETag of the flag as it was read, for example "3".')
  .optional()
  .openapi({ description: 'The ETag of the flag that the change is made against.', example: '"3"' })

/** The version that an If-Match names. */
export function versionOf(ifMatch: string | undefined): number | undefined {
  return ifMatch === undefined ? undefined : Number(ifMatch.slice(1, -1))
}
