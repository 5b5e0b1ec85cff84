/**
 * What gateways report, and what follows: which changes are in force everywhere.
 *
 * A change is in force once every live gateway has applied it; that holds for all changes up to the least sequence among
 * them, so one row in `confirmations` covers them all. It is never taken back. A new primary confirms nothing at first: a
 * gateway that it has never heard of may have been live at the one before.
 *
 * None of this locks the head: a report waits for no writer, however long a bulk change or an import takes. So that of two
 * reports at once the later one sees both, confirming is a transaction of its own after the report's.
 */
import type { Instant } from '../../core/device/device.ts'
import type {
  ClockSkew,
  GatewayRecords,
  GatewayReport,
  GatewayStatus,
  PlaceHolder,
  ReportOutcome,
} from '../control-store.ts'
import {
  json,
  number,
  numberOf,
  optional,
  optionalTimeOf,
  record,
  text,
  time,
  timeOf,
  yesNo,
} from './columns.ts'
import { SqlGroup } from './group.ts'
import type { SqlSession, SqlValue } from './session.ts'

const OWN_EPOCH = 'SELECT number, id FROM epochs ORDER BY number DESC LIMIT 1'

/**
 * Of the row that is there: it is the same instance's, or of one that has ended. Of one place the one that started later comes
 * after: calls of the one before may still be on their way, its goodbye as well.
 */
const IS_FREE = `
  gateways.instance IS NOT DISTINCT FROM excluded.instance OR gateways.live_until_ms < excluded.seen_ms
  OR gateways.state = 'stopped'
  OR (gateways.place = excluded.place AND gateways.instance < excluded.instance)`

/** A gateway that is ahead of the store knows another history: it has applied nothing of this one. */
const PUT = `
  INSERT INTO gateways (
    id, sequence, state, table_revision, counts, seen_ms, live_until_ms,
    instance, host, pid, place, since_ms, skew_ms, behind, epoch)
  SELECT ?, CASE WHEN sequence < CAST(? AS BIGINT) THEN 0 ELSE CAST(? AS BIGINT) END, ?, ?, ?,
    CAST(? AS BIGINT), CAST(? AS BIGINT),
    ?, ?, CAST(? AS BIGINT), ?, CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT)
  FROM head WHERE id = 1
  ON CONFLICT (id) DO UPDATE SET
    sequence = excluded.sequence, state = excluded.state, table_revision = excluded.table_revision,
    counts = excluded.counts, seen_ms = excluded.seen_ms, live_until_ms = excluded.live_until_ms,
    since_ms = CASE WHEN gateways.instance IS NOT DISTINCT FROM excluded.instance THEN gateways.since_ms
      ELSE excluded.since_ms END,
    instance = excluded.instance, host = excluded.host, pid = excluded.pid, place = excluded.place,
    skew_ms = excluded.skew_ms, behind = excluded.behind, epoch = excluded.epoch
  WHERE ${IS_FREE}`

const HOLDER = 'SELECT host, pid, since_ms, seen_ms FROM gateways WHERE id = ?'

const KEEP_LIVE = `
  UPDATE gateways SET seen_ms = ?, live_until_ms = ? WHERE id = ? AND instance IS NOT DISTINCT FROM ?`

const LAST_SEEN = 'SELECT max(seen_ms) AS seen_ms FROM gateways'

/** Only those that were live when any was last seen: a gateway that is long gone does not come back by this. */
const BRIDGE = `
  UPDATE gateways SET live_until_ms = live_until_ms + CAST(? AS BIGINT) WHERE live_until_ms >= ? AND id <> ?`
const BRIDGE_HOLD =
  'UPDATE epochs SET held_until_ms = held_until_ms + CAST(? AS BIGINT) WHERE held_until_ms >= ?'

const CONFIRM = `
  INSERT INTO confirmations (through, at_ms)
  SELECT applied, CAST(? AS BIGINT)
  FROM (
    SELECT min(CASE WHEN behind = 1 THEN 0 ELSE sequence END) AS applied
    FROM gateways WHERE live_until_ms >= ?
  ) AS live
  WHERE applied > (SELECT coalesce(max(through), 0) FROM confirmations)
    AND NOT EXISTS (SELECT 1 FROM epochs WHERE held_until_ms > ?)
  ON CONFLICT (through) DO NOTHING`

