/**
 * The outbox of flags. Whatever changes a Device takes a number from the head; the head puts how each of them then stands
 * into the outbox with its last statement. So no flag can change, and no hub, without partners being told.
 */
import type { Instant } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import { columnOfKey } from './columns.ts'
import type { SqlSession } from './session.ts'
import { marks } from './sql-table.ts'

/** Two values: the number of the change, and when it was recorded. */
export const FLAG_NEWS = `
  (sequence, device_key, hub_key, region, from_ms, until_ms, is_closed, at_ms)
  SELECT CAST(? AS BIGINT), flags.device_key, own.hub_key, coalesce(hub.region, own.region), flags.from_ms, flags.until_ms,
    CASE WHEN EXISTS (
      SELECT 1 FROM members JOIN restrictions ON restrictions.id = members.restriction_id
      WHERE members.device_key = flags.device_key AND restrictions.is_closed = 1
        AND restrictions.until_ms = flags.until_ms) THEN 1 ELSE 0 END,
    CAST(? AS BIGINT)
  FROM flags
  LEFT JOIN devices AS own ON own.device_key = flags.device_key
  LEFT JOIN devices AS hub ON hub.device_key = own.hub_key`

export const INSERT_FLAG_NEWS = `INSERT INTO flag_news ${FLAG_NEWS}`
export const NEWS_ONCE = 'ON CONFLICT (sequence, device_key) DO NOTHING'

/** Devices that were touched, and those on a hub that was. */
const touched = (keys: readonly bigint[]) => `
  ${INSERT_FLAG_NEWS}
  JOIN (
    SELECT device_key FROM flags WHERE device_key IN (${marks(keys)})
    UNION
    SELECT device_key FROM devices WHERE hub_key IN (${marks(keys)})) AS touched ON touched.device_key = flags.device_key
  WHERE true ${NEWS_ONCE}`

/** Versions of the inventory past a number: what an import has merged. */
const MERGED = `${INSERT_FLAG_NEWS} WHERE flags.from_ms IS NOT NULL AND (own.version > ? OR hub.version > ?) ${NEWS_ONCE}`

const BATCH = 400

/** Puts the Devices into the outbox that have, or had, a flag and were touched themselves or with their hub. */
export async function recordFlagNews(
  session: SqlSession,
  sequence: number,
  keys: readonly DeviceKey[],
  at: Instant,
): Promise<void> {
  for (let start = 0; start < keys.length; start += BATCH) {
    const columns = keys.slice(start, start + BATCH).map(columnOfKey)
    await session.run(touched(columns), sequence, at, ...columns, ...columns)
  }
}

/** The same for everything that a merge has changed since change `before`. */
export async function recordMergedNews(
  session: SqlSession,
  sequence: number,
  before: number,
  at: Instant,
): Promise<void> {
  await session.run(MERGED, sequence, at, before, before)
}
