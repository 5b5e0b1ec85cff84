/** Looking at notices and having them sent again: for the API, the page and the CLI, each role as far as it reaches. */
import type { Instant } from '../core/device/device.ts'
import { type DeviceKey, formatEui64, parseEui64 } from '../core/duis/eui64.ts'
import type { Digest } from '../core/notice/digest.ts'
import type { Notice, Partner } from '../core/notice/notice.ts'
import type { Actor } from '../core/restriction/party.ts'
import type { Clock } from '../observe/clock.ts'
import { type Operation, reachOf } from '../restrictions/permissions.ts'
import type { Page, Transactions } from '../store/control-store.ts'
import type { LaneStatus, NoticeFilter } from '../store/notice-store.ts'
import { digestIn } from './digests.ts'

export interface NoticeServiceOptions {
  readonly store: Transactions
  readonly clock: Pick<Clock, 'now'>
  readonly partners: readonly Partner[]
}

/** A digest and when it was true. */
export interface DigestNow extends Digest {
  readonly party: string
  readonly asOf: Instant
}

/**
 * Why not. `not-found` also for what is somebody else's; `not-sent`: its partner only fetches, so there is nothing to repeat.
 */
export interface Denied {
  readonly ok: false
  readonly why: 'not-permitted' | 'not-found' | 'not-sent'
}

export class NoticeService {
  readonly #options: NoticeServiceOptions

  constructor(options: NoticeServiceOptions) {
    this.#options = options
  }

  /** Newest first; of the actor's own party unless its role sees all. */
  async list(
    actor: Actor,
    filter: NoticeFilter,
    limit: number,
    after?: string,
  ): Promise<({ readonly ok: true } & Page<Notice>) | Denied> {
    const scope = scopeOf(actor, 'notices', filter.party)
    if (!scope.ok) return scope
    const { party: _, ...rest } = filter
    const whose = scope.party === undefined ? rest : { ...rest, party: scope.party }
    const page = await this.#options.store.read((view) => view.notices.list(whose, limit, after))
    return { ok: true, ...page }
  }

  /** One notice; of the actor's own party unless its role sees all. */
  async find(actor: Actor, id: string): Promise<{ readonly ok: true; readonly notice: Notice } | Denied> {
    const notice = await this.#options.store.read((view) => view.notices.find(id))
    return sees(actor, 'notices', notice) ? { ok: true, notice } : denied('not-found')
  }

  /** How far each partner's notices are; of the actor's own party unless its role sees all. */
  async lanes(actor: Actor): Promise<readonly LaneStatus[]> {
    const reach = reachOf(actor, 'notices')
    if (reach === undefined) return []
    const lanes = await this.#options.store.read((view) => view.notices.lanes())
    return reach === 'any' ? lanes : lanes.filter(({ party }) => party === actor.party)
  }

  /** Has a notice sent again under the same ID; it is in the audit. */
  resend(actor: Actor, id: string): Promise<{ readonly ok: true; readonly notice: Notice } | Denied> {
    const { store, clock } = this.#options
    return store.change(async (unit) => {
      const at = clock.now()
      const notice = await unit.notices.find(id)
      if (!sees(actor, 'resend-notice', notice)) return denied('not-found')
      if (!(await unit.notices.resend(id, at))) return denied('not-sent')
      const detail = { party: notice.party, kind: notice.kind }
      await unit.audit.append({ at, actor, action: 'notice.resent', subject: id, detail })
      return { ok: true, notice: (await unit.notices.find(id)) ?? notice }
    })
  }

  /** The digest of a CSP as of now. */
  async digest(actor: Actor, party?: string): Promise<({ readonly ok: true } & DigestNow) | Denied> {
    const found = this.#cspOf(actor, party)
    if (!found.ok) return found
    const asOf = this.#options.clock.now()
    const digest = await this.#options.store.read((view) => digestIn(view, found.partner.regions, asOf))
    return { ok: true, party: found.partner.party, asOf, ...digest }
  }

  /** The Devices that the digest is over, ascending; `after` is a page's `next`. */
  async restricted(
    actor: Actor,
    party: string | undefined,
    limit: number,
    after?: string,
  ): Promise<({ readonly ok: true } & Page<DeviceKey>) | Denied> {
    const found = this.#cspOf(actor, party)
    if (!found.ok) return found
    const { store, clock } = this.#options
    const { regions } = found.partner
    const start = after === undefined ? undefined : parseEui64(after)
    const items = await store.read((view) => view.restrictions.devicesIn(regions, clock.now(), limit, start))
    const last = items.length < limit ? undefined : items.at(-1)
    return { ok: true, items, next: last === undefined ? undefined : formatEui64(last) }
  }

  /** The CSP that the actor is, or names. */
  #cspOf(actor: Actor, asked: string | undefined): { readonly ok: true; readonly partner: Partner } | Denied {
    const scope = scopeOf(actor, 'notices', asked)
    if (!scope.ok) return scope
    const partner = this.#options.partners.find(
      ({ party, regions }) => party === scope.party && regions.length > 0,
    )
    return partner ? { ok: true, partner } : denied('not-found')
  }
}

function denied(why: Denied['why']): Denied {
  return { ok: false, why }
}

/** The party whose notices are looked at; undefined for those of all. */
function scopeOf(
  actor: Actor,
  operation: Operation,
  asked: string | undefined,
): { readonly ok: true; readonly party: string | undefined } | Denied {
  const reach = reachOf(actor, operation)
  if (reach === undefined) return denied('not-permitted')
  if (reach === 'any') return { ok: true, party: asked }
  if (asked !== undefined && asked !== actor.party) return denied('not-found')
  return { ok: true, party: actor.party }
}

function sees(actor: Actor, operation: Operation, notice: Notice | undefined): notice is Notice {
  const reach = reachOf(actor, operation)
  return notice !== undefined && (reach === 'any' || (reach === 'own' && notice.party === actor.party))
}