/** Records a report, unless another instance has the name. `now` is the store's clock. */
export async function recordReport(
  session: SqlSession,
  report: GatewayReport,
  now: Instant,
  liveWithinMs: number,
): Promise<ReportOutcome> {
  const lastSeen = optionalTimeOf((await session.get(LAST_SEEN))?.seen_ms)
  const epoch = await session.get(OWN_EPOCH)
  const isOfOwnEpoch = report.epoch === undefined || epoch === undefined || report.epoch === epoch.id
  const sequence = isOfOwnEpoch ? report.sequence : 0
  const columns = [report.id, sequence, sequence, report.state, report.tableRevision]
  const times = [now, now + liveWithinMs]
  const instance = [...instanceColumns(report, now), ...clockColumns(report), epoch?.number ?? null]
  const taken = await session.run(PUT, ...columns, JSON.stringify(report.counts), ...times, ...instance)
  if (taken === 0) return { kind: 'refused', holder: await holderOf(session, report.id) }
  const silenceMs = now - (lastSeen ?? now)
  if (lastSeen !== undefined && silenceMs > liveWithinMs / 2)
    await bridgeSilence(session, silenceMs, lastSeen, report.id)
  return { kind: 'taken' }
}

function instanceColumns({ instance }: GatewayReport, now: Instant): SqlValue[] {
  return [instance?.id ?? null, instance?.host ?? null, instance?.pid ?? null, instance?.place ?? null, now]
}

function clockColumns({ clock }: GatewayReport): SqlValue[] {
  return clock ? [Math.round(clock.skewMs), clock.isBehind ? 1 : 0] : [null, null]
}

async function holderOf(session: SqlSession, id: string): Promise<PlaceHolder> {
  const row = (await session.get(HOLDER, id)) ?? {}
  const { host, pid, since_ms: since, seen_ms: seen } = row
  return {
    host: typeof host === 'string' ? host : '',
    pid: numberOf(pid),
    since: timeOf(since),
    seenAt: timeOf(seen),
  }
}

/** Marks what every live gateway has applied as in force from `now` on. */
export async function confirmApplied(session: SqlSession, now: Instant): Promise<void> {
  await session.run(CONFIRM, now, now, now)
}

/** Keeps a gateway live that has reported before; false when none of that name and instance has. */
export async function keepLive(
  session: SqlSession,
  { id, instance }: { readonly id: string; readonly instance: string | undefined },
  now: Instant,
  liveWithinMs: number,
): Promise<boolean> {
  return (await session.run(KEEP_LIVE, now, now + liveWithinMs, id, instance ?? null)) > 0
}

/**
 * After a time in which nobody could report (the store was down), whoever reports first must not find the others dead:
 * that time is added to theirs, and to the time in which a new primary confirms nothing.
 */
async function bridgeSilence(
  session: SqlSession,
  silenceMs: number,
  lastSeen: Instant,
  reporter: string,
): Promise<void> {
  await session.run(BRIDGE, silenceMs, lastSeen, reporter)
  await session.run(BRIDGE_HOLD, silenceMs, lastSeen)
}

const STATUS = record<Omit<GatewayStatus, 'isLive' | 'silentMs'>>({
  id: text('id'),
  sequence: number('sequence'),
  state: text('state'),
  tableRevision: text('table_revision'),
  counts: json('counts'),
  seenAt: time('seen_ms'),
  clock: optional(record<ClockSkew>({ skewMs: number('skew_ms'), isBehind: yesNo('behind') })),
  epoch: optional(number('epoch')),
})

export class SqlGateways extends SqlGroup implements GatewayRecords {
  async statuses() {
    const now = await this.now()
    const rows = await this.session.all('SELECT * FROM gateways ORDER BY id')
    return rows.map((row) => {
      const status = STATUS.read(row)
      return { ...status, silentMs: now - status.seenAt, isLive: numberOf(row.live_until_ms) >= now }
    })
  }
}
