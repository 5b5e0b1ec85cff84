/**
 * What a CSP has to be told of a Device: the difference between how the Device stands and how it stood when the CSP was
 * last told. A partner that is told every difference knows what the store knows.
 */
import type { Instant, Restriction } from '../device/device.ts'
import { type DeviceKey, formatEui64 } from '../duis/eui64.ts'
import type { FlagKind, NoticeContent } from './notice.ts'

/** How a Device stood after a change; written in the transaction of the change. */
export interface FlagNews {
  readonly device: DeviceKey
  readonly hub: DeviceKey | undefined
  /** That of the hub, else the Device's own; undefined when the inventory has neither. */
  readonly region: string | undefined
  /** Undefined when there is no flag. */
  readonly restriction: Restriction | undefined
  /** Whether the flag ended because the meter was decommissioned. */
  readonly isClosed: boolean
  /** When the change was recorded. */
  readonly at: Instant
}

/** `none`: nothing stands, or it is not this partner's Device any more. */
export type Phase = 'none' | 'scheduled' | 'effective'

/** What a partner was last told of a Device. */
export interface Told {
  readonly party: string
  readonly device: DeviceKey
  readonly hub: DeviceKey | undefined
  readonly region: string | undefined
  readonly restriction: Restriction | undefined
  readonly phase: Phase
  /** Notices of this Device to this partner so far. */
  readonly count: number
}

/** A notice to be made. */
export interface Telling {
  readonly kind: FlagKind
  readonly content: NoticeContent
}

/** Where a flag is at `now`, as far as partners are concerned. */
export function phaseOf(restriction: Restriction | undefined, now: Instant): Phase {
  if (!restriction) return 'none'
  const { from, until } = restriction
  if (until !== undefined && (until <= now || until <= from)) return 'none'
  return from > now ? 'scheduled' : 'effective'
}

/** When the phase changes by itself; undefined when it does not. */
export function nextPhaseAt({
  restriction,
  phase,
}: Pick<Told, 'restriction' | 'phase'>): Instant | undefined {
  if (phase === 'scheduled') return restriction?.from
  return phase === 'effective' ? restriction?.until : undefined
}

/**
 * What the partner is told now, and what it has been told then. `isTheirs`: the Device's hub is in one of its regions.
 * No telling when the partner knows already; the same `before` when nothing changes at all.
 */
export function tell(
  news: FlagNews,
  before: Told,
  isTheirs: boolean,
  now: Instant,
): { readonly telling: Telling | undefined; readonly told: Told } {
  const phase = phaseOf(news.restriction, now)
  const stood = before.phase !== 'none'
  if (!isTheirs && phase !== 'none') return stood ? leave(news, before) : { telling: undefined, told: before }
  const kind = kindOf(news, before, phase)
  if (kind === undefined) return { telling: undefined, told: before }
  const { hub, region, restriction } = isTheirs ? news : { ...before, restriction: news.restriction }
  const told = { ...before, hub, region, restriction, phase, count: before.count + 1 }
  return { telling: { kind, content: contentOf(kind, told, effectiveAt(kind, news, before)) }, told }
}

/** The new region is another partner's business: the one that is left hears of the old one. */
function leave(news: FlagNews, before: Told) {
  const told: Told = { ...before, phase: 'none', restriction: undefined, count: before.count + 1 }
  const content = contentOf('no-longer-yours', { ...told, restriction: before.restriction }, news.at)
  return { telling: { kind: 'no-longer-yours', content } as const, told }
}

function kindOf(news: FlagNews, before: Told, phase: Phase): FlagKind | undefined {
  const isSame = isSameTime(news.restriction, before.restriction)
  if (phase === 'none') return endOf(news, before, isSame)
  if (before.phase === 'none') return 'set'
  if (!isSame) return isNewEnd(news.restriction, before.restriction) ? 'cleared' : 'set'
  if (news.hub !== before.hub || news.region !== before.region) return 'hub-changed'
  return phase === before.phase ? undefined : 'effective'
}

function endOf(news: FlagNews, before: Told, isSame: boolean): FlagKind | undefined {
  if (before.phase === 'none') return undefined
  if (news.isClosed) return 'closed'
  return isSame ? 'effective' : 'cleared'
}

function isSameTime(one: Restriction | undefined, other: Restriction | undefined): boolean {
  return one?.from === other?.from && one?.until === other?.until
}

function isNewEnd(next: Restriction | undefined, before: Restriction | undefined): boolean {
  return next?.until !== undefined && next.until !== before?.until
}

/** When what the notice says takes effect. */
function effectiveAt(kind: FlagKind, { restriction, at }: FlagNews, before: Told): Instant {
  switch (kind) {
    case 'set':
      return restriction?.from ?? at
    case 'cleared':
    case 'closed':
      return restriction?.until ?? at
    case 'effective':
      return nextPhaseAt(before) ?? at
    case 'hub-changed':
    case 'no-longer-yours':
      return at
  }
}

function contentOf(
  kind: FlagKind,
  { device, hub, region, restriction, count }: Omit<Told, 'party' | 'phase'>,
  effective: Instant,
): NoticeContent {
  return {
    kind,
    device: formatEui64(device),
    hub: hub === undefined ? null : formatEui64(hub),
    region: region ?? null,
    effectiveAt: isoOf(effective),
    from: restriction ? isoOf(restriction.from) : null,
    until: restriction?.until === undefined ? null : isoOf(restriction.until),
    reason: 'consumer-choice',
    sequence: count,
  }
}

function isoOf(at: Instant): string {
  return new Date(at).toISOString()
}
