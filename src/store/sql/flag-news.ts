/**
 * The outbox of flags. Whatever changes a Device takes a number from the head; the head puts how each of them then stands
 * into the outbox with its last statement. So no flag can change, and no hub, without partners being told.
 */
import type { Instant } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { FlagNews } from '../../core/notice/tell.ts'
import { columnOfKey, keyOf, numberOf, optionalKeyOf, optionalTextOf, timeOf } from './columns.ts'
import { restrictionOf } from './flags.ts'
import type { SqlRow, SqlSession } from './session.ts'

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

const INSERT = `INSERT INTO flag_news ${FLAG_NEWS}`
const ONCE = 'ON CONFLICT (sequence, device_key) DO NOTHING'

/** Devices that were touched, and those on a hub that was. */
const touched = (marks: string) => `
  ${INSERT}
  JOIN (
    SELECT device_key FROM flags WHERE device_key IN (${marks})
    UNION
    SELECT device_key FROM devices WHERE hub_key IN (${marks})) AS touched ON touched.device_key = flags.device_key
  WHERE true ${ONCE}`

/** Versions of the inventory past a number: what an import has merged. */
const MERGED = `${INSERT} WHERE flags.from_ms IS NOT NULL AND (own.version > ? OR hub.version > ?) ${ONCE}`

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
    await session.run(touched(columns.map(() => '?').join()), sequence, at, ...columns, ...columns)
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

/** The ends of signed keys. */
const LEAST = -(2n ** 63n)
const MOST = 2n ** 63n - 1n

const PAGE = `
  SELECT device_key FROM flags WHERE device_key >= ? AND from_ms IS NOT NULL ORDER BY device_key LIMIT ?`

const PAGE_NEWS = `
  ${INSERT} WHERE flags.device_key BETWEEN ? AND ? AND flags.from_ms IS NOT NULL ${ONCE}`

/** Puts the next Devices with a flag, in the order of signed keys, into the outbox; answers the last of them. */
export async function announceFlags(
  session: SqlSession,
  sequence: number,
  at: Instant,
  limit: number,
  after: DeviceKey | undefined,
): Promise<DeviceKey | undefined> {
  const start = after === undefined ? LEAST : columnOfKey(after) + 1n
  if (start > MOST) return undefined
  const last = (await session.all(PAGE, start, limit)).at(-1)
  if (!last) return undefined
  const key = keyOf(last.device_key)
  await session.run(PAGE_NEWS, sequence, at, start, columnOfKey(key))
  return key
}

const OLDEST = 'SELECT * FROM flag_news ORDER BY sequence, device_key LIMIT ?'
const DROP = 'DELETE FROM flag_news WHERE sequence = ? AND device_key = ?'

/** Takes the oldest entries out of the outbox. */
export async function takeFlagNews(session: SqlSession, limit: number): Promise<FlagNews[]> {
  const rows = await session.all(OLDEST, limit)
  for (const row of rows) await session.run(DROP, numberOf(row.sequence), columnOfKey(keyOf(row.device_key)))
  return rows.map(newsOf)
}

function newsOf(row: SqlRow): FlagNews {
  return {
    device: keyOf(row.device_key),
    hub: optionalKeyOf(row.hub_key),
    region: optionalTextOf(row.region),
    restriction: restrictionOf(row),
    isClosed: numberOf(row.is_closed) === 1,
    at: timeOf(row.at_ms),
  }
}
