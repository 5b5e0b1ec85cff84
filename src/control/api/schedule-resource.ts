/** A DCC schedule that goes dark, as the API shows it. */

import { z } from '@hono/zod-openapi'
import { isoTime } from '../../core/device/iso-time.ts'
import { formatEui64 } from '../../core/duis/eui64.ts'
import type { DarkSchedule } from '../../core/restriction/schedule.ts'
import type { Sent } from '../http/endpoint.ts'
import { deviceIdSchema, timeSchema } from './schemas.ts'

/** Live schedules whose answers are destroyed while the flag is in effect. */
export const schedulesSchema = z
  .array(
    z
      .strictObject({
        schedule: z.string().openapi({ description: 'The number that the DSP gave it.', example: '123' }),
        device: deviceIdSchema,
        srvs: z.array(z.string()).openapi({ description: 'What it reads; empty when that is not known.' }),
        owner: deviceIdSchema.openapi({ description: 'The Service User that created it.' }),
        party: z.string().nullable().openapi({ description: 'The party that owns it, where one is known.' }),
        createdAt: timeSchema,
      })
      .openapi('Schedule'),
  )
  .openapi({
    description: 'Live schedules of its Devices that go dark. Each is its owner’s to delete (SRV 5.3).',
  })

export function schedulesOf(schedules: readonly DarkSchedule[]): Sent<z.input<typeof schedulesSchema>> {
  return schedules.map(({ id, device, srvs, owner, party, createdAt }) => ({
    schedule: id,
    device: formatEui64(device),
    srvs,
    owner: formatEui64(owner),
    party: party ?? null,
    createdAt: isoTime(createdAt),
  }))
}
