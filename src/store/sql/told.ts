/** What partners were told of Devices, tasks that were made, and which Devices are Restricted in a region. */
import type { Instant } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import { nextPhaseAt, type Phase, type Told } from '../../core/notice/tell.ts'
import type { TaskNews } from '../notice-store.ts'
import { columnOfKey, keyOf, numberOf, optionalKeyOf, optionalTextOf, textOf } from './columns.ts'
import { restrictionOf } from './flags.ts'
import type { SqlRow, SqlSession } from './session.ts'
import { taskOf } from './tasks.ts'

const COLUMNS = 'device_key, party, hub_key, region, from_ms, until_ms, phase, due_ms, notices'

const PUT = `
  INSERT INTO told (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (device_key, party) DO UPDATE SET ${COLUMNS.split(', ')
    .slice(2)
    .map((column) => `${column} = excluded.${column}`)
    .join()}`

export async function putTold(session: SqlSession, told: Told): Promise<void> {
  const { device, party, hub, region, restriction, phase, count } = told
  await session.run(
    PUT,
    ...[columnOfKey(device), party, hub === undefined ? null : columnOfKey(hub), region ?? null],
    ...[restriction?.from ?? null, restriction?.until ?? null, phase, nextPhaseAt(told) ?? null, count],
  )
}

export async function toldOf(session: SqlSession, device: DeviceKey): Promise<Told[]> {
  const text = `SELECT ${COLUMNS} FROM told WHERE device_key = ? ORDER BY party`
  return (await session.all(text, columnOfKey(device))).map(toldRow)
}

/** The longest overdue first. */
export async function toldDue(session: SqlSession, now: Instant, limit: number): Promise<Told[]> {
  const text = `SELECT ${COLUMNS} FROM told WHERE due_ms IS NOT NULL AND due_ms <= ? ORDER BY due_ms LIMIT ?`
  return (await session.all(text, now, limit)).map(toldRow)
}

const HAS_NEWS = `
  SELECT CASE WHEN EXISTS (SELECT 1 FROM flag_news) OR EXISTS (SELECT 1 FROM task_news)
    OR EXISTS (SELECT 1 FROM told WHERE due_ms IS NOT NULL AND due_ms <= ?)
    OR EXISTS (SELECT 1 FROM schedules WHERE dark_ms IS NOT NULL AND dark_ms <= ?) THEN 1 ELSE 0 END AS has_news`

export async function hasNews(session: SqlSession, now: Instant): Promise<boolean> {
  return numberOf((await session.get(HAS_NEWS, now, now))?.has_news) === 1
}

/** Before the task is written: one that is there already is no news. */
const TASK_NEWS = `
  INSERT INTO task_news (task_id) SELECT CAST(? AS TEXT)
  WHERE NOT EXISTS (SELECT 1 FROM tasks WHERE id = ?) ON CONFLICT (task_id) DO NOTHING`

/** Puts a task into the outbox, unless it is there already; to be called before it is written. */
export async function recordTaskNews(session: SqlSession, id: string): Promise<void> {
  await session.run(TASK_NEWS, id, id)
}

const TASKS = `
  SELECT tasks.*, restrictions.meter_key FROM task_news
  JOIN tasks ON tasks.id = task_news.task_id JOIN restrictions ON restrictions.id = tasks.restriction_id
  ORDER BY task_id LIMIT ?`

/** IDs begin with the time they were given out, so the oldest come first. */
export async function takeTaskNews(session: SqlSession, limit: number): Promise<TaskNews[]> {
  const rows = await session.all(TASKS, limit)
  for (const row of rows) await session.run('DELETE FROM task_news WHERE task_id = ?', textOf(row.id))
  return rows.map((row) => ({ task: taskOf(row), meter: keyOf(row.meter_key) }))
}

const restricted = (marks: string) => `
  SELECT flags.device_key FROM flags
  LEFT JOIN devices AS own ON own.device_key = flags.device_key
  LEFT JOIN devices AS hub ON hub.device_key = own.hub_key
  WHERE flags.device_key BETWEEN ? AND ? AND flags.from_ms <= ? AND (flags.until_ms IS NULL OR flags.until_ms > ?)
    AND coalesce(hub.region, own.region) IN (${marks})
  ORDER BY flags.device_key LIMIT ?`

/** The halves of the keys, which signed order swaps. */
const HALVES = [
  { first: 0n, last: 2n ** 63n - 1n },
  { first: 2n ** 63n, last: 2n ** 64n - 1n },
]

/** Devices Restricted at `now` whose hub is in one of the regions, ascending. */
export async function restrictedIn(
  session: SqlSession,
  regions: readonly string[],
  now: Instant,
  limit: number,
  after: DeviceKey | undefined,
): Promise<DeviceKey[]> {
  const start = after === undefined ? 0n : after + 1n
  const found: DeviceKey[] = []
  if (regions.length === 0) return found
  for (const { first, last } of HALVES) {
    if (start > last || found.length === limit) continue
    const range = [start > first ? start : first, last].map((bound) => BigInt.asIntN(64, bound))
    const rows = await session.all(
      restricted(regions.map(() => '?').join()),
      ...range,
      ...[now, now, ...regions, limit - found.length],
    )
    found.push(...rows.map((row) => keyOf(row.device_key)))
  }
  return found
}

function toldRow(row: SqlRow): Told {
  return {
    party: textOf(row.party),
    device: keyOf(row.device_key),
    hub: optionalKeyOf(row.hub_key),
    region: optionalTextOf(row.region),
    restriction: restrictionOf(row),
    phase: textOf(row.phase) as Phase,
    count: numberOf(row.notices),
  }
}
