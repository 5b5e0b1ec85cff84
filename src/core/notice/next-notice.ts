/**
 * What a CSP has to be told of a Device: the difference between how the Device stands and how it stood when the CSP was
 * last told. A partner that is told every difference knows what the store knows.
 */
import { type Instant, isSameRestriction, type Restriction } from '../device/device.ts'
import { type DeviceKey, formatEui64 } from '../duis/eui64.ts'
import type { FlagKind, NoticeContent } from './notice.ts'

/** An entry of the outbox: how a Device was after a change; written in the transaction of the change. */
export interface FlagEntry {
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

/** The last notified state: how a Device was when a partner was last notified of it. */
export interface LastNotified extends Pick<FlagEntry, 'device' | 'hub' | 'region' | 'restriction'> {
  readonly party: string
  readonly phase: Phase
  /** Notices of this Device to this partner so far. */
  readonly count: number
}

/** A notice to be made. */
export interface NextNotice {
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
}: Pick<LastNotified, 'restriction' | 'phase'>): Instant | undefined {
  if (phase === 'scheduled') return restriction?.from
  return phase === 'effective' ? restriction?.until : undefined
}

/**
 * What the partner is to be notified of now, and the last notified state after that. `isTheirs`: the Device's hub is in one of its regions.
 * No notice when the partner knows already; the same `before` when nothing changes at all.
 */
export function nextNotice(
  entry: FlagEntry,
  before: LastNotified,
  isTheirs: boolean,
  now: Instant,
): { readonly notice: NextNotice | undefined; readonly notified: LastNotified } {
  const phase = phaseOf(entry.restriction, now)
  const stood = before.phase !== 'none'
  if (!isTheirs && phase !== 'none')
    return stood ? leave(entry, before) : { notice: undefined, notified: before }
  const kind = kindOf(entry, before, phase)
  if (kind === undefined) return { notice: undefined, notified: before }
  const { hub, region, restriction } = isTheirs ? entry : { ...before, restriction: entry.restriction }
  const notified = { ...before, hub, region, restriction, phase, count: before.count + 1 }
  return { notice: { kind, content: contentOf(kind, notified, effectiveAt(kind, entry, before)) }, notified }
}

/** The new region is another partner's business: the one that is left hears of the old one. */
function leave(entry: FlagEntry, before: LastNotified) {
  const notified: LastNotified = { ...before, phase: 'none', restriction: undefined, count: before.count + 1 }
  const content = contentOf('no-longer-yours', { ...notified, restriction: before.restriction }, entry.at)
  return { notice: { kind: 'no-longer-yours', content } as const, notified }
}

function kindOf(entry: FlagEntry, before: LastNotified, phase: Phase): FlagKind | undefined {
  const isSame = isSameRestriction(entry.restriction, before.restriction)
  if (phase === 'none') return endOf(entry, before, isSame)
  if (before.phase === 'none') return 'set'
  if (!isSame) return isNewEnd(entry.restriction, before.restriction) ? 'cleared' : 'set'
  if (entry.hub !== before.hub || entry.region !== before.region) return 'hub-changed'
  return phase === before.phase ? undefined : 'effective'
}

function endOf(entry: FlagEntry, before: LastNotified, isSame: boolean): FlagKind | undefined {
  if (before.phase === 'none') return undefined
  if (entry.isClosed) return 'closed'
  return isSame ? 'effective' : 'cleared'
}

function isNewEnd(next: Restriction | undefined, before: Restriction | undefined): boolean {
  return next?.until !== undefined && next.until !== before?.until
}

/** When what the notice says takes effect. */
function effectiveAt(kind: FlagKind, { restriction, at }: FlagEntry, before: LastNotified): Instant {
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
  { device, hub, region, restriction, count }: Omit<LastNotified, 'party' | 'phase'>,
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
