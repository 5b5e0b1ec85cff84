/**
 * The feed of Restricted meter points, for whoever has a duty to recover meters that are in traditional mode: a meter that is quiet by
 * consumer choice is none of them. Read-only, as a delta by the sequence of changes; every fetch is in the audit.
 */
import type { Instant } from '../core/device/device.ts'
import type { Actor } from '../core/restriction/party.ts'
import { type Refused, refuse, refused } from '../core/restriction/refusal.ts'
import { supplierAt } from '../core/restriction/registration.ts'
import { isOpen, type RestrictionRecord, stateOf } from '../core/restriction/restriction.ts'
import type { ControlView } from '../store/control-store.ts'
import type { RestrictionContext } from './context.ts'
import { reachOf } from './permissions.ts'
import { writeAudit } from './written.ts'

/** A meter point as it is now; who keeps a list takes the place of what it had of it. */
interface FedMeterPoint {
  readonly mpxn: string
  /** Of its last change in this piece of the feed. */
  readonly sequence: number
  /** `scheduled`: it will be Restricted from `from` on. */
  readonly state: 'restricted' | 'scheduled' | 'not-restricted'
  /** When it begins or began; undefined where it is not Restricted. */
  readonly from: Instant | undefined
  /** When it ends, where that is set. */
  readonly until: Instant | undefined
}

export interface MeterPointFeed {
  readonly ok: true
  /** By their last change, the oldest first; each meter point once. */
  readonly items: readonly FedMeterPoint[]
  /** Ask again after this sequence. */
  readonly next: number
}

/** Meter points that changed after a sequence, of at most `limit` changes: the Supplier's own, or all where the role sees all. */
export async function meterPointFeed(
  { store, clock }: RestrictionContext,
  actor: Actor,
  after: number,
  limit: number,
): Promise<MeterPointFeed | Refused> {
  const reach = reachOf(actor, 'meter-point-feed')
  if (reach === undefined) return refused([refuse('role-not-allowed')])
  const now = clock.now()
  return store.change(async (unit) => {
    const changes = await unit.changes.after(after, limit)
    const last = new Map<string, number>()
    for (const { restriction, sequence } of changes) {
      const flag = restriction === undefined ? undefined : await unit.restrictions.find(restriction)
      if (flag?.mpxn === undefined) continue
      last.delete(flag.mpxn)
      last.set(flag.mpxn, sequence)
    }
    const items: FedMeterPoint[] = []
    for (const [mpxn, sequence] of last)
      if (reach === 'any' || (await isSuppliedBy(unit, mpxn, actor.party, now)))
        items.push(fed(mpxn, sequence, await unit.restrictions.ofMeterPoint(mpxn), now))
    const next = changes.at(-1)?.sequence ?? after
    const detail = { after, next, meterPoints: items.length }
    await writeAudit({ unit, actor, now }, 'meter-points.fetched', 'restricted-meter-points', detail)
    return { ok: true, items, next }
  })
}

async function isSuppliedBy(view: ControlView, mpxn: string, party: string, now: Instant): Promise<boolean> {
  return supplierAt(await view.inventory.registrations(mpxn), now) === party
}

function fed(
  mpxn: string,
  sequence: number,
  flags: readonly RestrictionRecord[],
  now: Instant,
): FedMeterPoint {
  const open = flags.find((flag) => isOpen(flag, now))
  if (!open) return { mpxn, sequence, state: 'not-restricted', from: undefined, until: undefined }
  const { from, until } = open
  return {
    mpxn,
    sequence,
    state: stateOf(open, now) === 'scheduled' ? 'scheduled' : 'restricted',
    from,
    until,
  }
}
