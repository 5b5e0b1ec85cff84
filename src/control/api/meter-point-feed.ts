/** The feed of Restricted meter points, for the duty to recover meters in traditional mode. */

import { z } from '@hono/zod-openapi'
import { isoTimeOrNull } from '../../core/device/iso-time.ts'
import { type Endpoint, endpointsOf } from '../http/endpoint.ts'
import { refusedRead } from './refused.ts'
import { timeSchema, wholeNumberSchema } from './schemas.ts'

const MAX_CHANGES = 1_000

const meterPointSchema = z
  .strictObject({
    mpxn: z.string(),
    sequence: z.int().openapi({ description: 'Of its last change in this answer.' }),
    state: z.enum(['restricted', 'scheduled', 'not-restricted']).openapi({
      description: 'As it is now. `scheduled`: Restricted from `from` on, without another change.',
    }),
    from: timeSchema.nullable(),
    until: timeSchema.nullable().openapi({ description: 'When it ends, where that is set.' }),
  })
  .openapi('RestrictedMeterPoint')

const feedSchema = z
  .strictObject({
    meterPoints: z.array(meterPointSchema),
    next: z.int().openapi({ description: 'Ask again after this sequence.' }),
    latest: z.int().openapi({ description: 'The last change there is.' }),
  })
  .openapi('RestrictedMeterPointFeed')

const { get } = endpointsOf('Restrictions')

export const meterPointFeedEndpoints: readonly Endpoint[] = [
  get('/restricted-meter-points', {
    name: 'listRestrictedMeterPoints',
    summary: 'Meter points whose flag changed after a sequence number, as they are now',
    description:
      'For whoever has to recover meters in traditional mode: one that is quiet by consumer choice is none of them. A Supplier sees meter points it supplies now; after it has gained some it reads from 0 again. Every answer is in the audit.',
    access: { operation: 'meter-point-feed' },
    query: z.strictObject({
      after: wholeNumberSchema({ minimum: 0, default: 0 }, 'The last sequence one has.'),
      limit: wholeNumberSchema({ minimum: 1, maximum: MAX_CHANGES, default: MAX_CHANGES }),
    }),
    content: feedSchema,
    problems: ['refused'],
    async handle({ identity: { actor }, query: { after, limit } }, { restrictions, store }) {
      const latest = await store.position()
      const feed = await restrictions.meterPointFeed(actor, after, limit)
      if (!feed.ok) return { problem: refusedRead(feed.refusals) }
      const meterPoints = feed.items.map(({ from, until, ...item }) => ({
        ...item,
        from: isoTimeOrNull(from),
        until: isoTimeOrNull(until),
      }))
      return { content: { meterPoints, next: feed.next, latest: Math.max(latest, feed.next) } }
    },
  }),
]
