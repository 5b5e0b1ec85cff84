/**
 * What gateways report, and what follows: which changes are in force everywhere.
 *
 * A change is in force once every live gateway has applied it; that holds for all changes up to the least sequence among
 * them, so one row in `confirmations` covers them all. It is never taken back.
 */
import type { Instant } from '../../core/device/device.ts'
import type { GatewayReport, GatewayStatus } from '../control-store.ts'
import { jsonOf, numberOf, textOf, timeOf } from './columns.ts'
import type { SqlSession } from './session.ts'

const PUT = `
  INSERT INTO gateways (id, sequence, state, table_revision, counts, seen_ms, live_until_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET
    sequence = excluded.sequence, state = excluded.state, table_revision = excluded.table_revision,
    counts = excluded.counts, seen_ms = excluded.seen_ms, live_until_ms = excluded.live_until_ms`

const KEEP_LIVE = 'UPDATE gateways SET seen_ms = ?, live_until_ms = ? WHERE id = ?'

/** Only those that were live at the last report of any: a gateway that is long gone does not come back by this. */
const BRIDGE = `
  UPDATE gateways SET live_until_ms = live_until_ms + CAST(? AS BIGINT)
  WHERE live_until_ms >= (SELECT reported_ms FROM head WHERE id = 1)`

const REPORTED = 'SELECT reported_ms, sequence FROM head WHERE id = 1'

const CONFIRMED = `
  SELECT head.confirmed, (SELECT min(sequence) FROM gateways WHERE live_until_ms >= ?) AS applied
  FROM head WHERE id = 1`

/** Records a report; the head must be locked. `now` is the store's clock. */
export async function recordReport(
  session: SqlSession,
  report: GatewayReport,
  now: Instant,
  liveWithinMs: number,
): Promise<void> {
  const before = await session.get(REPORTED)
  await bridgeSilence(session, now - numberOf(before?.reported_ms), liveWithinMs)
  await session.run('UPDATE head SET reported_ms = ? WHERE id = 1', now)
  const { id, state, tableRevision, counts } = report
  const sequence = appliedBy(report, numberOf(before?.sequence))
  const columns = [id, sequence, state, tableRevision, JSON.stringify(counts)]
  await session.run(PUT, ...columns, now, now + liveWithinMs)
  await confirmApplied(session, now)
}

/** Keeps a gateway live that has reported before; false when none of that name has. The head need not be locked. */
export async function keepLive(
  session: SqlSession,
  id: string,
  now: Instant,
  liveWithinMs: number,
): Promise<boolean> {
  return (await session.run(KEEP_LIVE, now, now + liveWithinMs, id)) > 0
}

/** A gateway that is ahead of the store knows another history: it has applied nothing of this one. */
function appliedBy(report: GatewayReport, sequence: number): number {
  return report.sequence > sequence ? 0 : report.sequence
}

/**
 * After a time in which nobody could report (the store was down, or a long write held it), whoever reports first must not
 * find the others dead: that time is added to theirs.
 */
async function bridgeSilence(session: SqlSession, silenceMs: number, liveWithinMs: number): Promise<void> {
  if (silenceMs > liveWithinMs / 2) await session.run(BRIDGE, silenceMs)
}

async function confirmApplied(session: SqlSession, now: Instant): Promise<void> {
  const row = await session.get(CONFIRMED, now)
  const applied = numberOf(row?.applied)
  if (applied <= numberOf(row?.confirmed)) return
  await session.run('INSERT INTO confirmations (through, at_ms) VALUES (?, ?)', applied, now)
  await session.run('UPDATE head SET confirmed = ? WHERE id = 1', applied)
}

export async function gatewayStatuses(session: SqlSession, now: Instant): Promise<GatewayStatus[]> {
  const rows = await session.all('SELECT * FROM gateways ORDER BY id')
  return rows.map((row) => ({
    id: textOf(row.id),
    sequence: numberOf(row.sequence),
    state: textOf(row.state),
    tableRevision: textOf(row.table_revision),
    counts: jsonOf<Record<string, number>>(row.counts),
    seenAt: timeOf(row.seen_ms),
    isLive: numberOf(row.live_until_ms) >= now,
  }))
}
