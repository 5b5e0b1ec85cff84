/** DCC schedules: which are live, and whose owner is to be told that one has gone dark. */
import type { Instant, Restriction } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import { phaseOf } from '../../core/notice/tell.ts'
import type { Schedule } from '../../core/restriction/schedule.ts'
import type { ScheduleGoneDark } from '../schedule-store.ts'
import { columnOfKey, jsonOf, keyOf, optionalTimeOf, textOf, timeOf } from './columns.ts'
import { restrictionOf } from './flags.ts'
import type { SqlRow, SqlSession } from './session.ts'

const PUT = `
  INSERT INTO schedules (schedule_id, device_key, owner_key, srvs, created_ms, until_ms) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (schedule_id) DO UPDATE SET
    device_key = excluded.device_key, owner_key = excluded.owner_key, srvs = excluded.srvs,
    created_ms = excluded.created_ms, until_ms = excluded.until_ms, dark_ms = NULL, told_ms = NULL
  WHERE schedules.created_ms < excluded.created_ms`

const FLAG = 'SELECT from_ms, until_ms FROM flags WHERE device_key = ?'

export async function putSchedule(session: SqlSession, schedule: Schedule, now: Instant): Promise<void> {
  const { id, device, owner, srvs, createdAt, until } = schedule
  const keys = [columnOfKey(device), columnOfKey(owner)]
  await session.run(PUT, id, ...keys, JSON.stringify(srvs), createdAt, until ?? null)
  const flag = await session.get(FLAG, columnOfKey(device))
  await darkenSchedules(session, device, flag && restrictionOf(flag), now)
}

const END = `
  INSERT INTO schedules (schedule_id, srvs, created_ms, until_ms) VALUES (?, '[]', ?, ?)
  ON CONFLICT (schedule_id) DO UPDATE SET
    until_ms = CASE WHEN schedules.until_ms < excluded.until_ms THEN schedules.until_ms ELSE excluded.until_ms END,
    dark_ms = NULL
  WHERE schedules.created_ms <= excluded.created_ms`

export async function endSchedule(session: SqlSession, id: string, at: Instant): Promise<void> {
  await session.run(END, id, at, at)
}

const END_OF_DEVICE = `
  UPDATE schedules SET until_ms = ?, dark_ms = NULL
  WHERE device_key = ? AND created_ms <= ? AND (until_ms IS NULL OR until_ms > ?)`

export async function endSchedulesOf(
  session: SqlSession,
  device: DeviceKey,
  at: Instant,
  owner: DeviceKey | undefined,
): Promise<void> {
  const values = [at, columnOfKey(device), at, at]
  if (owner === undefined) await session.run(END_OF_DEVICE, ...values)
  else await session.run(`${END_OF_DEVICE} AND owner_key = ?`, ...values, columnOfKey(owner))
}

const DARKEN = `
  UPDATE schedules SET dark_ms = ? WHERE device_key = ? AND (told_ms IS NULL OR told_ms <> ?)`
const LIGHTEN = 'UPDATE schedules SET dark_ms = NULL WHERE device_key = ? AND dark_ms IS NOT NULL'

export async function darkenSchedules(
  session: SqlSession,
  device: DeviceKey,
  restriction: Restriction | undefined,
  now: Instant,
): Promise<void> {
  const key = columnOfKey(device)
  if (restriction && phaseOf(restriction, now) !== 'none')
    await session.run(DARKEN, restriction.from, key, restriction.from)
  else await session.run(LIGHTEN, key)
}

const GONE_DARK = `
  SELECT * FROM schedules WHERE dark_ms IS NOT NULL AND dark_ms <= ? ORDER BY dark_ms, schedule_id LIMIT ?`
const TOLD = 'UPDATE schedules SET told_ms = dark_ms, dark_ms = NULL WHERE schedule_id = ?'

export async function takeDarkSchedules(
  session: SqlSession,
  now: Instant,
  limit: number,
): Promise<ScheduleGoneDark[]> {
  const rows = await session.all(GONE_DARK, now, limit)
  for (const row of rows) await session.run(TOLD, textOf(row.schedule_id))
  return rows
    .map((row) => ({ schedule: scheduleOf(row), darkAt: timeOf(row.dark_ms) }))
    .filter(({ schedule: { until } }) => until === undefined || until > now)
}

const live = (marks: string) => `
  SELECT * FROM schedules WHERE device_key IN (${marks}) AND (until_ms IS NULL OR until_ms > ?)
  ORDER BY created_ms, schedule_id LIMIT ?`

export async function liveSchedules(
  session: SqlSession,
  devices: readonly DeviceKey[],
  now: Instant,
  limit: number,
): Promise<Schedule[]> {
  if (devices.length === 0) return []
  const marks = devices.map(() => '?').join()
  return (await session.all(live(marks), ...devices.map(columnOfKey), now, limit)).map(scheduleOf)
}

/** Of a row that has a Device: one that goes dark or is live. */
function scheduleOf(row: SqlRow): Schedule {
  return {
    id: textOf(row.schedule_id),
    device: keyOf(row.device_key),
    owner: keyOf(row.owner_key),
    srvs: jsonOf<string[]>(row.srvs),
    createdAt: timeOf(row.created_ms),
    until: optionalTimeOf(row.until_ms),
  }
}
