/**
 * What gateways report, and what follows: which changes are in force everywhere.
 *
 * A change is in force once every live gateway has applied it; that holds for all changes up to the least sequence among
 * them, so one row in `confirmations` covers them all. It is never taken back.
 *
 * None of this locks the head: a report waits for no writer, however long a bulk change or an import takes. So that of two
 * reports at once the later one sees both, confirming is a transaction of its own after the report's.
 */
import type { Instant } from '../../core/device/device.ts'
import type { GatewayRecords, GatewayReport } from '../control-store.ts'
import { json, number, numberOf, record, text, time } from './columns.ts'
import { SqlGroup } from './group.ts'
import type { SqlSession } from './session.ts'

/** A gateway that is ahead of the store knows another history: it has applied nothing of this one. */
const PUT = `
  INSERT INTO gateways (id, sequence, state, table_revision, counts, seen_ms, live_until_ms)
  SELECT ?, CASE WHEN sequence < CAST(? AS BIGINT) THEN 0 ELSE CAST(? AS BIGINT) END, ?, ?, ?,
    CAST(? AS BIGINT), CAST(? AS BIGINT)
  FROM head WHERE id = 1
  ON CONFLICT (id) DO UPDATE SET
    sequence = excluded.sequence, state = excluded.state, table_revision = excluded.table_revision,
    counts = excluded.counts, seen_ms = excluded.seen_ms, live_until_ms = excluded.live_until_ms`

const KEEP_LIVE = 'UPDATE gateways SET seen_ms = ?, live_until_ms = ? WHERE id = ?'

const LAST_SEEN = 'SELECT max(seen_ms) AS seen_ms FROM gateways'

/** Only those that were live when any was last seen: a gateway that is long gone does not come back by this. */
const BRIDGE =
  'UPDATE gateways SET live_until_ms = live_until_ms + CAST(? AS BIGINT) WHERE live_until_ms >= ?'

const CONFIRM = `
  INSERT INTO confirmations (through, at_ms)
  SELECT applied, CAST(? AS BIGINT)
  FROM (SELECT min(sequence) AS applied FROM gateways WHERE live_until_ms >= ?) AS live
  WHERE applied > (SELECT coalesce(max(through), 0) FROM confirmations)
  ON CONFLICT (through) DO NOTHING`

/** Records a report. `now` is the store's clock. */
export async function recordReport(
  session: SqlSession,
  report: GatewayReport,
  now: Instant,
  liveWithinMs: number,
): Promise<void> {
  await bridgeSilence(session, now, liveWithinMs)
  const { id, sequence, state, tableRevision, counts } = report
  const columns = [id, sequence, sequence, state, tableRevision, JSON.stringify(counts)]
  await session.run(PUT, ...columns, now, now + liveWithinMs)
}

/** Marks what every live gateway has applied as in force from `now` on. */
export async function confirmApplied(session: SqlSession, now: Instant): Promise<void> {
  await session.run(CONFIRM, now, now)
}

/** Keeps a gateway live that has reported before; false when none of that name has. */
export async function keepLive(
  session: SqlSession,
  id: string,
  now: Instant,
  liveWithinMs: number,
): Promise<boolean> {
  return (await session.run(KEEP_LIVE, now, now + liveWithinMs, id)) > 0
}

/**
 * After a time in which nobody could report (the store was down), whoever reports first must not find the others dead:
 * that time is added to theirs.
 */
async function bridgeSilence(session: SqlSession, now: Instant, liveWithinMs: number): Promise<void> {
  const lastSeen = numberOf((await session.get(LAST_SEEN))?.seen_ms)
  const silenceMs = now - lastSeen
  if (silenceMs > liveWithinMs / 2) await session.run(BRIDGE, silenceMs, lastSeen)
}

const REPORT = record<GatewayReport & { readonly seenAt: Instant }>({
  id: text('id'),
  sequence: number('sequence'),
  state: text('state'),
  tableRevision: text('table_revision'),
  counts: json('counts'),
  seenAt: time('seen_ms'),
})

export class SqlGateways extends SqlGroup implements GatewayRecords {
  async statuses() {
    const now = await this.now()
    const rows = await this.session.all('SELECT * FROM gateways ORDER BY id')
    return rows.map((row) => ({ ...REPORT.read(row), isLive: numberOf(row.live_until_ms) >= now }))
  }
}
