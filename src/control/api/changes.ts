/** The delta feed: every change after a sequence number, for those who keep a list of their own. */

import { z } from '@hono/zod-openapi'
import type { Instant } from '../../core/device/device.ts'
import { isoTime, isoTimeOrNull } from '../../core/device/iso-time.ts'
import { formatEui64 } from '../../core/duis/eui64.ts'
import type { Actor } from '../../core/restriction/party.ts'
import { registrationAt } from '../../core/restriction/registration.ts'
import { type RestrictionRecord, stateOf } from '../../core/restriction/restriction.ts'
import { reachOf } from '../../restrictions/permissions.ts'
import type { Change, ControlView } from '../../store/control-store.ts'
import { type Endpoint, endpointsOf } from '../http/endpoint.ts'
import { deviceIdSchema, timeSchema, wholeNumberSchema } from './schemas.ts'

const MAX_CHANGES = 1_000

const changeSchema = z
  .strictObject({
    sequence: z.int(),
    at: timeSchema,
    inForceAt: timeSchema.nullable(),
    device: deviceIdSchema
      .nullable()
      .openapi({ description: 'Null for a change of the inventory as a whole.' }),
    mpxn: z.string().nullable(),
    restriction: z
      .strictObject({
        id: z.string(),
        state: z.enum(['scheduled', 'effective', 'cleared', 'closed']),
        from: timeSchema,
        until: timeSchema.nullable(),
      })
      .nullable()
      .openapi({ description: 'The flag as it is now, which may be later than this change.' }),
  })
  .openapi('Change')

const feedSchema = z
  .strictObject({
    changes: z.array(changeSchema),
    next: z.int().openapi({ description: 'Ask again after this sequence.' }),
    latest: z.int().openapi({ description: 'The last change there is.' }),
  })
  .openapi('ChangeFeed')

const query = z.strictObject({
  after: wholeNumberSchema({ minimum: 0, default: 0 }, 'The last sequence one has.'),
  limit: wholeNumberSchema({ minimum: 1, maximum: MAX_CHANGES, default: MAX_CHANGES }),
})

type ChangeResource = z.input<typeof changeSchema>

async function feedOf(view: ControlView, actor: Actor, after: number, limit: number, now: Instant) {
  const all = await view.changes.after(after, limit)
  const changes: ChangeResource[] = []
  for (const change of all) {
    const flag =
      change.restriction === undefined ? undefined : await view.restrictions.find(change.restriction)
    if (await mayFollow(view, actor, flag, now)) changes.push(changeResource(change, flag, now))
  }
  return { changes, next: all.at(-1)?.sequence ?? after }
}

async function mayFollow(
  view: ControlView,
  actor: Actor,
  flag: RestrictionRecord | undefined,
  now: Instant,
): Promise<boolean> {
  if (reachOf(actor, 'changes') === 'any') return true
  if (flag?.mpxn === undefined) return false
  const registrations = await view.inventory.registrations(flag.mpxn)
  return registrationAt(registrations, 'network-operator', now)?.party === actor.party
}

function changeResource(change: Change, flag: RestrictionRecord | undefined, now: Instant): ChangeResource {
  return {
    sequence: change.sequence,
    at: isoTime(change.at),
    inForceAt: isoTimeOrNull(change.inForceAt),
    device: change.device === undefined ? null : formatEui64(change.device),
    mpxn: flag?.mpxn ?? null,
    restriction: flag
      ? { id: flag.id, state: stateOf(flag, now), from: isoTime(flag.from), until: isoTimeOrNull(flag.until) }
      : null,
  }
}

const { get } = endpointsOf('Restrictions')

export const changeEndpoints: readonly Endpoint[] = [
  get('/changes', {
    name: 'listChanges',
    summary: 'Changes after a sequence number, oldest first',
    description:
      'Network operators see changes of flags on meter points of theirs; `next` moves on past the others.',
    access: { operation: 'changes' },
    query,
    content: feedSchema,
    async handle({ identity: { actor }, query: { after, limit } }, { store, clock }) {
      const latest = await store.position()
      const changes = await store.read((view) => feedOf(view, actor, after, limit, clock.now()))
      return { content: { ...changes, latest: Math.max(latest, changes.next) } }
    },
  }),
]
